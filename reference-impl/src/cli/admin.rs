//! The admin listener: is it alive, is it ready, what has it counted.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use btx_reference::serve::{self, Running};

use super::Failed;
use super::setup::listen;
use super::shutdown::Shutdown;
use super::values::Checked;

/// Serves `/healthz`, `/readyz` and `/metrics` if there is an address for them.
pub(super) async fn start(
    address: Option<&Checked<SocketAddr>>,
    metrics: impl Fn() -> String + Send + Sync + 'static,
    shutdown: &Shutdown,
) -> Result<Option<Running>, Failed> {
    let Some(Checked(address)) = address else {
        return Ok(None);
    };
    let metrics = Arc::new(metrics);
    let ready = shutdown.clone();
    let router = Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(async move || readiness(&ready)))
        .route("/metrics", get(async move || metrics()));
    serve::http(router, listen(*address)?, shutdown.begun())
        .await
        .map(Some)
        .map_err(|error| Failed::Broken(format!("the admin listener does not start: {error}")))
}

/// A server that is about to end gets no new work.
fn readiness(shutdown: &Shutdown) -> (StatusCode, &'static str) {
    if shutdown.has_begun() {
        (StatusCode::SERVICE_UNAVAILABLE, "ending\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}
