//! API keys: digests of what was given out.

use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use btx_spec::oauth::Scope;
use sha2::{Digest as _, Sha256};

/// SHA-256 of an API key.
pub type KeyDigest = [u8; 32];

/// An API key that was given out. It is no longer here; its digest is (OA-RES-093).
///
/// A digest without salt does: a key is random and long, so that nobody finds it by trying.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Whose key it is, for people.
    pub name: String,
    /// Its digest.
    pub digest: KeyDigest,
    /// What it opens.
    pub scope: Scope,
    /// Whether it was revoked.
    pub revoked: bool,
}

impl ApiKey {
    /// The record of this key, which is not kept.
    pub fn of(name: impl Into<String>, key: &str, scope: Scope) -> Self {
        Self {
            name: name.into(),
            digest: digest(key),
            scope,
            revoked: false,
        }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({})", self.name)
    }
}

/// The API keys that are live.
pub(super) struct ApiKeys(RwLock<HashMap<KeyDigest, ApiKey>>);

impl ApiKeys {
    pub(super) fn new(keys: &[ApiKey]) -> Self {
        let live = keys.iter().filter(|key| !key.revoked);
        Self(RwLock::new(
            live.map(|key| (key.digest, key.clone())).collect(),
        ))
    }

    /// The record of a live key (OA-RES-092). It is looked up by digest: how long that takes says nothing
    /// about any key.
    pub(super) fn find(&self, key: &str) -> Option<ApiKey> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(&digest(key)).cloned()
    }

    /// Gives whether it was live.
    pub(super) fn revoke(&self, digest: &KeyDigest) -> bool {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        keys.remove(digest).is_some()
    }
}

fn digest(key: &str) -> KeyDigest {
    Sha256::digest(key.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_live_until_it_is_revoked() {
        let live = ApiKey::of("shop", "rutabaga", Scope::default());
        let mut dead = ApiKey::of("farm", "turnip", Scope::default());
        dead.revoked = true;
        let keys = ApiKeys::new(&[live.clone(), dead]);
        assert_eq!(
            keys.find("rutabaga").map(|key| key.name),
            Some("shop".to_owned())
        );
        assert_eq!(keys.find("turnip"), None);
        assert_eq!(keys.find("swede"), None);
        assert!(keys.revoke(&live.digest));
        assert!(!keys.revoke(&live.digest));
        assert_eq!(keys.find("rutabaga"), None);
    }
}
