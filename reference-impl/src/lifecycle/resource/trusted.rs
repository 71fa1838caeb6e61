//! The keys that a signer has published, and what they say of a bearer: pure.

use std::collections::HashMap;

use btx_spec::jose::{Algorithm, KeySet, SignedToken, TokenFault};
use btx_spec::lifecycle::PublishedSet;

/// The keys of a signer, and since when some of them sign nothing any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKeys {
    keys: KeySet,
    retired: HashMap<String, i64>,
}

impl TrustedKeys {
    /// The keys of this set.
    pub fn of(set: PublishedSet) -> Self {
        let mut retired = HashMap::new();
        let mut keys = Vec::new();
        for published in set.keys {
            if let (Some(id), Some(second)) = (published.key.id(), published.retired_at) {
                retired.insert(id.to_owned(), second);
            }
            keys.push(published.key);
        }
        Self {
            keys: KeySet::of(keys),
            retired,
        }
    }

    /// Whether one of them has this name.
    pub fn has(&self, key_id: &str) -> bool {
        self.keys.has(key_id)
    }

    /// When the key of this name was retired, if it was.
    pub fn retired_at(&self, key_id: &str) -> Option<i64> {
        self.retired.get(key_id).copied()
    }

    /// Verifies the signature of a token by the key that it names (LC-RES-002, LC-RES-003).
    ///
    /// # Errors
    /// Why the signature does not count.
    pub fn verify(&self, token: &SignedToken<'_>, allowed: &[Algorithm]) -> Result<(), TokenFault> {
        self.keys.verify(token, allowed)
    }
}
