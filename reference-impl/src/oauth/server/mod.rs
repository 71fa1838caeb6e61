//! The authorization server: gives access tokens to clients that prove who they are, tells resources
//! about them, and ends them.
//!
//! In the order of the story: a request comes in (`http.rs`), its form is read (`request.rs`), the client
//! shows something (`credentials.rs`) and is believed or not (`authenticate.rs`, `assertion.rs`), it is
//! granted what it may have (`grant.rs`), and a token is made (`mint.rs`); `judge.rs` puts the decisions in
//! their order. A client that nobody has registered takes a way of its own (`documents.rs`). Later somebody shows the token (`shown.rs`), to be told about it (`introspect.rs`) or to
//! end it (`revoke.rs`).

pub mod assertion;
pub mod authenticate;
mod config;
pub mod credentials;
mod documents;
pub mod grant;
mod http;
pub mod introspect;
pub mod judge;
pub mod metadata;
pub mod mint;
mod refusal;
mod registry;
pub mod request;
pub mod revoke;
mod secret;
pub mod shown;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;

use super::Parts;
use crate::jwt::verifier::Verifier;

pub use config::{
    Account, Client, ClientAuth, Config, Grant, TokenForm, TokenRules, TrustedIssuer,
};
pub use refusal::Refusal;
pub use registry::Registry;
pub use secret::{SecretDigest, SecretError};

/// An authorization server. Clones are the same server.
///
/// Two servers with one configuration and a shared store are two replicas.
#[derive(Clone)]
pub struct AuthorizationServer {
    inner: Arc<Inner>,
}

struct Inner {
    registry: Registry,
    parts: Parts,
    /// Judges clients that are known by their documents alone, if any are taken.
    verifier: Option<Verifier>,
    /// The two documents that never change.
    metadata: Bytes,
    keys: Bytes,
}

impl AuthorizationServer {
    /// An authorization server with this configuration, made of these parts.
    pub fn new(config: Config, parts: Parts) -> Self {
        let documents = config.documents.clone();
        let verifier = documents.map(|documents| Verifier::new(documents, parts.clone()));
        let registry = Registry::new(config);
        Self {
            inner: Arc::new(Inner {
                metadata: Bytes::from(metadata::metadata(&registry).to_json()),
                keys: Bytes::from(registry.keys().to_json().to_string()),
                verifier,
                registry,
                parts,
            }),
        }
    }

    /// Everything that this server serves: `POST /oauth/token`, `/oauth/introspect` and `/oauth/revoke`,
    /// `GET /oauth/jwks`, and its metadata at the address that RFC 8414 makes of its issuer identifier.
    pub fn router(&self) -> Router {
        http::routes(self.clone())
    }
}
