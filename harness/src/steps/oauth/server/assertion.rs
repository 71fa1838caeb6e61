//! Assertions: of a client about itself, or of an issuer about a service account.

pub(super) use crate::steps::jose::Jws as Assertion;

use crate::target::oauth::TrustedIssuer;
use btx_spec::jose::SigningKey;
use serde_json::json;
use std::sync::Arc;

/// How long an assertion of the harness is valid, in seconds: less than anybody's limit.
const LIFETIME: i64 = 60;

/// What a client says about itself, without fault.
#[must_use]
pub(super) fn of_client(id: &str, key: Arc<SigningKey>, audience: &str, now: i64) -> Assertion {
    by(key, id, id, audience, now)
}

/// What an issuer says about its service account, without fault.
#[must_use]
pub(super) fn about_account(issuer: &TrustedIssuer, audience: &str, now: i64) -> Assertion {
    let key = issuer.key.clone();
    by(key, &issuer.issuer, &issuer.account, audience, now)
}

fn by(key: Arc<SigningKey>, issuer: &str, subject: &str, audience: &str, now: i64) -> Assertion {
    let claims = [
        ("iss", json!(issuer)),
        ("sub", json!(subject)),
        ("aud", json!(audience)),
        ("iat", json!(now)),
        ("exp", json!(now + LIFETIME)),
        ("jti", json!(uuid::Uuid::new_v4().to_string())),
    ];
    Assertion::by(key, &claims)
}
