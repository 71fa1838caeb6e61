//! The resource elsewhere: verifies bearers of trusted signers by the keys that these publish, and issues none.
//!
//! In the order of the story: a request comes to the gate (`gate.rs`), its bearer is judged as far as that goes
//! without a key (`judge.rs`), the keys of its signer are at hand or are fetched (`cache.rs` says which, `keys.rs`
//! sees to it), and the signature and the time of the key's retirement are judged (`trusted.rs`, `judge.rs`).

pub mod cache;
mod config;
mod gate;
pub mod judge;
mod keys;
pub mod trusted;

use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde_json::{Value, json};

use keys::Keys;

pub use super::parts::Parts;
pub use config::{Config, Limits, TrustedSigner};
pub use gate::Visitor;

/// A resource that takes bearers of issuers elsewhere. Clones are the same one.
#[derive(Clone)]
pub struct SessionResource {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    parts: Parts,
    keys: Keys,
}

impl SessionResource {
    /// A resource with this configuration, made of these parts.
    pub fn new(config: Config, parts: Parts) -> Self {
        let keys = Keys::new(&config.signers, config.limits, &parts.outbound);
        Self {
            inner: Arc::new(Inner {
                config,
                parts,
                keys,
            }),
        }
    }

    /// `GET /api/read`.
    pub fn router(&self) -> Router {
        self.protect(Router::new().route("/api/read", get(read)))
    }

    /// These routes, for whoever shows a bearer; they find a [`Visitor`] among the extensions of a request.
    pub fn protect(&self, routes: Router) -> Router {
        routes.route_layer(from_fn_with_state(Arc::clone(&self.inner), gate::gate))
    }
}

async fn read(Extension(visitor): Extension<Visitor>) -> Json<Value> {
    Json(json!({ "subject": visitor.subject }))
}
