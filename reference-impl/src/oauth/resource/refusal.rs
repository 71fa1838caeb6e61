//! What whoever does not get in is told. Nothing that a request has brought is ever in it (OA-RES-008).

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use btx_spec::oauth::Scope;
use btx_spec::oauth::challenge::Challenge;

use crate::http::refusal::{Refusal, answer};

/// Why a request does not get in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Denied {
    /// It shows nothing.
    NoToken,
    /// What it shows opens nothing, or not any more.
    InvalidToken,
    /// It shows more than one thing.
    InvalidRequest,
    /// The caller may not do this; with a scope, this would be needed for it.
    Insufficient(Option<Scope>),
    /// Nobody can say what the token is worth, so that it opens nothing.
    Unavailable,
}

/// Where the reader of a challenge is.
pub(super) struct Place {
    /// The name of the protected part.
    pub(super) realm: String,
    /// Where the metadata of the resource are.
    pub(super) metadata: String,
}

impl Denied {
    /// The answer with its challenge (HT-RES-008 to HT-RES-011, OA-RES-002, OA-RES-072).
    pub(super) fn answer(&self, place: &Place) -> Response {
        let (status, error) = match self {
            Self::NoToken => (StatusCode::UNAUTHORIZED, None),
            Self::InvalidToken => (StatusCode::UNAUTHORIZED, Some("invalid_token")),
            Self::InvalidRequest => (StatusCode::BAD_REQUEST, Some("invalid_request")),
            Self::Insufficient(_) => (StatusCode::FORBIDDEN, Some("insufficient_scope")),
            Self::Unavailable => return Refusal::unavailable().into_response(),
        };
        let mut challenge = Challenge::new("Bearer").with("realm", &place.realm);
        if let Some(error) = error {
            challenge = challenge.with("error", error);
        }
        if let Self::Insufficient(Some(scope)) = self {
            challenge = challenge.with("scope", &scope.to_string());
        }
        challenge = challenge.with("resource_metadata", &place.metadata);
        let value = HeaderValue::from_str(&challenge.to_string())
            .unwrap_or(HeaderValue::from_static("Bearer"));
        let mut response = answer(status, Body::empty());
        (response.headers_mut()).insert(header::WWW_AUTHENTICATE, value);
        response
    }
}
