//! The field `Authentication-Info` with a new bearer (RFC 9110 section 11.6.3, LC-ISS-100).

use std::time::Duration;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::authentication_info::{FieldFault, only, parameters, seconds};
use crate::fields::Value;
use crate::jose::SignedToken;

/// The most octets that the value of the field may have.
pub const MAX_LENGTH: usize = SignedToken::MAX_LENGTH + 1024;

/// A new bearer. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct NewBearer {
    /// The bearer.
    pub bearer: Zeroizing<String>,
    /// How long it lives, in whole seconds.
    pub expires_in: Duration,
}

impl std::fmt::Debug for NewBearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewBearer(…)")
    }
}

/// Why the field brings no bearer that may be used. Nothing of the field stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fault {
    /// The field stands there more than once.
    #[error("there are two fields")]
    TwoFields,
    /// It is longer than [`MAX_LENGTH`].
    #[error("the field is too long")]
    TooLong,
    /// It is not of the grammar.
    #[error("the field is not of the grammar")]
    Grammar,
    /// A parameter stands there twice.
    #[error("the parameter \"{0}\" stands there twice")]
    Repeated(&'static str),
    /// The bearer is not in quotes, or no signed token.
    #[error("\"bearer_token\" is no quoted signed token")]
    Bearer,
    /// The time is missing, in quotes, or no number.
    #[error("\"expires_in\" is no number of seconds")]
    Life,
}

impl Fault {
    /// The kind of fault in one word, as the vectors name it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::TwoFields => "two-fields",
            Self::TooLong => "too-long",
            Self::Grammar => "grammar",
            Self::Repeated(_) => "repeated",
            Self::Bearer => "bearer",
            Self::Life => "life",
        }
    }
}

impl From<FieldFault> for Fault {
    fn from(fault: FieldFault) -> Self {
        match fault {
            FieldFault::TwoFields => Self::TwoFields,
            FieldFault::TooLong => Self::TooLong,
            FieldFault::Grammar => Self::Grammar,
            FieldFault::Repeated(name) => Self::Repeated(name),
        }
    }
}

/// Reads the fields `Authentication-Info` of one answer. Nothing if none of them brings a bearer; other
/// parameters mean nothing.
///
/// # Errors
/// When a bearer came otherwise than the rules say.
pub fn parse(fields: &[&str]) -> Result<Option<NewBearer>, Fault> {
    let parameters = parameters(fields, MAX_LENGTH)?;
    let bearer = only(&parameters, "bearer_token")?;
    let life = only(&parameters, "expires_in")?;
    let Some(bearer) = bearer else {
        return Ok(None);
    };
    Ok(Some(NewBearer {
        bearer: read_bearer(bearer).ok_or(Fault::Bearer)?,
        expires_in: life.and_then(read_life).ok_or(Fault::Life)?,
    }))
}

/// The value of the field that brings this bearer.
#[must_use]
pub fn write(new: &NewBearer) -> Zeroizing<String> {
    let (bearer, life) = (new.bearer.as_str(), new.expires_in.as_secs());
    Zeroizing::new(format!("bearer_token=\"{bearer}\", expires_in={life}"))
}

fn read_bearer(value: &Value<'_>) -> Option<Zeroizing<String>> {
    match value {
        Value::Quoted(text) => {
            SignedToken::parse(text).ok()?;
            Some(Zeroizing::new(text.to_string()))
        }
        Value::Bare(_) => None,
    }
}

fn read_life(value: &Value<'_>) -> Option<Duration> {
    Some(Duration::from_secs(seconds(value)?.into()))
}
