//! A refusal, as a problem document with the header fields that belong to it.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use btx_spec::{FormError, Problem, ProblemType, VERSION};

/// Why a message is not taken. It is made of our own words only: nothing that a peer sent is ever
/// in it (HT-ANY-032).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which entry of the registry of problems it is.
    pub problem: ProblemType,
    detail: Cow<'static, str>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// A refusal of this type, with a sentence for the person who debugs the peer.
    pub fn new(problem: ProblemType, detail: &'static str) -> Self {
        Self {
            problem,
            detail: Cow::Borrowed(detail),
            headers: Vec::new(),
        }
    }

    /// The refusal of a body that is not the message it should be.
    pub fn form(wrong: &FormError) -> Self {
        let problem = match wrong {
            FormError::UnsupportedVersion => ProblemType::UnsupportedVersion,
            _ => ProblemType::MalformedMessage,
        };
        Self {
            problem,
            detail: Cow::Owned(wrong.to_string()),
            headers: Vec::new(),
        }
    }

    /// The refusal while something of our own does not work.
    pub fn unavailable() -> Self {
        Self::new(
            ProblemType::TemporarilyUnavailable,
            "This server cannot do that at the moment.",
        )
        .retry_after(5)
    }

    /// Adds `Retry-After`, in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        self.with(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Adds a header field.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The sentence for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut problem = Problem::new(self.problem, &self.detail);
        // EX-ISS-101
        if self.problem == ProblemType::UnsupportedVersion {
            problem.accept_versions = Some(vec![VERSION.to_owned()]);
        }
        let status = StatusCode::from_u16(self.problem.status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = answer(status, Body::from(problem.to_json()));
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.extend(self.headers);
        response
    }
}

/// An answer that concerns an exchange. No cache may keep it (HT-ANY-030).
pub fn answer(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// 204: accepted, or live. It has no content.
pub fn no_content() -> Response {
    answer(StatusCode::NO_CONTENT, Body::empty())
}
