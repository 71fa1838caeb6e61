//! A signed statement before it is signed: its header, its claims, and how it is sealed.

use super::{Key, Members, Seal};
use crate::steps::Stop;
use serde_json::{Value, json};

/// A signed statement before it is signed.
#[derive(Debug, Clone)]
pub(in crate::steps) struct Jws {
    /// The key of who makes it.
    pub(in crate::steps) key: Key,
    /// The members of its header, each a name and a value as JSON text.
    pub(in crate::steps) header: Members,
    /// Its claims, likewise.
    pub(in crate::steps) claims: Members,
    /// How it is signed.
    pub(in crate::steps) seal: Seal,
}

impl Jws {
    /// What the owner of a key says, without fault: its header has the algorithm and the name of the key.
    #[must_use]
    pub(in crate::steps) fn by(key: impl Into<Key>, claims: &[(&str, Value)]) -> Self {
        let key = key.into();
        let mut header = Members::default();
        header.set("alg", &json!(key.algorithm()));
        header.set("kid", &json!(key.key_id()));
        let mut said = Members::default();
        for (name, value) in claims {
            said.set(name, value);
        }
        Self {
            key,
            header,
            claims: said,
            seal: Seal::Own,
        }
    }

    /// The signed text.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub(in crate::steps) fn text(&self) -> Result<String, Stop> {
        self.seal
            .put_on(&self.key, &self.header.to_json(), &self.claims.to_json())
    }
}
