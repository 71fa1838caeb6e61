//! The time of day, as a component, so that tests decide what time it is.

use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time of day.
///
/// Only instants that stand in messages or in the store come from here. How long to wait for a
/// peer is measured by the runtime's own clock, which never jumps.
pub trait Clock: Send + Sync + 'static {
    /// Whole seconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> i64;
}

/// The clock of the operating system.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
        }
    }
}
