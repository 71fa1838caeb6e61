//! A token call before it is sent: faultless at first, and then altered in the one way that a
//! scenario describes in words.

mod alterations;
mod values;

pub(crate) use values::with_stray_bits;

use crate::{caller::Pace, wire::Fields};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A mark in what the harness sends, to see whether it comes back in a refusal.
pub const MARK: &str = "MARK-2b8e41";

/// Where a call tries to steer the token issue, before a URL of the lab is put in its place.
const ANOTHER_RECEIVER: &str = "https://another.example/token-issue";

/// A token call before it is sent.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The method.
    pub method: String,
    /// The fields, besides those that every request has.
    pub fields: Fields,
    /// The members: name and value, the value as JSON text.
    pub members: Vec<(String, String)>,
    /// What is sent instead of the members, if anything.
    pub body: Option<Vec<u8>>,
    /// How the body is sent.
    pub framing: Framing,
}

/// How a body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// In one piece.
    Whole,
    /// In small pieces.
    Pieces,
    /// In chunks, without saying how long it is.
    Chunks,
}

/// The values of a faultless token call.
#[derive(Debug, Clone)]
pub struct Values {
    /// The exchange id.
    pub exchange_id: String,
    /// The key.
    pub key: [u8; 32],
    /// The issuer's identifier.
    pub issuer: String,
    /// The initiator's identifier.
    pub initiator: String,
}

impl Draft {
    /// A token call without fault.
    #[must_use]
    pub fn faultless(values: &Values) -> Self {
        let members = [
            ("version", btx_spec::VERSION),
            ("exchange_id", &values.exchange_id),
            ("issuer", &values.issuer),
            ("initiator", &values.initiator),
            ("hmac_key", &STANDARD.encode(values.key)),
        ];
        Self::of(
            members
                .iter()
                .map(|(name, value)| ((*name).to_owned(), json(value)))
                .collect(),
        )
    }

    /// A message of these members, each a name and a value as JSON text.
    #[must_use]
    pub fn of(members: Vec<(String, String)>) -> Self {
        Self {
            method: "POST".to_owned(),
            fields: Fields::from([("content-type", "application/json")]),
            members,
            body: None,
            framing: Framing::Whole,
        }
    }

    /// How the body is sent.
    #[must_use]
    pub fn pace(&self) -> Pace {
        match self.framing {
            Framing::Whole => Pace::Whole,
            Framing::Pieces => Pace::Pieces,
            Framing::Chunks => Pace::Chunked,
        }
    }

    /// The body as it is sent.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.body
            .clone()
            .unwrap_or_else(|| self.object().into_bytes())
    }

    fn object(&self) -> String {
        let members: Vec<String> = self
            .members
            .iter()
            .map(|(name, value)| format!("{}:{value}", json(name)))
            .collect();
        format!("{{{}}}", members.join(","))
    }

    /// Puts a URL of the lab in the place of the one to which a call tries to steer the token issue, so
    /// that it is seen who follows.
    pub fn steer_to(&mut self, url: &str) {
        for (_, value) in &mut self.members {
            *value = value.replace(ANOTHER_RECEIVER, url);
        }
        self.fields.replace(ANOTHER_RECEIVER, url);
    }

    /// Puts a value, as JSON text, in the place of that of a member.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        for member in &mut self.members {
            if member.0 == name {
                member.1.clone_from(&value);
            }
        }
    }

    fn remove(&mut self, name: &str) {
        self.members.retain(|(n, _)| n != name);
    }

    fn rename(&mut self, name: &str, other: &str) {
        for member in &mut self.members {
            if member.0 == name {
                other.clone_into(&mut member.0);
            }
        }
    }

    fn add(&mut self, name: &str, value: impl Into<String>) {
        self.members.push((name.to_owned(), value.into()));
    }

    /// Appends members that nobody knows until the body has exactly that many bytes.
    pub fn pad_to(&mut self, bytes: usize) {
        self.add("padding", json(""));
        let missing = bytes.saturating_sub(self.object().len());
        self.set("padding", json(&"x".repeat(missing)));
    }
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values {
            exchange_id: "6f1c2a58-0b7e-4d3a-9c41-5e8f7a2b9d10".to_owned(),
            key: [7; 32],
            issuer: "https://farm.example".to_owned(),
            initiator: "https://shop.example".to_owned(),
        }
    }

    #[test]
    fn a_draft_without_fault_is_a_token_call() {
        let bytes = Draft::faultless(&values()).bytes();
        btx_spec::TokenCall::parse(&bytes).unwrap();
    }

    #[test]
    fn padding_is_exact() {
        let mut draft = Draft::faultless(&values());
        draft.pad_to(4096);
        assert_eq!(draft.bytes().len(), 4096);
        btx_spec::TokenCall::parse(&draft.bytes()).unwrap();
    }

    #[test]
    fn a_key_with_stray_bits_is_not_canonical() {
        let mut draft = Draft::faultless(&values());
        draft
            .alter("an hmac_key with stray bits at its end", &values())
            .unwrap();
        assert!(btx_spec::TokenCall::parse(&draft.bytes()).is_err());
        assert!(draft.bytes().len() == Draft::faultless(&values()).bytes().len());
    }

    #[test]
    fn several_alterations_are_joined_by_and() {
        let mut draft = Draft::faultless(&values());
        draft
            .alter(
                "a version that nobody speaks, and an exchange_id in capitals",
                &values(),
            )
            .unwrap();
        let text = String::from_utf8(draft.bytes()).unwrap();
        assert!(text.contains("BTX-0") && text.contains("9D1A"), "{text}");
    }

    #[test]
    fn unknown_words_are_named() {
        let mut draft = Draft::faultless(&values());
        assert_eq!(
            draft.alter("a turnip", &values()),
            Err("a turnip".to_owned())
        );
    }
}
