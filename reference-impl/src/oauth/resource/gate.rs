//! The gate before a router: reads what a request shows, and lets in whom it is enough for.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts as Head;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use btx_spec::oauth::AccessToken;
use tracing::debug;

use super::Inner;
use super::ask::ask;
use super::judge::{Caller, Facts, Lack, Needs, Refused, judge_answer, judge_needs, read_jwt};
use super::refusal::Denied;
use super::shown::{Shown, Unread, has_token, is_form, read};
use crate::http::body;

/// What a gate knows.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) inner: std::sync::Arc<Inner>,
    pub(super) needs: Needs,
}

pub(super) async fn gate(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let inner = &gate.inner;
    let caller = match gate.open(&head).await {
        Ok(caller) => caller,
        Err(denied) => return denied.answer(&inner.place),
    };
    // OA-RES-003, OA-RES-005: a token in a form is not taken, and is one way too many beside another.
    let body = if is_form(&head.headers) {
        match body::read(body).await {
            Ok(form) if has_token(&form) => {
                return Denied::InvalidRequest.answer(&inner.place);
            }
            Ok(form) => Body::from(form.to_vec()),
            Err(refusal) => return refusal.into_response(),
        }
    } else {
        body
    };
    let mut request = Request::from_parts(head, body);
    request.extensions_mut().insert(caller);
    next.run(request).await
}

impl Gate {
    async fn open(&self, head: &Head) -> Result<Caller, Denied> {
        let shown = read(&head.headers, head.uri.query()).map_err(|unread| match unread {
            Unread::Nothing => Denied::NoToken,
            Unread::Malformed => Denied::InvalidToken,
            Unread::Several => Denied::InvalidRequest,
        })?;
        let caller = match shown {
            Shown::Token(token) => self.inner.caller(&token).await?,
            Shown::ApiKey(key) => self.inner.holder(&key)?,
        };
        let accounts = &self.inner.config.service_accounts;
        judge_needs(&caller, &self.needs, accounts).map_err(|lack| match lack {
            Lack::Scope => Denied::Insufficient(Some(self.needs.scope.clone())),
            Lack::User => Denied::Insufficient(None),
        })?;
        Ok(caller)
    }
}

impl Inner {
    /// Whom a token speaks for. One in the form of a JWT is read here if anybody's are, and every other is
    /// asked about: no token of a stranger is carried to the authorization server.
    async fn caller(&self, token: &AccessToken) -> Result<Caller, Denied> {
        let text = token.expose();
        if !self.config.issuers.is_empty() && text.matches('.').count() == 2 {
            return self.caller_of_jwt(text).await;
        }
        let Some(server) = &self.config.introspection else {
            return Err(refused(Refused::Form));
        };
        let outbound = self.parts.outbound.as_ref();
        let answer = ask(server, token, &self.config.limits, outbound).await;
        let answer = answer.ok_or(Denied::Unavailable)?;
        judge_answer(answer, &server.issuer, &self.facts()).map_err(refused)
    }

    async fn caller_of_jwt(&self, text: &str) -> Result<Caller, Denied> {
        let claimed = read_jwt(text, &self.config.issuers, &self.facts()).map_err(refused)?;
        let keys = self.keys.of(&claimed.issuer.issuer, claimed.key_id()).await;
        // OA-RES-034
        let keys = keys.map_err(|_| Denied::Unavailable)?;
        if self.verified.has(text, &keys) {
            return Ok(claimed.verified_before());
        }
        let caller = claimed.verified(&keys).map_err(refused)?;
        self.verified.remember(text, &keys);
        Ok(caller)
    }

    /// Whom an API key speaks for: a service, known by the name of the key.
    fn holder(&self, key: &str) -> Result<Caller, Denied> {
        let key = self.api_keys.find(key).ok_or(refused(Refused::Key))?;
        Ok(Caller {
            subject: Some(key.name.clone()),
            client: Some(key.name),
            scope: key.scope,
        })
    }

    fn facts(&self) -> Facts<'_> {
        let skew = self.config.limits.clock_skew.as_secs();
        Facts {
            audience: self.config.identifier.as_str(),
            now: self.parts.clock.now(),
            skew: i64::try_from(skew).unwrap_or(i64::MAX),
        }
    }
}

/// A stranger learns no more than that it is refused.
fn refused(why: Refused) -> Denied {
    debug!(%why, "token refused");
    Denied::InvalidToken
}
