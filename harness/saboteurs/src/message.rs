//! Requests and answers as a whole, for layers to look at and to alter.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header, request, response},
    response::Response,
};
use btx_spec::{FormError, Problem, ProblemType, TokenIssue};
use bytes::Bytes;
use serde_json::{Map, Value};

/// The members of a message.
pub type Members = Map<String, Value>;

/// More than any message of a scenario has.
const LARGEST: usize = 8 * 1024 * 1024;

/// A request that came in, whole.
#[derive(Clone)]
pub struct Asked {
    /// The replica that it came to, counted from 0.
    pub replica: usize,
    /// Method, target and fields.
    pub head: request::Parts,
    /// The body.
    pub body: Bytes,
}

impl Asked {
    /// Takes a whole request off the connection. Of one that breaks off there is no body.
    pub async fn read(replica: usize, request: Request) -> Self {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, LARGEST).await.unwrap_or_default();
        Self {
            replica,
            head,
            body,
        }
    }

    /// The request again, for the reference.
    #[must_use]
    pub fn into_request(self) -> Request {
        Request::from_parts(self.head, Body::from(self.body))
    }

    /// Whether it went to where token calls go.
    #[must_use]
    pub fn is_call(&self) -> bool {
        self.head.uri.path() == "/btx/token-call"
    }

    /// Whether it went to where token issues go.
    #[must_use]
    pub fn is_issue(&self) -> bool {
        self.head.uri.path().starts_with("/btx/token-issue")
    }

    /// Whether it went to a status URL.
    #[must_use]
    pub fn is_status(&self) -> bool {
        self.head.uri.path().starts_with("/btx/exchange/")
    }

    /// Whether it went to the resource.
    #[must_use]
    pub fn is_resource(&self) -> bool {
        self.head.uri.path().starts_with("/api/")
    }

    /// A field, if it is there and is text.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// Puts a field in the place of all of its name.
    pub fn set(&mut self, name: HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.head.headers.insert(name, value);
        }
    }

    /// A member of the message, if it is there and is text.
    #[must_use]
    pub fn text(&self, member: &str) -> Option<String> {
        text(&members(&self.body)?, member)
    }

    /// Alters the members of the message. A body that is no JSON object stays as it is.
    pub fn edit(&mut self, alter: impl FnOnce(&mut Members)) {
        edit(&mut self.body, alter);
    }
}

/// An answer that goes out, whole.
pub struct Told {
    /// Status and fields.
    pub head: response::Parts,
    /// The body.
    pub body: Bytes,
}

impl Told {
    /// Takes a whole answer from the reference.
    pub async fn read(response: Response) -> Self {
        let (head, body) = response.into_parts();
        let body = to_bytes(body, LARGEST).await.unwrap_or_default();
        Self { head, body }
    }

    /// The answer again, for the connection.
    #[must_use]
    pub fn into_response(mut self) -> Response {
        // The body may have got another length.
        self.head.headers.remove(header::CONTENT_LENGTH);
        Response::from_parts(self.head, Body::from(self.body))
    }

    /// An answer without content that may not be stored.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        let (head, ()) = Response::new(()).into_parts();
        let mut told = Self {
            head,
            body: Bytes::new(),
        };
        told.status(status);
        told.set(header::CACHE_CONTROL, "no-store");
        told
    }

    /// A refusal of the problem registry.
    #[must_use]
    pub fn refusal(problem: ProblemType) -> Self {
        let mut told = Self::empty(problem.status());
        told.set(header::CONTENT_TYPE, "application/problem+json");
        told.body = Problem::new(problem, "No.").to_json().into();
        told
    }

    /// The problem of the registry that it is, if it is one.
    #[must_use]
    pub fn problem(&self) -> Option<ProblemType> {
        Problem::parse(&self.body).ok()?.kind()
    }

    /// Whether it has that status.
    #[must_use]
    pub fn is(&self, status: u16) -> bool {
        self.head.status.as_u16() == status
    }

    /// Puts a status in the place of its own.
    pub fn status(&mut self, status: u16) {
        if let Ok(status) = StatusCode::from_u16(status) {
            self.head.status = status;
        }
    }

    /// Puts a field in the place of all of its name.
    pub fn set(&mut self, name: HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.head.headers.insert(name, value);
        }
    }

    /// Takes a field out.
    pub fn remove(&mut self, name: &HeaderName) {
        self.head.headers.remove(name);
    }

    /// A member of the body, if it is there and is text.
    #[must_use]
    pub fn text(&self, member: &str) -> Option<String> {
        text(&members(&self.body)?, member)
    }

    /// Alters the members of the body. A body that is no JSON object stays as it is.
    pub fn edit(&mut self, alter: impl FnOnce(&mut Members)) {
        edit(&mut self.body, alter);
    }
}

/// The members of a JSON object; where a name stands twice, the last of them.
#[must_use]
pub fn members(body: &[u8]) -> Option<Members> {
    serde_json::from_slice(body).ok()
}

/// The members of a message with which nothing is wrong before its members are looked at.
#[must_use]
pub fn sound_members(body: &[u8]) -> Option<Members> {
    let repeats = matches!(
        TokenIssue::parse(body),
        Err(FormError::DuplicateMember { .. })
    );
    (body.len() <= 65_536 && !repeats)
        .then(|| members(body))
        .flatten()
}

/// A member that is text.
#[must_use]
pub fn text(members: &Members, name: &str) -> Option<String> {
    Some(members.get(name)?.as_str()?.to_owned())
}

/// Alters the members of a JSON object. What stays the same stays the same byte for byte.
pub fn edit(body: &mut Bytes, alter: impl FnOnce(&mut Members)) {
    let Some(before) = members(body) else { return };
    let mut after = before.clone();
    alter(&mut after);
    if after != before {
        *body = Value::Object(after).to_string().into();
    }
}

/// Alters the text of a member, if it is text.
pub fn edit_text(members: &mut Members, name: &str, alter: impl FnOnce(&str) -> String) {
    if let Some(Value::String(text)) = members.get_mut(name) {
        *text = alter(text);
    }
}
