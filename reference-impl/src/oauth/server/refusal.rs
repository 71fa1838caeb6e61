//! A refusal of an endpoint, and how it is answered (RFC 6749 section 5.2).

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use btx_spec::oauth::{ErrorAnswer, OauthError};

use crate::http::refusal::answer;

/// Why a request is not granted. It is made of our own words only: nothing that the request holds is
/// ever in it (OA-AUS-056).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The error of the protocol.
    pub error: OauthError,
    /// A sentence for whoever debugs the client, in the characters that one may have (OA-AUS-054).
    pub description: &'static str,
}

impl Refusal {
    /// A refusal with this error.
    pub fn new(error: OauthError, description: &'static str) -> Self {
        Self { error, description }
    }

    /// The request lacks something, repeats something or is malformed otherwise (OA-AUS-055).
    pub fn request(description: &'static str) -> Self {
        Self::new(OauthError::InvalidRequest, description)
    }

    /// The client has not proved itself (OA-AUS-025, OA-AUS-116).
    pub fn client(description: &'static str) -> Self {
        Self::new(OauthError::InvalidClient, description)
    }

    /// The assertion about a service account is not taken (OA-AUS-140).
    pub fn grant(description: &'static str) -> Self {
        Self::new(OauthError::InvalidGrant, description)
    }

    /// Something of our own does not work at the moment.
    pub fn unavailable() -> Self {
        Self::new(
            OauthError::TemporarilyUnavailable,
            "This server cannot do that at the moment.",
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // OA-AUS-050
        let status =
            StatusCode::from_u16(self.error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = ErrorAnswer {
            error: self.error,
            error_description: Some(self.description),
        };
        let mut response = json(status, Body::from(body.to_json()));
        let headers = response.headers_mut();
        match self.error {
            // OA-AUS-026: of the schemes of that field there is one here.
            OauthError::InvalidClient => {
                let challenge = HeaderValue::from_static("Basic realm=\"oauth\"");
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            OauthError::TemporarilyUnavailable => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        response
    }
}

/// An answer with a JSON object, which no cache may keep (OA-AUS-042, OA-AUS-043, OA-AUS-052, OA-AUS-053,
/// OA-AUS-207).
pub(super) fn json(status: StatusCode, body: Body) -> Response {
    let mut response = answer(status, body);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}
