//! What a deployment decides about its resource.

use std::time::Duration;

use btx_spec::jose::Algorithm;
use btx_spec::oauth::Scope;
use btx_spec::{HttpsUrl, Identifier};

use super::api_keys::ApiKey;
use crate::oauth::client::Secret;

/// The configuration of a resource.
#[derive(Debug, Clone)]
pub struct Config {
    /// The resource identifier: the audience of its tokens, and where its metadata are found.
    pub identifier: Identifier,
    /// The issuers whose JWTs it takes, each known by its own name and keys. A developer portal whose
    /// tokens are shown straight to the API is one of them.
    pub issuers: Vec<TrustedIssuer>,
    /// Whom it asks about tokens that it does not read itself.
    pub introspection: Option<Introspection>,
    /// The API keys that it gave out.
    pub api_keys: Vec<ApiKey>,
    /// The service accounts of its authorization servers, as `sub` names them. The `sub` of a token for one
    /// need not be its `client_id`, so nothing else tells it from a user's (OA-RES-007).
    pub service_accounts: Vec<String>,
    /// The scope that reading needs; the empty one is no demand.
    pub read_scope: Scope,
    /// The scope that writing needs.
    pub write_scope: Scope,
    /// Named in the challenge.
    pub realm: String,
    /// For how long.
    pub limits: Limits,
}

impl Config {
    /// A resource that trusts nobody yet, with these scopes for reading and for writing and the default
    /// limits.
    pub fn new(identifier: Identifier, read_scope: Scope, write_scope: Scope) -> Self {
        Self {
            identifier,
            issuers: Vec::new(),
            introspection: None,
            api_keys: Vec::new(),
            service_accounts: Vec::new(),
            read_scope,
            write_scope,
            realm: "resource".to_owned(),
            limits: Limits::default(),
        }
    }
}

/// An issuer of JWT access tokens (RFC 9068).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedIssuer {
    /// Its issuer identifier: the `iss` of its tokens.
    pub issuer: String,
    /// Where its key set is.
    pub jwks: HttpsUrl,
    /// The algorithms that it signs with; no others are taken (OA-RES-022).
    pub algorithms: Vec<Algorithm>,
}

/// The introspection endpoint of an authorization server (RFC 7662), and who asks there.
#[derive(Debug, Clone)]
pub struct Introspection {
    /// The issuer identifier of the server.
    pub issuer: String,
    /// Where the endpoint is.
    pub url: HttpsUrl,
    /// The client id of this resource.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
}

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How far the clocks of issuer and resource may differ.
    pub clock_skew: Duration,
    /// How long a key set may take to arrive.
    pub keys_deadline: Duration,
    /// How long a key set is used before it is fetched anew.
    pub keys_lifetime: Duration,
    /// How much longer it is used while it cannot be fetched.
    pub keys_grace: Duration,
    /// The shortest time between two fetches because of a key that is not known, and between two tries
    /// while older keys are at hand.
    pub keys_interval: Duration,
    /// How long an answer about a token may take. It is short: somebody waits.
    pub introspection_deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            clock_skew: Duration::from_secs(60),
            keys_deadline: Duration::from_secs(3),
            keys_lifetime: Duration::from_secs(300),
            keys_grace: Duration::from_secs(3600),
            keys_interval: Duration::from_secs(10),
            introspection_deadline: Duration::from_secs(2),
        }
    }
}
