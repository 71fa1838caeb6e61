//! Members of a JSON object that are written as a scenario wants them, and not as a library would.

use serde_json::{Value, json};

/// Members of an object in their order, each a name and a value as JSON text. A name may stand twice.
#[derive(Debug, Clone, Default)]
pub(in crate::steps) struct Members(Vec<(String, String)>);

impl Members {
    /// Puts one member in the place of all of its name.
    pub(in crate::steps) fn set(&mut self, name: &str, value: &Value) {
        self.set_raw(name, &value.to_string());
    }

    /// The same with a value as JSON text.
    pub(in crate::steps) fn set_raw(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.add(name, value);
    }

    /// Adds a member after those that are there, its value as JSON text.
    pub(in crate::steps) fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Adds a member before those that are there, its value as JSON text.
    pub(in crate::steps) fn add_before(&mut self, name: &str, value: &str) {
        self.0.insert(0, (name.to_owned(), value.to_owned()));
    }

    /// Takes a member away.
    pub(in crate::steps) fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| n != name);
    }

    /// The object as JSON.
    #[must_use]
    pub(in crate::steps) fn to_json(&self) -> String {
        let members: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{}:{value}", json!(name)))
            .collect();
        format!("{{{}}}", members.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_stand_twice_and_is_replaced_as_a_whole() {
        let mut members = Members::default();
        members.set("a", &json!(1));
        members.add("a", "\"two\"");
        members.add_before("b", "[]");
        assert_eq!(members.to_json(), r#"{"b":[],"a":1,"a":"two"}"#);
        members.set("a", &json!(3));
        assert_eq!(members.to_json(), r#"{"b":[],"a":3}"#);
    }
}
