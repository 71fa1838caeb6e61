//! Session tokens.

use std::fmt;

use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::oauth::AccessToken;

/// A session token (LC-ISS-059): a `b64token` of 22 to 4096 characters, which means nothing to who holds it. It
/// is wiped when dropped, and never shown by `Debug`.
#[derive(Clone)]
pub struct SessionToken(AccessToken);

/// A text that is no session token. Nothing of it stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a session token has 22 to 4096 characters of RFC 6750")]
pub struct SessionTokenFault;

impl SessionToken {
    /// The fewest characters.
    pub const MIN_LENGTH: usize = 22;
    /// The most characters.
    pub const MAX_LENGTH: usize = 4096;

    /// Takes `text` as a session token.
    ///
    /// # Errors
    /// When it is too short or too long, or has other characters.
    pub fn parse(text: &str) -> Result<Self, SessionTokenFault> {
        if !(Self::MIN_LENGTH..=Self::MAX_LENGTH).contains(&text.len()) {
            return Err(SessionTokenFault);
        }
        AccessToken::parse(text).map(Self).ok_or(SessionTokenFault)
    }

    /// The token itself. For the wire, and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// SHA-256 of the token, by which stores may look it up without holding it.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.0.digest()
    }
}

impl PartialEq for SessionToken {
    fn eq(&self, other: &Self) -> bool {
        self.expose()
            .as_bytes()
            .ct_eq(other.expose().as_bytes())
            .into()
    }
}

impl Eq for SessionToken {}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}
