//! What an answer says. Nothing here judges.

use crate::{steps::Stop, timeline::EventId, wire::Response, world::Answer};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The members of a JSON object.
pub(super) type Members = Map<String, Value>;

/// An answer with a token.
pub(super) struct Granted {
    /// The token.
    pub(super) token: String,
    /// All members of the answer.
    pub(super) members: Members,
}

/// What a token answer grants, if it is one: status 200 and a string `access_token`.
#[must_use]
pub(super) fn granted(answer: &Answer) -> Option<Granted> {
    let response = answer.response().filter(|r| r.status == 200)?;
    let members = members(response)?;
    let token = text(&members, "access_token")?.to_owned();
    Some(Granted { token, members })
}

/// Whether a body holds a token, whatever its status.
#[must_use]
pub(super) fn holds_token(response: &Response) -> bool {
    members(response).is_some_and(|m| m.contains_key("access_token"))
}

/// The members of the body.
#[must_use]
pub(super) fn members(response: &Response) -> Option<Members> {
    serde_json::from_slice(&response.body).ok()
}

/// A member that is a text.
#[must_use]
pub(super) fn text<'a>(members: &'a Members, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str)
}

/// The error that a refusal names.
#[must_use]
pub(super) fn error_of(response: &Response) -> Option<String> {
    members(response).and_then(|m| text(&m, "error").map(str::to_owned))
}

/// An answer in a few words: its status, and its error if it has one.
#[must_use]
pub(super) fn words(answer: &Answer) -> String {
    let Some(response) = answer.response() else {
        return answer.words();
    };
    match error_of(response) {
        Some(error) => format!("{} with the error {error}", response.status),
        None if holds_token(response) => format!("{} with a token", response.status),
        None => format!("{} without an error", response.status),
    }
}

/// The response and its place, without which nothing can be said.
///
/// # Errors
/// When there is none.
pub(super) fn response(answer: &Answer) -> Result<(&Response, EventId), Stop> {
    match answer.response() {
        Some(response) => Ok((response, answer.event)),
        None => Err(no_answer(answer)),
    }
}

/// That a request was not answered, so that nothing can be said.
#[must_use]
pub(super) fn no_answer(answer: &Answer) -> Stop {
    Stop::Control(format!("the request was not answered: {}", answer.words()))
}

/// The scopes of a text, without their order.
#[must_use]
pub(super) fn scopes(text: &str) -> BTreeSet<&str> {
    text.split(' ').filter(|scope| !scope.is_empty()).collect()
}

/// The media type of a response, without its parameters.
#[must_use]
pub(super) fn media_type(response: &Response) -> String {
    let whole = response.fields.get("content-type").unwrap_or("none");
    let kind = whole.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

/// Whether a response forbids caches to store it.
#[must_use]
pub(super) fn is_not_to_be_stored(response: &Response) -> bool {
    response.fields.lists("cache-control", "no-store")
}

/// The schemes that a response offers.
#[must_use]
pub(super) fn offered_schemes(response: &Response) -> Vec<String> {
    let values = response.fields.all("www-authenticate");
    let words = values.flat_map(|value| value.split(','));
    words
        .filter_map(|part| part.split_whitespace().next())
        .filter(|word| !word.contains('='))
        .map(str::to_ascii_lowercase)
        .collect()
}
