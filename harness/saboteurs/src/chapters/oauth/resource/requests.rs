//! What requests to the resource show, and its answers.

use crate::message::{Asked, Told};
use axum::http::header;
use btx_reference::outbound::{Answer, OutboundOutcome};
use bytes::Bytes;
use serde_json::{Map, Value};
use url::form_urlencoded;

/// What is read.
pub(super) const READ: &str = "/read-resource";
/// What is written.
pub(super) const WRITE: &str = "/write-resource";
/// What only users open.
pub(super) const USERS: &str = "/users-only";

/// Whether a request went there.
pub(super) fn is_at(asked: &Asked, path: &str) -> bool {
    asked.head.uri.path() == path
}

/// Whether it went to something that a token opens.
pub(super) fn is_protected(asked: &Asked) -> bool {
    [READ, WRITE, USERS].iter().any(|path| is_at(asked, path))
}

/// How many `Authorization` fields it has.
pub(in crate::chapters) fn fields(asked: &Asked) -> usize {
    let fields = asked.head.headers.get_all(header::AUTHORIZATION);
    fields.iter().count()
}

/// The token in its one field, if it is there and has the scheme `Bearer`.
pub(in crate::chapters) fn token(asked: &Asked) -> Option<&str> {
    let (scheme, token) = asked.field("authorization")?.split_once(' ')?;
    (fields(asked) == 1 && scheme.eq_ignore_ascii_case("bearer")).then_some(token)
}

/// Puts a token in the place of what its field has.
pub(in crate::chapters) fn show(asked: &mut Asked, token: &str) {
    asked.set(header::AUTHORIZATION, &format!("Bearer {token}"));
}

/// A value of the query.
pub(super) fn in_the_query(asked: &Asked, name: &str) -> Option<String> {
    value(asked.head.uri.query()?.as_bytes(), name)
}

/// A value of a form.
pub(super) fn value(form: &[u8], name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(form);
    let found = pairs.find(|(n, _)| n == name);
    found.map(|(_, value)| value.into_owned())
}

/// The answer to a token that opens nothing.
pub(in crate::chapters) fn refusal() -> Told {
    let mut told = Told::empty(401);
    told.set(
        header::WWW_AUTHENTICATE,
        "Bearer realm=\"resource\", error=\"invalid_token\"",
    );
    told
}

/// What came of a question or of a fetch, if it is a JSON object.
pub(super) fn object(outcome: &OutboundOutcome) -> Option<Map<String, Value>> {
    match outcome {
        OutboundOutcome::Answered(answer) if answer.status == 200 => {
            serde_json::from_slice(&answer.body).ok()
        }
        _ => None,
    }
}

/// An answer with these members.
pub(super) fn answered(members: Map<String, Value>) -> OutboundOutcome {
    OutboundOutcome::Answered(Answer {
        status: 200,
        body: Bytes::from(Value::Object(members).to_string()),
        ..Answer::default()
    })
}
