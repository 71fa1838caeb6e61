//! A request to an API, with the token that it needs.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use super::answer::says_invalid_token;
use super::api::may_be_shown;
use super::failure::Failure;
use super::machine::Event;
use super::run::Server;
use super::token::Token;
use crate::oauth::Parts;
use crate::outbound::{Answer, OutboundOutcome, OutboundRequest, Reason};

/// How an API is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// For what it has.
    Get,
    /// To do something, with a body of this media type.
    Post(&'static str),
}

/// Why a request to an API has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The URL is none that the configuration allows the token to be shown to. Nothing was sent.
    #[error("the token may not be shown to that URL")]
    NotAllowed,
    /// There is no token. Nothing was sent to the API.
    #[error("there is no token: {0}")]
    NoToken(#[from] Failure),
    /// No connection came about, so that the token was not shown.
    #[error("the API is out of reach: {0}")]
    Unreachable(Reason),
    /// The token was shown, and no answer came back.
    #[error("the API did not answer: {0}")]
    NoAnswer(Reason),
}

/// One request to an API: sent with a token, and once more with a new one if that is of use.
pub(super) struct Call<'a> {
    pub(super) server: &'a Arc<Server>,
    pub(super) parts: &'a Parts,
    pub(super) method: Method,
    pub(super) url: &'a str,
    pub(super) body: Bytes,
    pub(super) deadline: Instant,
}

impl Call<'_> {
    pub(super) async fn make(&self) -> Result<Answer, CallError> {
        // OA-CLI-041
        if !may_be_shown(self.url, &self.server.entry.api) {
            return Err(CallError::NotAllowed);
        }
        let token = self.server.obtain(Event::Wanted).await?;
        let first = self.send(&token).await?;
        if !says_invalid_token(&first) {
            self.server.note(Event::Taken(token.serial()));
            return Ok(first);
        }
        // OA-CLI-045
        let Ok(another) = self.server.obtain(Event::Refused(token.serial())).await else {
            return Ok(first);
        };
        let second = self.send(&another).await?;
        // OA-CLI-046: whatever it says, it is the last word.
        if !says_invalid_token(&second) {
            self.server.note(Event::Taken(another.serial()));
        }
        Ok(second)
    }

    /// Shows the token in its field and nowhere else (OA-CLI-040). A redirect is an answer like any other:
    /// nothing follows it (OA-CLI-042).
    async fn send(&self, token: &Token) -> Result<Answer, CallError> {
        let request = OutboundRequest::bare(self.url, self.deadline)
            .with("authorization", format!("Bearer {}", token.expose()));
        let outcome = match self.method {
            Method::Get => self.parts.outbound.get(request).await,
            Method::Post(media_type) => {
                let mut request = request.with("content-type", media_type);
                request.body = self.body.clone();
                self.parts.outbound.post(request).await
            }
        };
        match outcome {
            OutboundOutcome::Answered(answer) => Ok(answer),
            OutboundOutcome::Unreachable(why) => Err(CallError::Unreachable(why)),
            OutboundOutcome::NoAnswer(why) => Err(CallError::NoAnswer(why)),
        }
    }
}
