//! The key set of a client, with the bounds that every verifier has (JW-ANY-009, JW-ANY-010).

use serde_json::Value;
use thiserror::Error;

use super::{LARGEST_KEY_SET, MOST_KEYS};
use crate::jose::{KeyFault, KeySet};
use crate::strict::{ObjectFault, object};

/// How deep a key set may nest, itself counted; that of [`KeySet::parse`] is the same.
const MAX_NESTING: usize = 16;

/// Why bytes are no key set of a client. Nothing of the bytes stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeySetFault {
    /// They are more than [`LARGEST_KEY_SET`].
    #[error("the key set has more than {LARGEST_KEY_SET} octets")]
    TooLarge,
    /// There are more keys than [`MOST_KEYS`].
    #[error("the key set has more than {MOST_KEYS} keys")]
    TooManyKeys,
    /// The set, or a key of it, is not as it has to be.
    #[error("{0}")]
    Key(KeyFault),
}

impl KeySetFault {
    /// The kind of fault in one word, as the vectors name it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::TooManyKeys => "too-many-keys",
            Self::Key(fault) => fault.class(),
        }
    }

    /// The requirement that forbids a verifier to use such a set, if one does by itself.
    #[must_use]
    pub fn requirement(self) -> Option<&'static str> {
        match self {
            Self::TooLarge | Self::TooManyKeys => Some("JW-ANY-010"),
            Self::Key(KeyFault::Json(ObjectFault::RepeatedMember)) => Some("JW-ANY-018"),
            Self::Key(KeyFault::Private | KeyFault::Symmetric) => Some("JW-ANY-014"),
            Self::Key(KeyFault::RepeatedId) => Some("JW-ANY-015"),
            Self::Key(KeyFault::Weak | KeyFault::Huge | KeyFault::NotOnCurve) => Some("JW-ANY-016"),
            Self::Key(_) => None,
        }
    }
}

/// Reads the key set of a client as [`KeySet::parse`] does, within the bounds of this profile. Keys that are
/// skipped count.
///
/// # Errors
/// When it is too large, has too many keys, or is no key set.
pub fn key_set(bytes: &[u8]) -> Result<KeySet, KeySetFault> {
    if bytes.len() > LARGEST_KEY_SET {
        return Err(KeySetFault::TooLarge);
    }
    let members =
        object(bytes, MAX_NESTING).map_err(|fault| KeySetFault::Key(KeyFault::Json(fault)))?;
    let keys = members.get("keys").and_then(Value::as_array);
    if keys.is_some_and(|keys| keys.len() > MOST_KEYS) {
        return Err(KeySetFault::TooManyKeys);
    }
    KeySet::parse(bytes).map_err(KeySetFault::Key)
}
