//! Strict JSON as a value: one object in which no member name stands twice, at any depth, and in
//! which nothing stands in each other deeper than the caller allows.
//!
//! Two readers of a signed token have to see the same claims. Where a name is repeated, one reader
//! takes the first value and the other the last.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use thiserror::Error;

use crate::json::nesting;

/// Why bytes are not such an object. Nothing of the bytes stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ObjectFault {
    /// They are not one JSON text in UTF-8.
    #[error("it is not JSON")]
    NotJson,
    /// They are JSON, and no object.
    #[error("it is no JSON object")]
    NotAnObject,
    /// Arrays or objects stand in each other too deep.
    #[error("it nests too deep")]
    TooDeep,
    /// A member name stands twice in one object.
    #[error("a member name stands twice")]
    RepeatedMember,
}

impl ObjectFault {
    /// The kind of fault in one word.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::NotJson => "not-json",
            Self::NotAnObject => "not-an-object",
            Self::TooDeep => "too-deep",
            Self::RepeatedMember => "duplicate-member",
        }
    }
}

/// Reads `bytes` as one object; `deepest` levels are allowed, the object itself counted.
pub(crate) fn object(bytes: &[u8], deepest: usize) -> Result<Map<String, Value>, ObjectFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| ObjectFault::NotJson)?;
    if nesting(text) > deepest {
        return Err(ObjectFault::TooDeep);
    }
    let mut repeated = false;
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Strict(&mut repeated)
        .deserialize(&mut json)
        .and_then(|value| json.end().map(|()| value));
    match read {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(ObjectFault::NotAnObject),
        Err(_) if repeated => Err(ObjectFault::RepeatedMember),
        Err(_) => Err(ObjectFault::NotJson),
    }
}

/// Builds a value, and notes whether it gave up because of a repeated name.
struct Strict<'r>(&'r mut bool);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("no finite number"))?;
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(Strict(&mut *self.0))? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Strict(&mut *self.0))?;
            if object.insert(name, value).is_some() {
                *self.0 = true;
                return Err(A::Error::custom("a member name stands twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;

    fn fault(text: &str) -> ObjectFault {
        object(text.as_bytes(), 4).unwrap_err()
    }

    #[test]
    fn what_serde_reads_is_read_alike() {
        let text = r#"{"a":[1,-2,2.5,null,true,"xé"],"b":{"c":{}}}"#;
        let whole: Value = serde_json::from_str(text).unwrap();
        assert_eq!(Value::Object(object(text.as_bytes(), 4).unwrap()), whole);
    }

    #[test]
    fn a_repeated_name_is_a_fault_at_every_depth() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[{"a":1,"a":2}]}"#,
        ] {
            assert_eq!(fault(text), ObjectFault::RepeatedMember, "{text}");
        }
        assert!(object(br#"{"a":{"a":1},"A":2}"#, 4).is_ok());
    }

    #[test]
    fn only_one_object_of_bounded_depth_is_read() {
        for text in ["", "{} {}", "{}x", "\u{feff}{}", "{\"a\":1e999}", "{'a':1}"] {
            assert_eq!(fault(text), ObjectFault::NotJson, "{text}");
        }
        for text in ["[]", "null", "1", "\"{}\""] {
            assert_eq!(fault(text), ObjectFault::NotAnObject, "{text}");
        }
        assert!(object(br#"{"a":[[[]]]}"#, 4).is_ok());
        assert_eq!(fault(r#"{"a":[[[[]]]]}"#), ObjectFault::TooDeep);
        assert_eq!(object(b"{\"a\":\"\xff\"}", 4), Err(ObjectFault::NotJson));
        let deep = "[".repeat(100_000);
        assert_eq!(fault(&deep), ObjectFault::TooDeep);
    }
}
