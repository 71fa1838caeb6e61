//! Identifiers of parties, https URLs and origins.
//!
//! The form is judged on the raw characters. Only a text that passed is shown to
//! a URL parser, and only to learn whether that parser reads the same host and port.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use thiserror::Error;
use url::Url;

/// The longest identifier, in bytes.
pub const MAX_IDENTIFIER_BYTES: usize = 512;
/// The longest URL that is not an identifier, in bytes.
pub const MAX_URL_BYTES: usize = 2048;

const SCHEME: &str = "https://";
const DEFAULT_PORT: u16 = 443;

/// Why a text is not an identifier, or not an https URL of the protocol.
///
/// The message names the rule and never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{}", self.why())]
pub enum IdentifierError {
    /// The text is empty.
    Empty,
    /// The text has more bytes than are allowed.
    TooLong,
    /// A character is outside 0x21 to 0x7e.
    NotPrintable,
    /// A backslash, which some URL parsers read as a slash.
    Backslash,
    /// The text does not begin with `https://` in lower case.
    Scheme,
    /// A user name or a password before the host.
    Userinfo,
    /// A query in an identifier.
    Query,
    /// A fragment.
    Fragment,
    /// No host.
    NoHost,
    /// A dot at the end of the host.
    TrailingDot,
    /// The host is neither a name of lower-case A-labels nor an IP literal.
    Host,
    /// The port is not a number from 1 to 65535 without leading zeros.
    Port,
    /// The port of the scheme is written out.
    DefaultPort,
    /// A URL parser reads another host or port than the characters say.
    Ambiguous,
}

impl IdentifierError {
    /// The rule that was broken, as a phrase about "it", the text.
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            Self::Empty => "it is empty",
            Self::TooLong => "it is too long",
            Self::NotPrintable => "it has a character that is not printable ASCII, or a space",
            Self::Backslash => "it has a backslash",
            Self::Scheme => "it does not begin with \"https://\" in lower case",
            Self::Userinfo => "it has user information before the host",
            Self::Query => "it has a query",
            Self::Fragment => "it has a fragment",
            Self::NoHost => "its host is empty",
            Self::TrailingDot => "its host ends with a dot",
            Self::Host => {
                "its host is neither a lower-case A-label name nor an IP address in its usual form"
            }
            Self::Port => "its port is not a number from 1 to 65535 without leading zeros",
            Self::DefaultPort => "it writes out the default port",
            Self::Ambiguous => "a URL parser reads it differently",
        }
    }
}

/// The name of an issuer or an initiator: an https URL of 1 to 512 bytes without
/// user information, query or fragment.
///
/// Two identifiers are equal when their octets are. Nothing is ever normalised.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier {
    text: String,
    origin: Origin,
}

impl Identifier {
    /// Takes `text` as an identifier if each of its characters keeps the rules.
    ///
    /// # Errors
    /// The first rule that is broken, in the order of [`IdentifierError`].
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        check_characters(text, MAX_IDENTIFIER_BYTES)?;
        if text.contains('?') {
            return Err(IdentifierError::Query);
        }
        let origin = read_origin(text)?;
        Ok(Self {
            text: text.to_owned(),
            origin,
        })
    }

    /// The identifier, octet for octet as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin.clone()
    }

    /// The host: a name, or an IP address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.origin.host()
    }

    /// The port, 443 when none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.origin.port()
    }
}

/// An https URL of at most 2048 bytes: the rules of an [`Identifier`], except that
/// it may have a query.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HttpsUrl {
    text: String,
    origin: Origin,
}

/// The URL that an initiator registered for token issues of one issuer.
pub type ReceiveUrl = HttpsUrl;

/// The URL at which an issuer tells how an exchange stands.
pub type StatusUrl = HttpsUrl;

impl HttpsUrl {
    /// Takes `text` as a URL if each of its characters keeps the rules.
    ///
    /// # Errors
    /// The first rule that is broken, in the order of [`IdentifierError`].
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        check_characters(text, MAX_URL_BYTES)?;
        let origin = read_origin(text)?;
        Ok(Self {
            text: text.to_owned(),
            origin,
        })
    }

    /// The URL, octet for octet as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin.clone()
    }

    /// The host: a name, or an IP address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.origin.host()
    }

    /// The port, 443 when none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.origin.port()
    }
}

/// Scheme, host and port of an https URL. The scheme is always `https`.
///
/// Displayed without the default port, as RFC 6454 section 6.2 does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of a URL that a URL parser has read; `None` unless it is https
    /// with a host.
    #[must_use]
    pub fn of(url: &Url) -> Option<Self> {
        if url.scheme() != "https" {
            return None;
        }
        let host = match url.host()? {
            url::Host::Domain(name) => name.to_owned(),
            url::Host::Ipv4(address) => address.to_string(),
            url::Host::Ipv6(address) => address.to_string(),
        };
        Some(Self {
            host,
            port: url.port_or_known_default()?,
        })
    }

    /// Always `https`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        "https"
    }

    /// The host: a name, or an IP address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, 443 when none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        if self.port != DEFAULT_PORT {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl AsRef<str> for Identifier {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for HttpsUrl {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// The rules that look at single characters, over the whole text.
fn check_characters(text: &str, max: usize) -> Result<(), IdentifierError> {
    if text.is_empty() {
        return Err(IdentifierError::Empty);
    }
    if text.len() > max {
        return Err(IdentifierError::TooLong);
    }
    if !text.bytes().all(|byte| (0x21..=0x7e).contains(&byte)) {
        return Err(IdentifierError::NotPrintable);
    }
    if text.contains('\\') {
        return Err(IdentifierError::Backslash);
    }
    if !text.starts_with(SCHEME) {
        return Err(IdentifierError::Scheme);
    }
    if text.contains('#') {
        return Err(IdentifierError::Fragment);
    }
    Ok(())
}

/// Reads host and port from the characters, then lets a URL parser read them again.
fn read_origin(text: &str) -> Result<Origin, IdentifierError> {
    let after_scheme = text.strip_prefix(SCHEME).ok_or(IdentifierError::Scheme)?;
    let authority = after_scheme.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(IdentifierError::Userinfo);
    }
    let (host, port) = split_authority(authority)?;
    let origin = Origin {
        host: read_host(host)?,
        port: read_port(port)?,
    };
    let url = Url::parse(text).map_err(|_| IdentifierError::Ambiguous)?;
    if Origin::of(&url).as_ref() == Some(&origin) {
        Ok(origin)
    } else {
        Err(IdentifierError::Ambiguous)
    }
}

/// Splits `host`, `host:port`, `[v6]` or `[v6]:port`; the brackets stay with the host.
fn split_authority(authority: &str) -> Result<(&str, Option<&str>), IdentifierError> {
    let end_of_host = match authority.find(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, rest) = authority.split_at(end_of_host);
    if rest.is_empty() {
        return Ok((host, None));
    }
    let port = rest.strip_prefix(':').ok_or(IdentifierError::Host)?;
    Ok((host, Some(port)))
}

fn read_host(host: &str) -> Result<String, IdentifierError> {
    if host.is_empty() {
        return Err(IdentifierError::NoHost);
    }
    if host.ends_with('.') {
        return Err(IdentifierError::TrailingDot);
    }
    if let Some(inside) = host.strip_prefix('[') {
        let literal = inside.strip_suffix(']').ok_or(IdentifierError::Host)?;
        return read_ipv6(literal);
    }
    if looks_like_ipv4(host) {
        let address: Ipv4Addr = host.parse().map_err(|_| IdentifierError::Host)?;
        return Ok(address.to_string());
    }
    if host.len() <= 253 && host.split('.').all(is_label) {
        return Ok(host.to_owned());
    }
    Err(IdentifierError::Host)
}

fn read_ipv6(literal: &str) -> Result<String, IdentifierError> {
    if literal.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(IdentifierError::Host);
    }
    let address: Ipv6Addr = literal.parse().map_err(|_| IdentifierError::Host)?;
    Ok(address.to_string())
}

/// Whether URL parsers take the host for an IPv4 address: its last label is a number,
/// decimal or hexadecimal. Only the usual form of four decimal numbers is then allowed.
fn looks_like_ipv4(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    let decimal = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    let hexadecimal = last
        .strip_prefix("0x")
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    decimal || hexadecimal
}

/// Letters in lower case, digits and inner hyphens, 1 to 63 of them.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn read_port(port: Option<&str>) -> Result<u16, IdentifierError> {
    let Some(digits) = port else {
        return Ok(DEFAULT_PORT);
    };
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    let number: u16 = digits.parse().map_err(|_| IdentifierError::Port)?;
    match number {
        _ if !plain => Err(IdentifierError::Port),
        DEFAULT_PORT => Err(IdentifierError::DefaultPort),
        _ => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_leaves_the_default_port_out() {
        let plain = Identifier::parse("https://issuer.example").unwrap();
        assert_eq!(plain.origin().to_string(), "https://issuer.example");
        assert_eq!((plain.host(), plain.port()), ("issuer.example", 443));
        let written = Url::parse("https://issuer.example:443/path").unwrap();
        assert_eq!(Origin::of(&written), Some(plain.origin()));
    }

    #[test]
    fn a_receive_url_has_the_origin_of_its_identifier() {
        let identifier = Identifier::parse("https://[::1]:9443/btx").unwrap();
        let receives = ReceiveUrl::parse("https://[0:0:0:0:0:0:0:1]:9443/in?from=b1").unwrap();
        assert_eq!(identifier.origin(), receives.origin());
        assert_eq!(identifier.origin().to_string(), "https://[::1]:9443");
        assert_eq!(identifier.host(), "::1");
        assert_ne!(
            identifier,
            Identifier::parse("https://[::1]:9443/btx/").unwrap()
        );
    }

    #[test]
    fn each_rule_has_its_reason() {
        use IdentifierError as E;
        let long = format!("https://issuer.example/{}", "a".repeat(490));
        let cases = [
            ("", E::Empty),
            (long.as_str(), E::TooLong),
            ("https://issuer.example/a b", E::NotPrintable),
            ("https://issuer.example\\@evil.example", E::Backslash),
            ("HTTPS://issuer.example", E::Scheme),
            ("http://issuer.example", E::Scheme),
            ("https://me@issuer.example", E::Userinfo),
            ("https://issuer.example?", E::Query),
            ("https://issuer.example#", E::Fragment),
            ("https:///path", E::NoHost),
            ("https://:8443", E::NoHost),
            ("https://issuer.example.", E::TrailingDot),
            ("https://Issuer.example", E::Host),
            ("https://2130706433", E::Host),
            ("https://0x7f.1", E::Host),
            ("https://0177.0.0.1", E::Host),
            ("https://[::1", E::Host),
            ("https://[::FFFF:7f00:1]", E::Host),
            ("https://[fe80::1%25eth0]", E::Host),
            ("https://issuer..example", E::Host),
            ("https://issuer.example:", E::Port),
            ("https://issuer.example:+80", E::Port),
            ("https://issuer.example:0", E::Port),
            ("https://issuer.example:08443", E::Port),
            ("https://issuer.example:65536", E::Port),
            ("https://issuer.example:443", E::DefaultPort),
            ("https://xn--a.example", E::Ambiguous),
        ];
        for (text, error) in cases {
            assert_eq!(Identifier::parse(text), Err(error), "{text}");
        }
    }
}
