//! The keys of an issuer, behind one small trait: all replicas have the same ones.

pub mod book;
mod make;
mod memory;
mod shared;
mod succession;

use std::sync::Arc;

use btx_spec::lifecycle::RingKey;
use futures::future::BoxFuture;

use super::ring::{NameTaken, Ring};

pub use make::{MakeError, make};
pub use memory::MemoryKeys;
pub use shared::{SealingKey, SharedKeys};
use succession::{made, succession};

/// An order to rotate.
#[derive(Debug, Default)]
pub struct Rotation {
    /// Whether it is an emergency, after which no earlier key verifies anything.
    pub urgent: bool,
    /// The key that is to sign, if the issuer is not to take its own.
    pub given: Option<RingKey>,
}

/// The keys could not be read, or not be rotated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The key that was given signs by another algorithm than this issuer.
    #[error("the key is of another algorithm")]
    OtherAlgorithm,
    /// The key that was given has the name of another.
    #[error(transparent)]
    NameTaken(#[from] NameTaken),
    /// No key could be made.
    #[error(transparent)]
    Unmade(#[from] MakeError),
    /// Nothing could be written or read.
    #[error("the store of keys has failed: {0}")]
    Broken(String),
}

/// The ring that the replicas of one issuer share.
pub trait Keys: Send + Sync + 'static {
    /// The ring, as far as this replica knows.
    fn ring(&self) -> BoxFuture<'_, Result<Arc<Ring>, KeysError>>;

    /// The ring to sign with. A replica with a copy asks for the newest one: while an emergency gets around, what it
    /// would sign with an older one would be refused by those that have heard.
    fn signing(&self) -> BoxFuture<'_, Result<Arc<Ring>, KeysError>> {
        self.ring()
    }

    /// The newest ring there is. Whoever calls it sees to it that it is not called too often (LC-ISS-028).
    fn look(&self) -> BoxFuture<'_, Result<Arc<Ring>, KeysError>>;

    /// Rotates, and gives the name of the key that signs now. When it has resolved, [`Keys::ring`] gives the new
    /// ring on every replica (LC-ISS-020, LC-ISS-027).
    fn rotate(&self, rotation: Rotation) -> BoxFuture<'_, Result<String, KeysError>>;
}
