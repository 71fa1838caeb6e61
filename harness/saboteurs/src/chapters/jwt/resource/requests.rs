//! What requests to the resource show, and its answers.

pub(in crate::chapters::jwt) use crate::chapters::oauth::resource::{
    opened::Opened,
    requests::{fields, refusal, show, token},
};

use crate::message::{Asked, Told};
use axum::http::{HeaderName, header};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where a service JWT opens.
const COUNTER: &str = "/counter";
/// Where a token of an authorization server does.
const BY_SERVER: &str = "/by-server/counter";
/// Where an access token is handed out.
pub(super) const AUTHENTICATION_INFO: HeaderName = HeaderName::from_static("authentication-info");

/// Whether a request went to where a service JWT opens.
pub(super) fn is_at_the_counter(asked: &Asked) -> bool {
    asked.head.uri.path() == COUNTER
}

/// Whether it went to where a token of an authorization server opens.
pub(super) fn is_by_server(asked: &Asked) -> bool {
    asked.head.uri.path() == BY_SERVER
}

/// The JWT that it shows where one opens.
pub(in crate::chapters::jwt) fn jwt(asked: &Asked) -> Option<&str> {
    token(asked).filter(|shown| is_at_the_counter(asked) && shown.contains('.'))
}

/// The access token of the resource that it shows there.
pub(super) fn opaque(asked: &Asked) -> Option<&str> {
    token(asked).filter(|shown| is_at_the_counter(asked) && !shown.contains('.'))
}

/// Whether an answer is a success.
pub(super) fn is_success(told: &Told) -> bool {
    told.head.status.is_success()
}

/// A parameter of what an answer hands out.
pub(super) fn handed_out(told: &Told, name: &str) -> Option<String> {
    let value = told.head.headers.get(AUTHENTICATION_INFO)?.to_str().ok()?;
    let mut parameters = value.split(',').filter_map(|one| one.split_once('='));
    let (_, value) = parameters.find(|(n, _)| n.trim() == name)?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// Hands out this token.
pub(super) fn hand_out(told: &mut Told, token: &str) {
    let lifetime = handed_out(told, "expires_in").unwrap_or_else(|| "2".to_owned());
    let value = format!("access_token=\"{token}\", expires_in={lifetime}");
    told.set(AUTHENTICATION_INFO, &value);
    told.set(header::CACHE_CONTROL, "no-store");
}

/// The time, in seconds of the epoch.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
}
