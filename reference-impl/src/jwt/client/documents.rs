//! What the client publishes: two small files that strangers fetch.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use btx_spec::jose::KeySet;
use btx_spec::jwt::{ClientDocument, ClientId, LARGEST_DOCUMENT, LARGEST_KEY_SET, MOST_KEYS};
use serde_json::Value;

use super::{Inner, lock};

/// Where the keys of a client are that has them at an address of their own: below its client id, and so at its
/// origin (JW-CLI-034).
pub fn keys_url(id: &ClientId) -> String {
    format!("{}/keys", id.as_str().trim_end_matches('/'))
}

/// The document is at the client id and nowhere else (JW-CLI-031).
pub(super) fn router(inner: &Arc<Inner>) -> Router {
    let origin = inner.id.origin();
    let path = |url: &str| url.strip_prefix(&origin).unwrap_or("/").to_owned();
    let document = path(inner.id.as_str());
    let routes = Router::new()
        // A client id may have colons and stars in its path.
        .without_v07_checks()
        .route(&document, get(show_document));
    let routes = if inner.inline_keys {
        routes
    } else {
        routes.route(&path(&keys_url(&inner.id)), get(show_keys))
    };
    routes.with_state(Arc::clone(inner))
}

async fn show_document(State(inner): State<Arc<Inner>>) -> Response {
    inner.answer(&inner.document(&inner.published()))
}

async fn show_keys(State(inner): State<Arc<Inner>>) -> Response {
    inner.answer(&inner.published().to_json())
}

impl Inner {
    /// The keys as they are at this moment.
    fn published(&self) -> KeySet {
        lock(&self.keys).published(self.parts.clock.now())
    }

    /// The keys are in one place (JW-CLI-032, JW-CLI-033).
    fn document(&self, keys: &KeySet) -> Value {
        if self.inline_keys {
            ClientDocument::with_keys(&self.id, keys)
        } else {
            ClientDocument::with_keys_at(&self.id, keys_url(&self.id))
        }
    }

    /// Whether these keys stay within what every verifier reads (JW-CLI-031, JW-CLI-037).
    pub(super) fn can_publish(&self, keys: &KeySet) -> bool {
        let room = |value: &Value, most: usize| value.to_string().len() <= most;
        keys.keys().len() <= MOST_KEYS
            && room(&keys.to_json(), LARGEST_KEY_SET)
            && room(&self.document(keys), LARGEST_DOCUMENT)
    }

    fn answer(&self, body: &Value) -> Response {
        let fields = [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            // JW-CLI-038
            (header::CACHE_CONTROL, format!("max-age={}", self.max_age)),
        ];
        (fields, body.to_string()).into_response()
    }
}
