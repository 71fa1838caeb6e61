//! The resource: takes service JWTs, hands out access tokens for them, and leaves a part of itself to the
//! tokens of an authorization server.
//!
//! In the order of the story: a request comes to a route (`routes.rs`), the gate before it reads what it shows
//! and has that judged (`gate.rs`), and whoever has come in with a JWT may take a token along
//! (`hand_out.rs`).

mod gate;
mod hand_out;
mod routes;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use btx_spec::Identifier;

use super::verifier::{self, Verifier};
use crate::oauth::Parts;
use crate::oauth::resource::{self, ResourceServer};

/// The configuration of a resource.
#[derive(Clone)]
pub struct Config {
    /// The resource identifier: the audience of the JWTs that it takes. It is an origin.
    pub identifier: Identifier,
    /// Named in the challenge; it holds neither quotes nor backslashes.
    pub realm: String,
    /// How it judges JWTs, and what it holds of clients.
    pub verifier: verifier::Config,
    /// How long the access tokens live that it hands out; without it, it hands out none.
    pub hand_out: Option<Duration>,
    /// The part of it that wants tokens of an authorization server, if there is one.
    pub server: Option<resource::Config>,
}

impl Config {
    /// A resource that hands out nothing and knows no authorization server, with the usual limits.
    pub fn new(identifier: Identifier) -> Self {
        Self {
            identifier,
            realm: "resource".to_owned(),
            verifier: verifier::Config::default(),
            hand_out: None,
            server: None,
        }
    }
}

/// A resource that takes service JWTs. Clones are the same one.
///
/// Two of them with one configuration and a shared store are two replicas.
#[derive(Clone)]
pub struct ServiceResource {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    parts: Parts,
    verifier: Verifier,
    server: Option<ResourceServer>,
    counter: AtomicU64,
}

impl ServiceResource {
    /// A resource with this configuration, made of these parts.
    pub fn new(config: Config, parts: Parts) -> Self {
        let server = config.server.clone();
        Self {
            inner: Arc::new(Inner {
                verifier: Verifier::new(config.verifier.clone(), parts.clone()),
                server: server.map(|server| ResourceServer::new(server, parts.clone())),
                config,
                parts,
                counter: AtomicU64::default(),
            }),
        }
    }

    /// `GET` and `POST /counter`, for service JWTs and what is handed out for them. With an authorization
    /// server also `GET /by-server/counter`, for its access tokens, and the metadata that name it.
    pub fn router(&self) -> Router {
        routes::routes(&self.inner)
    }
}
