//! The field `Authentication-Info` with a token that a resource hands out (RFC 9110 section 11.6.3,
//! JW-RES-040).

use std::ops::RangeInclusive;
use std::time::Duration;

use thiserror::Error;

use crate::authentication_info::{FieldFault, only, parameters, seconds};
use crate::fields::Value;
use crate::oauth::AccessToken;

/// How many characters a token that is handed out may have (JW-RES-046).
pub const TOKEN_LENGTHS: RangeInclusive<usize> = 20..=4096;
/// How many seconds it may live (JW-RES-046).
pub const LIVES: RangeInclusive<u64> = 1..=3600;
/// The most octets that the value of the field may have.
pub const MAX_LENGTH: usize = 8 * 1024;

/// A token that a resource has handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOut {
    /// The token.
    pub access_token: AccessToken,
    /// How long it lives.
    pub expires_in: Duration,
}

/// Why the field hands out no token that may be used. Nothing of the field stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fault {
    /// The field stands there more than once.
    #[error("there are two fields")]
    TwoFields,
    /// It is longer than [`MAX_LENGTH`].
    #[error("the field is too long")]
    TooLong,
    /// It is not of the grammar.
    #[error("the field is not of the grammar")]
    Grammar,
    /// A parameter stands there twice.
    #[error("the parameter \"{0}\" stands there twice")]
    Repeated(&'static str),
    /// The token is not in quotes, of no form that a token has, or too short or too long.
    #[error("\"access_token\" is no quoted token of 20 to 4096 characters")]
    Token,
    /// The time is missing, in quotes, no number, or out of bounds.
    #[error("\"expires_in\" is no number from 1 to 3600")]
    Life,
}

impl Fault {
    /// The kind of fault in one word, as the vectors name it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::TwoFields => "two-fields",
            Self::TooLong => "too-long",
            Self::Grammar => "grammar",
            Self::Repeated(_) => "repeated",
            Self::Token => "token",
            Self::Life => "life",
        }
    }
}

impl From<FieldFault> for Fault {
    fn from(fault: FieldFault) -> Self {
        match fault {
            FieldFault::TwoFields => Self::TwoFields,
            FieldFault::TooLong => Self::TooLong,
            FieldFault::Grammar => Self::Grammar,
            FieldFault::Repeated(name) => Self::Repeated(name),
        }
    }
}

/// Reads the fields `Authentication-Info` of one answer. Nothing if none of them hands out a token; other
/// parameters are ignored.
///
/// # Errors
/// When a token came otherwise than the rules say (JW-CLI-054).
pub fn parse(fields: &[&str]) -> Result<Option<HandedOut>, Fault> {
    let parameters = parameters(fields, MAX_LENGTH)?;
    let token = only(&parameters, "access_token")?;
    let life = only(&parameters, "expires_in")?;
    let Some(token) = token else {
        return Ok(None);
    };
    Ok(Some(HandedOut {
        access_token: read_token(token).ok_or(Fault::Token)?,
        expires_in: life.and_then(read_life).ok_or(Fault::Life)?,
    }))
}

/// The value of the field that hands out this token.
#[must_use]
pub fn write(handed_out: &HandedOut) -> String {
    format!(
        "access_token=\"{}\", expires_in={}",
        handed_out.access_token.expose(),
        handed_out.expires_in.as_secs()
    )
}

fn read_token(value: &Value<'_>) -> Option<AccessToken> {
    match value {
        Value::Quoted(text) if TOKEN_LENGTHS.contains(&text.len()) => AccessToken::parse(text),
        _ => None,
    }
}

fn read_life(value: &Value<'_>) -> Option<Duration> {
    let life = u64::from(seconds(value)?);
    LIVES.contains(&life).then(|| Duration::from_secs(life))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;

    const SOUND: &str = "access_token=\"parsnip.598itWPi-JCRwjGH0NHMVB\", expires_in=300";

    #[test]
    fn what_is_handed_out_is_read_as_it_was_written() {
        let handed_out = parse(&[SOUND]).unwrap().unwrap();
        assert_eq!(
            handed_out.access_token.expose(),
            "parsnip.598itWPi-JCRwjGH0NHMVB"
        );
        assert_eq!(handed_out.expires_in, Duration::from_secs(300));
        assert_eq!(write(&handed_out), SOUND);
        let with_others = format!(
            "nextnonce=\"a\", EXPIRES_IN=300 , Access_Token = {}",
            &SOUND[13..45]
        );
        assert_eq!(parse(&[&with_others]).unwrap(), Some(handed_out));
    }

    #[test]
    fn an_answer_need_not_hand_out_anything() {
        assert_eq!(parse(&[]), Ok(None));
        assert_eq!(parse(&[""]), Ok(None));
        assert_eq!(parse(&["nextnonce=\"a\", expires_in=5"]), Ok(None));
    }

    #[test]
    fn what_came_otherwise_is_not_used() {
        let token = "\"abcdefghijklmnopqrst\"";
        let cases = [
            (format!("access_token={token}"), Fault::Life),
            (
                format!("access_token={token}, expires_in=\"300\""),
                Fault::Life,
            ),
            (format!("access_token={token}, expires_in=0"), Fault::Life),
            (
                format!("access_token={token}, expires_in=3601"),
                Fault::Life,
            ),
            (format!("access_token={token}, expires_in=+60"), Fault::Life),
            (format!("access_token={token}, expires_in=1e3"), Fault::Life),
            (
                "access_token=abcdefghijklmnopqrst, expires_in=60".to_owned(),
                Fault::Token,
            ),
            (
                "access_token=\"abcdefghijklmnopqrs\", expires_in=60".to_owned(),
                Fault::Token,
            ),
            (
                "access_token=\"abcdefghij klmnopqrstu\", expires_in=60".to_owned(),
                Fault::Token,
            ),
            (
                format!("access_token=\"{}\", expires_in=60", "a".repeat(4097)),
                Fault::Token,
            ),
            (
                format!("access_token={token}, access_token={token}, expires_in=60"),
                Fault::Repeated("access_token"),
            ),
            (
                format!("access_token={token}, expires_in=60, expires_in=60"),
                Fault::Repeated("expires_in"),
            ),
            (
                format!("access_token={token}; expires_in=60"),
                Fault::Grammar,
            ),
            (
                format!("Bearer access_token={token}, expires_in=60"),
                Fault::Grammar,
            ),
            (
                format!("access_token={token}, expires_in=60, x"),
                Fault::Grammar,
            ),
            (" ".repeat(MAX_LENGTH + 1), Fault::TooLong),
        ];
        for (field, fault) in cases {
            assert_eq!(parse(&[&field]), Err(fault), "{field}");
        }
        assert_eq!(parse(&[SOUND, SOUND]), Err(Fault::TwoFields));
    }
}
