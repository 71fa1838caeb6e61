//! What a bearer says in its header and its claims.

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::BEARER_TYPE;
use super::ring_key::{RingKey, RingKeyFault};
use crate::jose::{SignedToken, TokenFault};

/// The latest second that a number in a claim may name.
const LATEST: i64 = 253_402_300_799;

/// The most characters of `sub` and `sid`.
const LONGEST_NAME: usize = 255;

/// The key and the algorithm that a bearer says to be signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BearerHeader {
    /// The name of the key: `kid`.
    pub key_id: String,
    /// The algorithm, as it stands there.
    pub algorithm: String,
}

/// The claims of a bearer (LC-ISS-002). Nothing of them is proved, and neither times nor parties are judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BearerClaims {
    /// The identifier of the issuer: `iss`.
    pub issuer: String,
    /// Whom it is for: `aud`, one string.
    pub audience: String,
    /// Whom it speaks for: `sub`.
    pub subject: String,
    /// The session that it belongs to: `sid`.
    pub session: String,
    /// The second in which it was made: `iat`.
    pub issued_at: i64,
    /// The second from which on it opens nothing: `exp`.
    pub expires_at: i64,
}

/// The party whose rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The issuer, which is shown the bearer.
    Issuer,
    /// A resource elsewhere, which is.
    Resource,
}

/// Why a text is no bearer. Nothing of it stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BearerFault {
    /// It is no signed token.
    #[error("{0}")]
    Token(#[from] TokenFault),
    /// It is of another type.
    #[error("\"typ\" is another")]
    Type,
    /// It does not name its key.
    #[error("\"kid\" is missing or empty")]
    KeyId,
    /// It has header parameters that have to be understood.
    #[error("the header has \"crit\"")]
    Critical,
    /// `iss` is missing, or no string.
    #[error("\"iss\" is missing or no string")]
    Issuer,
    /// `aud` is not one string.
    #[error("\"aud\" is not one string")]
    Audience,
    /// `sub` is missing, or no string of 1 to 255 characters.
    #[error("\"sub\" is no string of 1 to 255 characters")]
    Subject,
    /// `sid` is missing, or no string of 1 to 255 characters.
    #[error("\"sid\" is no string of 1 to 255 characters")]
    Session,
    /// `iat` is missing, or no whole number of seconds.
    #[error("\"iat\" is no whole number of seconds")]
    IssuedAt,
    /// `exp` is missing, or no whole number of seconds.
    #[error("\"exp\" is no whole number of seconds")]
    ExpiresAt,
}

impl BearerFault {
    /// The kind of fault in one word, as the vectors name it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Token(fault) => fault.class(),
            Self::Type => "type",
            Self::KeyId => "key-id",
            Self::Critical => "critical",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Subject => "subject",
            Self::Session => "session",
            Self::IssuedAt => "issued-at",
            Self::ExpiresAt => "expires-at",
        }
    }

    /// The requirement that is broken by taking such a bearer.
    #[must_use]
    pub fn requirement(self, role: Role) -> &'static str {
        let (issuer, resource) = match self {
            Self::Token(_) | Self::Critical => ("LC-ISS-010", "LC-RES-002"),
            Self::Type => ("LC-ISS-012", "LC-RES-004"),
            Self::KeyId => ("LC-ISS-017", "LC-RES-002"),
            Self::Issuer | Self::Audience => ("LC-ISS-013", "LC-RES-005"),
            Self::Subject | Self::Session | Self::IssuedAt | Self::ExpiresAt => {
                ("LC-ISS-014", "LC-RES-006")
            }
        };
        match role {
            Role::Issuer => issuer,
            Role::Resource => resource,
        }
    }
}

impl BearerClaims {
    /// Reads a bearer. Its signature is not verified by that.
    ///
    /// # Errors
    /// When it is of another type, names no key, or lacks a claim or has one of another form.
    pub fn read(token: &SignedToken<'_>) -> Result<(BearerHeader, Self), BearerFault> {
        if !token.is_of_type(BEARER_TYPE) {
            return Err(BearerFault::Type);
        }
        if token.has_crit() {
            return Err(BearerFault::Critical);
        }
        let named = token.key_id().filter(|id| !id.is_empty());
        let key_id = named.ok_or(BearerFault::KeyId)?;
        let algorithm = token.header().get("alg").and_then(Value::as_str);
        let header = BearerHeader {
            key_id: key_id.to_owned(),
            algorithm: algorithm.unwrap_or_default().to_owned(),
        };
        let claims = token.claims();
        let text = |name| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let name = |of| text(of).filter(|text| (1..=LONGEST_NAME).contains(&text.chars().count()));
        let second = |name| {
            let second = claims.get(name).and_then(Value::as_i64);
            second.filter(|second| (0..=LATEST).contains(second))
        };
        let read = Self {
            issuer: text("iss").ok_or(BearerFault::Issuer)?,
            audience: text("aud").ok_or(BearerFault::Audience)?,
            subject: name("sub").ok_or(BearerFault::Subject)?,
            session: name("sid").ok_or(BearerFault::Session)?,
            issued_at: second("iat").ok_or(BearerFault::IssuedAt)?,
            expires_at: second("exp").ok_or(BearerFault::ExpiresAt)?,
        };
        Ok((header, read))
    }

    /// The claims as members.
    #[must_use]
    pub fn to_map(&self) -> Map<String, Value> {
        let members = json!({
            "iss": self.issuer,
            "aud": self.audience,
            "sub": self.subject,
            "sid": self.session,
            "iat": self.issued_at,
            "exp": self.expires_at,
        });
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// A bearer of these claims.
    ///
    /// # Errors
    /// When the cryptographic library cannot sign.
    pub fn sign(&self, key: &RingKey) -> Result<String, RingKeyFault> {
        let mut header = Map::new();
        header.insert("alg".to_owned(), key.algorithm().name().into());
        header.insert("typ".to_owned(), BEARER_TYPE.into());
        header.insert("kid".to_owned(), key.id().into());
        key.sign(&header, &self.to_map())
    }
}
