//! The verbs: what may be asked of a role from outside so that it can be examined.
//!
//! One endpoint, `POST /`, takes a [`HookRequest`] and gives a [`HookAnswer`]. No secret crosses this way,
//! and yet whoever reaches it decides who gets tokens: it belongs on a loopback address, and only into a
//! laboratory. It takes `application/json` and nothing else, which no web page can make a browser send
//! here.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use btx_spec::HttpsUrl;
use btx_spec::hooks::{GivenKey, HookAnswer, HookRequest, Order, Report, StartOutcome};
use bytes::Bytes;
use serde::Deserialize as _;
use serde_json::Value;
use tokio::time::Instant;

use super::{peers, rotate};
use crate::http::body;
use crate::http::head::judge_message_head;
use crate::initiator::{Initiator, IssuerEntry, Outcome};
use crate::issuer::Issuer;
use crate::jwt::client as jwt;
use crate::lifecycle::caller::{self, Caller};
use crate::lifecycle::keys::Keys;
use crate::oauth::client::{CallError, Client, Method};
use crate::outbound::{OutboundOutcome, OutboundRequest};
use crate::parts::Parts;

/// How long a request to an API may take.
const USE_TIMEOUT: Duration = Duration::from_secs(10);

/// The verbs that there are.
const VERBS: [&str; 4] = ["start", "use", "peers", "rotate"];

/// The roles that are played here.
#[derive(Clone, Default)]
pub struct Roles {
    /// The issuer, if there is one.
    pub issuer: Option<Issuer>,
    /// The initiator, if there is one.
    pub initiator: Option<Initiator>,
    /// The OAuth client, if there is one: `start` and `use` are meant for it when the peer is one of its
    /// servers.
    pub client: Option<Client>,
    /// The client of service JWTs, if there is one: `use` is meant for it when the peer is one of its
    /// resources, and `rotate` always.
    pub jwt_client: Option<jwt::Client>,
    /// The keys of the issuers of bearers, by their identifiers: a `rotate` that names one of them is meant for
    /// these.
    pub session_keys: HashMap<String, Arc<dyn Keys>>,
    /// The caller of such issuers, if there is one: `use` is meant for it when the peer is one of them.
    pub session_caller: Option<Caller>,
}

/// The verbs for these roles; requests to APIs go out by `parts`.
///
/// What is readable is answered 200, with `error` in words if it was not done. What is no JSON, or none of
/// the verbs, is answered 400 in the same form. A request with another method, of another media type or too
/// large is refused with a problem document, as everywhere.
pub fn verbs(roles: Roles, parts: Parts) -> Router {
    Router::new()
        .route("/", any(take))
        .with_state(Control { roles, parts })
}

#[derive(Clone)]
struct Control {
    roles: Roles,
    parts: Parts,
}

/// Why something was not done, in words.
type Words = String;

async fn take(State(control): State<Control>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    // The body is taken off the connection first, so that the sender can read a refusal.
    let body = body::read(body).await;
    let judged = judge_message_head(&head.method, &head.headers).and(body);
    let body = match judged {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    match parse(&body) {
        Err((id, error)) => {
            let report = Report::Error { error };
            (StatusCode::BAD_REQUEST, Json(HookAnswer { id, report })).into_response()
        }
        Ok(HookRequest { id, order }) => {
            let report = control.carry_out(order).await;
            let report = report.unwrap_or_else(|error| Report::Error { error });
            Json(HookAnswer { id, report }).into_response()
        }
    }
}

/// The request, or what is wrong with it and the number that it has for all that, 0 if none can be read.
fn parse(body: &[u8]) -> Result<HookRequest, (u64, Words)> {
    let value: Value =
        serde_json::from_slice(body).map_err(|error| (0, format!("that is no JSON: {error}")))?;
    let id = value.get("id").and_then(Value::as_u64).unwrap_or(0);
    let verb = value.get("verb");
    if verb.is_some_and(|verb| !VERBS.iter().any(|known| verb == known)) {
        return Err((id, "unknown verb".to_owned()));
    }
    HookRequest::deserialize(&value).map_err(|error| (id, error.to_string()))
}

impl Control {
    async fn carry_out(&self, order: Order) -> Result<Report, Words> {
        match order {
            Order::Start { peer, .. } => match self.client_of(&peer) {
                Some(client) => Ok(get_token(client, &peer).await),
                None => self.start(&peer).await,
            },
            Order::Use { peer, url, .. } => {
                if let Some(client) = self.jwt_client_of(&peer) {
                    return use_jwt(client, &peer, &url).await;
                }
                if let Some(caller) = self.session_caller_of(&peer) {
                    return use_bearer(caller, &peer, &url).await;
                }
                match self.client_of(&peer) {
                    Some(client) => use_token(client, &peer, &url).await,
                    None => self.call_api(&peer, &url).await,
                }
            }
            Order::Peers { register, remove } => {
                peers::change(&self.roles, &register, &remove).await
            }
            Order::Rotate {
                issuer: None,
                urgent: None,
                key: None,
            } if self.roles.jwt_client.is_some() => rotate::client(&self.roles).await,
            Order::Rotate {
                issuer,
                urgent,
                key,
            } => {
                let key = key.map(|GivenKey(jwk)| jwk);
                rotate::issuer(&self.roles, issuer.as_deref(), urgent, key).await
            }
        }
    }

    fn jwt_client_of(&self, peer: &str) -> Option<&jwt::Client> {
        let client = self.roles.jwt_client.as_ref();
        client.filter(|client| client.knows(peer))
    }

    fn session_caller_of(&self, peer: &str) -> Option<&Caller> {
        let caller = self.roles.session_caller.as_ref();
        caller.filter(|caller| caller.knows(peer))
    }

    fn client_of(&self, peer: &str) -> Option<&Client> {
        let client = self.roles.client.as_ref();
        client.filter(|client| client.knows(peer))
    }

    /// One exchange, told when it has ended. Where its call goes is what the registration says (EX-INI-001).
    async fn start(&self, peer: &str) -> Result<Report, Words> {
        let (initiator, issuer) = self.issuer(peer)?;
        let (outcome, reason) = match initiator.exchange(&issuer).await {
            Outcome::Active { .. } => (StartOutcome::Active, None),
            Outcome::Failed(failure) => (StartOutcome::Failed, Some(failure.to_string())),
        };
        Ok(Report::Started { outcome, reason })
    }

    async fn call_api(&self, peer: &str, url: &str) -> Result<Report, Words> {
        let (initiator, issuer) = self.issuer(peer)?;
        // EX-INI-066: the token is for its issuer's eyes only.
        let own = [issuer.identifier.origin(), issuer.token_call.origin()];
        if !HttpsUrl::parse(url).is_ok_and(|url| own.contains(&url.origin())) {
            return Err("the URL is not one of that issuer".to_owned());
        }
        let token = initiator.token_for(&issuer.identifier).await;
        let mut request = OutboundRequest::bare(url, Instant::now() + USE_TIMEOUT);
        if let Some(token) = &token {
            request = request.with("authorization", format!("Bearer {}", token.expose()));
        }
        let (sent, status) = match self.parts.outbound.get(request).await {
            OutboundOutcome::Answered(answer) => (true, Some(answer.status)),
            OutboundOutcome::NoAnswer(_) => (true, None),
            OutboundOutcome::Unreachable(_) => (false, None),
        };
        Ok(Report::Used {
            token_sent: sent && token.is_some(),
            status,
        })
    }

    fn issuer(&self, name: &str) -> Result<(&Initiator, IssuerEntry), Words> {
        let initiator = self
            .roles
            .initiator
            .as_ref()
            .ok_or(match self.roles.client {
                Some(_) => "no server of that name is configured",
                None => "there is no initiator here",
            })?;
        let mut issuers = initiator.issuers().into_iter();
        let found = issuers.find(|issuer| issuer.name == name);
        Ok((
            initiator,
            found.ok_or("no issuer of that name is registered")?,
        ))
    }
}

/// A new token, told when it is there.
async fn get_token(client: &Client, server: &str) -> Report {
    let (outcome, reason) = match client.renew(server).await {
        Ok(_) => (StartOutcome::Active, None),
        Err(failure) => (StartOutcome::Failed, Some(failure.to_string())),
    };
    Report::Started { outcome, reason }
}

/// A request with the token that is held, or with a new one.
async fn use_token(client: &Client, server: &str, url: &str) -> Result<Report, Words> {
    let called = client.call(server, Method::Get, url, Bytes::new()).await;
    let (token_sent, status) = match called {
        Ok(answer) => (true, Some(answer.status)),
        Err(CallError::NoAnswer(_)) => (true, None),
        Err(CallError::NoToken(_) | CallError::Unreachable(_)) => (false, None),
        Err(error @ CallError::NotAllowed) => return Err(error.to_string()),
    };
    Ok(Report::Used { token_sent, status })
}

/// A request with a service JWT, or with a token that came of one.
async fn use_jwt(client: &jwt::Client, peer: &str, url: &str) -> Result<Report, Words> {
    let (token_sent, status) = match client.call(peer, url).await {
        Ok(answer) => (true, Some(answer.status)),
        Err(jwt::Failure::Unanswered) => (true, None),
        Err(jwt::Failure::Unreachable) => (false, None),
        Err(jwt::Failure::NoToken { refused, .. }) => (refused.is_some(), refused),
        Err(error) => return Err(error.to_string()),
    };
    Ok(Report::Used { token_sent, status })
}

/// A request with the bearer that is held, or with a new one.
async fn use_bearer(caller: &Caller, peer: &str, url: &str) -> Result<Report, Words> {
    let (token_sent, status) = match caller.call(peer, url).await {
        Ok(answer) => (true, Some(answer.status)),
        Err(caller::Failure::Unanswered) => (true, None),
        Err(caller::Failure::Unreachable | caller::Failure::NoBearer(_)) => (false, None),
        Err(error) => return Err(error.to_string()),
    };
    Ok(Report::Used { token_sent, status })
}
