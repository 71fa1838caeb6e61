//! Client ids: the addresses of client documents.

use std::fmt;

use thiserror::Error;
use url::Url;

use crate::identifier::{Identifier, IdentifierError};

/// The name of a client, which is the address of its document (JW-CLI-030).
///
/// Two client ids are equal when their octets are. Nothing is ever normalised, and what is fetched has the
/// same octets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(Identifier);

/// Why a text is no client id. Nothing of the text stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ClientIdFault {
    /// It is no https URL of the form that all identifiers have.
    #[error("{0}")]
    Url(IdentifierError),
    /// Nothing stands after the host, not even a slash.
    #[error("it has no path")]
    NoPath,
    /// A character that no URL has, or half of an escape.
    #[error("its path has a character that has to be escaped, or half of an escape")]
    Character,
    /// `.` or `..` between two slashes, escaped or not.
    #[error("it has a dot segment")]
    DotSegment,
    /// A URL parser would write it otherwise, so that another text would be fetched.
    #[error("a URL parser writes it otherwise")]
    Rewritten,
}

impl ClientIdFault {
    /// The kind of fault in one word, as the vectors name it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Url(_) => "url",
            Self::NoPath => "no-path",
            Self::Character => "character",
            Self::DotSegment => "dot-segment",
            Self::Rewritten => "rewritten",
        }
    }
}

impl ClientId {
    /// Takes `text` as a client id, if each of its characters keeps the rules.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn parse(text: &str) -> Result<Self, ClientIdFault> {
        let url = Identifier::parse(text).map_err(ClientIdFault::Url)?;
        let path = path(text).ok_or(ClientIdFault::NoPath)?;
        if !is_path(path) {
            return Err(ClientIdFault::Character);
        }
        if path.split('/').any(is_dot_segment) {
            return Err(ClientIdFault::DotSegment);
        }
        // What is left is the host, of which an address of IPv6 has several spellings.
        let rewritten = Url::parse(text).map_or(true, |parsed| parsed.as_str() != text);
        if rewritten {
            return Err(ClientIdFault::Rewritten);
        }
        Ok(Self(url))
    }

    /// The client id, octet for octet as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Scheme, host and port, without the usual port.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().to_string()
    }

    /// The host: a name, or an IP address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host()
    }

    /// The port, 443 when none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port()
    }

    /// Whether this address has the same scheme, host and port (JW-CLI-034).
    #[must_use]
    pub(super) fn shares_origin_with(&self, url: &crate::HttpsUrl) -> bool {
        self.0.origin() == url.origin()
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl AsRef<str> for ClientId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// What stands from the first slash after the host on.
fn path(text: &str) -> Option<&str> {
    let after_scheme = text.strip_prefix("https://")?;
    after_scheme.get(after_scheme.find('/')?..)
}

/// Characters of a path (RFC 3986 section 3.3), escapes whole.
fn is_path(path: &str) -> bool {
    let mut octets = path.bytes();
    while let Some(octet) = octets.next() {
        let fits = match octet {
            b'%' => (0..2).all(|_| octets.next().is_some_and(|digit| digit.is_ascii_hexdigit())),
            other => other.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&other),
        };
        if !fits {
            return false;
        }
    }
    true
}

/// `%2e` is a dot to URL parsers.
fn is_dot_segment(segment: &str) -> bool {
    let dots = segment.to_ascii_lowercase().replace("%2e", ".");
    dots == "." || dots == ".."
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;

    #[test]
    fn a_client_id_is_kept_as_it_is() {
        for text in [
            "https://shop.example/",
            "https://shop.example:8443/services/orders.json",
            "https://shop.example/a//b/%7Euser/;v=1/@x/...",
            "https://127.0.1.1:9470/c/1",
            "https://[::1]:9443/client.json",
        ] {
            assert_eq!(ClientId::parse(text).unwrap().as_str(), text);
        }
        let id = ClientId::parse("https://shop.example:8443/orders").unwrap();
        assert_eq!(id.origin(), "https://shop.example:8443");
        assert_eq!((id.host(), id.port()), ("shop.example", 8443));
    }

    #[test]
    fn each_rule_has_its_reason() {
        use ClientIdFault as F;
        let cases = [
            ("https://shop.example", F::NoPath),
            ("https://shop.example:8443", F::NoPath),
            ("https://shop.example/a/../b", F::DotSegment),
            ("https://shop.example/./b", F::DotSegment),
            ("https://shop.example/b/..", F::DotSegment),
            ("https://shop.example/%2e%2E/b", F::DotSegment),
            ("https://shop.example/.%2e/b", F::DotSegment),
            ("https://shop.example/%2", F::Character),
            ("https://shop.example/%zz", F::Character),
            ("https://shop.example/{b}", F::Character),
            ("https://shop.example/\"", F::Character),
            ("https://[0:0:0:0:0:0:0:1]/b", F::Rewritten),
            ("http://shop.example/b", F::Url(IdentifierError::Scheme)),
            ("https://Shop.example/b", F::Url(IdentifierError::Host)),
            ("https://shop.example/b?", F::Url(IdentifierError::Query)),
            ("https://shop.example/b#", F::Url(IdentifierError::Fragment)),
            (
                "https://a@shop.example/b",
                F::Url(IdentifierError::Userinfo),
            ),
            (
                "https://shop.example:443/b",
                F::Url(IdentifierError::DefaultPort),
            ),
        ];
        for (text, fault) in cases {
            assert_eq!(ClientId::parse(text), Err(fault), "{text}");
        }
    }
}
