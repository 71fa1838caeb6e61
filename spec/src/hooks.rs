//! What the conformance suite and an adapter of an implementation say to each other: the verbs.
//!
//! They are not part of the protocol. An implementation offers them in a laboratory, on a listener or
//! a pipe of their own, and no secret crosses that way.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One thing that the suite asks for. On a pipe it is one line, by HTTP the body of a POST.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Hook request")]
pub struct HookRequest {
    /// A number that the answer repeats.
    pub id: u64,
    /// What is asked for.
    #[serde(flatten)]
    pub order: Order,
}

/// What is asked for, told apart by `verb`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "verb", rename_all = "kebab-case")]
pub enum Order {
    /// Get a token from an issuer, by one exchange. The answer may come at once or when the exchange has
    /// ended.
    Start {
        /// The name of the issuer, as it was registered.
        peer: String,
        /// Its identifier.
        issuer: String,
        /// Its URL for token calls.
        token_call: String,
    },
    /// Call an API of an issuer once, with the token that is held for it, if one is.
    Use {
        /// The name of the issuer, as it was registered.
        peer: String,
        /// Its identifier.
        issuer: String,
        /// The URL of the API, to be asked with GET.
        url: String,
    },
    /// Register parties, and remove some.
    Peers {
        /// The parties to register, each as an initiator, as an issuer, or as both.
        #[serde(default)]
        register: Vec<Registration>,
        /// The identifiers of the parties to remove, before any is registered.
        #[serde(default)]
        remove: Vec<String>,
    },
    /// Take another key. Without members it is the one for service JWTs: publish it, sign with it from then on,
    /// and publish the old one for as long as a JWT of it lives.
    Rotate {
        /// The identifier of the issuer of bearers whose key it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issuer: Option<String>,
        /// Whether it is an emergency, after which no earlier key verifies anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        urgent: Option<bool>,
        /// The key to sign with, which the suite has made: a secret or private JWK with `kid` and `alg`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<Map<String, Value>>")]
        key: Option<GivenKey>,
    },
}

/// A key that the suite has made, a secret or private JWK.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GivenKey(pub Map<String, Value>);

/// It signs what a target believes, so none of it is shown.
impl fmt::Debug for GivenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GivenKey(…)")
    }
}

impl Order {
    /// The verb.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::Use { .. } => "use",
            Self::Peers { .. } => "peers",
            Self::Rotate { .. } => "rotate",
        }
    }
}

/// A party to register: an entry of `peers.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Registration {
    /// What the other verbs call it.
    pub name: String,
    /// Its identifier, in whatever form: refusing a wrong one is what is looked at.
    pub identifier: String,
    /// Its receive URL, if it is an initiator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receives: Option<String>,
    /// Whether it offers the asynchronous form as an issuer; without a word it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asynchronous: Option<bool>,
    /// How long the tokens for it live, as `4s`, if not as usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_lifetime: Option<String>,
    /// Its URL for token calls, if it is an issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_call: Option<String>,
    /// The implementation's own URLs for its token issues, one for each replica, if it is an issuer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_issue: Vec<String>,
}

/// The answer to a request. On a pipe it is one line, by HTTP the body of a 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Hook answer")]
pub struct HookAnswer {
    /// The number of the request.
    pub id: u64,
    /// What came of it.
    #[serde(flatten)]
    pub report: Report,
}

/// What came of a request: a member of its own for each verb.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Report {
    /// It was not done. `unknown verb` is the usual reason.
    Error {
        /// Why, in words.
        error: String,
    },
    /// Of `start`.
    Started {
        /// How the exchange stands.
        outcome: StartOutcome,
        /// Why, in words; for people only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Of `use`.
    Used {
        /// Whether a token was sent.
        token_sent: bool,
        /// The status that the API answered, if it did.
        #[serde(default)]
        status: Option<u16>,
    },
    /// Of `peers`.
    Peers {
        /// The names of the parties that were registered.
        registered: Vec<String>,
        /// The parties that were not, each with the reason.
        refused: Vec<RefusedPeer>,
    },
    /// Of `rotate`.
    Rotated {
        /// The `kid` of the key that is signed with from now on.
        kid: String,
    },
}

/// How an exchange stands that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StartOutcome {
    /// It has ended with a token.
    Active,
    /// It has ended without one.
    Failed,
    /// It goes on.
    Pending,
}

/// A party that was not registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefusedPeer {
    /// Its name.
    pub name: String,
    /// Why, in words; for people only.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_report_is_read_as_what_it_is() {
        for (text, expected) in [
            (r#"{"id":1,"error":"unknown verb"}"#, "Error"),
            (r#"{"id":1,"outcome":"active"}"#, "Started"),
            (r#"{"id":1,"outcome":"failed","reason":"503"}"#, "Started"),
            (r#"{"id":1,"token_sent":true,"status":200}"#, "Used"),
            (r#"{"id":1,"token_sent":false}"#, "Used"),
            (r#"{"id":1,"registered":[],"refused":[]}"#, "Peers"),
            (r#"{"id":1,"kid":"k2"}"#, "Rotated"),
        ] {
            let answer: HookAnswer = serde_json::from_str(text).unwrap();
            assert!(
                format!("{:?}", answer.report).starts_with(expected),
                "{text}: {answer:?}"
            );
        }
        for text in [
            r#"{"id":1}"#,
            r#"{"id":1,"outcome":"done"}"#,
            r#"{"outcome":"active"}"#,
        ] {
            assert!(serde_json::from_str::<HookAnswer>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_request_is_flat() {
        let request = HookRequest {
            id: 7,
            order: Order::Peers {
                register: vec![Registration {
                    name: "x".to_owned(),
                    identifier: "https://x.example".to_owned(),
                    ..Registration::default()
                }],
                remove: Vec::new(),
            },
        };
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(
            text,
            r#"{"id":7,"verb":"peers","register":[{"name":"x","identifier":"https://x.example"}],"remove":[]}"#
        );
        assert_eq!(serde_json::from_str::<HookRequest>(&text).unwrap(), request);
        for (order, text) in [
            (
                Order::Rotate {
                    issuer: None,
                    urgent: None,
                    key: None,
                },
                r#"{"id":8,"verb":"rotate"}"#,
            ),
            (
                Order::Rotate {
                    issuer: Some("https://x.example".to_owned()),
                    urgent: Some(true),
                    key: Some(GivenKey(Map::from_iter([("kid".to_owned(), "k".into())]))),
                },
                r#"{"id":8,"verb":"rotate","issuer":"https://x.example","urgent":true,"key":{"kid":"k"}}"#,
            ),
        ] {
            let request = HookRequest { id: 8, order };
            assert!(!format!("{request:?}").contains("kid"));
            assert_eq!(serde_json::to_string(&request).unwrap(), text);
            assert_eq!(serde_json::from_str::<HookRequest>(text).unwrap(), request);
        }
    }
}
