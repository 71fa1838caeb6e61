//! A token that is shown to this server by an authenticated caller: to be told about it, or to end it.

use std::sync::Arc;

use axum::http::HeaderMap;
use btx_spec::jose::{Audience, Claims, SignedToken};
use btx_spec::oauth::Scope;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::authenticate::{Authenticated, authenticate};
use super::credentials::Credentials;
use super::mint::ACCESS_TOKEN;
use super::refusal::Refusal;
use super::registry::Registry;
use super::request::{self, needed};
use crate::oauth::store::{Digest, Granted, IssuedToken, revocation_of};

/// A token, told apart by its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// One that is in the store under this digest, or was never issued.
    Opaque(Digest),
    /// One that this server has signed.
    Signed {
        /// What it says.
        token: IssuedToken,
        /// What the store remembers if it was revoked.
        revocation: Digest,
    },
}

/// Judges a request about a token: gives who asks, and the token.
///
/// # Errors
/// The [`Refusal`] of a caller that does not prove itself (OA-AUS-200, OA-AUS-220), and of a request
/// without a token (OA-AUS-205).
pub fn judge<'a>(
    headers: &HeaderMap,
    body: &[u8],
    registry: &'a Registry,
    now: i64,
) -> Result<(Authenticated<'a>, Shown), Refusal> {
    let form = request::read(headers, body)?;
    let credentials = Credentials::find(headers, &form)?;
    let caller = authenticate(&credentials, registry, now)?
        .ok_or(Refusal::client("The caller does not prove itself."))?;
    let text = needed(&form, "token", "The request has no token.")?;
    let shown = signed(text, registry);
    Ok((
        caller,
        shown.unwrap_or_else(|| Shown::Opaque(Sha256::digest(text).into())),
    ))
}

/// The token, if it is an access token that this server has signed.
fn signed(text: &str, registry: &Registry) -> Option<Shown> {
    let key = registry.config.signing_key.as_ref()?;
    let token = SignedToken::parse(text).ok()?;
    registry.keys().verify(&token, &[key.algorithm()]).ok()?;
    // The key signs nothing else, and a token of another type would not be meant for a resource.
    if !token.is_of_type(ACCESS_TOKEN) {
        return None;
    }
    let claims = Claims::read(token.claims()).ok()?;
    let text = |name| token.claims().get(name).and_then(Value::as_str);
    let scope = text("scope").map_or(Some(Scope::default()), |scope| Scope::parse(scope).ok())?;
    let audience = claims.aud.as_ref().map(Audience::parties)?;
    let granted = Granted {
        client_id: text("client_id")?.to_owned(),
        subject: claims.sub?,
        scope,
        audience: audience.first().cloned(),
    };
    Some(Shown::Signed {
        token: IssuedToken {
            granted: Arc::new(granted),
            issued_at: claims.iat?.seconds() as i64,
            expires_at: claims.exp?.seconds() as i64,
        },
        revocation: revocation_of(&claims.jti?),
    })
}
