//! What a token opens: a gate for any router, and the smallest resource behind it.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use btx_spec::Identifier;
use serde::Serialize;

use super::{Inner, Issuer};
use crate::http::bearer::{Denied, challenge, token};
use crate::http::refusal::Refusal;
use crate::store::LiveToken;

/// The initiator that a request speaks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Caller {
    /// Its identifier.
    pub initiator: Identifier,
}

pub(super) fn routes(issuer: &Issuer) -> Router {
    let whoami = get(whoami).post(whoami);
    protect(issuer, Router::new().route("/api/whoami", whoami))
}

async fn whoami(Extension(caller): Extension<Caller>) -> Json<Caller> {
    Json(caller)
}

pub(super) fn protect(issuer: &Issuer, router: Router) -> Router {
    router.route_layer(from_fn_with_state(issuer.clone(), gate))
}

async fn gate(State(issuer): State<Issuer>, mut request: Request, next: Next) -> Response {
    let inner = &issuer.inner;
    match open(inner, request.headers()).await {
        Ok(caller) => {
            inner.metrics.resource_opened.add();
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(Closed::Denied(denied)) => {
            inner.metrics.resource_denied.add();
            challenge(denied, &inner.config.realm)
        }
        Err(Closed::Unavailable) => Refusal::unavailable().into_response(),
    }
}

enum Closed {
    Denied(Denied),
    /// Nobody can say whether the token is live, so it opens nothing.
    Unavailable,
}

async fn open(inner: &Inner, headers: &HeaderMap) -> Result<Caller, Closed> {
    let shown = token(headers).map_err(Closed::Denied)?;
    // Looked up by digest: how long that takes says nothing about any token.
    let known = inner
        .parts
        .store
        .token(shown.digest())
        .await
        .map_err(|_| Closed::Unavailable)?;
    let live = judge_token(known, inner.parts.clock.now()).map_err(Closed::Denied)?;
    // EX-ISS-007: whoever is no longer registered has nothing to ask here.
    if inner.config.partners.get(&live.initiator).is_none() {
        return Err(Closed::Denied(Denied::InvalidToken));
    }
    Ok(Caller {
        initiator: live.initiator,
    })
}

/// HT-RES-006, HT-RES-007: a token that was issued opens the resource before the instant of its
/// expiry, and not at it.
fn judge_token(known: Option<LiveToken>, now: i64) -> Result<LiveToken, Denied> {
    known
        .filter(|token| now < token.expires_at)
        .ok_or(Denied::InvalidToken)
}
