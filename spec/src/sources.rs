//! What requirements come from: `spec/sources.toml`, which says of each id that a source line cites
//! what it is about.

use serde::Deserialize;

/// The list as it is written, in TOML. It is read into [`Sources`].
pub const TEXT: &str = include_str!("../sources.toml");

/// Every source, in the order of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// The entries.
    #[serde(default)]
    pub source: Vec<Source>,
}

/// A statement of the drafts, a hole in them, or an attack.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// As source lines cite it, such as `D1-09`.
    pub id: String,
    /// What it says, in one sentence.
    pub text: String,
    /// The ids of the requirements that answer it.
    #[serde(default)]
    pub requirements: Vec<String>,
    /// Why no requirement answers it, if none does.
    pub reason: Option<String>,
    /// The scenarios that show an attack, each a file below `features` and a name.
    #[serde(default)]
    pub scenarios: Vec<String>,
    /// Why no scenario can show an attack, if none can.
    pub unseen: Option<String>,
}

/// One part of a source line, and what the list says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cited<'a> {
    /// An id of the list, or a section of an RFC.
    pub name: &'a str,
    /// What the list says; an RFC speaks for itself.
    pub says: Option<&'a str>,
}

impl Sources {
    /// The parts of a requirement's source line, such as `D1-09, RFC 9110 section 11.1`.
    #[must_use]
    pub fn cited<'a>(&'a self, source_line: &'a str) -> Vec<Cited<'a>> {
        let says = |name: &str| {
            let listed = self.source.iter().find(|source| source.id == name);
            listed.map(|source| source.text.as_str())
        };
        source_line
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(|name| Cited {
                name,
                says: says(name),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_line_is_taken_apart_and_looked_up() {
        let sources: Sources = toml::from_str(TEXT).unwrap();
        let cited = sources.cited("D1-09, RFC 9110 section 11.1");
        let names: Vec<_> = cited.iter().map(|part| part.name).collect();
        assert_eq!(names, ["D1-09", "RFC 9110 section 11.1"]);
        assert!(cited[0].says.is_some_and(|text| text.contains("agreed")));
        assert_eq!(cited[1].says, None);
    }
}
