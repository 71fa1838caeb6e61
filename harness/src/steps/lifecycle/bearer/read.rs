//! A bearer as it came, read without judging it.

use crate::steps::jose::{Key, Members, Theirs};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// A bearer, whatever is wrong with it. What cannot be read of it is empty.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::steps) struct Read {
    /// As it came.
    pub(in crate::steps) text: String,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Read {
    /// Reads a bearer.
    #[must_use]
    pub(in crate::steps) fn from(text: &str) -> Self {
        let mut parts = text.split('.').map(object);
        Self {
            text: text.to_owned(),
            header: parts.next().flatten().unwrap_or_default(),
            claims: parts.next().flatten().unwrap_or_default(),
        }
    }

    /// A member of its header that is text.
    #[must_use]
    pub(in crate::steps) fn parameter(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    /// A claim that is text.
    #[must_use]
    pub(in crate::steps) fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// A claim that is a whole second.
    #[must_use]
    pub(in crate::steps) fn second(&self, name: &str) -> Option<i64> {
        self.claims.get(name)?.as_i64()
    }

    /// Header and claims as text, with whatever stands in there.
    #[must_use]
    pub(in crate::steps) fn said(&self) -> String {
        format!("{}{}", self.header().to_json(), self.claims().to_json())
    }

    pub(super) fn header(&self) -> Members {
        members(&self.header)
    }

    pub(super) fn claims(&self) -> Members {
        members(&self.claims)
    }

    /// Its key as far as it tells, with the public half if that is published.
    #[must_use]
    pub(in crate::steps) fn key(&self, public: Option<Value>) -> Key {
        let named = |name| self.parameter(name).unwrap_or_default().to_owned();
        let signature = self.text.rsplit_once('.').map_or("", |(_, last)| last);
        Key::Theirs(Box::new(Theirs {
            algorithm: named("alg"),
            id: named("kid"),
            public,
            signature: signature.to_owned(),
        }))
    }
}

fn members(object: &Map<String, Value>) -> Members {
    let mut members = Members::default();
    for (name, value) in object {
        members.set(name, value);
    }
    members
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
