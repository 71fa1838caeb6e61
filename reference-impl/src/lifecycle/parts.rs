//! The components of whoever only sends requests and reads the time.

use std::sync::Arc;

use crate::clock::{Clock, SystemClock};
use crate::outbound::Outbound;

/// What a resource and a caller need from the world around them. Clones share the same components.
#[derive(Clone)]
pub struct Parts {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The way to other servers.
    pub outbound: Arc<dyn Outbound>,
}

impl Parts {
    /// The clock of the system, with the given client.
    pub fn new(outbound: Arc<dyn Outbound>) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            outbound,
        }
    }
}
