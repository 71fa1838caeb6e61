//! The issuer: signs short bearers of long sessions with a key that rotates.
//!
//! In the order of the story: somebody logs in (`login.rs`, `accounts.rs`; over HTTP `door.rs`) and gets a session
//! token and a bearer (`mint.rs`). The gate (`gate.rs`) judges each bearer that a request shows (`judge.rs`), asks
//! whether its session lives, and puts a new bearer into the answer where one is due. `look.rs` sees to it that
//! a replica hears of newer keys, and `http.rs` has the routes.

mod accounts;
mod config;
mod door;
mod gate;
mod http;
pub mod judge;
pub mod login;
mod look;
pub mod mint;

use std::sync::Arc;

use axum::Router;

use self::judge::Limits;
use self::look::Look;
use super::keys::Keys;
use super::sessions::SessionStore;
use crate::clock::{Clock, SystemClock};
use crate::jwt::verifier::turns::Turns;
use crate::random::{Random, SystemRandom};

pub use accounts::{Accounts, HashCost, Password, PasswordError};
pub use config::{Config, Lifetimes, Login};
pub use gate::Caller;

/// Everything that an issuer needs from the world around it. Clones share the same components, and so do
/// replicas.
#[derive(Clone)]
pub struct Parts {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Unpredictable bytes.
    pub random: Arc<dyn Random>,
    /// What signs and verifies.
    pub keys: Arc<dyn Keys>,
    /// What must be remembered of sessions.
    pub sessions: Arc<dyn SessionStore>,
}

impl Parts {
    /// The clock and the randomness of the system, with the given keys and sessions.
    pub fn new(keys: Arc<dyn Keys>, sessions: Arc<dyn SessionStore>) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            keys,
            sessions,
        }
    }
}

/// One replica of an issuer. Clones are the same one.
///
/// Two of them with one configuration and shared keys and sessions are two replicas.
#[derive(Clone)]
pub struct Issuer {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    limits: Limits,
    parts: Parts,
    look: Look,
    turns: Turns,
}

impl Issuer {
    /// An issuer with this configuration, made of these parts.
    pub fn new(config: Config, parts: Parts) -> Self {
        let inner = Inner {
            limits: config.limits(),
            look: Look::new(Arc::clone(&parts.keys), config.look_interval),
            turns: Turns::new(door::hashes_at_once(), 1),
            config,
            parts,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// `/login`, `/logout`, `/keys/changed` to tell of newer keys, `/keys` if there is something to publish, and
    /// the smallest API that there can be: `/api/whoami`, and `/api/nothing`, where whoever is let in finds
    /// nothing.
    pub fn router(&self) -> Router {
        http::routes(self)
    }

    /// Lets in only those whose bearer opens and whose session lives. Handlers find a [`Caller`] among the
    /// extensions of the request.
    pub fn protect(&self, router: Router) -> Router {
        gate::protect(&self.inner, router, true)
    }

    /// The same for what need not know of a logout before the bearer expires: a bearer of the current key
    /// opens without a look into the store.
    pub fn protect_locally(&self, router: Router) -> Router {
        gate::protect(&self.inner, router, false)
    }
}
