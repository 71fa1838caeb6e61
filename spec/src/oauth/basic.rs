//! Client authentication by the scheme `Basic` (RFC 6749 section 2.3.1): client id and secret are encoded as
//! form values first, so that a colon in one of them is no separator.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;
use zeroize::Zeroizing;

use super::form;

/// The most octets that the value of the field may have.
pub const MAX_LENGTH: usize = 8 * 1024;

/// Why a field does not prove a client in this way. Nothing of the field stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BasicFault {
    /// The scheme is another, or there is none.
    #[error("the scheme is not Basic")]
    OtherScheme,
    /// The value is longer than [`MAX_LENGTH`].
    #[error("the credentials are too long")]
    TooLong,
    /// What follows the scheme is not base64 with its padding.
    #[error("the credentials are not base64")]
    NotBase64,
    /// There is no colon.
    #[error("the credentials have no colon")]
    NoColon,
    /// The id or the secret is not encoded as a form value.
    #[error("the id or the secret is not a form value")]
    NotFormEncoded,
    /// The id or the secret has a control character.
    #[error("the id or the secret has a control character")]
    Control,
}

impl BasicFault {
    /// The kind of fault in one word, as the vectors name it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::OtherScheme => "other-scheme",
            Self::TooLong => "too-long",
            Self::NotBase64 => "not-base64",
            Self::NoColon => "no-colon",
            Self::NotFormEncoded => "not-form-encoded",
            Self::Control => "control",
        }
    }
}

/// The value of the field `Authorization` for this client.
#[must_use]
pub fn encode(id: &str, secret: &str) -> Zeroizing<String> {
    let id = form::encode_value(id);
    let secret = Zeroizing::new(form::encode_value(secret));
    let pair = Zeroizing::new(format!("{id}:{}", *secret));
    let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
    Zeroizing::new(format!("Basic {}", *encoded))
}

/// The client id and the secret that a field `Authorization` has. The name of the scheme may have any letter
/// case (OA-AUS-021).
///
/// # Errors
/// When the scheme is another, or what follows is not the base64 of two form values with a colon between
/// them.
pub fn decode(field: &str) -> Result<(String, Zeroizing<String>), BasicFault> {
    if field.len() > MAX_LENGTH {
        return Err(BasicFault::TooLong);
    }
    let (scheme, rest) = field.split_once(' ').ok_or(BasicFault::OtherScheme)?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(BasicFault::OtherScheme);
    }
    let decoded = STANDARD
        .decode(rest.trim_start_matches(' '))
        .map(Zeroizing::new)
        .map_err(|_| BasicFault::NotBase64)?;
    let mut halves = decoded.splitn(2, |byte| *byte == b':');
    let (Some(id), Some(secret)) = (halves.next(), halves.next()) else {
        return Err(BasicFault::NoColon);
    };
    let value = |half| form::decode(half).map_err(|_| BasicFault::NotFormEncoded);
    let (id, secret) = (value(id)?, value(secret)?);
    if id.chars().chain(secret.chars()).any(char::is_control) {
        return Err(BasicFault::Control);
    }
    Ok((String::clone(&id), secret))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;

    fn field(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    fn fault(field: &str) -> BasicFault {
        decode(field).unwrap_err()
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let (id, secret) = ("a:b+c%d é", "s: +%\"~é");
        let (read, found) = decode(&encode(id, secret)).unwrap();
        assert_eq!((read.as_str(), found.as_str()), (id, secret));
        assert_eq!(*encode("farm", "moo"), "Basic ZmFybTptb28=");
    }

    #[test]
    fn the_scheme_has_any_letter_case() {
        for scheme in ["basic ", "BASIC   ", "bAsIc "] {
            let (id, secret) = decode(&format!("{scheme}ZmFybTptb28=")).unwrap();
            assert_eq!((id.as_str(), secret.as_str()), ("farm", "moo"));
        }
    }

    #[test]
    fn what_is_no_pair_of_form_values_is_refused() {
        for other in ["", "Basic", "Bearer ZmFybTptb28=", "Basic\tZmFybTptb28="] {
            assert_eq!(fault(other), BasicFault::OtherScheme, "{other}");
        }
        for encoded in [
            "ZmFybTptb28",
            "ZmFybTptb29=",
            "ZmFy bTptb28=",
            "ZmFybTptb28= ",
        ] {
            let fault = fault(&format!("Basic {encoded}"));
            assert!(
                matches!(fault, BasicFault::NotBase64 | BasicFault::NotFormEncoded),
                "{encoded}"
            );
        }
        assert_eq!(fault(&field("farm")), BasicFault::NoColon);
        assert_eq!(fault(&field("a%:b")), BasicFault::NotFormEncoded);
        assert_eq!(fault(&field("é:b")), BasicFault::NotFormEncoded);
        assert_eq!(fault(&field("a:%0d%0a")), BasicFault::Control);
        let long = field(&format!("a:{}", "b".repeat(MAX_LENGTH)));
        assert_eq!(fault(&long), BasicFault::TooLong);
    }
}
