//! The errors of the endpoints of an authorization server.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::members::Members;
use crate::json::FormError;

/// An error of the token endpoint (RFC 6749 section 5.2, RFC 8707 section 2), or of those beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OauthError {
    /// A parameter is missing, repeated or malformed.
    InvalidRequest,
    /// The client has not proved itself.
    InvalidClient,
    /// The assertion does not count.
    InvalidGrant,
    /// The client may not use the grant.
    UnauthorizedClient,
    /// The grant is not known.
    UnsupportedGrantType,
    /// The scope is unknown, malformed, or more than may be had.
    InvalidScope,
    /// No tokens are issued for the resource.
    InvalidTarget,
    /// The server has failed.
    ServerError,
    /// The server cannot serve at the moment.
    TemporarilyUnavailable,
}

impl OauthError {
    /// Every error.
    pub const ALL: [Self; 9] = [
        Self::InvalidRequest,
        Self::InvalidClient,
        Self::InvalidGrant,
        Self::UnauthorizedClient,
        Self::UnsupportedGrantType,
        Self::InvalidScope,
        Self::InvalidTarget,
        Self::ServerError,
        Self::TemporarilyUnavailable,
    ];

    /// The value of the member `error`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }

    /// The HTTP status that goes with it.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidClient => 401,
            Self::ServerError => 500,
            Self::TemporarilyUnavailable => 503,
            _ => 400,
        }
    }

    /// The error of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|error| error.name() == name)
    }
}

impl Serialize for OauthError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl JsonSchema for OauthError {
    fn schema_name() -> Cow<'static, str> {
        "OauthError".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r#"^[ !#-\[\]-~]+$"# })
    }
}

/// The body of an error answer. Its description is a text of the program: nothing of a request can stand in
/// it (OA-AUS-056).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "Error answer", extend("required" = ["error"]))]
pub struct ErrorAnswer {
    /// What is wrong.
    pub error: OauthError,
    /// What a developer should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "description_schema")]
    pub error_description: Option<&'static str>,
}

fn description_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": r#"^[ !#-\[\]-~]*$"# })
}

impl ErrorAnswer {
    /// Writes the body.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing strings to memory does not fail.
        let _never_fails = serde_json::to_writer(&mut bytes, self);
        bytes
    }
}

/// What somebody else's error answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldError {
    /// The member `error`, whether it is known or not.
    pub error: String,
    /// The member `error_description`.
    pub description: Option<String>,
}

impl ToldError {
    /// Reads the body of an error answer. Members that nobody knows are ignored.
    ///
    /// # Errors
    /// When it is no strict JSON object, or `error` is missing, or one of the two is no string.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let members = Members::read(bytes)?;
        Ok(Self {
            error: members.required("error", Members::text)?,
            description: members.text("error_description")?,
        })
    }

    /// The error, if its name is known here.
    #[must_use]
    pub fn known(&self) -> Option<OauthError> {
        OauthError::from_name(&self.error)
    }
}
