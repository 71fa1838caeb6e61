//! Tells a caller who did not wait how its exchange stands.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_spec::{Origin, ProblemType, StatusUrl};
use sha2::{Digest as _, Sha256};

use super::http::pending;
use super::{Failure, Issuer};
use crate::http::head::wrong_method;
use crate::http::refusal::{Refusal, no_content};
use crate::random::{Random, RandomError};
use crate::store::{Digest, Progress, Status, StatusEntry};

pub(super) fn routes(issuer: Issuer) -> Router {
    Router::new()
        .route("/btx/exchange/{secret}", any(status))
        .with_state(issuer)
}

/// What makes a status URL impossible to guess: 32 random bytes (EX-ISS-088). It opens the state of one
/// exchange and nothing else, never a token.
pub(super) struct Secret(String);

impl Secret {
    pub(super) fn make(random: &dyn Random) -> Result<Self, RandomError> {
        let mut bytes = [0_u8; 32];
        random.fill(&mut bytes)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The store knows the digest only.
    fn digest(&self) -> Digest {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// What the store keeps of the URL.
    pub(super) fn entry(&self, origin: &Origin) -> StatusEntry {
        StatusEntry {
            secret: self.digest(),
            origin: origin.to_string(),
        }
    }

    /// The status URL, at the origin that the token call was sent to (EX-ISS-087).
    pub(super) fn url(&self, origin: &str) -> Result<StatusUrl, Refusal> {
        StatusUrl::parse(&format!("{origin}/btx/exchange/{}", self.0))
            .map_err(|_| Refusal::unavailable())
    }
}

async fn status(
    State(issuer): State<Issuer>,
    Path(secret): Path<String>,
    request: Request,
) -> Response {
    tell(&issuer, Secret(secret), request)
        .await
        .unwrap_or_else(IntoResponse::into_response)
}

async fn tell(issuer: &Issuer, secret: Secret, request: Request) -> Result<Response, Refusal> {
    // EX-ISS-098: HEAD is GET without the body, which the server leaves out by itself.
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(wrong_method("GET, HEAD"));
    }
    let parts = &issuer.inner.parts;
    let known = parts
        .store
        .status(secret.digest())
        .await
        .map_err(|_| Refusal::unavailable())?;
    let status = judge_status(known, parts.clock.now())?;
    match status.progress {
        // EX-ISS-090: the body of the first 202, whichever replica is asked.
        Progress::Open => Ok(pending(&secret.url(&status.origin)?, status.forget_at)),
        // EX-ISS-091, EX-ISS-092
        Progress::Live => Ok(no_content()),
        // EX-ISS-093
        Progress::Failed(failure) => Err(failure_refusal(failure)),
    }
}

/// EX-ISS-094, EX-ISS-097: what is told is told until the exchange expires; after that, and of
/// what was never begun, nothing is known.
fn judge_status(known: Option<Status>, now: i64) -> Result<Status, Refusal> {
    known
        .filter(|status| now < status.forget_at)
        .ok_or_else(|| {
            Refusal::new(
                ProblemType::UnknownExchange,
                "No exchange is known under this URL.",
            )
        })
}

/// How a failure is told, to the waiting caller and at the status URL alike.
pub(super) fn failure_refusal(failure: Failure) -> Refusal {
    match failure {
        Failure::Refused => Refusal::new(
            ProblemType::TokenIssueRefused,
            "The initiator answered the token issue, and not with 204.",
        ),
        Failure::Unreachable => Refusal::new(
            ProblemType::InitiatorUnreachable,
            "No connection to the registered URL of the initiator came about.",
        ),
        Failure::TimedOut => Refusal::new(
            ProblemType::TokenIssueTimeout,
            "The initiator did not answer the token issue in time.",
        ),
        Failure::NotActivated => Refusal::unavailable(),
    }
}
