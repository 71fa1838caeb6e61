//! Keys that are forgotten when the process ends.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use btx_spec::lifecycle::RingAlgorithm;
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use tracing::info;

use super::{Keys, KeysError, Rotation, make, succession};
use crate::clock::Clock;
use crate::duration::whole_seconds;
use crate::lifecycle::ring::Ring;
use crate::random::Random;

/// A ring in the memory of this process. Replicas in one process share one of these.
pub struct MemoryKeys {
    algorithm: RingAlgorithm,
    window: i64,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    ring: RwLock<Arc<Ring>>,
}

impl MemoryKeys {
    /// A ring of new keys. After each rotation the previous one counts for the length of `window`.
    ///
    /// # Errors
    /// [`KeysError::Unmade`] when no keys can be made.
    pub fn new(
        algorithm: RingAlgorithm,
        window: Duration,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, KeysError> {
        let current = Arc::new(make(algorithm, random.as_ref())?);
        let next = Arc::new(make(algorithm, random.as_ref())?);
        Ok(Self {
            algorithm,
            window: whole_seconds(window),
            clock,
            random,
            ring: RwLock::new(Arc::new(Ring::new(current, next)?)),
        })
    }

    fn now(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn succeed(&self, rotation: Rotation) -> Result<String, KeysError> {
        let urgent = rotation.urgent;
        let to = succession(rotation, self.algorithm, &self.random).await?;
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that no bearer of the old key is of a later second (LC-ISS-023).
        let now = self.clock.now();
        let rotated = ring.rotated(to, now, self.window)?;
        let name = rotated.current.id().to_owned();
        *ring = Arc::new(rotated);
        info!(
            version = ring.version,
            kid = name,
            urgent,
            "the keys have rotated"
        );
        Ok(name)
    }
}

impl Keys for MemoryKeys {
    fn ring(&self) -> BoxFuture<'_, Result<Arc<Ring>, KeysError>> {
        ready(Ok(self.now())).boxed()
    }

    fn look(&self) -> BoxFuture<'_, Result<Arc<Ring>, KeysError>> {
        self.ring()
    }

    fn rotate(&self, rotation: Rotation) -> BoxFuture<'_, Result<String, KeysError>> {
        self.succeed(rotation).boxed()
    }
}
