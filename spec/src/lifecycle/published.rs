//! The key set of an issuer of bearers: public keys, of which one may be retired.

use serde_json::{Value, json};

use crate::jose::{KeyFault, KeySet, PublicKey};
use crate::strict::object;

/// How deep a key set may nest, itself counted; that of [`KeySet::parse`] is the same.
const MAX_NESTING: usize = 16;

/// A public key of an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedKey {
    /// The key; it has a name.
    pub key: PublicKey,
    /// The second of the rotation that ended its use, if it signs nothing any more (LC-ISS-033).
    pub retired_at: Option<i64>,
}

/// The key set of an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedSet {
    /// Its keys.
    pub keys: Vec<PublishedKey>,
}

impl PublishedSet {
    /// The most octets.
    pub const MAX_LENGTH: usize = 64 * 1024;

    /// Reads a key set as [`KeySet::parse`] does. Keys that are skipped may be as they are.
    ///
    /// # Errors
    /// When it is too large, no key set, or has a key without a name, or a `retired_at` that is no whole number.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyFault> {
        if bytes.len() > Self::MAX_LENGTH {
            return Err(KeyFault::TooLarge);
        }
        let set = KeySet::parse(bytes)?;
        let members = object(bytes, MAX_NESTING).map_err(KeyFault::Json)?;
        let all = members.get("keys").and_then(Value::as_array);
        let all = all.ok_or(KeyFault::Member("keys"))?;
        let keys = set.keys().iter().map(|key| {
            let id = key.id().filter(|id| !id.is_empty());
            let id = id.ok_or(KeyFault::Member("kid"))?;
            // A key that is skipped may have the same name; a key of this set has it once.
            let named = |jwk: &&Value| jwk.get("kid").and_then(Value::as_str) == Some(id);
            let retired = all
                .iter()
                .filter(named)
                .find_map(|jwk| jwk.get("retired_at"));
            let retired_at = match retired {
                None => None,
                Some(second) => Some(second.as_i64().ok_or(KeyFault::Member("retired_at"))?),
            };
            Ok(PublishedKey {
                key: key.clone(),
                retired_at,
            })
        });
        Ok(Self {
            keys: keys.collect::<Result<_, KeyFault>>()?,
        })
    }

    /// The set as it is published.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let keys = self.keys.iter().map(|published| {
            let mut jwk = published.key.to_jwk();
            if let (Some(second), Some(members)) = (published.retired_at, jwk.as_object_mut()) {
                members.insert("retired_at".to_owned(), second.into());
            }
            jwk
        });
        json!({ "keys": keys.collect::<Vec<Value>>() })
    }
}
