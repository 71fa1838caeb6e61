//! Authorization servers that break everything.

use super::requests::{is_question, is_revocation, is_token, refusal};
use crate::sabotage::ServerSabotage;
use btx_harness::embedded::Alterations;
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};

/// Refuses every token request, every question and every revocation.
#[must_use]
pub fn refuses_everyone() -> Alterations {
    ServerSabotage::new()
        .instead(|asked| {
            let ours = is_token(asked) || is_question(asked) || is_revocation(asked);
            ours.then(|| refusal(400, "invalid_request"))
        })
        .alterations()
}

/// Gives a token to everybody, and calls every token live.
#[must_use]
pub fn gives_everyone_a_token() -> Alterations {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    ServerSabotage::new()
        .instead(|asked| {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let body = match asked {
                _ if is_token(asked) => json!({
                    "access_token": format!("here-is-a-token-for-you-and-you-{count}"),
                    "token_type": "Bearer",
                    "expires_in": 60,
                }),
                _ if is_question(asked) => json!({ "active": true }),
                _ if is_revocation(asked) => json!({}),
                _ => return None,
            };
            let mut told = refusal(200, "none");
            told.body = body.to_string().into();
            Some(told)
        })
        .alterations()
}
