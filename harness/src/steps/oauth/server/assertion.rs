//! A signed assertion before it is signed: of a client about itself, or of an issuer about a service
//! account.

use super::forgery::Seal;
use crate::{steps::Stop, target::oauth::TrustedIssuer};
use btx_spec::jose::SigningKey;
use serde_json::{Value, json};
use std::sync::Arc;

/// How long an assertion of the harness is valid, in seconds: less than anybody's limit.
const LIFETIME: i64 = 60;

/// An assertion before it is signed.
#[derive(Debug, Clone)]
pub(super) struct Assertion {
    /// The key of who makes it.
    pub(super) key: Arc<SigningKey>,
    /// The members of its header, each a name and a value as JSON text.
    pub(super) header: Members,
    /// Its claims, likewise.
    pub(super) claims: Members,
    /// How it is signed.
    pub(super) seal: Seal,
}

/// Members of an object in their order, each a name and a value as JSON text. A name may stand twice.
#[derive(Debug, Clone, Default)]
pub(super) struct Members(Vec<(String, String)>);

impl Assertion {
    /// What a client says about itself, without fault.
    #[must_use]
    pub(super) fn of_client(id: &str, key: Arc<SigningKey>, audience: &str, now: i64) -> Self {
        Self::by(key, id, id, audience, now)
    }

    /// What an issuer says about its service account, without fault.
    #[must_use]
    pub(super) fn about_account(issuer: &TrustedIssuer, audience: &str, now: i64) -> Self {
        let key = issuer.key.clone();
        Self::by(key, &issuer.issuer, &issuer.account, audience, now)
    }

    fn by(key: Arc<SigningKey>, issuer: &str, subject: &str, audience: &str, now: i64) -> Self {
        let mut header = Members::default();
        header.set("alg", &json!(key.algorithm().to_string()));
        header.set("kid", &json!(key.key_id()));
        let mut claims = Members::default();
        claims.set("iss", &json!(issuer));
        claims.set("sub", &json!(subject));
        claims.set("aud", &json!(audience));
        claims.set("iat", &json!(now));
        claims.set("exp", &json!(now + LIFETIME));
        claims.set("jti", &json!(uuid::Uuid::new_v4().to_string()));
        Self {
            key,
            header,
            claims,
            seal: Seal::Own,
        }
    }

    /// The signed assertion.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub(super) fn text(&self) -> Result<String, Stop> {
        self.seal
            .put_on(&self.key, &self.header.to_json(), &self.claims.to_json())
    }
}

impl Members {
    /// Puts one member in the place of all of its name.
    pub(super) fn set(&mut self, name: &str, value: &Value) {
        self.set_raw(name, &value.to_string());
    }

    /// The same with a value as JSON text.
    pub(super) fn set_raw(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.add(name, value);
    }

    /// Adds a member after those that are there, its value as JSON text.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Adds a member before those that are there, its value as JSON text.
    pub(super) fn add_before(&mut self, name: &str, value: &str) {
        self.0.insert(0, (name.to_owned(), value.to_owned()));
    }

    /// Takes a member away.
    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| n != name);
    }

    /// The object as JSON.
    #[must_use]
    pub(super) fn to_json(&self) -> String {
        let members: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{}:{value}", json!(name)))
            .collect();
        format!("{{{}}}", members.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_stand_twice_and_is_replaced_as_a_whole() {
        let mut members = Members::default();
        members.set("a", &json!(1));
        members.add("a", "\"two\"");
        members.add_before("b", "[]");
        assert_eq!(members.to_json(), r#"{"b":[],"a":1,"a":"two"}"#);
        members.set("a", &json!(3));
        assert_eq!(members.to_json(), r#"{"b":[],"a":3}"#);
    }
}
