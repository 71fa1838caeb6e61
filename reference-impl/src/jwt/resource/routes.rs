//! The smallest API that there can be: a counter.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Inner;
use super::gate::gate;
use crate::oauth::resource::Needs;

pub(super) fn routes(inner: &Arc<Inner>) -> Router {
    let counter = Router::new()
        .route("/counter", get(show).post(count))
        .with_state(Arc::clone(inner))
        .route_layer(from_fn_with_state(Arc::clone(inner), gate));
    let Some(server) = &inner.server else {
        return counter;
    };
    // JW-RES-050 to JW-RES-052: this part is wholly that of the authorization server.
    let by_server = Router::new()
        .route("/by-server/counter", get(show))
        .with_state(Arc::clone(inner));
    counter
        .merge(server.protect(Needs::default(), by_server))
        .merge(server.metadata_router())
}

async fn show(State(inner): State<Arc<Inner>>) -> Json<Value> {
    shown(inner.counter.load(Ordering::Relaxed))
}

async fn count(State(inner): State<Arc<Inner>>) -> Json<Value> {
    let before = inner.counter.fetch_add(1, Ordering::Relaxed);
    shown(before.wrapping_add(1))
}

fn shown(counter: u64) -> Json<Value> {
    Json(json!({ "counter": counter }))
}
