//! The client: publishes who it is and with which keys it signs, and proves itself with nothing else.
//!
//! In the order of the story: it publishes its document and keys (`documents.rs`, from the ring in `keys.rs`),
//! the machine says what is to be done for a call (`machine.rs`, driven by `run.rs`), what others answer is
//! read (`answer.rs`), and what is sent is written (`request.rs`).

mod answer;
mod config;
mod documents;
mod failure;
pub mod keys;
pub mod machine;
mod request;
mod run;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use btx_spec::jwt::ClientId;
use tokio::time::Instant;

use crate::lock::lock;
use crate::oauth::Parts;
use crate::oauth::client::api::may_be_shown;
use crate::outbound::Answer;
use keys::{KeyRing, Unchanged};
use run::{Call, Peer};

pub use config::{Config, Limits, PeerEntry, SigningKeys};
pub use documents::keys_url;
pub use failure::{Failure, Stopped};

/// A client. Clones are the same client.
///
/// Its tokens live in the memory of the process and are gone with it: a JWT is all that it takes to get
/// another.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    id: ClientId,
    inline_keys: bool,
    max_age: u64,
    limits: Limits,
    peers: HashMap<String, Peer>,
    keys: Mutex<KeyRing>,
    parts: Parts,
}

impl Client {
    /// A client with this configuration, made of these parts. Of two peers with one name, the first counts.
    pub fn new(config: Config, parts: Parts) -> Self {
        let mut peers = HashMap::new();
        for entry in config.peers {
            peers
                .entry(entry.name.clone())
                .or_insert_with(|| Peer::new(entry));
        }
        Self {
            inner: Arc::new(Inner {
                id: config.id,
                inline_keys: config.inline_keys,
                max_age: config.max_age.as_secs(),
                limits: config.limits,
                peers,
                keys: Mutex::new(KeyRing::new(config.keys)),
                parts,
            }),
        }
    }

    /// What the client publishes: its document, and its keys if they are not in it.
    pub fn router(&self) -> Router {
        documents::router(&self.inner)
    }

    /// Whether there is a peer of this name.
    pub fn knows(&self, name: &str) -> bool {
        self.inner.peers.contains_key(name)
    }

    /// Sends a GET to an API of this peer, with a token if one is held and otherwise with a service JWT. If
    /// that is refused, it is sent once more at most (JW-CLI-013).
    ///
    /// # Errors
    /// Why there is no answer that ends the matter. An answer of whatever status is none of these.
    pub async fn call(&self, name: &str, url: &str) -> Result<Answer, Failure> {
        let peer = self.inner.peers.get(name).ok_or(Failure::UnknownPeer)?;
        // JW-CLI-051, JW-CLI-069
        if !may_be_shown(url, &peer.entry.api) {
            return Err(Failure::NotAllowed);
        }
        let call = Call {
            inner: &self.inner,
            peer,
            url,
            deadline: Instant::now() + self.inner.limits.call_deadline,
        };
        call.make().await
    }

    /// Takes another key: the next of the configuration, or a new one. Its id is what is given back.
    ///
    /// # Errors
    /// [`Unchanged`] when there is no other key, or no room for one.
    pub fn rotate(&self) -> Result<String, Unchanged> {
        let mut keys = lock(&self.inner.keys);
        let next = keys.next(&*self.inner.parts.random)?;
        let id = next.key_id().to_owned();
        let now = self.inner.parts.clock.now();
        let fits = |keys: &btx_spec::jose::KeySet| self.inner.can_publish(keys);
        keys.change(next, now, fits)?;
        Ok(id)
    }
}
