//! What a deployment decides about its client.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use btx_spec::jose::SigningKey;
use btx_spec::jwt::ClientId;
use btx_spec::{HttpsUrl, Identifier};

/// The configuration of a client.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who it is, and where its document is.
    pub id: ClientId,
    /// What it signs with.
    pub keys: SigningKeys,
    /// Whether its keys are in the document itself, and not at an address of their own.
    pub inline_keys: bool,
    /// How long others may hold document and keys (JW-CLI-038).
    pub max_age: Duration,
    /// The resources that it calls. Of two with one name, the first counts.
    pub peers: Vec<PeerEntry>,
    /// For how long.
    pub limits: Limits,
}

impl Config {
    /// A client that calls nobody, with the usual limits.
    pub fn new(id: ClientId, keys: SigningKeys) -> Self {
        Self {
            id,
            keys,
            inline_keys: false,
            max_age: Duration::from_secs(300),
            peers: Vec::new(),
            limits: Limits::default(),
        }
    }
}

/// The keys that a client signs with, one after the other.
#[derive(Debug, Clone)]
pub struct SigningKeys {
    pub(super) current: Arc<SigningKey>,
    pub(super) prepared: VecDeque<Arc<SigningKey>>,
}

impl SigningKeys {
    /// This key, and new ones when it is changed.
    pub fn new(current: Arc<SigningKey>) -> Self {
        Self {
            current,
            prepared: VecDeque::new(),
        }
    }

    /// After all others, this one.
    #[must_use]
    pub fn then(mut self, next: Arc<SigningKey>) -> Self {
        self.prepared.push_back(next);
        self
    }
}

/// A resource that the client calls.
#[derive(Debug, Clone)]
pub struct PeerEntry {
    /// A short name, for people and for the control verbs.
    pub name: String,
    /// The identifier of the resource: the audience of every JWT for it.
    pub resource: Identifier,
    /// The URLs that a JWT or a token for it may be shown to: these themselves and what is below their paths.
    pub api: Vec<HttpsUrl>,
    /// The authorization servers that may be asked for a token for it.
    pub servers: Vec<Identifier>,
}

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a call may take, with everything that is asked of others for it.
    pub call_deadline: Duration,
    /// How long a JWT lives; never longer than five minutes (JW-CLI-006).
    pub lifetime: Duration,
    /// How long a token of a server lives whose answer does not say.
    pub assumed_lifetime: Duration,
    /// How long the metadata of a resource and of its server are believed.
    pub metadata_lifetime: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call_deadline: Duration::from_secs(30),
            lifetime: Duration::from_secs(60),
            assumed_lifetime: Duration::from_secs(300),
            metadata_lifetime: Duration::from_secs(3600),
        }
    }
}
