//! Members of a JSON object, read leniently: for those who only want to know what a message is about.
//!
//! Members that nobody asks for may hold whatever JSON allows, also a number that no machine can hold.

use serde_json::value::RawValue;
use std::collections::HashMap;

/// The members of an object, by name; of several with one name the last.
pub(crate) struct Members<'a>(HashMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    /// Reads a body; none if it is no object.
    pub(crate) fn read(body: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(body).ok().map(Self)
    }

    /// The string that a member holds.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.0.get(name)?.get()).ok()
    }

    /// The whole number above zero, or zero, that a member holds.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        serde_json::from_str(self.0.get(name)?.get()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_members_may_hold_anything() {
        let body = br#"{"a":"one","x":1e999999,"y":"\ud800","a":"two"}"#;
        let members = Members::read(body).unwrap();
        assert_eq!(members.text("a").as_deref(), Some("two"));
        assert_eq!(members.text("x"), None);
        assert_eq!(members.text("z"), None);
        assert!(Members::read(b"[]").is_none());
        let members = Members::read(br#"{"a":60,"b":"60","c":-1}"#).unwrap();
        let numbers = ["a", "b", "c"].map(|name| members.number(name));
        assert_eq!(numbers, [Some(60), None, None]);
    }
}
