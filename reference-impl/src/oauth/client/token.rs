//! An access token as the client holds it.

use std::fmt;
use std::sync::Arc;

use btx_spec::oauth::AccessToken;

/// An access token that the client may show. Clones are the same token; the last one wipes it.
#[derive(Clone)]
pub struct Token {
    text: Arc<AccessToken>,
    serial: u64,
    expires_at: i64,
}

impl Token {
    pub(super) fn new(text: Arc<AccessToken>, serial: u64, expires_at: i64) -> Self {
        Self {
            text,
            serial,
            expires_at,
        }
    }

    /// The token itself, to be shown to an API and to nobody else.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// Unix seconds from which on it is not shown any more (OA-CLI-044).
    pub fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// Which of the tokens of its server it is, in the order in which they came.
    pub fn serial(&self) -> u64 {
        self.serial
    }
}

impl PartialEq for Token {
    /// Tokens are told apart by their numbers, not by what must stay secret.
    fn eq(&self, other: &Self) -> bool {
        (self.serial, self.expires_at) == (other.serial, other.expires_at)
    }
}

impl Eq for Token {}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}, until {})", self.serial, self.expires_at)
    }
}
