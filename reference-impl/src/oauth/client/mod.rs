//! The client: gets access tokens from authorization servers, and shows them to their APIs.
//!
//! In the order of the story: the machine says what is to be done (`machine.rs`, driven by `run.rs`), a
//! request is made (`request.rs`) and its answer judged (`answer.rs`), and the token is used (`call.rs`).

pub(crate) mod answer;
pub(crate) mod api;
mod call;
mod config;
mod failure;
pub mod machine;
mod request;
mod run;
mod secret;
mod token;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use bytes::Bytes;
use tokio::time::{Instant, sleep};

use super::Parts;
use crate::outbound::Answer;
use call::Call;
use machine::Event;
use run::Server;

pub use call::{CallError, Method};
pub use config::{Config, Grant, Identity, Limits, Proof, ServerEntry, TokenEndpoint};
pub use failure::Failure;
pub use secret::{Secret, SecretError};
pub use token::Token;

/// A client. Clones are the same client.
///
/// Its tokens live in the memory of the process and are gone with it: a new one is quickly had, and what is
/// not on a disk cannot be found there.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    names: Vec<String>,
    servers: HashMap<String, Arc<Server>>,
    limits: Limits,
    parts: Parts,
}

impl Client {
    /// A client with this configuration, made of these parts. It asks for nothing before it is used.
    pub fn new(config: Config, parts: Parts) -> Self {
        let Config { servers, limits } = config;
        let (mut names, mut by_name) = (Vec::new(), HashMap::new());
        for server in servers {
            if let Entry::Vacant(place) = by_name.entry(server.name.clone()) {
                names.push(server.name.clone());
                place.insert(Arc::new(Server::new(server, limits, parts.clone())));
            }
        }
        Self {
            inner: Arc::new(Inner {
                names,
                servers: by_name,
                limits,
                parts,
            }),
        }
    }

    /// The names of the servers, in the order of the configuration.
    pub fn names(&self) -> &[String] {
        &self.inner.names
    }

    /// Whether there is a server of this name.
    pub fn knows(&self, name: &str) -> bool {
        self.inner.servers.contains_key(name)
    }

    /// The token for the APIs of this server: the one that is held, or a new one. However many ask, one
    /// request is under way (OA-CLI-007).
    ///
    /// # Errors
    /// Why there is none. After a failure there is a pause, in which the answer is the same failure.
    pub async fn token(&self, name: &str) -> Result<Token, Failure> {
        self.server(name)?.obtain(Event::Wanted).await
    }

    /// A new token, whatever is held and whatever has failed before: for a person who says so. A request
    /// that is under way does for it.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn renew(&self, name: &str) -> Result<Token, Failure> {
        self.server(name)?.obtain(Event::Ordered).await
    }

    /// Sends a request with a token to an API of this server. If the API says that the token is not valid,
    /// it is sent once more with a new one.
    ///
    /// # Errors
    /// Why there is no answer. An answer of whatever status is none of these.
    pub async fn call(
        &self,
        name: &str,
        method: Method,
        url: &str,
        body: Bytes,
    ) -> Result<Answer, CallError> {
        let call = Call {
            server: self.server(name)?,
            parts: &self.inner.parts,
            method,
            url,
            body,
            deadline: Instant::now() + self.inner.limits.call_deadline,
        };
        call.make().await
    }

    /// Gets a token of this server and renews it ahead of its end, for as long as the future is polled and
    /// the server knows the client.
    pub async fn keep_fresh(&self, name: &str) {
        let Ok(server) = self.server(name) else {
            return;
        };
        while let Some(pause) = server.due_in() {
            sleep(pause).await;
            // The machine remembers a failure, and says when to try again.
            let _ = server.obtain(Event::Due).await;
        }
    }

    fn server(&self, name: &str) -> Result<&Arc<Server>, Failure> {
        self.inner.servers.get(name).ok_or(Failure::UnknownServer)
    }
}
