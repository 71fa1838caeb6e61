//! An issuer that ends each exchange as it was told beforehand, and notes which tokens it is shown.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use btx_reference::outbound::{Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::signature::sign;
use btx_spec::{BearerToken, Timestamp, TokenCall, TokenIssue};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::lab::NEW_YEAR;

/// Longer than the initiator takes for anything.
const PATIENCE: Duration = Duration::from_secs(10);
/// All tokens live until long after the test.
const EXPIRY: i64 = NEW_YEAR + 10 * 365 * 24 * 3600;

/// How the issuer answers a token call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// With this status. 204 says that the token is live.
    With(u16),
    /// Never.
    Never,
}

/// How far an exchange is, as seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Nothing has come.
    Waiting,
    /// The token call is here.
    Called,
    /// The initiator has accepted the token.
    Accepted,
    /// The answer to the token call is on its way.
    Told,
}

/// The exchange that is awaited next.
pub(crate) struct Awaited {
    answers: Answers,
    pub(crate) token: BearerToken,
    pub(crate) stage: watch::Sender<Stage>,
}

impl Awaited {
    pub(crate) fn new(answers: Answers, token: [u8; 32]) -> Arc<Self> {
        Arc::new(Self {
            answers,
            token: BearerToken::from_random(token),
            stage: watch::Sender::new(Stage::Waiting),
        })
    }
}

#[derive(Clone)]
pub(crate) struct Farm {
    outbound: Arc<dyn Outbound>,
    /// The one URL that token issues go to.
    receives: Arc<str>,
    next: Arc<Mutex<Option<Arc<Awaited>>>>,
    /// What the API was shown: a token, or none.
    shown: Arc<Mutex<Vec<Option<String>>>>,
}

impl Farm {
    pub(crate) fn new(outbound: Arc<dyn Outbound>, receives: &str) -> Self {
        Self {
            outbound,
            receives: receives.into(),
            next: Arc::default(),
            shown: Arc::default(),
        }
    }

    /// The next token call is answered like this.
    pub(crate) fn awaits(&self, awaited: Arc<Awaited>) {
        *self.next.lock().unwrap() = Some(awaited);
    }

    /// What the API was shown since this was asked last.
    pub(crate) fn shown(&self) -> Vec<Option<String>> {
        std::mem::take(&mut *self.shown.lock().unwrap())
    }

    /// Whether the initiator accepts this token.
    async fn issue(&self, call: &TokenCall, token: BearerToken) -> bool {
        let expires_at = Timestamp::from_unix(EXPIRY);
        let signature = sign(
            &call.hmac_key,
            &call.issuer,
            &call.initiator,
            &call.exchange_id,
            &expires_at,
            &token,
        );
        let issue = TokenIssue {
            version: call.version,
            exchange_id: call.exchange_id.clone(),
            issuer: call.issuer.clone(),
            initiator: call.initiator.clone(),
            bearer_token: token,
            expires_at,
            signature,
        };
        let body = Bytes::from_owner(issue.to_json());
        let request = OutboundRequest::json(&*self.receives, body, Instant::now() + PATIENCE);
        let outcome = self.outbound.post(request).await;
        matches!(outcome, OutboundOutcome::Answered(answer) if answer.status == 204)
    }
}

/// Requests are answered by the farm that is current when they arrive.
pub(crate) fn router(current: &Arc<Mutex<Farm>>) -> Router {
    Router::new()
        .route("/btx/token-call", post(token_call))
        .route("/api/whoami", get(whoami))
        .with_state(Arc::clone(current))
}

async fn token_call(State(current): State<Arc<Mutex<Farm>>>, body: Bytes) -> StatusCode {
    let farm = current.lock().unwrap().clone();
    let call = TokenCall::parse(&body).unwrap();
    let awaited = farm.next.lock().unwrap().take().unwrap();
    awaited.stage.send_replace(Stage::Called);
    if !farm.issue(&call, awaited.token.clone()).await {
        return StatusCode::BAD_GATEWAY;
    }
    awaited.stage.send_replace(Stage::Accepted);
    match awaited.answers {
        Answers::Never => std::future::pending().await,
        Answers::With(status) => {
            awaited.stage.send_replace(Stage::Told);
            StatusCode::from_u16(status).unwrap()
        }
    }
}

async fn whoami(State(current): State<Arc<Mutex<Farm>>>, headers: HeaderMap) -> StatusCode {
    let shown = headers.get("authorization");
    let shown = shown.map(|value| value.to_str().unwrap().strip_prefix("Bearer ").unwrap());
    let farm = current.lock().unwrap().clone();
    farm.shown.lock().unwrap().push(shown.map(str::to_owned));
    StatusCode::OK
}
