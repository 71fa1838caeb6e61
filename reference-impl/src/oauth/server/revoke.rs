//! Whether a caller may end a token (RFC 7009).

use btx_spec::oauth::OauthError;

use super::config::Client;
use super::refusal::Refusal;
use crate::oauth::store::IssuedToken;

/// What is to be done about a token that a caller wants to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// End it (OA-AUS-221).
    End,
    /// Nothing: it opens nothing as it is (OA-AUS-223).
    Nothing,
}

/// Judges a revocation. What kind of token it is thought to be plays no part in it (OA-AUS-225).
///
/// # Errors
/// The [`Refusal`] of a token that was issued to another client (OA-AUS-224).
pub fn judge(
    known: Option<&IssuedToken>,
    caller: &Client,
    now: i64,
) -> Result<Revocation, Refusal> {
    match known {
        Some(token) if token.granted.client_id != caller.id => Err(Refusal::new(
            OauthError::UnauthorizedClient,
            "The token was not issued to this client.",
        )),
        Some(token) if now < token.expires_at => Ok(Revocation::End),
        _ => Ok(Revocation::Nothing),
    }
}
