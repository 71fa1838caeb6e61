//! What an order to rotate rotates to.

use std::sync::Arc;

use btx_spec::lifecycle::{RingAlgorithm, RingKey};

use super::{KeysError, MakeError, Rotation, make};
use crate::lifecycle::ring::Succession;
use crate::random::Random;

/// The keys that an order needs, which are made here if they are not given.
pub(super) async fn succession(
    rotation: Rotation,
    algorithm: RingAlgorithm,
    random: &Arc<dyn Random>,
) -> Result<Succession, KeysError> {
    if let Some(given) = &rotation.given
        && given.algorithm() != algorithm
    {
        return Err(KeysError::OtherAlgorithm);
    }
    let made = || made(algorithm, Arc::clone(random));
    Ok(match (rotation.urgent, rotation.given) {
        (false, None) => Succession::Next(made().await?),
        (false, Some(given)) => Succession::Given(Arc::new(given)),
        (true, given) => Succession::Urgent {
            current: match given {
                Some(given) => Arc::new(given),
                None => made().await?,
            },
            next: made().await?,
        },
    })
}

/// Some keys take long to make; nobody else is to wait for them.
pub(super) async fn made(
    algorithm: RingAlgorithm,
    random: Arc<dyn Random>,
) -> Result<Arc<RingKey>, MakeError> {
    let made = tokio::task::spawn_blocking(move || make(algorithm, random.as_ref()));
    made.await.unwrap_or(Err(MakeError::Unmade)).map(Arc::new)
}
