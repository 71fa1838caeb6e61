//! Challenges: the field `WWW-Authenticate` (RFC 9110 section 11.6.1, RFC 6750 section 3).

use std::fmt;

use thiserror::Error;

/// The most octets that the value of the field may have.
pub const MAX_LENGTH: usize = 8 * 1024;

/// Why a text is no list of challenges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ChallengeFault {
    /// It is longer than [`MAX_LENGTH`].
    #[error("the challenge is too long")]
    TooLong,
    /// It is not of the grammar.
    #[error("the challenge is not of the grammar")]
    Grammar,
    /// A challenge has a parameter twice.
    #[error("the challenge has a parameter twice")]
    Repeated,
}

impl ChallengeFault {
    /// The kind of fault in one word, as the vectors name it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::TooLong => "too-long",
            Self::Grammar => "grammar",
            Self::Repeated => "repeated",
        }
    }
}

/// One challenge: a scheme, and its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    scheme: String,
    token: Option<String>,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// A challenge of this scheme, without parameters.
    #[must_use]
    pub fn new(scheme: &str) -> Self {
        Self {
            scheme: scheme.to_owned(),
            token: None,
            parameters: Vec::new(),
        }
    }

    /// The challenge with one parameter more. A value that no quoted string can hold, since it has a control
    /// character or one beyond ASCII, is left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if value.bytes().all(is_quotable) {
            self.parameters.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The scheme, in the letters that it was given.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Whether it is of this scheme; letter case means nothing.
    #[must_use]
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The value of a parameter; letter case of its name means nothing.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        parameters
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Where one has to prove oneself.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.get("realm")
    }

    /// What is wrong with the token (RFC 6750 section 3.1).
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.get("error")
    }

    /// The scope that is needed.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.get("scope")
    }

    /// Where the metadata of the resource are (RFC 9728 section 5.1).
    #[must_use]
    pub fn resource_metadata(&self) -> Option<&str> {
        self.get("resource_metadata")
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.scheme)?;
        if let Some(token) = &self.token {
            write!(f, " {token}")?;
        }
        for (place, (name, value)) in self.parameters.iter().enumerate() {
            let before = if place == 0 { " " } else { ", " };
            let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
            write!(f, "{before}{name}=\"{quoted}\"")?;
        }
        Ok(())
    }
}

/// Reads the value of one field: a list of challenges.
///
/// # Errors
/// When it is too long, not of the grammar, or a challenge has a parameter twice.
pub fn parse(field: &str) -> Result<Vec<Challenge>, ChallengeFault> {
    if field.len() > MAX_LENGTH {
        return Err(ChallengeFault::TooLong);
    }
    let mut rest = Reader(field);
    let mut challenges: Vec<Challenge> = Vec::new();
    loop {
        rest.skip_commas();
        if rest.0.is_empty() {
            break;
        }
        // A parameter after a comma belongs to the challenge before it.
        if let (Some(open), Some((name, value))) = (challenges.last_mut(), rest.parameter()?) {
            open.add(name, value)?;
        } else {
            challenges.push(rest.challenge()?);
        }
        rest.skip_spaces();
        if !(rest.0.is_empty() || rest.0.starts_with(',')) {
            return Err(ChallengeFault::Grammar);
        }
    }
    if challenges.is_empty() {
        return Err(ChallengeFault::Grammar);
    }
    Ok(challenges)
}

impl Challenge {
    fn add(&mut self, name: &str, value: String) -> Result<(), ChallengeFault> {
        if self.token.is_some() {
            return Err(ChallengeFault::Grammar);
        }
        if self.get(name).is_some() {
            return Err(ChallengeFault::Repeated);
        }
        self.parameters.push((name.to_owned(), value));
        Ok(())
    }
}

/// What is still to be read.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn skip_spaces(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }

    fn skip_commas(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', ',']);
    }

    /// A scheme, and after a space its first parameter or a `token68`.
    fn challenge(&mut self) -> Result<Challenge, ChallengeFault> {
        let mut challenge = Challenge::new(self.take(is_token)?);
        let Some(after) = self.0.strip_prefix(' ') else {
            return Ok(challenge);
        };
        self.0 = after;
        self.skip_spaces();
        if self.0.is_empty() || self.0.starts_with(',') {
            return Ok(challenge);
        }
        if let Some((name, value)) = self.parameter()? {
            challenge.add(name, value)?;
        } else {
            challenge.token = Some(self.token68()?.to_owned());
        }
        Ok(challenge)
    }

    /// A name, `=` and a value; nothing, and nothing read, if there is no such thing here.
    fn parameter(&mut self) -> Result<Option<(&'a str, String)>, ChallengeFault> {
        let mut ahead = Reader(self.0);
        let Ok(name) = ahead.take(is_token) else {
            return Ok(None);
        };
        ahead.skip_spaces();
        let Some(after) = ahead.0.strip_prefix('=') else {
            return Ok(None);
        };
        ahead.0 = after;
        ahead.skip_spaces();
        let value = if ahead.0.starts_with('"') {
            ahead.quoted()?
        } else if let Ok(value) = ahead.take(is_token) {
            value.to_owned()
        } else {
            // The padding of a `token68`.
            return Ok(None);
        };
        self.0 = ahead.0;
        Ok(Some((name, value)))
    }

    fn token68(&mut self) -> Result<&'a str, ChallengeFault> {
        let whole = self.0;
        self.take(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))?;
        self.0 = self.0.trim_start_matches('=');
        whole
            .get(..whole.len() - self.0.len())
            .ok_or(ChallengeFault::Grammar)
    }

    fn quoted(&mut self) -> Result<String, ChallengeFault> {
        let mut value = String::new();
        let mut characters = self.0.char_indices().skip(1);
        while let Some((place, character)) = characters.next() {
            let taken = match character {
                '"' => {
                    self.0 = self.0.get(place + 1..).unwrap_or_default();
                    return Ok(value);
                }
                '\\' => characters.next().map(|(_, escaped)| escaped),
                other => Some(other),
            };
            let allowed = |c: &char| *c == '\t' || !c.is_control();
            value.push(taken.filter(allowed).ok_or(ChallengeFault::Grammar)?);
        }
        Err(ChallengeFault::Grammar)
    }

    /// One or more octets that `wanted` takes.
    fn take(&mut self, wanted: fn(u8) -> bool) -> Result<&'a str, ChallengeFault> {
        let length = self.0.bytes().take_while(|byte| wanted(*byte)).count();
        match self.0.split_at_checked(length) {
            Some((taken, rest)) if length > 0 => {
                self.0 = rest;
                Ok(taken)
            }
            _ => Err(ChallengeFault::Grammar),
        }
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_quotable(byte: u8) -> bool {
    byte == b'\t' || matches!(byte, b' '..=b'~')
}
