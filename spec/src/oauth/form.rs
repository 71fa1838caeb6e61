//! Forms: the bodies of token, introspection and revocation requests
//! (`application/x-www-form-urlencoded`, RFC 6749 appendix B).

use std::collections::BTreeSet;
use std::fmt;

use thiserror::Error;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// The parameters of one request, decoded. Values may be secrets: they are wiped when dropped, and `Debug`
/// shows none.
pub struct Form {
    pairs: Vec<(String, Zeroizing<String>)>,
}

/// Why octets are no form. Nothing of them stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FormFault {
    /// There are more octets than [`Form::MAX_LENGTH`].
    #[error("the form is too long")]
    TooLong,
    /// There are more parameters than [`Form::MAX_PARAMETERS`].
    #[error("the form has too many parameters")]
    TooMany,
    /// An octet is one that a form never has as it stands: it is not printable ASCII, or a space.
    #[error("the form has an octet that has to be encoded")]
    Octet,
    /// A percent sign without two hexadecimal digits behind it.
    #[error("the form has a percent sign that encodes nothing")]
    Percent,
    /// What is encoded is not UTF-8.
    #[error("the form is not UTF-8")]
    NotUtf8,
}

impl FormFault {
    /// The kind of fault in one word, as the vectors name it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::TooLong => "too-long",
            Self::TooMany => "too-many",
            Self::Octet => "octet",
            Self::Percent => "percent",
            Self::NotUtf8 => "not-utf8",
        }
    }
}

/// A parameter stands there twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a parameter stands there twice")]
pub struct Repeated;

impl Form {
    /// The most octets that a form may have.
    pub const MAX_LENGTH: usize = 64 * 1024;
    /// The most parameters that a form may have.
    pub const MAX_PARAMETERS: usize = 64;

    /// Reads a form. Nothing between two `&` is nothing; a name without `=` has an empty value.
    ///
    /// # Errors
    /// When it is too long or has too many parameters, and when an octet, an escape or the text that they
    /// make is none that a form has.
    pub fn parse(body: &[u8]) -> Result<Self, FormFault> {
        if body.len() > Self::MAX_LENGTH {
            return Err(FormFault::TooLong);
        }
        let mut pairs = Vec::new();
        for pair in body
            .split(|byte| *byte == b'&')
            .filter(|pair| !pair.is_empty())
        {
            if pairs.len() == Self::MAX_PARAMETERS {
                return Err(FormFault::TooMany);
            }
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(parts.next().unwrap_or_default())?;
            let value = decode(parts.next().unwrap_or_default())?;
            pairs.push((String::clone(&name), value));
        }
        Ok(Self { pairs })
    }

    /// The value of a parameter; one without a value is as if it were not there (OA-AUS-006).
    ///
    /// # Errors
    /// When it stands there twice, with a value or without (OA-AUS-007).
    pub fn get(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.every(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Repeated),
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
        }
    }

    /// Every value of a parameter, empty ones too, in their order: for the few that may be repeated
    /// (RFC 8707 section 2).
    pub fn every<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.pairs
            .iter()
            .filter(move |(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// The names of the parameters, each once.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        self.pairs.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The names that stand there twice or more.
    #[must_use]
    pub fn repeated(&self) -> BTreeSet<&str> {
        let twice = |name: &&str| self.every(name).nth(1).is_some();
        self.names().into_iter().filter(twice).collect()
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Form({:?})", self.names())
    }
}

/// The form of these parameters, in this order.
#[must_use]
pub fn encode(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

/// One value as a form has it.
#[must_use]
pub fn encode_value(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// One name or value out of a form.
pub(super) fn decode(encoded: &[u8]) -> Result<Zeroizing<String>, FormFault> {
    let mut octets = Zeroizing::new(Vec::with_capacity(encoded.len()));
    let mut rest = encoded.iter();
    while let Some(byte) = rest.next() {
        octets.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = rest.next().and_then(digit).ok_or(FormFault::Percent)?;
                let low = rest.next().and_then(digit).ok_or(FormFault::Percent)?;
                high << 4 | low
            }
            0x21..=0x7e => *byte,
            _ => return Err(FormFault::Octet),
        });
    }
    let text = std::str::from_utf8(&octets).map_err(|_| FormFault::NotUtf8)?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn digit(byte: &u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;

    fn form(text: &str) -> Form {
        Form::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn parameters_are_decoded() {
        let form = form("&a=b%2Bc+d&&e&%66=%c3%A9=&g=&");
        assert_eq!(form.get("a"), Ok(Some("b+c d")));
        assert_eq!(form.get("f"), Ok(Some("é=")));
        for without in ["e", "g", "h", ""] {
            assert_eq!(form.get(without), Ok(None), "{without}");
        }
        assert_eq!(form.names(), BTreeSet::from(["a", "e", "f", "g"]));
    }

    #[test]
    fn what_stands_twice_is_no_value() {
        let form = form("a=1&b=2&%61=&c=3&c=3");
        assert_eq!(form.get("a"), Err(Repeated));
        assert_eq!(form.get("c"), Err(Repeated));
        assert_eq!(form.get("b"), Ok(Some("2")));
        assert_eq!(form.every("a").collect::<Vec<_>>(), ["1", ""]);
        assert_eq!(form.repeated(), BTreeSet::from(["a", "c"]));
    }

    #[test]
    fn what_is_no_form_is_refused() {
        let fault = |body: &[u8]| Form::parse(body).unwrap_err();
        for body in ["a=%", "a=%4", "a=%zz", "%+1=a", "a=%é"] {
            assert!(
                matches!(fault(body.as_bytes()), FormFault::Percent),
                "{body}"
            );
        }
        for body in [&b"a=b c"[..], b"a=\r\n", b"a=\0", b"a=\xc3\xa9", b"a=\x7f"] {
            assert_eq!(fault(body), FormFault::Octet);
        }
        assert_eq!(fault(b"a=%ff"), FormFault::NotUtf8);
        assert_eq!(fault(b"a=%c3&b=%a9"), FormFault::NotUtf8);
        assert_eq!(fault(&vec![b'a'; Form::MAX_LENGTH + 1]), FormFault::TooLong);
        assert_eq!(fault("a=&".repeat(65).as_bytes()), FormFault::TooMany);
        assert!(Form::parse("a=&".repeat(64).as_bytes()).is_ok());
    }

    #[test]
    fn what_is_encoded_is_ascii() {
        assert_eq!(
            encode(&[("a b", "c&d"), ("é", "%+")]),
            "a+b=c%26d&%C3%A9=%25%2B"
        );
        assert_eq!(
            encode_value("a:b+c%d é*-._~"),
            "a%3Ab%2Bc%25d+%C3%A9*-._%7E"
        );
    }

    #[test]
    fn no_value_is_shown() {
        let shown = format!("{:?}", form("client_secret=hunter2"));
        assert_eq!(shown, "Form({\"client_secret\"})");
    }
}
