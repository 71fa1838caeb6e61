//! Bearers, and the answers of issuers to whoever shows them.

#![allow(
    dead_code,
    reason = "every test file uses another part of the laboratory"
)]

use std::sync::{Arc, LazyLock};

use btx_reference::jwt::client::keys::draw;
use btx_reference::outbound::Answer;
use btx_spec::jose::{Algorithm, SigningKey};
use bytes::Bytes;
use serde_json::{Value, json};

static KEY: LazyLock<Arc<SigningKey>> =
    LazyLock::new(|| draw(Algorithm::EdDSA, "signer-1").unwrap());

/// A bearer of this session, with this end.
pub(crate) fn bearer(session: &str, expires_at: i64) -> String {
    bearer_of("anna", session, expires_at)
}

pub(crate) fn bearer_of(subject: &str, session: &str, expires_at: i64) -> String {
    let claims = json!({
        "iss": "https://farm.example", "aud": "https://farm.example", "sub": subject,
        "sid": session, "iat": expires_at - 60, "exp": expires_at,
    });
    KEY.sign(Some("bearer+jwt"), claims.as_object().unwrap())
        .unwrap()
}

/// The token of this session.
pub(crate) fn session_token(session: &str) -> String {
    format!("token-of-the-session-called-{session}")
}

pub(crate) fn status(status: u16) -> Answer {
    Answer {
        status,
        ..Answer::default()
    }
}

fn body(body: &Value) -> Answer {
    Answer {
        body: Bytes::from(body.to_string()),
        ..status(200)
    }
}

/// Both tokens.
pub(crate) fn login(session: &str, expires_at: i64) -> Answer {
    body(&json!({
        "session_token": session_token(session), "session_expires_in": 7200,
        "bearer_token": bearer(session, expires_at), "expires_in": 60,
    }))
}

/// What refuses a bearer.
pub(crate) fn invalid_token() -> Answer {
    challenge("realm=\"farm\", error=\"invalid_token\"")
}

pub(crate) fn challenge(parameters: &str) -> Answer {
    Answer {
        www_authenticate: Some(format!("Bearer {parameters}")),
        ..status(401)
    }
}

/// An answer that brings a bearer.
pub(crate) fn bringing(code: u16, bearer: &str) -> Answer {
    Answer {
        authentication_info: vec![format!("bearer_token=\"{bearer}\", expires_in=60")],
        ..status(code)
    }
}
