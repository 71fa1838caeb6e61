//! A set of public keys, and what it says of a token.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::algorithm::Algorithm;
use super::public_key::{KeyFault, MAX_NESTING, PublicKey};
use super::token::{SignedToken, TokenFault};
use crate::strict::object;

/// Public keys of one party (RFC 7517 section 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<PublicKey>,
}

impl KeySet {
    /// The most octets that a set may have.
    pub const MAX_LENGTH: usize = 256 * 1024;
    /// The most keys that a set may have, those counted that are skipped.
    pub const MAX_KEYS: usize = 64;

    /// Reads a set. A key of an unknown type, curve, algorithm or use is skipped: it is for others. A key
    /// that nobody should have published makes the whole set unusable, since who publishes it has lost
    /// control of what it publishes.
    ///
    /// # Errors
    /// When it is no strict JSON object with an array `keys`, when two keys have one id, or when a key is
    /// private, symmetric, weak, huge, not on its curve or not of its form.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyFault> {
        if bytes.len() > Self::MAX_LENGTH {
            return Err(KeyFault::TooLarge);
        }
        let set = object(bytes, MAX_NESTING).map_err(KeyFault::Json)?;
        let Some(Value::Array(members)) = set.get("keys") else {
            return Err(KeyFault::Member("keys"));
        };
        if members.len() > Self::MAX_KEYS {
            return Err(KeyFault::TooLarge);
        }
        let mut keys = Vec::new();
        for member in members {
            let jwk = member.as_object().ok_or(KeyFault::Member("keys"))?;
            match PublicKey::from_members(jwk) {
                Ok(key) => keys.push(key),
                Err(KeyFault::Unsupported) => {}
                Err(fault) => return Err(fault),
            }
        }
        let mut ids = BTreeSet::new();
        if !keys
            .iter()
            .filter_map(PublicKey::id)
            .all(|id| ids.insert(id))
        {
            return Err(KeyFault::RepeatedId);
        }
        Ok(Self { keys })
    }

    /// A set of these keys.
    #[must_use]
    pub fn of(keys: Vec<PublicKey>) -> Self {
        Self { keys }
    }

    /// The keys of the set.
    #[must_use]
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// Whether a key of the set has this id.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.keys.iter().any(|key| key.id() == Some(id))
    }

    /// The set as it is published.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let keys: Vec<Value> = self.keys.iter().map(PublicKey::to_jwk).collect();
        json!({ "keys": keys })
    }

    /// Verifies the signature of `token`: with the key that it names if it names one, otherwise with those
    /// that fit its algorithm. The algorithm has to be one of `allowed` and of the key itself; a key that
    /// the token brings or names by URL is never looked at (RFC 8725 sections 3.1 and 3.10).
    ///
    /// # Errors
    /// Why the signature does not count.
    pub fn verify(&self, token: &SignedToken<'_>, allowed: &[Algorithm]) -> Result<(), TokenFault> {
        let algorithm = token.algorithm()?;
        if !allowed.contains(&algorithm) {
            return Err(TokenFault::AlgorithmNotAllowed);
        }
        if token.has_crit() {
            return Err(TokenFault::Critical);
        }
        let named = |key: &&PublicKey| token.key_id().is_none_or(|id| key.id() == Some(id));
        let mut outcome = Err(TokenFault::NoKey);
        for key in self.keys.iter().filter(named) {
            let Some(verifier) = key.verifier(algorithm) else {
                continue;
            };
            match verifier.verify_sig(token.signed().as_bytes(), token.signature()) {
                Ok(()) => return Ok(()),
                Err(_) => outcome = Err(TokenFault::BadSignature),
            }
        }
        outcome
    }
}
