//! The resource: takes access tokens, and lets in whom they are enough for.
//!
//! In the order of the story: a request shows something (`shown.rs`), it is judged (`judge.rs`, with the
//! keys of `keys.rs`, or by `verified.rs` if they have verified it before, or with the answer that
//! `ask.rs` gets), and the gate opens or does not (`gate.rs`).

mod api_keys;
mod ask;
mod config;
mod gate;
pub mod judge;
pub mod key_cache;
mod keys;
mod refusal;
mod routes;
pub mod shown;
mod verified;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;

use super::Parts;
use api_keys::ApiKeys;
use gate::Gate;
use keys::Keys;
use refusal::Place;
use routes::Thing;
use verified::Verified;

pub use api_keys::{ApiKey, KeyDigest};
pub use config::{Config, Introspection, Limits, TrustedIssuer};
pub use judge::{Caller, Needs};

/// A resource server. Clones are the same one.
#[derive(Clone)]
pub struct ResourceServer {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    parts: Parts,
    place: Place,
    keys: Keys,
    verified: Verified,
    api_keys: ApiKeys,
    thing: Thing,
}

impl ResourceServer {
    /// A resource with this configuration, made of these parts.
    pub fn new(config: Config, parts: Parts) -> Self {
        let place = Place {
            realm: config.realm.clone(),
            metadata: routes::metadata_address(&config),
        };
        let keys = Keys::new(&config.issuers, config.limits, &parts.outbound);
        let api_keys = ApiKeys::new(&config.api_keys);
        Self {
            inner: Arc::new(Inner {
                config,
                parts,
                place,
                keys,
                verified: Verified::default(),
                api_keys,
                thing: Thing::default(),
            }),
        }
    }

    /// A small resource to try things with: `/public`, `/read-resource`, `/write-resource`, `/users-only`,
    /// and the metadata.
    pub fn router(&self) -> Router {
        routes::routes(self)
    }

    /// The metadata alone, at the address that the identifier makes.
    pub fn metadata_router(&self) -> Router {
        routes::metadata_routes(self)
    }

    /// Puts the gate before every route of `router`: whoever comes through has what is needed, and handlers
    /// find the [`Caller`] among the extensions. A form is read whole for it, and may have 64 KiB.
    pub fn protect(&self, needs: Needs, router: Router) -> Router {
        let gate = Gate {
            inner: Arc::clone(&self.inner),
            needs,
        };
        router.route_layer(from_fn_with_state(gate, gate::gate))
    }

    /// Revokes the API key with this digest from now on. Gives whether it was live.
    pub fn revoke_api_key(&self, digest: &KeyDigest) -> bool {
        self.inner.api_keys.revoke(digest)
    }
}
