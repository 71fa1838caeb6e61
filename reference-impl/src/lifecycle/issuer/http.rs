//! The routes, and what there is besides the doors and the gate.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use axum::{Extension, Json, Router};
use serde_json::{Value, json};
use tracing::warn;

use super::gate::Caller;
use super::{Issuer, door};
use crate::http::body::{LARGEST, read_up_to};
use crate::http::head::wrong_method;
use crate::http::refusal::{Refusal, no_content};

/// How long others may keep the published keys at the most, in seconds (LC-ISS-036).
const LONGEST_MAX_AGE: u64 = 300;

pub(super) fn routes(issuer: &Issuer) -> Router {
    let api = Router::new()
        .route("/api/whoami", get(who_am_i).post(who_am_i))
        .route("/api/nothing", any(StatusCode::NOT_FOUND));
    let mut open = Router::new()
        .route("/login", any(door::log_in))
        .route("/logout", any(door::log_out))
        .route("/keys/changed", post(keys_changed).fallback(only_post));
    // Keys that are secret have nothing to publish (LC-ISS-035).
    if issuer.inner.config.algorithm.is_pair() {
        open = open.route("/keys", get(published_keys));
    }
    open.with_state(issuer.clone()).merge(issuer.protect(api))
}

async fn who_am_i(Extension(caller): Extension<Caller>) -> Json<Value> {
    Json(json!({ "subject": caller.subject }))
}

/// LC-ISS-030 to LC-ISS-036: the ring that signs is the one that is published, so no key signs before it stands
/// here.
async fn published_keys(State(issuer): State<Issuer>) -> Response {
    let inner = issuer.inner.as_ref();
    let ring = match inner.parts.keys.ring().await {
        Ok(ring) => ring,
        Err(error) => {
            warn!(%error, "no keys to publish");
            return Refusal::unavailable().into_response();
        }
    };
    let keys = ring.published(inner.parts.clock.now());
    let mut answer = Json(json!({ "keys": keys })).into_response();
    let max_age = inner.config.key_set_max_age.as_secs().min(LONGEST_MAX_AGE);
    if let Ok(max_age) = HeaderValue::from_str(&format!("max-age={max_age}")) {
        answer.headers_mut().insert(header::CACHE_CONTROL, max_age);
    }
    answer
}

/// Whoever tells of newer keys, and whatever he says, no more comes of it than that this replica looks
/// (LC-ISS-040, LC-ISS-041).
async fn keys_changed(State(issuer): State<Issuer>, request: Request) -> Response {
    // Taken off the connection, and thrown away unread.
    let _unread = read_up_to(request.into_body(), LARGEST).await;
    if let Err(error) = issuer.inner.look.newest().await {
        warn!(%error, "a notification led to nothing");
    }
    no_content()
}

async fn only_post() -> Refusal {
    wrong_method("POST")
}
