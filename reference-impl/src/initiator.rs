//! The initiator: gets bearer tokens from the issuers that it is registered with.
//!
//! In the order of the story: an exchange takes its course (`exchange.rs`, driven by `run.rs`),
//! meanwhile a token issue comes in (`http.rs`) and is judged (`judge.rs`), and in the end there is
//! a token to use, and to renew in time (`renew.rs`).

mod config;
mod exchange;
mod http;
mod issuers;
pub mod judge;
mod renew;
mod run;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use btx_spec::{BearerToken, ExchangeId, Identifier};
use tokio::sync::Notify;

use crate::lock::lock;
use crate::metrics::InitiatorMetrics;
use crate::open::OpenTasks;
use crate::parts::Parts;
use crate::registration::RegistrationError;
use crate::store::StoreError;
use issuers::Issuers;

pub use config::{Config, IssuerEntry, Limits};
pub use exchange::{Action, Answered, Event, Exchange, Failure, OnIssue, Outcome};

/// An initiator. Clones are the same initiator.
///
/// Open exchanges live in the memory of one process: token issues have to come to the process that
/// sent the call. Tokens in use live in the store.
#[derive(Clone)]
pub struct Initiator {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    issuers: Issuers,
    parts: Parts,
    metrics: InitiatorMetrics,
    open: Mutex<HashMap<ExchangeId, Arc<OpenExchange>>>,
    tasks: OpenTasks,
}

/// An exchange to which token issues may come.
struct OpenExchange {
    /// The request target at which they have to come.
    target: String,
    /// Told when its issuer is not registered any more.
    removed: Notify,
    exchange: Mutex<Exchange>,
}

impl Initiator {
    /// An initiator with this configuration, made of these parts.
    pub fn new(config: Config, parts: Parts) -> Self {
        let issuers = Issuers::new(&config.identifier.origin(), &config.issuers);
        Self {
            inner: Arc::new(Inner {
                config,
                issuers,
                parts,
                metrics: InitiatorMetrics::default(),
                open: Mutex::default(),
                tasks: OpenTasks::default(),
            }),
        }
    }

    /// The receive URLs of this initiator, and 404 for everything else. It may be merged into a router that
    /// has no fallback of its own.
    pub fn router(&self) -> Router {
        http::routes(self)
    }

    /// Runs one exchange with this issuer, as it is registered, to its end. Dropping the future stops
    /// nothing.
    pub async fn exchange(&self, issuer: &IssuerEntry) -> Outcome {
        run::exchange(self, issuer).await
    }

    /// The token to show to this issuer and to nobody else (EX-INI-066): one whose exchange
    /// succeeded (EX-INI-061) and which has not expired (EX-INI-063).
    pub async fn token_for(&self, issuer: &Identifier) -> Option<BearerToken> {
        if !self.inner.issuers.knows(issuer) {
            return None;
        }
        let parts = &self.inner.parts;
        let held = parts.store.in_use(issuer.clone()).await.ok().flatten()?;
        (parts.clock.now() < held.expires_at).then_some(held.token)
    }

    /// Gets a token from this issuer and renews it ahead of its expiry, for as long as it is registered and
    /// the future is polled.
    pub async fn keep_fresh(&self, issuer: &IssuerEntry) {
        renew::keep_fresh(self, issuer).await;
    }

    /// The issuers that are registered now.
    pub fn issuers(&self) -> Vec<IssuerEntry> {
        self.inner.issuers.all()
    }

    /// Registers an issuer at run time. Its token issues are welcome at its receive URL from then on.
    ///
    /// # Errors
    /// [`RegistrationError`] when the receive URL is not one of our own, when the identifier (EX-ANY-003) or
    /// the name is taken, or when the store cannot clear away what an earlier registrant left.
    pub async fn register(&self, issuer: IssuerEntry) -> Result<(), RegistrationError> {
        let inner = &self.inner;
        let _turn = inner.issuers.turn().await;
        inner
            .issuers
            .check(&inner.config.identifier.origin(), &issuer)?;
        inner.parts.store.forget(issuer.identifier.clone()).await?;
        inner.issuers.insert(issuer);
        Ok(())
    }

    /// Removes an issuer: its open exchanges fail, its token issues are refused, and its tokens are
    /// forgotten. Gives whether it was registered.
    ///
    /// # Errors
    /// [`StoreError`] when its tokens could not be taken out of the store. They are not used as long as
    /// nobody is registered under the name, and nobody can be before they are gone.
    pub async fn remove(&self, issuer: &Identifier) -> Result<bool, StoreError> {
        let inner = &self.inner;
        let _turn = inner.issuers.turn().await;
        let was_known = inner.issuers.remove(issuer);
        for open in lock(&inner.open).values() {
            if lock(&open.exchange).call().issuer == *issuer {
                open.removed.notify_one();
            }
        }
        inner.parts.store.forget(issuer.clone()).await?;
        Ok(was_known)
    }

    /// What was counted since the start.
    pub fn metrics(&self) -> &InitiatorMetrics {
        &self.inner.metrics
    }

    /// Resolves when no exchange is open.
    pub async fn idle(&self) {
        self.inner.tasks.none_left().await;
    }
}
