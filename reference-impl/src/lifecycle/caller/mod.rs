//! The caller: logs in to issuers, calls their APIs, and keeps its bearers alive.
//!
//! In the order of the story: the machine says what is to be done for a call (`machine.rs`, driven by `run.rs`),
//! what is sent is written (`request.rs`), and what issuers answer is read (`answer.rs`).

pub mod answer;
mod config;
mod failure;
pub mod machine;
mod request;
mod run;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use btx_spec::HttpsUrl;
use tokio::time::Instant;

use crate::oauth::client::api::may_be_shown;
use crate::outbound::Answer;
use run::{Call, Counterpart};

pub use super::parts::Parts;
pub use config::{Config, Password, Peer};
pub use failure::{Failure, NoBearer};

/// A caller. Clones are the same caller.
///
/// Its sessions live in the memory of the process and are gone with it.
#[derive(Clone)]
pub struct Caller {
    inner: Arc<Inner>,
}

struct Inner {
    deadline: Duration,
    peers: HashMap<String, Arc<Counterpart>>,
    parts: Parts,
}

impl Caller {
    /// A caller with this configuration, made of these parts. Of two peers with one name, the first counts.
    pub fn new(config: Config, parts: Parts) -> Self {
        let mut peers = HashMap::new();
        for peer in config.peers {
            peers
                .entry(peer.name.clone())
                .or_insert_with(|| Arc::new(Counterpart::new(peer, config.authorization_field)));
        }
        Self {
            inner: Arc::new(Inner {
                deadline: config.deadline,
                peers,
                parts,
            }),
        }
    }

    /// Whether there is a peer of this name.
    pub fn knows(&self, name: &str) -> bool {
        self.inner.peers.contains_key(name)
    }

    /// Sends a GET to an API of this peer, with the bearer that is held, or after a login. If the bearer is
    /// refused it is sent once more at most (LC-CLI-006). If no bearer is held, the call is what asks for a login,
    /// whatever became of the last one (LC-CLI-022).
    ///
    /// # Errors
    /// Why there is no answer that ends the matter. An answer of whatever status is none of these.
    pub async fn call(&self, name: &str, url: &str) -> Result<Answer, Failure> {
        let counterpart = self.inner.peers.get(name).ok_or(Failure::UnknownPeer)?;
        let peer = &counterpart.peer;
        // LC-CLI-002
        if !may_be_shown(url, &peer.api) {
            return Err(Failure::NotAllowed);
        }
        // LC-CLI-003
        let origin = peer.issuer.origin();
        let at_issuer = HttpsUrl::parse(url).is_ok_and(|url| url.origin() == origin);
        let deadline = Instant::now() + self.inner.deadline;
        let call = Call::new(&self.inner.parts, counterpart, deadline);
        call.make(url, at_issuer).await
    }
}
