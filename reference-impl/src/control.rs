//! Control of an initiator from outside, so that it can be examined: off unless it is configured, on a
//! listener apart from the protocol's.
//!
//! `POST /start {"peer": NAME}` runs one exchange with the issuer of that name, and answers when it has
//! ended. `POST /use {"peer": NAME, "url": URL}` makes one request to an API of that issuer with the
//! token that is held for it, if one is. No secret crosses this way.

mod peers;
mod verbs;

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use btx_spec::HttpsUrl;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use crate::initiator::{Initiator, IssuerEntry, Outcome};
use crate::outbound::{OutboundOutcome, OutboundRequest};
use crate::parts::Parts;

pub use verbs::{Roles, verbs};

/// How long a request to an API may take.
const USE_TIMEOUT: Duration = Duration::from_secs(10);

/// The control of one initiator.
pub fn router(initiator: Initiator, parts: Parts) -> Router {
    Router::new()
        .route("/start", post(start))
        .route("/use", post(use_token))
        .with_state(Control { initiator, parts })
}

#[derive(Clone)]
struct Control {
    initiator: Initiator,
    parts: Parts,
}

#[derive(Deserialize)]
struct Start {
    peer: String,
}

#[derive(Deserialize)]
struct Use {
    peer: String,
    url: String,
}

async fn start(State(control): State<Control>, Json(order): Json<Start>) -> Response {
    let Some(issuer) = control.issuer(&order.peer) else {
        return unknown(&order.peer);
    };
    match control.initiator.exchange(&issuer).await {
        Outcome::Active { .. } => Json(json!({ "outcome": "active" })).into_response(),
        Outcome::Failed(failure) => {
            let reason = format!("{failure:?}");
            Json(json!({ "outcome": "failed", "reason": reason })).into_response()
        }
    }
}

async fn use_token(State(control): State<Control>, Json(order): Json<Use>) -> Response {
    let Some(issuer) = control.issuer(&order.peer) else {
        return unknown(&order.peer);
    };
    // EX-INI-066: the token is for its issuer's eyes only.
    let own = [issuer.identifier.origin(), issuer.token_call.origin()];
    if !HttpsUrl::parse(&order.url).is_ok_and(|url| own.contains(&url.origin())) {
        let words = json!({ "error": "the URL is not one of that issuer" });
        return (StatusCode::BAD_REQUEST, Json(words)).into_response();
    }
    let token = control.initiator.token_for(&issuer.identifier).await;
    let mut request = OutboundRequest::bare(&order.url, Instant::now() + USE_TIMEOUT);
    if let Some(token) = &token {
        request = request.with("authorization", format!("Bearer {}", token.expose()));
    }
    let status = match control.parts.outbound.get(request).await {
        OutboundOutcome::Answered(answer) => json!(answer.status),
        OutboundOutcome::Unreachable(_) | OutboundOutcome::NoAnswer(_) => json!(null),
    };
    Json(json!({ "status": status, "token_sent": token.is_some() })).into_response()
}

fn unknown(peer: &str) -> Response {
    let words = json!({ "error": "no issuer has that name", "peer": peer });
    (StatusCode::NOT_FOUND, Json(words)).into_response()
}

impl Control {
    fn issuer(&self, name: &str) -> Option<IssuerEntry> {
        let mut issuers = self.initiator.issuers().into_iter();
        issuers.find(|issuer| issuer.name == name)
    }
}
