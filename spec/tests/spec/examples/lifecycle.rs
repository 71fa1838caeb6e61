//! The examples of keys, sessions and rotation: every bearer verifies with a key set that the book prints, a new
//! one comes as it may, and session tokens stand where they may.

use btx_spec::jose::{Algorithm, KeySet, SignedToken};
use btx_spec::lifecycle::{
    BEARER_TYPE, BearerClaims, LoginAnswer, LoginFault, LoginRequest, LogoutRequest, PublishedSet,
    SESSION_FIELD, SessionToken, new_bearer,
};
use serde_json::Value;

use super::message::Message;

/// How long a bearer lives at most, in the story.
const BEARER_LIFE: i64 = 420;
/// The only target that takes a session token alone.
const LOGOUT: &str = "/logout";

/// Verifies a bearer, if it is one; `None` if it is a JWT of another kind.
pub(super) fn verify(keys: &[KeySet], text: &str) -> Option<Result<(), String>> {
    let token = SignedToken::parse(text).ok()?;
    let bearer = token.is_of_type(BEARER_TYPE);
    bearer.then(|| judge_bearer(keys, &token))
}

/// One key stands in several sets, as a rotation changes the set around it.
fn judge_bearer(keys: &[KeySet], token: &SignedToken<'_>) -> Result<(), String> {
    let (header, claims) =
        BearerClaims::read(token).map_err(|fault| format!("a bearer: {fault}"))?;
    super::matches("bearer.schema.json", &token.claims().clone().into())?;
    let id = &header.key_id;
    let mut holders = keys.iter().filter(|set| set.has(id)).peekable();
    if holders.peek().is_none() {
        return Err(format!("no example prints the key \"{id}\" of a bearer"));
    }
    for set in holders {
        set.verify(token, &Algorithm::ALL)
            .map_err(|fault| format!("a bearer does not verify with the key \"{id}\": {fault}"))?;
    }
    let life = claims.expires_at - claims.issued_at;
    match (1..=BEARER_LIFE).contains(&life) {
        true => Ok(()),
        false => Err(format!("a bearer lives for {life} seconds (LC-ISS-003)")),
    }
}

/// From `iat` to `exp`.
fn life_of(bearer: &str) -> Result<u64, String> {
    let token = SignedToken::parse(bearer).map_err(|fault| format!("a bearer: {fault}"))?;
    let (_, claims) = BearerClaims::read(&token).map_err(|fault| format!("a bearer: {fault}"))?;
    u64::try_from(claims.expires_at - claims.issued_at)
        .map_err(|_| "a bearer ends before it begins".to_owned())
}

/// The rules for the fields of this profile.
pub(super) fn judge_fields(message: &Message<'_>) -> Result<(), String> {
    judge_new_bearer(message)?;
    judge_session_token(message)
}

fn values<'m>(message: &'m Message<'_>, wanted: &str) -> Vec<&'m str> {
    let named = |(name, _): &&(String, &str)| name.eq_ignore_ascii_case(wanted);
    let fields = message.fields.iter().filter(named);
    fields.map(|(_, value)| *value).collect()
}

fn judge_new_bearer(message: &Message<'_>) -> Result<(), String> {
    let new = new_bearer::parse(&values(message, "authentication-info"))
        .map_err(|fault| format!("Authentication-Info: {fault} (LC-ISS-100)"))?;
    let Some(new) = new else { return Ok(()) };
    if message.status.is_none_or(|status| status / 100 != 2) {
        return Err("a new bearer comes in an answer of 2xx alone (LC-ISS-102)".to_owned());
    }
    is_not_stored(message)?;
    lives(&new.bearer, new.expires_in.as_secs())
}

fn is_not_stored(message: &Message<'_>) -> Result<(), String> {
    match message.field("cache-control") {
        Some("no-store") => Ok(()),
        _ => Err("an answer with a bearer has `Cache-Control: no-store` (LC-ISS-101)".to_owned()),
    }
}

/// Whether that is how long a bearer lives, in an answer that leaves in the second in which it is made.
fn lives(bearer: &str, stated: u64) -> Result<(), String> {
    let life = life_of(bearer)?;
    match stated == life {
        true => Ok(()),
        false => Err(format!("`expires_in` of this bearer is {life}")),
    }
}

/// A session token stands beside a bearer, or logs out.
fn judge_session_token(message: &Message<'_>) -> Result<(), String> {
    let tokens = values(message, SESSION_FIELD);
    let token = match tokens[..] {
        [] => return Ok(()),
        [token] => token,
        _ => return Err("there are two session tokens (LC-ISS-083)".to_owned()),
    };
    SessionToken::parse(token).map_err(|fault| format!("the session token: {fault}"))?;
    let alone = message.field("authorization").is_none();
    match alone && message.target.as_deref() != Some(LOGOUT) {
        true => Err("a session token comes without a bearer (LC-ISS-081)".to_owned()),
        false => Ok(()),
    }
}

/// The rules for a body, if it is one of this profile.
pub(super) fn judge_json(message: &Message<'_>, json: &Value) -> Option<Result<(), String>> {
    let has = |name| json.get(name).is_some();
    let retired = |key: &Value| key.get("retired_at").is_some();
    let keys = json.get("keys").and_then(Value::as_array);
    let body = message.body.as_bytes();
    let fault = |fault: LoginFault| fault.to_string();
    let (judged, schema) = if has("session_token") {
        (judge_login_answer(message), "login-answer.schema.json")
    } else if has("username") || has("password") {
        let read = LoginRequest::parse(body).map(drop);
        (read.map_err(fault), "login-request.schema.json")
    } else if message.target.as_deref() == Some(LOGOUT) {
        let read = LogoutRequest::parse(body).map(drop);
        (read.map_err(fault), "logout-request.schema.json")
    } else if keys.is_some_and(|keys| keys.iter().any(retired)) {
        let read = PublishedSet::parse(body).map(drop);
        let fault = |fault| format!("the key set: {fault}");
        (read.map_err(fault), "bearer-key-set.schema.json")
    } else {
        return None;
    };
    Some(judged.and_then(|()| super::matches(schema, json)))
}

fn judge_login_answer(message: &Message<'_>) -> Result<(), String> {
    let answer = LoginAnswer::parse(message.body.as_bytes()).map_err(|fault| fault.to_string())?;
    is_not_stored(message)?;
    lives(&answer.bearer_token, answer.expires_in.as_secs())
}
