//! Access tokens.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::jose::SignedToken;

/// An access token: a `b64token` (RFC 6750 section 2.1), opaque or signed, of any length up to that of a
/// signed token. It is wiped when dropped, and never shown by `Debug`.
#[derive(Clone)]
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// The most characters.
    pub const MAX_LENGTH: usize = SignedToken::MAX_LENGTH;

    /// Takes `text` as a token; nothing if it is no `b64token` or too long (OA-CLI-033).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let unpadded = text.trim_end_matches('=');
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
        let fits =
            !unpadded.is_empty() && text.len() <= Self::MAX_LENGTH && unpadded.bytes().all(allowed);
        fits.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The token itself. For the wire, and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the token, by which stores may look it up without holding it.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl PartialEq for AccessToken {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for AccessToken {}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

impl Serialize for AccessToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl JsonSchema for AccessToken {
    fn schema_name() -> Cow<'static, str> {
        "AccessToken".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "maxLength": 16384,
            "pattern": "^[A-Za-z0-9._~+/-]+=*$"
        })
    }
}
