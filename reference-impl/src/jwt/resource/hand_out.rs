//! Access tokens that the resource hands out beside the answer to a service JWT.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_spec::jwt::ClientId;
use btx_spec::jwt::authentication_info::{self, HandedOut};
use btx_spec::oauth::{AccessToken, Scope};
use sha2::{Digest as _, Sha256};
use tracing::warn;
use zeroize::Zeroizing;

use super::Inner;
use crate::duration::whole_seconds;
use crate::oauth::store::{Digest, Granted, IssuedToken, TokenStoreError};

const AUTHENTICATION_INFO: HeaderName = HeaderName::from_static("authentication-info");

/// The shortest and the longest life of a token, in seconds (JW-RES-046).
const LIFETIMES: (i64, i64) = (1, 3600);

/// Puts a new token (JW-RES-049) into the answer to a granted request, if this resource hands out any
/// (JW-RES-040). Where that does not work the answer is as good without one: the client goes on with JWTs.
pub(super) async fn hand_out(inner: &Inner, client: &ClientId, mut answer: Response) -> Response {
    let Some(lifetime) = inner.config.hand_out else {
        return answer;
    };
    // JW-RES-042
    if !answer.status().is_success() {
        return answer;
    }
    match issue(inner, client, lifetime).await {
        Ok(field) => {
            let fields = answer.headers_mut();
            fields.insert(AUTHENTICATION_INFO, field);
            // JW-RES-041
            fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        Err(why) => warn!(why, "no token is handed out"),
    }
    answer
}

/// The field with a token that every replica knows from now on (JW-RES-044).
async fn issue(
    inner: &Inner,
    client: &ClientId,
    lifetime: Duration,
) -> Result<HeaderValue, String> {
    let mut bytes = Zeroizing::new([0; 32]);
    let filled = inner.parts.random.fill(bytes.as_mut_slice());
    filled.map_err(|error| error.to_string())?;
    let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()));
    let access_token = AccessToken::parse(&text).ok_or("the token is none")?;

    let (shortest, longest) = LIFETIMES;
    let lifetime = whole_seconds(lifetime).clamp(shortest, longest);
    let now = inner.parts.clock.now();
    let issued = IssuedToken {
        granted: Arc::new(Granted {
            client_id: client.as_str().to_owned(),
            subject: client.as_str().to_owned(),
            scope: Scope::default(),
            audience: Some(inner.config.identifier.as_str().to_owned()),
        }),
        issued_at: now,
        expires_at: now.saturating_add(lifetime),
    };
    let digest = digest(inner, &text);
    let kept = inner.parts.tokens.put(digest, issued, now).await;
    kept.map_err(|error| error.to_string())?;

    let handed_out = HandedOut {
        access_token,
        expires_in: Duration::from_secs(lifetime.unsigned_abs()),
    };
    let field = Zeroizing::new(authentication_info::write(&handed_out));
    let mut field = HeaderValue::from_str(&field).map_err(|error| error.to_string())?;
    field.set_sensitive(true);
    Ok(field)
}

/// Whether this is a token that was handed out, and lives (JW-RES-044, JW-RES-045).
pub(super) async fn is_handed_out(inner: &Inner, shown: &str) -> Result<bool, TokenStoreError> {
    if inner.config.hand_out.is_none() || AccessToken::parse(shown).is_none() {
        return Ok(false);
    }
    let known = inner.parts.tokens.get(digest(inner, shown)).await?;
    let now = inner.parts.clock.now();
    Ok(known.is_some_and(|token| now < token.expires_at))
}

/// The name of a token in the store. It is of this resource and of this kind, since others may keep tokens
/// there too: one of theirs is never found here, nor one of these by them.
fn digest(inner: &Inner, token: &str) -> Digest {
    let identifier = inner.config.identifier.as_str();
    let mut hash = Sha256::new();
    for part in ["handed out", identifier, token] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
