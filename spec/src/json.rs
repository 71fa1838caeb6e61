//! Strict JSON: one object, no member name twice, nothing before or after it.
//!
//! The reader hands out the raw text of each member, so that members which nobody
//! knows are never built in memory and may hold whatever JSON allows.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use thiserror::Error;
use zeroize::Zeroizing;

/// Arrays and objects may stand in each other this deep, the message itself counted.
pub const MAX_NESTING: usize = 64;

/// Why bytes are not a message. No variant holds anything that the peer sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FormError {
    /// The bytes are not one JSON text in UTF-8 (RFC 8259).
    #[error("the body is not JSON: {reason}")]
    NotJson {
        /// What is wrong, and where.
        reason: String,
    },
    /// The JSON text is not an object.
    #[error("the body is JSON, but not an object")]
    NotAnObject,
    /// Arrays or objects stand in each other deeper than [`MAX_NESTING`].
    #[error("the body nests deeper than {MAX_NESTING}")]
    TooDeep,
    /// Two members of the message have the same name, escapes resolved.
    #[error("member number {position} repeats the name of an earlier member")]
    DuplicateMember {
        /// The place of the second of the two, counted from 1.
        position: usize,
    },
    /// An object has two members of one name; told by readers that look at every depth.
    #[error("a member name stands twice")]
    RepeatedName,
    /// `version` is missing, or not the string of a version that is known here.
    #[error("the version is missing or not supported")]
    UnsupportedVersion,
    /// A required member is not there.
    #[error("member \"{member}\" is missing")]
    Missing {
        /// The name that the specification gives it.
        member: &'static str,
    },
    /// A member is not a string.
    #[error("member \"{member}\" is not a string")]
    WrongType {
        /// The name that the specification gives it.
        member: &'static str,
    },
    /// A member is a string that breaks a rule.
    #[error("member \"{member}\" is refused: {why}")]
    BadValue {
        /// The name that the specification gives it.
        member: &'static str,
        /// The rule.
        why: &'static str,
    },
}

impl FormError {
    /// The kind of fault in one word, as the vectors and reports name it.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "not-json",
            Self::NotAnObject => "not-an-object",
            Self::TooDeep => "too-deep",
            Self::DuplicateMember { .. } | Self::RepeatedName => "duplicate-member",
            Self::UnsupportedVersion => "unsupported-version",
            Self::Missing { .. } => "missing",
            Self::WrongType { .. } => "wrong-type",
            Self::BadValue { .. } => "bad-value",
        }
    }
}

/// The members of one message, by name.
pub(crate) struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    /// Reads `bytes` as one strict JSON object.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, FormError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| not_json(format!("byte {} is not UTF-8", error.valid_up_to() + 1)))?;
        let whole: &RawValue = serde_json::from_str(text).map_err(place_of)?;
        if !whole.get().starts_with('{') {
            return Err(FormError::NotAnObject);
        }
        if nesting(whole.get()) > MAX_NESTING {
            return Err(FormError::TooDeep);
        }
        let pairs: Pairs<'a> = serde_json::from_str(text).map_err(place_of)?;
        let mut members = BTreeMap::new();
        for (place, (name, value)) in pairs.0.into_iter().enumerate() {
            if members.insert(name, value).is_some() {
                return Err(FormError::DuplicateMember {
                    position: place + 1,
                });
            }
        }
        Ok(Self(members))
    }

    /// The string that `member` holds.
    pub(crate) fn string(&self, member: &'static str) -> Result<Zeroizing<String>, FormError> {
        let raw = self.0.get(member).ok_or(FormError::Missing { member })?;
        if !raw.get().starts_with('"') {
            return Err(FormError::WrongType { member });
        }
        // What still fails here is half of a surrogate pair.
        let why = "it has an escape that is no character";
        serde_json::from_str(raw.get())
            .map(Zeroizing::new)
            .map_err(|_| FormError::BadValue { member, why })
    }

    /// The raw JSON text that `member` holds.
    pub(crate) fn raw(&self, member: &str) -> Option<&'a RawValue> {
        self.0.get(member).copied()
    }
}

/// The members of an object in their order, repeated names included.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry::<String, &'de RawValue>()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

/// How deep arrays and objects stand in each other in `json`. Of a text that is not valid it is at least
/// as deep as a reader gets before it notices.
pub(crate) fn nesting(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn not_json(reason: String) -> FormError {
    FormError::NotJson { reason }
}

/// serde_json's own message may quote the text, so only the place is kept.
fn place_of(error: serde_json::Error) -> FormError {
    let what = if error.is_eof() {
        "it ends too early"
    } else {
        "it breaks the grammar"
    };
    not_json(format!(
        "{what} at line {}, column {}",
        error.line(),
        error.column()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(bytes: &[u8]) -> FormError {
        Members::read(bytes).err().unwrap()
    }

    fn nested(depth: usize) -> String {
        // The message itself is one level.
        format!(
            "{{\"x\":{}{}}}",
            "[".repeat(depth - 1),
            "]".repeat(depth - 1)
        )
    }

    #[test]
    fn names_are_compared_after_unescaping() {
        let twice = br#"{"a":1,"b":2,"\u0061":3}"#;
        assert_eq!(error_of(twice), FormError::DuplicateMember { position: 3 });
        assert!(Members::read(br#"{"a":{"b":1,"b":2},"A":3}"#).is_ok());
    }

    #[test]
    fn only_one_strict_object_is_read() {
        for wrong in [
            &b""[..],
            b"\xef\xbb\xbf{}",
            b"{} {}",
            b"{},",
            b"{\"a\":1,}",
            b"{\"a\":NaN}",
            b"{\"a\":01}",
            b"{'a':1}",
            b"{\"a\":1}//",
            b"{\"a\":\"\x01\"}",
            b"{\"a\":\"\xff\"}",
            b"{\"a\":tru}",
        ] {
            assert!(
                matches!(error_of(wrong), FormError::NotJson { .. }),
                "{wrong:?}"
            );
        }
        for other in [&b"[]"[..], b"null", b" \"text\"", b"1"] {
            assert_eq!(error_of(other), FormError::NotAnObject);
        }
        assert!(Members::read(b"\t\r\n {\"a\":1e999} ").is_ok());
    }

    #[test]
    fn nesting_is_bounded() {
        assert!(Members::read(nested(8).as_bytes()).is_ok());
        assert!(Members::read(nested(MAX_NESTING).as_bytes()).is_ok());
        assert_eq!(
            error_of(nested(MAX_NESTING + 1).as_bytes()),
            FormError::TooDeep
        );
        assert_eq!(error_of(nested(30_000).as_bytes()), FormError::TooDeep);
        assert_eq!(nesting(r#"{"a":"[[\"[[","b":[{}]}"#), 3);
    }

    #[test]
    fn errors_say_where_and_not_what() {
        let text = error_of(b"{\"secret\":hunter2}").to_string();
        assert!(text.contains("line 1, column"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}
