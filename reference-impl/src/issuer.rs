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
mod resource;
mod run;
mod status;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use btx_spec::Identifier;
use tracing::error;

use crate::metrics::IssuerMetrics;
use crate::open::OpenTasks;
use crate::parts::Parts;

pub use config::{Config, Limits, Partner, WrongOrigin};
pub use exchange::{Action, Ending, Event, Exchange, Failure};
pub use resource::Caller;

/// An issuer. Clones are the same issuer.
///
/// Two issuers that were built from the same configuration and share a store are two replicas.
#[derive(Clone)]
pub struct Issuer {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    partners: HashMap<Identifier, Partner>,
    parts: Parts,
    metrics: IssuerMetrics,
    open: OpenTasks,
}

impl Issuer {
    /// An issuer with this configuration, made of these parts. An identifier that stands twice
    /// among the partners is registered for neither.
    pub fn new(config: Config, parts: Parts) -> Self {
        let partners = register(&config.partners);
        Self {
            inner: Arc::new(Inner {
                config,
                partners,
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

/// EX-ANY-003: a name with two registrants would belong to whoever came last.
fn register(partners: &[Partner]) -> HashMap<Identifier, Partner> {
    let mut registered = HashMap::new();
    let mut twice = Vec::new();
    for partner in partners {
        let name = partner.identifier.clone();
        if registered.insert(name.clone(), partner.clone()).is_some() {
            error!(initiator = name.as_str(), "registered twice, so not at all");
            twice.push(name);
        }
    }
    registered.retain(|name, _| !twice.contains(name));
    registered
}
