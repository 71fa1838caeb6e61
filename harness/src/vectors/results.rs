//! The file in which an implementation says what it makes of the vectors.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, MapAccess, Visitor},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

const EXAMPLE: &str = r#"{"implementation": "Turnip 1.2", "results": {"sig-plain": "valid", "sig-empty": "invalid"}}"#;

/// What an implementation makes of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Said {
    /// It accepts it.
    Valid,
    /// It refuses it.
    Invalid,
}

/// The results of an implementation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// What people call it, and its version.
    pub implementation: String,
    results: ById,
}

/// Results by the ids of the vectors, in the order of the file; none where nothing was said yet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ById(Vec<(String, Option<Said>)>);

impl Results {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// What is wrong, with line and column and an example.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text)
            .map_err(|error| format!("{error}\n  expected  a file of the form {EXAMPLE}"))
    }

    /// A file in which every result is missing.
    #[must_use]
    pub fn none_of(ids: Vec<String>) -> Self {
        Self {
            implementation: "name and version of yours".to_owned(),
            results: ById(ids.into_iter().map(|id| (id, None)).collect()),
        }
    }

    /// The ids that the file has.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.results.0.iter().map(|(id, _)| id.as_str())
    }

    /// What was said, by id.
    #[must_use]
    pub fn said(&self) -> BTreeMap<&str, Said> {
        let all = self.results.0.iter();
        all.filter_map(|(id, said)| Some((id.as_str(), (*said)?)))
            .collect()
    }
}

impl Serialize for ById {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(id, said)| (id, said)))
    }
}

impl<'de> Deserialize<'de> for ById {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadById)
    }
}

struct ReadById;

impl<'de> Visitor<'de> for ReadById {
    type Value = ById;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of results by the ids of vectors")
    }

    /// An id that comes twice is refused: which of the two was meant, nobody can know.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ById, A::Error> {
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        while let Some((id, said)) = map.next_entry::<String, Option<Said>>()? {
            if !seen.insert(id.clone()) {
                return Err(A::Error::custom(format!("\"{id}\" stands twice")));
            }
            all.push((id, said));
        }
        Ok(ById(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_of_the_form() {
        let results = Results::parse(EXAMPLE).unwrap();
        assert_eq!(results.said()["sig-plain"], Said::Valid);
        assert_eq!(results.ids().count(), 2);
    }

    #[test]
    fn what_was_not_said_yet_is_missing() {
        let template = Results::none_of(vec!["b".to_owned(), "a".to_owned()]);
        let text = serde_json::to_string(&template).unwrap();
        assert!(text.contains(r#""b":null,"a":null"#), "{text}");
        let read = Results::parse(&text).unwrap();
        assert!(read.said().is_empty());
        assert_eq!(read, template);
    }

    #[test]
    fn another_form_is_refused_with_its_line() {
        let file =
            |results: &str| format!("{{\"implementation\": \"x\",\n\"results\": {results}}}");
        for (results, words) in [
            ("{\"a\": true}", "line 2"),
            ("{\"a\": \"acceptable\"}", "`valid` or `invalid`"),
            ("{\"a\": null, \"a\": null}", "\"a\" stands twice"),
            ("[]", "an object of results"),
        ] {
            let error = Results::parse(&file(results)).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
        assert!(Results::parse("{\"results\": {}}").is_err());
    }
}
