//! Token issues over HTTP: read, find the exchange, judge, write down, answer.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use btx_spec::TokenIssue;
use tracing::{info, warn};

use super::judge::unknown_exchange;
use super::{Initiator, OnIssue, OpenExchange, lock};
use crate::http::body;
use crate::http::head::judge_message_head;
use crate::http::refusal::{Refusal, no_content};
use crate::store::{ExchangeKey, HeldToken};

/// Which paths there are depends on who is registered, and that may change: so every request that no
/// other router takes comes here.
pub(super) fn routes(initiator: &Initiator) -> Router {
    Router::new()
        .fallback(token_issue)
        .with_state(initiator.clone())
}

async fn token_issue(State(initiator): State<Initiator>, request: Request) -> Response {
    if !initiator.inner.issuers.receive_at(request.uri().path()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    match take(&initiator, request).await {
        Ok(()) => {
            initiator.inner.metrics.issues_accepted.add();
            no_content()
        }
        Err(refusal) => {
            initiator.inner.metrics.issues_refused.add();
            info!(problem = refusal.problem.name(), "token issue refused");
            refusal.into_response()
        }
    }
}

async fn take(initiator: &Initiator, request: Request) -> Result<(), Refusal> {
    let (head, body) = request.into_parts();
    // The body is taken off the connection first, so that the sender can read a refusal.
    let body = body::read(body).await;
    judge_message_head(&head.method, &head.headers)?;
    let issue = TokenIssue::parse(&body?).map_err(|wrong| Refusal::form(&wrong))?;

    // EX-INI-044: an exchange is known only at the URL that its own issuer was given.
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let open = lock(&initiator.inner.open).get(&issue.exchange_id).cloned();
    let open = open
        .filter(|open| open.target == target)
        .ok_or_else(unknown_exchange)?;

    let now = initiator.inner.parts.clock.now();
    let verdict = lock(&open.exchange).on_issue(issue, now);
    match verdict {
        OnIssue::Accept => Ok(()),
        OnIssue::Refuse(refusal) => Err(refusal),
        OnIssue::Hold(token) => hold(initiator, &open, token).await,
    }
}

/// EX-INI-060: 204 leaves only when the token is written down: a crash must not lose what was accepted.
async fn hold(
    initiator: &Initiator,
    open: &Arc<OpenExchange>,
    token: HeldToken,
) -> Result<(), Refusal> {
    let store = &initiator.inner.parts.store;
    let key = {
        let exchange = lock(&open.exchange);
        ExchangeKey {
            peer: exchange.call().issuer.clone(),
            id: exchange.id().clone(),
        }
    };
    let written = store.hold(key.clone(), token).await;
    if let Err(error) = &written {
        warn!(%error, "a token could not be written down");
    }
    let answer = lock(&open.exchange).on_held(written.is_ok());
    match answer {
        OnIssue::Refuse(refusal) => {
            // The exchange may have ended while the token was being written.
            if let Err(error) = store.discard(key).await {
                warn!(%error, "a token could not be discarded");
            }
            Err(refusal)
        }
        OnIssue::Accept | OnIssue::Hold(_) => Ok(()),
    }
}
