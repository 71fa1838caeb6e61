//! Problems: the refusals of the protocol as RFC 9457 documents.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::json::{FormError, Members};

/// What every URN of a problem type begins with.
pub const URN_PREFIX: &str = "urn:btx:problem:";

/// The registry of problem types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProblemType {
    /// Another method than the URL takes.
    MethodNotAllowed,
    /// The body is not declared to be uncompressed JSON.
    UnsupportedMediaType,
    /// The body is larger than the receiver takes.
    MessageTooLarge,
    /// The body is not a message of this kind.
    MalformedMessage,
    /// The version is missing or unknown.
    UnsupportedVersion,
    /// The token call names another issuer.
    WrongIssuer,
    /// The initiator is not registered at the issuer.
    UnknownInitiator,
    /// The initiator has used this exchange id before.
    DuplicateExchange,
    /// More than the receiver takes at once.
    TooManyRequests,
    /// The receiver cannot serve at the moment.
    TemporarilyUnavailable,
    /// The initiator answered the token issue with something other than 204.
    TokenIssueRefused,
    /// No connection to the initiator came about, or none was allowed.
    InitiatorUnreachable,
    /// The initiator did not answer the token issue in time.
    TokenIssueTimeout,
    /// No exchange of this id is open here.
    UnknownExchange,
    /// Issuer or initiator are not those of the exchange.
    ExchangeMismatch,
    /// The signature is not the right one.
    SignatureMismatch,
    /// The token of the token issue is dead already.
    TokenExpired,
    /// The exchange holds another token already.
    ConflictingIssue,
    /// Name and password do not belong to an account (LC-ISS-055).
    LoginRefused,
}

impl ProblemType {
    /// Every type, in the order of the registry.
    pub const ALL: &[Self] = &[
        Self::MethodNotAllowed,
        Self::UnsupportedMediaType,
        Self::MessageTooLarge,
        Self::MalformedMessage,
        Self::UnsupportedVersion,
        Self::WrongIssuer,
        Self::UnknownInitiator,
        Self::DuplicateExchange,
        Self::TooManyRequests,
        Self::TemporarilyUnavailable,
        Self::TokenIssueRefused,
        Self::InitiatorUnreachable,
        Self::TokenIssueTimeout,
        Self::UnknownExchange,
        Self::ExchangeMismatch,
        Self::SignatureMismatch,
        Self::TokenExpired,
        Self::ConflictingIssue,
        Self::LoginRefused,
    ];

    /// The last part of the URN.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The value of the member `type`.
    #[must_use]
    pub fn urn(self) -> String {
        format!("{URN_PREFIX}{}", self.name())
    }

    /// The HTTP status that goes with the type.
    #[must_use]
    pub fn status(self) -> u16 {
        self.row().1
    }

    /// The value of the member `title`.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.row().2
    }

    /// The type of that URN, if the registry has it.
    #[must_use]
    pub fn from_urn(urn: &str) -> Option<Self> {
        let name = urn.strip_prefix(URN_PREFIX)?;
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Name, status and title.
    fn row(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::MethodNotAllowed => ("method-not-allowed", 405, "Method not allowed"),
            Self::UnsupportedMediaType => ("unsupported-media-type", 415, "Unsupported media type"),
            Self::MessageTooLarge => ("message-too-large", 413, "Message too large"),
            Self::MalformedMessage => ("malformed-message", 400, "Malformed message"),
            Self::UnsupportedVersion => ("unsupported-version", 400, "Unsupported version"),
            Self::WrongIssuer => ("wrong-issuer", 400, "Wrong issuer"),
            Self::UnknownInitiator => ("unknown-initiator", 404, "Unknown initiator"),
            Self::DuplicateExchange => ("duplicate-exchange", 409, "Duplicate exchange"),
            Self::TooManyRequests => ("too-many-requests", 429, "Too many requests"),
            Self::TemporarilyUnavailable => {
                ("temporarily-unavailable", 503, "Temporarily unavailable")
            }
            Self::TokenIssueRefused => ("token-issue-refused", 502, "Token issue refused"),
            Self::InitiatorUnreachable => ("initiator-unreachable", 502, "Initiator unreachable"),
            Self::TokenIssueTimeout => ("token-issue-timeout", 504, "Token issue timed out"),
            Self::UnknownExchange => ("unknown-exchange", 404, "Unknown exchange"),
            Self::ExchangeMismatch => ("exchange-mismatch", 403, "Exchange mismatch"),
            Self::SignatureMismatch => ("signature-mismatch", 403, "Signature mismatch"),
            Self::TokenExpired => ("token-expired", 400, "Token expired"),
            Self::ConflictingIssue => ("conflicting-issue", 409, "Conflicting token issue"),
            Self::LoginRefused => ("login-refused", 401, "Login refused"),
        }
    }
}

impl fmt::Display for ProblemType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A problem document (RFC 9457). A peer's may lack every member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "Problem", extend("required" = ["type"]))]
pub struct Problem {
    /// A URN of the problem registry.
    #[serde(rename = "type")]
    #[schemars(schema_with = "urn_schema")]
    pub type_: String,
    /// A few words, the same for every problem of the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub title: Option<String>,
    /// The HTTP status, again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u16", range(min = 400, max = 599))]
    pub status: Option<u16>,
    /// What a developer should know. Nothing that the peer sent stands in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub detail: Option<String>,
    /// With `unsupported-version`: the versions that are spoken here, most preferred first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>", length(min = 1), extend("uniqueItems" = true))]
    pub accept_versions: Option<Vec<String>>,
}

fn urn_schema(_: &mut SchemaGenerator) -> Schema {
    let urns: Vec<String> = ProblemType::ALL.iter().map(|kind| kind.urn()).collect();
    json_schema!({ "type": "string", "enum": urns })
}

impl Problem {
    /// A problem of the registry. An `unsupported-version` lists the version of this
    /// specification.
    #[must_use]
    pub fn new(kind: ProblemType, detail: &str) -> Self {
        let versions = || vec![crate::VERSION.to_owned()];
        Self {
            type_: kind.urn(),
            title: Some(kind.title().to_owned()),
            status: Some(kind.status()),
            detail: Some(detail.to_owned()),
            accept_versions: (kind == ProblemType::UnsupportedVersion).then(versions),
        }
    }

    /// The entry of the registry, if `type` names one.
    #[must_use]
    pub fn kind(&self) -> Option<ProblemType> {
        ProblemType::from_urn(&self.type_)
    }

    /// Writes the document.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing strings and numbers to memory does not fail.
        let _never_fails = serde_json::to_writer(&mut bytes, self);
        bytes
    }

    /// Reads a document leniently: a member of a wrong type counts as missing, as
    /// RFC 9457 section 3.1 asks of consumers.
    ///
    /// # Errors
    /// When `bytes` are not one JSON object.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let members = Members::read(bytes)?;
        Ok(Self {
            type_: member(&members, "type").unwrap_or_else(|| "about:blank".to_owned()),
            title: member(&members, "title"),
            status: member(&members, "status"),
            detail: member(&members, "detail"),
            accept_versions: member(&members, "accept_versions"),
        })
    }
}

fn member<'a, T: serde::Deserialize<'a>>(members: &Members<'a>, name: &str) -> Option<T> {
    serde_json::from_str(members.raw(name)?.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urns_lead_back_to_their_types() {
        for kind in ProblemType::ALL {
            assert_eq!(ProblemType::from_urn(&kind.urn()), Some(*kind));
            assert!((400..600).contains(&kind.status()));
        }
        assert_eq!(ProblemType::from_urn("urn:btx:problem:nothing"), None);
        assert_eq!(ProblemType::from_urn("wrong-issuer"), None);
    }

    #[test]
    fn problems_round_trip_in_order() {
        let problem = Problem::new(ProblemType::UnsupportedVersion, "Speak BTX-1.");
        let json = problem.to_json();
        assert_eq!(Problem::parse(&json), Ok(problem));
        let text = r#"{"type":"urn:btx:problem:unsupported-version","title":"Unsupported version","status":400,"detail":"Speak BTX-1.","accept_versions":["BTX-1"]}"#;
        assert_eq!(std::str::from_utf8(&json).unwrap(), text);
    }

    #[test]
    fn strange_members_count_as_missing() {
        let strange = br#"{"type":7,"title":null,"status":"400","accept_versions":[1]}"#;
        let problem = Problem::parse(strange).unwrap();
        assert_eq!(problem.type_, "about:blank");
        assert_eq!(
            (problem.kind(), problem.status, problem.accept_versions),
            (None, None, None)
        );
        assert!(Problem::parse(b"<html>").is_err());
    }
}
