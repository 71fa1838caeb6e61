//! A store that several processes share: Redis, or Valkey.
//!
//! What lies there: of an issuer, its exchanges and the SHA-256 digests of its live tokens, never a token or a key;
//! of an initiator, the tokens that it holds, because it has to show them. So the store is as much inside as
//! the processes are: it listens where only they can come, and asks for a password.
//!
//! Every order is one script, which takes effect as a whole or not at all. What cannot be done within the
//! configured patience has failed, and nobody is let in by a failure. What happens when the store loses its
//! memory is told in `link.rs`.

mod config;
mod exchanges;
mod held;
mod link;
mod names;
mod ring;
mod script;
mod sessions;
mod tokens;

use std::sync::Arc;

use super::StoreError;
use link::Link;

pub use config::{Config, Keeps};
pub use ring::Written;

/// What is wrong with an entry that cannot be read.
const STRANGE: &str = "the store holds something that was not written by this program";

/// See the module. Clones are the same store.
#[derive(Clone)]
pub struct SharedStore {
    link: Arc<Link>,
}

impl SharedStore {
    /// A store at the place that is configured. It is asked for nothing yet, and need not be there.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when the place is not written as it has to be.
    pub fn new(config: Config) -> Result<Self, StoreError> {
        Ok(Self {
            link: Arc::new(Link::new(config)?),
        })
    }

    /// Says that this store is new: that nothing has been issued, shown or revoked before. Everything in it is
    /// void from then on, and nothing is waited for, as it is when a store has lost its memory.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when it cannot be reached.
    pub async fn begin_anew(&self) -> Result<(), StoreError> {
        Ok(self.link.begin_anew().await?)
    }
}
