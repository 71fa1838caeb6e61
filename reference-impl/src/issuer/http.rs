//! The token call over HTTP: read, judge, hand over to the exchange, wait for the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts as Head;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use btx_spec::{Origin, Pending, StatusUrl, Timestamp, TokenCall};
use tokio::sync::oneshot;
use tracing::info;

use super::config::Partner;
use super::judge::{Admitted, judge};
use super::mint::mint;
use super::run::{Run, Told};
use super::status::{Secret, failure_refusal};
use super::{Ending, Exchange, Inner, Issuer};
use crate::duration::whole_seconds;
use crate::http::body;
use crate::http::head::judge_message_head;
use crate::http::prefer::wants_async;
use crate::http::refusal::{Refusal, answer, no_content};
use crate::store::{ExchangeKey, Opening, StatusEntry};

/// How long a caller should wait before it asks again, in seconds.
const ASK_AGAIN_AFTER: u32 = 1;

/// How long a token lives at the most.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

pub(super) fn routes(issuer: Issuer) -> Router {
    Router::new()
        .route("/btx/token-call", any(token_call))
        .with_state(issuer)
}

async fn token_call(State(issuer): State<Issuer>, request: Request) -> Response {
    match take(&issuer, request).await {
        Ok(response) => response,
        Err(refusal) => {
            issuer.inner.metrics.refused(refusal.problem);
            info!(problem = refusal.problem.name(), "token call refused");
            refusal.into_response()
        }
    }
}

/// EX-ISS-014: the whole call is judged before anybody is called back.
async fn take(issuer: &Issuer, request: Request) -> Result<Response, Refusal> {
    let inner = &issuer.inner;
    let (head, body) = request.into_parts();
    // The body is taken off the connection first, so that the sender can read a refusal.
    let body = body::read(body).await;
    judge_message_head(&head.method, &head.headers)?;
    let Admitted { call, partner } =
        judge(&body?, &inner.config.identifier, &inner.config.partners)?;

    let origin = called_origin(inner, &head);
    // EX-ISS-080 to EX-ISS-083: 202 goes to whoever asks for it, if this issuer does that at all.
    let secret = if inner.config.asynchronous && wants_async(&head.headers) {
        let made = Secret::make(inner.parts.random.as_ref());
        Some(made.map_err(|_| Refusal::unavailable())?)
    } else {
        None
    };
    let status = secret.as_ref().map(|secret| secret.entry(&origin));
    let (run, opening) = prepare(issuer, call, partner, status)?;
    let forget_at = opening.forget_at;

    // The exchange has a task of its own: a caller that goes away stops nothing and leaves
    // nothing half done.
    let (tell, told) = oneshot::channel();
    tokio::spawn(run.run(opening, tell, inner.open.enter()));
    match told.await {
        Ok(Told::Refused(refusal)) => Err(refusal),
        Ok(Told::Pending) => {
            let secret = secret.ok_or_else(Refusal::unavailable)?;
            Ok(pending(&secret.url(&origin.to_string())?, forget_at))
        }
        Ok(Told::Ended(Ending::Live)) => Ok(no_content()),
        Ok(Told::Ended(Ending::Failed(failure))) => Ok(failure_refusal(failure).into_response()),
        Err(_) => Err(Refusal::unavailable()),
    }
}

/// Makes the token, and everything that its exchange needs.
fn prepare(
    issuer: &Issuer,
    call: TokenCall,
    partner: Arc<Partner>,
    status: Option<StatusEntry>,
) -> Result<(Run, Opening), Refusal> {
    let Inner { config, parts, .. } = issuer.inner.as_ref();
    let now = parts.clock.now();
    // EX-ISS-045
    let lifetime = partner
        .token_lifetime
        .unwrap_or(config.limits.token_lifetime)
        .min(LONGEST_LIFE);
    let minted = mint(&call, whole_seconds(lifetime), now, parts.random.as_ref())
        .map_err(|_| Refusal::unavailable())?;
    let key = ExchangeKey {
        peer: call.initiator,
        id: call.exchange_id,
    };
    let opening = Opening {
        key: key.clone(),
        status,
        now,
        forget_at: config.limits.forget_at(now),
        lasts: config.limits.exchange_deadline,
        room: config.limits.room(),
    };
    let run = Run {
        issuer: issuer.clone(),
        key,
        partner,
        exchange: Exchange::new(minted),
    };
    Ok((run, opening))
}

/// The 202, which says where to ask and until when (EX-ISS-084 to EX-ISS-086, EX-ISS-089).
pub(super) fn pending(url: &StatusUrl, forget_at: i64) -> Response {
    let pending = Pending {
        status_url: url.clone(),
        exchange_expires_at: Timestamp::from_unix(forget_at),
    };
    let mut response = answer(StatusCode::ACCEPTED, Body::from(pending.to_json()));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::RETRY_AFTER, HeaderValue::from(ASK_AGAIN_AFTER));
    if let Ok(location) = HeaderValue::from_str(url.as_str()) {
        headers.insert(header::LOCATION, location);
    }
    response
}

/// The origin that this request was sent to, if it is one of our own; the client's word for it
/// counts no further than that.
pub(super) fn called_origin(inner: &Inner, head: &Head) -> Origin {
    let authority = match head.uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => head
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok()),
    };
    let called = authority.map(|authority| format!("https://{authority}"));
    let origins = &inner.config.origins;
    origins
        .iter()
        .find(|origin| called.as_deref() == Some(origin.to_string().as_str()))
        .or(origins.first())
        .cloned()
        .unwrap_or_else(|| inner.config.identifier.origin())
}
