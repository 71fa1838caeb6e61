//! The registered claims (RFC 7519 section 4.1), read with their types.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use thiserror::Error;

/// The registered claims of a token. What they say is not judged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claims {
    /// Who made it.
    pub iss: Option<String>,
    /// Whom it is about.
    pub sub: Option<String>,
    /// Whom it is for.
    pub aud: Option<Audience>,
    /// When it ends: it is not valid at this instant any more.
    pub exp: Option<NumericDate>,
    /// When it begins.
    pub nbf: Option<NumericDate>,
    /// When it was made.
    pub iat: Option<NumericDate>,
    /// What it alone is called.
    pub jti: Option<String>,
}

/// A registered claim is not of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the claim \"{0}\" is not of its type")]
pub struct ClaimFault(pub &'static str);

impl Claims {
    /// Reads the registered claims of `claims`; the others may be what they want.
    ///
    /// # Errors
    /// When one of them is not of its type: a name that is no string, a time that is no number, an audience
    /// that is neither a string nor an array of strings.
    pub fn read(claims: &Map<String, Value>) -> Result<Self, ClaimFault> {
        Ok(Self {
            iss: text(claims, "iss")?,
            sub: text(claims, "sub")?,
            aud: read(claims, "aud", Audience::read)?,
            exp: read(claims, "exp", NumericDate::read)?,
            nbf: read(claims, "nbf", NumericDate::read)?,
            iat: read(claims, "iat", NumericDate::read)?,
            jti: text(claims, "jti")?,
        })
    }
}

fn text(claims: &Map<String, Value>, name: &'static str) -> Result<Option<String>, ClaimFault> {
    read(claims, name, |value| value.as_str().map(str::to_owned))
}

fn read<T>(
    claims: &Map<String, Value>,
    name: &'static str,
    read: fn(&Value) -> Option<T>,
) -> Result<Option<T>, ClaimFault> {
    claims
        .get(name)
        .map(|value| read(value).ok_or(ClaimFault(name)))
        .transpose()
}

/// Whom something is for: one party or many. It is written as one string if it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience(Vec<String>);

impl Audience {
    /// This party alone.
    #[must_use]
    pub fn of(party: &str) -> Self {
        Self(vec![party.to_owned()])
    }

    /// These parties.
    #[must_use]
    pub fn many(parties: Vec<String>) -> Self {
        Self(parties)
    }

    /// Whether `party` is one of them. Identifiers are compared octet by octet.
    #[must_use]
    pub fn names(&self, party: &str) -> bool {
        self.0.iter().any(|named| named == party)
    }

    /// Whether `party` is the only one, and named once.
    #[must_use]
    pub fn is_only(&self, party: &str) -> bool {
        matches!(self.0.as_slice(), [named] if named == party)
    }

    /// Every party.
    #[must_use]
    pub fn parties(&self) -> &[String] {
        &self.0
    }

    /// A string, or an array of strings.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(party) => Some(Self::of(party)),
            Value::Array(parties) => {
                let parties = parties
                    .iter()
                    .map(|party| party.as_str().map(str::to_owned));
                parties.collect::<Option<Vec<_>>>().map(Self)
            }
            _ => None,
        }
    }
}

impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [party] => party.serialize(serializer),
            parties => parties.serialize(serializer),
        }
    }
}

impl JsonSchema for Audience {
    fn schema_name() -> Cow<'static, str> {
        "Audience".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
        })
    }
}

/// Seconds since 1970-01-01T00:00:00Z, whole or not (RFC 7519 section 2).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct NumericDate(f64);

impl NumericDate {
    /// The instant that is so many whole seconds after 1970.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Self {
        // No year that anybody means has a second that a double cannot hold.
        Self(seconds as f64)
    }

    /// The seconds.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0
    }

    /// Any number; JSON has neither infinities nor anything that is none.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        value
            .as_f64()
            .filter(|seconds| seconds.is_finite())
            .map(Self)
    }
}

/// Whole seconds are written without a fraction.
impl Serialize for NumericDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if self.0.fract() == 0.0 && self.0.abs() <= EXACT {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl JsonSchema for NumericDate {
    fn schema_name() -> Cow<'static, str> {
        "NumericDate".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number" })
    }
}
