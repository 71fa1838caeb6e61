//! The verifier: takes JWTs of clients that it knows by nothing but the address in the JWT.
//!
//! In the order of the story: a JWT is judged as far as that goes without a key (`judge.rs`), the keys of
//! its client are at hand or are fetched (`cache.rs` says which, `clients.rs` sees to it, `fetch.rs` does it
//! when `turns.rs` lets it), the signature is verified, and the JWT is remembered so that it is accepted
//! once.

pub mod cache;
mod clients;
mod config;
pub(crate) mod fetch;
pub mod held;
pub mod judge;
pub(crate) mod turns;

use std::sync::Arc;

use btx_spec::jwt::ClientId;
use tracing::{debug, warn};

use clients::Clients;
use fetch::Fetcher;
use judge::{Facts, Fault};

use crate::duration::whole_seconds;
use crate::oauth::Parts;

pub use config::{Config, Limits};
pub use fetch::Missed;
pub use judge::Expected;

/// In how many seconds it is worth trying again what could not be done now.
pub const RETRY_AFTER: u32 = 5;

/// A verifier. Clones share what they hold of clients.
#[derive(Clone)]
pub struct Verifier {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    parts: Parts,
    clients: Arc<Clients>,
}

/// Whom a JWT is of, which is proved and will not be proved by it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The client.
    pub client: ClientId,
}

/// Why a JWT proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It breaks a rule.
    Token(Fault),
    /// The document or the keys of its client have come, and are wrong.
    Document(String),
    /// They have not come, and nothing is held in their place.
    Unavailable {
        /// In how many seconds it is worth trying again.
        retry_after: u32,
    },
    /// It cannot be remembered, so that it must not be accepted (JW-RES-021).
    MemoryFull,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Token(fault)
    }
}

impl Verifier {
    /// A verifier with this configuration, made of these parts.
    pub fn new(config: Config, parts: Parts) -> Self {
        let fetcher = Fetcher::new(Arc::clone(&parts.outbound), &config.limits);
        let clients = Arc::new(Clients::new(config.limits, fetcher));
        Self {
            inner: Arc::new(Inner {
                config,
                parts,
                clients,
            }),
        }
    }

    /// Takes a JWT, once.
    ///
    /// # Errors
    /// [`Refused`], and then nothing of it is remembered (JW-RES-018).
    pub async fn verify(&self, token: &str, expected: &Expected<'_>) -> Result<Proven, Refused> {
        let outcome = self.inner.verify(token, expected).await;
        if let Err(why) = &outcome {
            debug!(?why, "JWT refused");
        }
        outcome
    }
}

impl Inner {
    async fn verify(&self, token: &str, expected: &Expected<'_>) -> Result<Proven, Refused> {
        let claimed = judge::read(token, expected, &self.facts())?;
        let keys = self.clients.keys(claimed.client(), claimed.key_id()).await;
        let keys = keys.map_err(|missed| match missed {
            Missed::Wrong(why) => Refused::Document(why),
            Missed::Absent(_) => Refused::Unavailable {
                retry_after: RETRY_AFTER,
            },
        })?;
        let facts = self.facts();
        let (client, once) = claimed.verified(&keys, &facts)?;
        // What has expired while its keys were on their way may be forgotten by now.
        if once.until <= facts.now {
            return Err(Fault::Expired.into());
        }
        // JW-RES-015, JW-RES-016: of all copies at all replicas one is new.
        let remembering = (self.parts.tokens).remember(once.digest, once.until, facts.now);
        match remembering.await {
            Ok(true) => Ok(Proven { client }),
            Ok(false) => Err(Fault::Used.into()),
            Err(error) => {
                warn!(%error, "a JWT could not be remembered");
                Err(Refused::MemoryFull)
            }
        }
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            algorithms: &self.config.algorithms,
            now: self.parts.clock.now(),
            skew: whole_seconds(self.config.clock_skew),
        }
    }
}
