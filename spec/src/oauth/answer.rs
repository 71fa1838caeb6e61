//! The answer of a token endpoint.

use schemars::JsonSchema;
use serde::Serialize;
use zeroize::Zeroizing;

use super::members::Members;
use super::scope::Scope;
use super::token::AccessToken;
use crate::json::FormError;

/// The answer with a token (RFC 6749 section 5.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "Token answer", extend("required" = ["access_token", "token_type"]))]
pub struct TokenAnswer {
    /// The token.
    pub access_token: AccessToken,
    /// What kind of token it is: `Bearer`, in any letter case.
    pub token_type: String,
    /// In how many seconds it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64")]
    pub expires_in: Option<u64>,
    /// What it opens, if that is not what was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Scope")]
    pub scope: Option<Scope>,
}

impl TokenAnswer {
    /// Reads an answer. Members that nobody knows are ignored (OA-CLI-032).
    ///
    /// # Errors
    /// When it is no strict JSON object, or a member is missing or not of its form.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let members = Members::read(bytes)?;
        let text = Zeroizing::new(members.required("access_token", Members::text)?);
        Ok(Self {
            access_token: AccessToken::parse(&text).ok_or(FormError::BadValue {
                member: "access_token",
                why: "it is no b64token, or too long",
            })?,
            token_type: members.required("token_type", Members::text)?,
            expires_in: members.count("expires_in")?,
            scope: members.scope("scope")?,
        })
    }

    /// Whether the token is a bearer token (OA-CLI-030, OA-CLI-031).
    #[must_use]
    pub fn is_bearer(&self) -> bool {
        self.token_type.eq_ignore_ascii_case("Bearer")
    }

    /// Writes the answer, members in the order of this type.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<Vec<u8>> {
        // Room for the whole, so that no copy of the token stays where the vector was before it grew.
        let room =
            self.access_token.expose().len() + self.token_type.len() + Scope::MAX_LENGTH + 128;
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        // Writing strings and numbers to memory does not fail.
        let _never_fails = serde_json::to_writer(&mut *bytes, self);
        bytes
    }
}
