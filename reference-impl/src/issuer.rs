//! The issuer: gives bearer tokens to the initiators that are registered with it.
//!
//! In the order of the story: a token call comes in (`http.rs`) and is judged (`judge.rs`), a
//! token is made (`mint.rs`), the exchange takes its course (`exchange.rs`, driven by `run.rs`),
//! somebody may ask how it stands (`status.rs`), and the token opens a resource (`resource.rs`).

mod config;
mod exchange;
mod http;
pub mod judge;
pub mod mint;
mod partners;
mod resource;
mod run;
mod status;

use std::sync::Arc;

use axum::Router;
use btx_spec::Identifier;

use crate::metrics::IssuerMetrics;
use crate::open::OpenTasks;
use crate::parts::Parts;
use crate::registration::RegistrationError;
use crate::store::StoreError;

pub use config::{Config, Limits, Partner, WrongOrigin};
pub use exchange::{Action, Ending, Event, Exchange, Failure};
pub use partners::Partners;
pub use resource::Caller;

/// An issuer. Clones are the same issuer.
///
/// Two issuers that were built from clones of one configuration and share a store are two replicas.
#[derive(Clone)]
pub struct Issuer {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    parts: Parts,
    metrics: IssuerMetrics,
    open: OpenTasks,
}

impl Issuer {
    /// An issuer with this configuration, made of these parts.
    pub fn new(config: Config, parts: Parts) -> Self {
        Self {
            inner: Arc::new(Inner {
                config,
                parts,
                metrics: IssuerMetrics::default(),
                open: OpenTasks::default(),
            }),
        }
    }

    /// Everything that this issuer serves: `POST /btx/token-call`, `/btx/exchange/{secret}` and
    /// the resource `/api/whoami`.
    pub fn router(&self) -> Router {
        http::routes(self.clone())
            .merge(status::routes(self.clone()))
            .merge(resource::routes(self))
    }

    /// Lets a request through to `router` only with a live token; handlers find the initiator
    /// that it speaks for as `Extension<Caller>`.
    pub fn protect(&self, router: Router) -> Router {
        resource::protect(self, router)
    }

    /// Registers an initiator at run time, with every replica that was built from a clone of the same
    /// configuration.
    ///
    /// # Errors
    /// [`RegistrationError`] when the receive URL has another origin than the identifier (EX-ISS-001) or
    /// an address that is refused, when the identifier is registered (EX-ANY-003), or when the store
    /// cannot clear away what an earlier registrant left.
    pub async fn register(&self, partner: Partner) -> Result<(), RegistrationError> {
        let Inner { config, parts, .. } = self.inner.as_ref();
        let partner = Partner {
            token_lifetime: partner.token_lifetime,
            ..Partner::new(partner.identifier, partner.receives)?
        };
        // EX-ISS-005: a name may still resolve to such an address, so each connection is judged as well.
        if let Some(reason) = parts.outbound.refuses(partner.receives.as_str()) {
            return Err(RegistrationError::Address(reason));
        }
        config
            .partners
            .register(partner, parts.store.as_ref())
            .await
    }

    /// Removes an initiator, with every replica: its token calls are those of a stranger, its open
    /// exchanges fail, and its tokens open nothing any more, whoever registers next (EX-ISS-007). Gives
    /// whether it was registered.
    ///
    /// # Errors
    /// [`StoreError`] when its tokens could not be taken out of the store. They open nothing as long as
    /// nobody is registered under the name, and nobody can be before they are gone.
    pub async fn remove(&self, initiator: &Identifier) -> Result<bool, StoreError> {
        let Inner { config, parts, .. } = self.inner.as_ref();
        config
            .partners
            .remove(initiator, parts.store.as_ref())
            .await
    }

    /// What was counted since the start.
    pub fn metrics(&self) -> &IssuerMetrics {
        &self.inner.metrics
    }

    /// Resolves when no exchange is open, at the latest one exchange deadline after the last one
    /// began.
    pub async fn idle(&self) {
        self.inner.open.none_left().await;
    }
}
