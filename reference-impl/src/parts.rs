//! The components that a deployment, or a test, exchanges from outside.

use std::sync::Arc;

use crate::clock::{Clock, SystemClock};
use crate::outbound::Outbound;
use crate::random::{Random, SystemRandom};
use crate::store::Store;

/// Everything that a role needs from the world around it.
///
/// Clones share the same components. Two roles, or two replicas of one role, may share them too.
#[derive(Clone)]
pub struct Parts {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Unpredictable bytes.
    pub random: Arc<dyn Random>,
    /// What must be remembered.
    pub store: Arc<dyn Store>,
    /// The way to other servers.
    pub outbound: Arc<dyn Outbound>,
}

impl Parts {
    /// The clock and the randomness of the system, with the given store and client.
    pub fn new(store: Arc<dyn Store>, outbound: Arc<dyn Outbound>) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            store,
            outbound,
        }
    }
}
