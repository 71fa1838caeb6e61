//! What is wrong with a configuration, said so that it can be put right: file, line, key, what was
//! expected, and an example.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use super::EXAMPLE;

/// One mistake in a configuration file.
#[derive(Debug)]
pub(super) struct ConfigError {
    file: String,
    place: Option<Place>,
    message: String,
}

#[derive(Debug)]
struct Place {
    line: usize,
    text: String,
    key: Option<String>,
}

impl ConfigError {
    /// A mistake that has no place in the file.
    pub(super) fn general(file: &Path, message: impl Into<String>) -> Self {
        Self {
            file: file.display().to_string(),
            place: None,
            message: message.into(),
        }
    }

    /// A mistake at these bytes of the file's text.
    pub(super) fn at(
        file: &Path,
        text: &str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        let before = text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let text = text.lines().nth(line - 1).unwrap_or_default().to_owned();
        let message = message.into();
        let key = key_before(before)
            .or_else(|| key_of(&text))
            .or_else(|| quoted(&message));
        Self {
            file: file.display().to_string(),
            place: Some(Place { line, text, key }),
            message,
        }
    }

    /// What the TOML reader found.
    pub(super) fn toml(file: &Path, text: &str, error: &toml::de::Error) -> Self {
        match error.span() {
            Some(span) => Self::at(file, text, span, error.message()),
            None => Self {
                place: quoted(error.message()).map(|key| Place {
                    line: 1,
                    text: String::new(),
                    key: Some(key),
                }),
                ..Self::general(file, error.message())
            },
        }
    }
}

/// The key of a value that begins after this text; within braces a line has several.
fn key_before(text: &str) -> Option<String> {
    let text = text.trim_end().strip_suffix('=')?.trim_end();
    let begin = text.rfind(|c: char| c.is_whitespace() || c == '{' || c == ',');
    let key = text.get(begin.map_or(0, |at| at + 1)..)?.trim_matches('"');
    (!key.is_empty()).then(|| key.to_owned())
}

/// The key that the line gives a value to.
fn key_of(line: &str) -> Option<String> {
    let (key, _) = line.split_once('=')?;
    let key = key.trim().trim_matches('"');
    (!key.is_empty() && !key.starts_with(['#', '{'])).then(|| key.to_owned())
}

/// The name that a message puts between backticks.
fn quoted(message: &str) -> Option<String> {
    message.split('`').nth(1).map(str::to_owned)
}

/// The line of the commented configuration that sets this key.
fn example_of(key: &str) -> Option<&'static str> {
    EXAMPLE
        .lines()
        .map(|line| line.trim_start_matches("# "))
        .find(|line| key_of(line).as_deref() == Some(key))
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(place) = &self.place {
            if !place.text.is_empty() {
                write!(f, ", line {}", place.line)?;
            }
            if let Some(key) = &place.key {
                write!(f, ", key `{key}`")?;
            }
        }
        write!(f, ": {}", self.message)?;
        let Some(place) = &self.place else {
            return Ok(());
        };
        if !place.text.is_empty() {
            write!(f, "\n  {} | {}", place.line, place.text)?;
        }
        match place.key.as_deref().and_then(example_of) {
            Some(example) => write!(f, "\n  example: {example}"),
            None => write!(f, "\n  `btx-reference config` prints an example"),
        }
    }
}
