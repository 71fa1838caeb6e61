//! Places in a file, and mistakes that name them.

use std::{fmt, ops::Range};

/// A mistake in a file: where it is, what was found, what was expected, and an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The name of the file, as the user gave it.
    pub file: String,
    /// The line, counted from 1; 0 where the whole file is meant.
    pub line: usize,
    /// The key, with its table.
    pub key: String,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
    /// A line that would be right.
    pub example: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.line {
            0 => self.file.clone(),
            line => format!("{}:{line}", self.file),
        };
        write!(f, "{place}: {}", self.key)?;
        write!(f, "\n  found     {}", self.found)?;
        write!(f, "\n  expected  {}", self.expected)?;
        write!(
            f,
            "\n  example   {}",
            self.example.replace('\n', "\n            ")
        )
    }
}

/// The line of a byte of a text, counted from 1.
#[must_use]
pub fn line_of(text: &str, span: &Range<usize>) -> usize {
    let start = span.start.min(text.len());
    text.as_bytes()
        .iter()
        .take(start)
        .filter(|b| **b == b'\n')
        .count()
        + 1
}

/// The table, as `[name]` or `[[name]]`, in which a byte of a TOML text stands.
#[must_use]
pub fn table_of(text: &str, span: &Range<usize>) -> Option<String> {
    let line = line_of(text, span);
    text.lines()
        .take(line)
        .filter_map(|l| {
            let l = l.trim();
            let name = l.strip_prefix('[')?.split(']').next()?;
            Some(name.trim_start_matches('[').trim().to_owned())
        })
        .last()
}

/// The key whose value a byte of a TOML text belongs to: the one just before it, or else the first of
/// its line.
#[must_use]
pub fn key_of(text: &str, span: &Range<usize>) -> Option<String> {
    let before = text.get(..span.start)?.lines().last().unwrap_or_default();
    let name = |text: &str| {
        let key: String = text
            .trim_end()
            .chars()
            .rev()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let key: String = key.chars().rev().collect();
        (!key.is_empty()).then_some(key)
    };
    if let Some(key) = before.trim_end().strip_suffix('=').and_then(name) {
        return Some(key);
    }
    let line = text.lines().nth(line_of(text, span) - 1)?;
    name(line.split_once('=')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[target]\nname = 1\nlimits = { skew = 2, deadline = 3 }\n";

    fn at(what: &str) -> Range<usize> {
        let start = TEXT.find(what).unwrap();
        start..start + what.len()
    }

    #[test]
    fn finds_the_key_of_a_value() {
        assert_eq!(key_of(TEXT, &at("1")).as_deref(), Some("name"));
        assert_eq!(key_of(TEXT, &at("3 }")).as_deref(), Some("deadline"));
        assert_eq!(key_of(TEXT, &at("skew")).as_deref(), Some("limits"));
        assert_eq!(table_of(TEXT, &at("3 }")).as_deref(), Some("target"));
        assert_eq!(line_of(TEXT, &at("3 }")), 3);
    }
}
