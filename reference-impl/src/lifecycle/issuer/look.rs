//! Looks for newer keys, and not too often.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::warn;

use crate::lifecycle::keys::{Keys, KeysError};
use crate::lifecycle::ring::Ring;

/// Looks at most once in an interval, whatever the reason is (LC-ISS-028). Clones share the interval.
#[derive(Clone)]
pub(super) struct Look {
    keys: Arc<dyn Keys>,
    interval: Duration,
    last: Arc<Mutex<Option<Instant>>>,
}

impl Look {
    pub(super) fn new(keys: Arc<dyn Keys>, interval: Duration) -> Self {
        Self {
            keys,
            interval,
            last: Arc::default(),
        }
    }

    /// The newest ring that may be looked for. Whoever comes while somebody looks gets what that one finds.
    pub(super) async fn newest(&self) -> Result<Arc<Ring>, KeysError> {
        // In a task of its own, since whoever asks may go away, and others wait for what is found.
        let looking = tokio::spawn(self.clone().look());
        let found = looking.await;
        found.unwrap_or_else(|error| Err(KeysError::Broken(error.to_string())))
    }

    async fn look(self) -> Result<Arc<Ring>, KeysError> {
        let mut last = self.last.lock().await;
        let now = Instant::now();
        if last.is_some_and(|last| now.duration_since(last) < self.interval) {
            return self.keys.ring().await;
        }
        *last = Some(now);
        let found = self.keys.look().await;
        if let Err(error) = &found {
            warn!(%error, "no newer keys could be looked for");
        }
        found
    }
}
