//! Authorization servers that break everything.

use crate::chapters::oauth::server::requests::{is_token, refusal};
use crate::sabotage::JwtServerSabotage;
use btx_harness::embedded::Alterations;
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};

/// Refuses every assertion.
#[must_use]
pub fn refuses_everyone() -> Alterations {
    JwtServerSabotage::new()
        .instead(|asked| is_token(asked).then(|| refusal(400, "invalid_grant")))
        .alterations()
}

/// Gives a token to everybody.
#[must_use]
pub fn gives_everyone_a_token() -> Alterations {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    JwtServerSabotage::new()
        .instead(|asked| {
            is_token(asked).then(|| {
                let count = COUNT.fetch_add(1, Ordering::Relaxed);
                let body = json!({
                    "access_token": format!("here-is-a-token-for-you-and-you-{count}"),
                    "token_type": "Bearer",
                    "expires_in": 60,
                });
                let mut told = refusal(200, "none");
                told.body = body.to_string().into();
                told
            })
        })
        .alterations()
}
