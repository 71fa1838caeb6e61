//! Scopes.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use thiserror::Error;

/// A set of scope tokens (RFC 6749 section 3.3). Their order means nothing, so they are kept and written by
/// name; their case does mean something. The empty set is no text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(BTreeSet<String>);

/// Why a text is no scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ScopeFault {
    /// It has more octets than [`Scope::MAX_LENGTH`].
    #[error("the scope is too long")]
    TooLong,
    /// It is empty, or has a space at an end or beside another.
    #[error("the scope has a token that is empty")]
    EmptyToken,
    /// It has a character that no scope token has.
    #[error("the scope has a character that is not allowed")]
    Character,
}

impl ScopeFault {
    /// The kind of fault in one word, as the vectors name it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::TooLong => "too-long",
            Self::EmptyToken => "empty-token",
            Self::Character => "character",
        }
    }
}

impl Scope {
    /// The most octets of the text.
    pub const MAX_LENGTH: usize = 4096;

    /// Reads scope tokens with one space between any two.
    ///
    /// # Errors
    /// When the text is empty, too long, or not of the grammar.
    pub fn parse(text: &str) -> Result<Self, ScopeFault> {
        if text.len() > Self::MAX_LENGTH {
            return Err(ScopeFault::TooLong);
        }
        let tokens = text.split(' ').map(|token| match token {
            "" => Err(ScopeFault::EmptyToken),
            _ if token.bytes().all(is_of_token) => Ok(token.to_owned()),
            _ => Err(ScopeFault::Character),
        });
        tokens.collect::<Result<_, _>>().map(Self)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `token` is in it.
    #[must_use]
    pub fn contains(&self, token: &str) -> bool {
        self.0.contains(token)
    }

    /// Whether everything in it is in `other`.
    #[must_use]
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// Its tokens, by name.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

fn is_of_token(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, token) in self.0.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(f, "{space}{token}")?;
        }
        Ok(())
    }
}

impl FromStr for Scope {
    type Err = ScopeFault;

    fn from_str(text: &str) -> Result<Self, ScopeFault> {
        Self::parse(text)
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Scope {
    fn schema_name() -> Cow<'static, str> {
        "Scope".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "maxLength": 4096,
            "pattern": r#"^[!#-\[\]-~]+( [!#-\[\]-~]+)*$"#
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap()
    }

    #[test]
    fn order_means_nothing_and_case_does() {
        assert_eq!(scope("write read"), scope("read write read"));
        assert_eq!(scope("write read").to_string(), "read write");
        assert_ne!(scope("read"), scope("Read"));
    }

    #[test]
    fn sets_are_compared() {
        let all = scope("read write");
        assert!(scope("read").is_subset_of(&all) && !all.is_subset_of(&scope("read")));
        assert!(Scope::default().is_subset_of(&scope("read")));
        assert!(all.contains("write") && !all.contains("rea"));
        assert_eq!(all.intersection(&scope("write x")), scope("write"));
    }

    #[test]
    fn what_is_no_scope_is_refused() {
        for text in ["", " ", " read", "read ", "read  write"] {
            assert_eq!(Scope::parse(text), Err(ScopeFault::EmptyToken), "{text:?}");
        }
        for text in ["re\"ad", "re\\ad", "read\twrite", "é", "read\n", "\u{7f}"] {
            assert_eq!(Scope::parse(text), Err(ScopeFault::Character), "{text:?}");
        }
        let long = "r".repeat(Scope::MAX_LENGTH + 1);
        assert_eq!(Scope::parse(&long), Err(ScopeFault::TooLong));
    }
}
