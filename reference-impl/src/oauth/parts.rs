//! The components that a deployment, or a test, exchanges from outside.

use std::sync::Arc;

use super::store::TokenStore;
use crate::clock::{Clock, SystemClock};
use crate::outbound::Outbound;
use crate::random::{Random, SystemRandom};

/// Everything that an OAuth role needs from the world around it. Clones share the same components.
#[derive(Clone)]
pub struct Parts {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Unpredictable bytes.
    pub random: Arc<dyn Random>,
    /// What must be remembered of tokens and assertions.
    pub tokens: Arc<dyn TokenStore>,
    /// The way to other servers.
    pub outbound: Arc<dyn Outbound>,
}

impl Parts {
    /// The clock and the randomness of the system, with the given store and client.
    pub fn new(tokens: Arc<dyn TokenStore>, outbound: Arc<dyn Outbound>) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            tokens,
            outbound,
        }
    }
}
