//! The answer of an introspection endpoint.

use schemars::JsonSchema;
use serde::Serialize;

use super::members::Members;
use super::scope::Scope;
use crate::jose::{Audience, NumericDate};
use crate::json::FormError;

/// What an authorization server says of a token (RFC 7662 section 2.2).
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "Introspection answer", extend("required" = ["active"]))]
pub struct Introspection {
    /// Whether the token is live.
    pub active: bool,
    /// What it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Scope")]
    pub scope: Option<Scope>,
    /// The client that it was issued to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub client_id: Option<String>,
    /// A name for people, of the user that it stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub username: Option<String>,
    /// What kind of token it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub token_type: Option<String>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NumericDate")]
    pub exp: Option<NumericDate>,
    /// When it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NumericDate")]
    pub iat: Option<NumericDate>,
    /// When it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NumericDate")]
    pub nbf: Option<NumericDate>,
    /// Whom it stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub sub: Option<String>,
    /// Whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Audience")]
    pub aud: Option<Audience>,
    /// Who issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub iss: Option<String>,
    /// What it alone is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub jti: Option<String>,
}

impl Introspection {
    /// The answer about a token that is not live: nothing else is told (OA-AUS-203).
    #[must_use]
    pub fn inactive() -> Self {
        Self::default()
    }

    /// Reads an answer. Members that nobody knows are ignored; of a token that is not live, all the others
    /// are.
    ///
    /// # Errors
    /// When it is no strict JSON object, or a member is missing or not of its form.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let members = Members::read(bytes)?;
        if !members.required("active", Members::flag)? {
            return Ok(Self::inactive());
        }
        Ok(Self {
            active: true,
            scope: members.scope("scope")?,
            client_id: members.text("client_id")?,
            username: members.text("username")?,
            token_type: members.text("token_type")?,
            exp: members.instant("exp")?,
            iat: members.instant("iat")?,
            nbf: members.instant("nbf")?,
            sub: members.text("sub")?,
            aud: members.audience("aud")?,
            iss: members.text("iss")?,
            jti: members.text("jti")?,
        })
    }

    /// Writes the answer, members in the order of this type.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing strings and numbers to memory does not fail.
        let _never_fails = serde_json::to_writer(&mut bytes, self);
        bytes
    }
}
