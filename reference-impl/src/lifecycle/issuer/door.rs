//! Where people come in and go out: login and logout over HTTP.

use std::error::Error;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_spec::ProblemType;
use btx_spec::lifecycle::{LoginAnswer, LoginRequest, LogoutRequest, SESSION_FIELD};
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tracing::{info, warn};

use super::gate::{Shut, session_token};
use super::judge::Refused;
use super::{Inner, Issuer, Parts, login, mint};
use crate::http::bearer::Denied;
use crate::http::body;
use crate::http::head::{judge_message_head, wrong_method};
use crate::http::refusal::{Refusal, answer, no_content};
use crate::lifecycle::sessions::{Attempt, Digest};

/// How long a login waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// So many passwords are hashed at the same time: more would only make all of them slower.
pub(super) fn hashes_at_once() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// `POST /login`
pub(super) async fn log_in(State(issuer): State<Issuer>, request: Request) -> Response {
    let outcome = match read_login(request).await {
        Ok(asked) => issuer.inner.log_in(asked).await,
        Err(refusal) => Err(refusal),
    };
    match outcome {
        Ok(granted) => login_answer(&granted),
        Err(refusal) => refusal.into_response(),
    }
}

/// LC-ISS-052, LC-ISS-060: the URL is not looked at.
async fn read_login(request: Request) -> Result<LoginRequest, Refusal> {
    let (head, body) = request.into_parts();
    judge_message_head(&head.method, &head.headers)?;
    let body = body::read(body).await?;
    LoginRequest::parse(&body).map_err(|_| {
        Refusal::new(
            ProblemType::MalformedMessage,
            "A login is a JSON object with the strings \"username\" and \"password\", each once.",
        )
    })
}

/// LC-ISS-050, LC-ISS-051
fn login_answer(granted: &LoginAnswer) -> Response {
    let mut response = answer(StatusCode::OK, Body::from(granted.to_json().to_vec()));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

impl Inner {
    async fn log_in(self: &Arc<Self>, asked: LoginRequest) -> Result<LoginAnswer, Refusal> {
        let account = login::account(self.config.identifier.as_str(), &asked.username);
        let subject = asked.username.clone();
        // One login of an account after the other, so that none counts as refused that is only under way.
        let name = URL_SAFE_NO_PAD.encode(account);
        let turn = self.turns.take(&name, Instant::now() + PATIENCE).await;
        let turn = turn.ok_or_else(Refusal::unavailable)?;
        self.may_try(account).await?;
        let inner = Arc::clone(self);
        // The turn goes along: a hash that nobody waits for any more is still one of those at work.
        let hashing = spawn_blocking(move || {
            let fits = inner.config.accounts.fits(&asked.username, &asked.password);
            (fits, turn)
        });
        let (fits, _turn) = hashing.await.map_err(|_| Refusal::unavailable())?;
        if !fits {
            return Err(self.refused_login());
        }
        let let_in = self.parts.sessions.let_in(account).await;
        let_in.map_err(|error| unavailable(&error))?;
        self.begin_session(&subject).await
    }

    /// LC-ISS-056, LC-ISS-057
    async fn may_try(&self, account: Digest) -> Result<(), Refusal> {
        let now = self.parts.clock.now();
        let attempt = self
            .parts
            .sessions
            .attempt(account, now, self.config.attempts());
        match attempt.await.map_err(|error| unavailable(&error))? {
            Attempt::Go => Ok(()),
            Attempt::Wait(seconds) => Err(Refusal::new(
                ProblemType::TooManyRequests,
                "Too many logins have been refused for this account.",
            )
            .retry_after(seconds)),
        }
    }

    /// LC-ISS-054, LC-ISS-055
    fn refused_login(&self) -> Refusal {
        info!("login refused");
        let challenge = format!("Bearer realm=\"{}\"", self.config.realm);
        let challenge = HeaderValue::from_str(&challenge);
        Refusal::new(
            ProblemType::LoginRefused,
            "Name and password do not belong to an account.",
        )
        .with(
            header::WWW_AUTHENTICATE,
            challenge.unwrap_or(HeaderValue::from_static("Bearer")),
        )
    }

    async fn begin_session(&self, subject: &str) -> Result<LoginAnswer, Refusal> {
        let Parts {
            clock,
            random,
            keys,
            sessions,
        } = &self.parts;
        // The time before the ring: what a key signs is never of a later second than its retirement.
        let now = clock.now();
        let ring = keys.signing().await.map_err(|error| unavailable(&error))?;
        let begun = login::begin(subject, &self.limits, now, random.as_ref());
        let (session_token, new) = begun.map_err(|error| unavailable(&error))?;
        let life = mint::life(&new.session, &self.limits, now);
        let claims = mint::bearer(&new.session, life, &self.limits);
        let bearer = mint::sign(&claims, &ring).map_err(|error| unavailable(&error))?;
        let answer = LoginAnswer {
            session_token,
            session_expires_in: seconds(new.session.ends_at - now),
            bearer_token: bearer,
            expires_in: seconds(life.expires_at - now),
        };
        let kept = sessions.begin(new, now).await;
        kept.map_err(|error| unavailable(&error))?;
        Ok(answer)
    }
}

/// `POST /logout`
pub(super) async fn log_out(State(issuer): State<Issuer>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let asked = match read_logout(&head.method, &head.headers, body).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal.into_response(),
    };
    match issuer.inner.log_out(&head.headers, &asked).await {
        // LC-ISS-095
        Ok(()) => no_content(),
        Err(shut) => shut.answer(&issuer.inner.config.realm),
    }
}

/// No body at all asks for the end of one session.
async fn read_logout(
    method: &Method,
    headers: &HeaderMap,
    body: Body,
) -> Result<LogoutRequest, Refusal> {
    if method != Method::POST {
        return Err(wrong_method("POST"));
    }
    let body = body::read(body).await?;
    if body.is_empty() {
        return Ok(LogoutRequest::default());
    }
    judge_message_head(method, headers)?;
    LogoutRequest::parse(&body).map_err(|_| {
        Refusal::new(
            ProblemType::MalformedMessage,
            "A logout is a JSON object, whose member \"everywhere\" is true or false.",
        )
    })
}

impl Inner {
    /// LC-ISS-092 to LC-ISS-094
    async fn log_out(&self, headers: &HeaderMap, asked: &LogoutRequest) -> Result<(), Shut> {
        if !headers.contains_key(SESSION_FIELD) {
            return Err(Shut::Denied(Denied::NoToken));
        }
        let token = session_token(headers).ok_or(Refused::NoSession)?;
        let now = self.parts.clock.now();
        let sessions = &self.parts.sessions;
        let session = sessions.by_digest(token.digest(), now).await?;
        let session = session.ok_or(Refused::SessionOver)?;
        if asked.everywhere {
            sessions.end_all(&session.subject).await?;
        } else if !sessions.end(&session.name, now).await? {
            return Err(Refused::SessionOver.into());
        }
        Ok(())
    }
}

fn seconds(left: i64) -> Duration {
    Duration::from_secs(left.max(0).unsigned_abs())
}

fn unavailable(error: &dyn Error) -> Refusal {
    warn!(%error, "no login at the moment");
    Refusal::unavailable()
}
