//! What requests to an issuer show, and its answers.

pub(super) use crate::chapters::oauth::resource::requests::fields;
pub(in super::super) use crate::chapters::oauth::resource::requests::{refusal, show, token};

use crate::message::{Asked, Told};
use axum::http::{HeaderName, HeaderValue, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where session tokens are.
pub(super) const SESSION: HeaderName = HeaderName::from_static("x-session-token");
/// Where new bearers are.
pub(super) const INFO: HeaderName = HeaderName::from_static("authentication-info");

/// Whether a request logs in.
pub(in super::super) fn is_login(asked: &Asked) -> bool {
    asked.head.uri.path().ends_with("/login")
}

/// Whether it logs out.
pub(super) fn is_logout(asked: &Asked) -> bool {
    asked.head.uri.path().ends_with("/logout")
}

/// Whether it goes to what a bearer opens.
pub(in super::super) fn is_api(asked: &Asked) -> bool {
    asked.head.uri.path().contains("/api/")
}

/// The session tokens of a request.
pub(super) fn session_tokens(asked: &Asked) -> Vec<String> {
    let values = asked.head.headers.get_all(SESSION).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.map(str::to_owned).collect()
}

/// Its one session token.
pub(in super::super) fn session_token(asked: &Asked) -> Option<String> {
    match session_tokens(asked).as_slice() {
        [only] if !only.is_empty() => Some(only.clone()),
        _ => None,
    }
}

/// Puts a session token in the place of all there are.
pub(super) fn with_session(asked: &mut Asked, token: &str) {
    asked.set(SESSION, token);
}

/// A bearer that goes to the API, whatever is wrong with it.
pub(in super::super) struct Shown {
    /// As it came.
    pub(in super::super) text: String,
    /// What its header says.
    pub(in super::super) header: Map<String, Value>,
    /// What it says.
    pub(in super::super) claims: Map<String, Value>,
}

impl Shown {
    /// The bearer that a request shows.
    pub(in super::super) fn of(asked: &Asked) -> Option<Self> {
        Self::read(token(asked).filter(|_| is_api(asked))?)
    }

    /// Reads a bearer.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let mut object =
            || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok();
        Some(Self {
            text: text.to_owned(),
            header: object()?,
            claims: object()?,
        })
    }

    /// A claim that is text.
    pub(super) fn claim(&self, name: &str) -> &str {
        let claim = self.claims.get(name).and_then(Value::as_str);
        claim.unwrap_or_default()
    }

    /// The name of its key.
    pub(super) fn key(&self) -> &str {
        self.header
            .get("kid")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A claim that is a number; nothing is 0.
    pub(super) fn number(&self, name: &str) -> i64 {
        let claim = self.claims.get(name).and_then(Value::as_i64);
        claim.unwrap_or_default()
    }

    /// Its end.
    pub(super) fn end(&self) -> i64 {
        self.claims
            .get("exp")
            .and_then(Value::as_i64)
            .unwrap_or(i64::MAX)
    }

    /// Whether it has ended.
    pub(super) fn has_expired(&self) -> bool {
        self.end() <= now()
    }
}

/// A parameter of what an answer brings.
pub(in super::super) fn brought(told: &Told, name: &str) -> Option<String> {
    let value = told.head.headers.get(INFO)?.to_str().ok()?;
    let mut parameters = value.split(',').filter_map(|one| one.split_once('='));
    let (_, value) = parameters.find(|(found, _)| found.trim() == name)?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// Lets an answer bring this bearer.
pub(super) fn bring(told: &mut Told, bearer: &str) {
    let lifetime = brought(told, "expires_in").unwrap_or_else(|| "2".to_owned());
    let value = format!("bearer_token=\"{bearer}\", expires_in={lifetime}");
    told.set(INFO, &value);
    told.set(header::CACHE_CONTROL, "no-store");
    if told.head.headers.contains_key(header::AUTHORIZATION) {
        told.set(header::AUTHORIZATION, &format!("Bearer {bearer}"));
    }
}

/// Adds a field after those that are there.
pub(super) fn add(told: &mut Told, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        told.head.headers.append(name, value);
    }
}

/// Whether an answer is a success.
pub(super) fn is_success(told: &Told) -> bool {
    told.head.status.is_success()
}

/// The time, in seconds of the epoch.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
}
