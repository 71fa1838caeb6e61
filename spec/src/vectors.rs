//! The test vectors in `spec/vectors`, and what this crate says about each.

mod exchange;
mod jwt;
mod lifecycle;
mod oauth;

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::identifier::Identifier;
use crate::json::FormError;
use crate::message::{TokenCall, TokenIssue};
use crate::values::{BearerToken, ExchangeId, Timestamp};

static VECTORS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/vectors");

/// The file that describes the others.
pub const SCHEMA: &str = "vectors.schema.json";

/// One file of vectors: they are all about one message or one algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VectorFile {
    /// The name of the schema's file.
    pub schema: String,
    /// What the vectors are about.
    pub subject: Subject,
    /// How the file is to be read, in a few sentences.
    pub about: String,
    /// Raised whenever a vector is added or changed.
    pub generator_version: String,
    /// What each flag of the vectors means.
    pub flags: BTreeMap<String, Flag>,
    /// The vectors.
    pub tests: Vec<Vector>,
}

/// What a vector is about, and so how its input is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// The signature of a token issue.
    Signature,
    /// The bytes of a token call.
    TokenCall,
    /// The bytes of a token issue.
    TokenIssue,
    /// The text of an identifier.
    Identifier,
    /// The text of a timestamp.
    Timestamp,
    /// The text of an exchange id.
    ExchangeId,
    /// The base64 of 32 bytes.
    #[serde(rename = "base64-32")]
    Base64Of32,
    /// The text of a bearer token.
    BearerToken,
    /// The host of a URL to which a message would be sent.
    SpecialUseAddress,
    /// The signature of the drafts before BTX-1, which covers only the token.
    AncestorCrte,
    /// A signed token, the keys of its issuer and the algorithms that are allowed.
    SignedToken,
    /// The bytes of a key set.
    KeySet,
    /// The bytes of a form.
    Form,
    /// Client authentication by the scheme `Basic`.
    Basic,
    /// The text of a scope.
    Scope,
    /// The field `WWW-Authenticate`.
    Challenge,
    /// The well-known address of metadata.
    WellKnown,
    /// The bytes of the answer of a token endpoint.
    TokenAnswer,
    /// The bytes of the answer of an introspection endpoint.
    Introspection,
    /// The text of a client id.
    ClientId,
    /// The bytes of a client document, and the client id that it was fetched from.
    ClientDocument,
    /// The bytes of the key set of a client.
    ClientKeys,
    /// The fields of an answer that say how long it holds.
    Freshness,
    /// The field `Authentication-Info`.
    AuthenticationInfo,
    /// Header and claims of a service JWT or an assertion.
    ServiceJwt,
    /// A bearer, and the key of its issuer.
    Bearer,
    /// The field `Authentication-Info` with a new bearer.
    NewBearer,
    /// The bytes of the key set of an issuer of bearers.
    BearerKeySet,
}

/// What the vectors of several files are about together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Collection {
    /// The exchange, version BTX-1.
    Exchange,
    /// The drafts before BTX-1.
    Ancestor,
    /// OAuth between services.
    Oauth,
    /// JWT between services.
    Jwt,
    /// Keys, sessions and rotation.
    Lifecycle,
}

impl Subject {
    /// The collection that vectors of this subject belong to.
    #[must_use]
    pub fn collection(self) -> Collection {
        match self {
            Self::AncestorCrte => Collection::Ancestor,
            Self::Signature
            | Self::TokenCall
            | Self::TokenIssue
            | Self::Identifier
            | Self::Timestamp
            | Self::ExchangeId
            | Self::Base64Of32
            | Self::BearerToken
            | Self::SpecialUseAddress => Collection::Exchange,
            Self::SignedToken
            | Self::KeySet
            | Self::Form
            | Self::Basic
            | Self::Scope
            | Self::Challenge
            | Self::WellKnown
            | Self::TokenAnswer
            | Self::Introspection => Collection::Oauth,
            Self::ClientId
            | Self::ClientDocument
            | Self::ClientKeys
            | Self::Freshness
            | Self::AuthenticationInfo
            | Self::ServiceJwt => Collection::Jwt,
            Self::Bearer | Self::NewBearer | Self::BearerKeySet => Collection::Lifecycle,
        }
    }
}

/// What a flag stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// The kind of fault that such a vector finds; `none` for vectors of good values.
    pub bug_type: String,
    /// What such vectors have in common.
    pub description: String,
    /// Where the rule is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whether a JSON Schema cannot express the rule.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beyond_schema: bool,
}

/// One input and whether it is to be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// Never used for another vector.
    pub id: String,
    /// What is special about this input.
    pub comment: String,
    /// The names of flags of the file.
    pub flags: Vec<String>,
    /// The ids of the requirements that it exercises.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<String>,
    /// The values, by name. A name that ends with `_hex` holds bytes in hexadecimal.
    pub input: BTreeMap<String, String>,
    /// Whether the input is to be accepted.
    pub result: Expected,
    /// For a message that is refused: the class that this crate gives, see
    /// [`Refusal::class`]. Other implementations need not tell the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What is to be done with an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// It is accepted.
    Valid,
    /// It is refused.
    Invalid,
    /// Both are conformant.
    Acceptable,
}

/// Why this crate refuses the input of a vector.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The bytes are no message.
    #[error("{0}")]
    Form(FormError),
    /// A value breaks a rule.
    #[error("{member}: {why}")]
    Value {
        /// The name of the input.
        member: String,
        /// The rule.
        why: &'static str,
    },
    /// The values are well formed, and the signature is another.
    #[error("the signature is another")]
    Signature,
    /// The address is of special use.
    #[error("the address is of special use")]
    SpecialUse,
    /// Something of a profile beside the exchange is refused: the kind of fault in one word.
    #[error("{0}")]
    Fault(&'static str),
    /// The vector itself lacks an input or has one that cannot be read.
    #[error("the vector has no readable input \"{0}\"")]
    NoInput(&'static str),
}

impl Refusal {
    /// The kind of fault in one word, where one is told.
    #[must_use]
    pub fn class(&self) -> Option<&'static str> {
        match self {
            Self::Form(error) => Some(error.class()),
            Self::Fault(class) => Some(class),
            _ => None,
        }
    }
}

impl Expected {
    /// Whether an implementation that accepts (or refuses) the input does right.
    #[must_use]
    pub fn agrees_with(self, accepted: bool) -> bool {
        match self {
            Self::Valid => accepted,
            Self::Invalid => !accepted,
            Self::Acceptable => true,
        }
    }
}

/// The text of the embedded files by name, the schema among them.
#[must_use]
pub fn texts() -> BTreeMap<&'static str, &'static str> {
    let text = |file: &'static include_dir::File<'static>| {
        Some((file.path().to_str()?, file.contents_utf8()?))
    };
    VECTORS
        .files()
        .filter_map(text)
        .filter(|(name, _)| name.ends_with(".json"))
        .collect()
}

/// The embedded files by name.
///
/// # Errors
/// When a file is not of the form, with its name; a test sees to it that all are.
pub fn files() -> Result<BTreeMap<&'static str, VectorFile>, (&'static str, serde_json::Error)> {
    let files = texts().into_iter().filter(|(name, _)| *name != SCHEMA);
    files
        .map(|(name, text)| match serde_json::from_str(text) {
            Ok(file) => Ok((name, file)),
            Err(error) => Err((name, error)),
        })
        .collect()
}

impl Subject {
    /// Judges an input as this crate does.
    ///
    /// # Errors
    /// Why the input is refused.
    pub fn judge(self, vector: &Vector) -> Result<(), Refusal> {
        match self {
            Self::Signature => exchange::signature(vector),
            Self::TokenCall => exchange::message(vector, |body| TokenCall::parse(body).map(drop)),
            Self::TokenIssue => exchange::message(vector, |body| TokenIssue::parse(body).map(drop)),
            Self::Identifier => vector
                .value("text", Identifier::parse, |e| e.why())
                .map(drop),
            Self::Timestamp => vector
                .value("text", Timestamp::parse, |e| e.why())
                .map(drop),
            Self::ExchangeId => vector
                .value("text", ExchangeId::parse, |e| e.why())
                .map(drop),
            Self::Base64Of32 => exchange::base64_of_32(vector),
            Self::BearerToken => vector
                .value("text", BearerToken::parse, |e| e.why())
                .map(drop),
            Self::SpecialUseAddress => exchange::host(vector),
            Self::AncestorCrte => exchange::ancestor(vector),
            Self::SignedToken => oauth::signed_token(vector),
            Self::KeySet => oauth::key_set(vector),
            Self::Form => oauth::form(vector),
            Self::Basic => oauth::basic(vector),
            Self::Scope => oauth::scope(vector),
            Self::Challenge => oauth::challenge(vector),
            Self::WellKnown => oauth::well_known(vector),
            Self::TokenAnswer => oauth::token_answer(vector),
            Self::Introspection => oauth::introspection(vector),
            Self::ClientId => jwt::client_id(vector),
            Self::ClientDocument => jwt::client_document(vector),
            Self::ClientKeys => jwt::client_keys(vector),
            Self::Freshness => jwt::freshness(vector),
            Self::AuthenticationInfo => jwt::authentication_info(vector),
            Self::ServiceJwt => jwt::service_jwt(vector),
            Self::Bearer => lifecycle::bearer(vector),
            Self::NewBearer => lifecycle::new_bearer(vector),
            Self::BearerKeySet => lifecycle::key_set(vector),
        }
    }
}

impl Vector {
    /// The input of that name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.input.get(name).map(String::as_str)
    }

    /// The bytes of the message: `body`, or the bytes that `body_hex` spells.
    #[must_use]
    pub fn body(&self) -> Option<Vec<u8>> {
        match self.text("body") {
            Some(text) => Some(text.as_bytes().to_vec()),
            None => from_hex(self.text("body_hex")?),
        }
    }

    fn value<T, E>(
        &self,
        name: &'static str,
        parse: fn(&str) -> Result<T, E>,
        why: fn(E) -> &'static str,
    ) -> Result<T, Refusal> {
        let text = self.text(name).ok_or(Refusal::NoInput(name))?;
        let refused = |error| Refusal::Value {
            member: name.to_owned(),
            why: why(error),
        };
        parse(text).map_err(refused)
    }
}

fn text<'v>(vector: &'v Vector, name: &'static str) -> Result<&'v str, Refusal> {
    vector.text(name).ok_or(Refusal::NoInput(name))
}

fn body(vector: &Vector) -> Result<Vec<u8>, Refusal> {
    vector.body().ok_or(Refusal::NoInput("body"))
}

/// What was read is well formed, and may still be something else.
fn same<T: PartialEq>(found: T, expected: T) -> Result<(), Refusal> {
    if found == expected {
        Ok(())
    } else {
        Err(Refusal::Fault("other"))
    }
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let text = std::str::from_utf8(pair)
                .ok()
                .filter(|text| text.len() == 2)?;
            u8::from_str_radix(text, 16).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_whole_bytes() {
        assert_eq!(from_hex("00ffA0"), Some(vec![0, 255, 160]));
        assert_eq!(from_hex("0"), None);
        assert_eq!(from_hex("zz"), None);
    }

    #[test]
    fn acceptable_agrees_with_both() {
        assert!(Expected::Acceptable.agrees_with(true) && Expected::Acceptable.agrees_with(false));
        assert!(Expected::Valid.agrees_with(true) && !Expected::Valid.agrees_with(false));
        assert!(Expected::Invalid.agrees_with(false) && !Expected::Invalid.agrees_with(true));
    }
}
