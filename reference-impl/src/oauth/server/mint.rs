//! Makes access tokens.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_spec::oauth::AccessToken;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::config::{Config, TokenForm};
use super::grant::Award;
use crate::oauth::store::{Digest, IssuedToken};
use crate::random::{Random, RandomError};

/// The `typ` of an access token that is a JWT (OA-AUS-150).
pub const ACCESS_TOKEN: &str = "at+jwt";

/// A token that nobody knows yet.
pub struct Minted {
    /// The token itself.
    pub token: AccessToken,
    /// What the store has to know before anybody else sees the token, if it is opaque.
    pub kept: Option<(Digest, IssuedToken)>,
}

/// No token could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// There is no randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// There is no key that signs tokens, or it does not sign.
    #[error("no token could be signed")]
    Unsigned,
    /// The token would be longer than a token may be.
    #[error("the token would be too long")]
    TooLong,
}

/// Makes the token of an award.
///
/// # Errors
/// [`MintError`] when there is no randomness, or no signature.
pub fn mint(
    award: Award,
    config: &Config,
    now: i64,
    random: &dyn Random,
) -> Result<Minted, MintError> {
    match award.form {
        TokenForm::Opaque => opaque(award, now, random),
        TokenForm::Jwt => signed(&award, config, now, random),
    }
}

/// OA-AUS-046, OA-AUS-047: 43 characters made of 32 random bytes.
fn opaque(award: Award, now: i64, random: &dyn Random) -> Result<Minted, MintError> {
    let mut bytes = Zeroizing::new([0; 32]);
    random.fill(bytes.as_mut_slice())?;
    let token = token(&Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))?;
    let issued = IssuedToken {
        granted: Arc::new(award.granted),
        issued_at: now,
        expires_at: now.saturating_add(award.lifetime),
    };
    Ok(Minted {
        kept: Some((token.digest(), issued)),
        token,
    })
}

fn signed(
    award: &Award,
    config: &Config,
    now: i64,
    random: &dyn Random,
) -> Result<Minted, MintError> {
    let key = config.signing_key.as_ref().ok_or(MintError::Unsigned)?;
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    let claims = claims(award, config, now, &URL_SAFE_NO_PAD.encode(bytes));
    let text = key
        .sign(Some(ACCESS_TOKEN), &claims)
        .map(Zeroizing::new)
        .map_err(|_| MintError::Unsigned)?;
    Ok(Minted {
        token: token(&text)?,
        kept: None,
    })
}

fn token(text: &str) -> Result<AccessToken, MintError> {
    AccessToken::parse(text).ok_or(MintError::TooLong)
}

/// OA-AUS-152 to OA-AUS-157 (RFC 9068 section 2.2).
fn claims(award: &Award, config: &Config, now: i64, jti: &str) -> Map<String, Value> {
    let granted = &award.granted;
    let issuer = config.issuer.as_str();
    let audience = granted.audience.as_deref().unwrap_or(issuer);
    let claims = [
        ("iss", Value::from(issuer)),
        ("sub", Value::from(granted.subject.as_str())),
        ("aud", Value::from(audience)),
        ("client_id", Value::from(granted.client_id.as_str())),
        ("iat", Value::from(now)),
        ("exp", Value::from(now.saturating_add(award.lifetime))),
        ("jti", Value::from(jti)),
    ];
    let scope = Some(&granted.scope).filter(|scope| !scope.is_empty());
    let scope = scope.map(|scope| ("scope", Value::from(scope.to_string())));
    claims
        .into_iter()
        .chain(scope)
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
