//! Values of the configuration file that have a form of their own.

use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::time::Duration;

use btx_reference::duration;
use btx_reference::oauth::resource::KeyDigest;
use btx_reference::oauth::server::Grant;
use btx_reference::outbound::address::Network;
use btx_spec::jose::Algorithm;
use btx_spec::jwt::ClientId;
use btx_spec::lifecycle::RingAlgorithm;
use btx_spec::oauth::Scope;
use btx_spec::{HttpsUrl, Identifier, Origin};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A value that is written as a string.
pub(super) trait FromText: Sized {
    /// What it has to be.
    const EXPECTED: &'static str;

    /// Reads it, or says what is wrong with it.
    fn from_text(text: &str) -> Result<Self, String>;
}

/// A value that was read.
#[derive(Debug, Clone)]
pub(super) struct Checked<T>(pub(super) T);

impl<'de, T: FromText> Deserialize<'de> for Checked<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_str(TextVisitor(PhantomData))
            .map(Checked)
    }
}

struct TextVisitor<T>(PhantomData<T>);

impl<T: FromText> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).map_err(|why| E::custom(format!("{why}, expected {}", T::EXPECTED)))
    }
}

impl FromText for Duration {
    const EXPECTED: &'static str =
        "a duration such as \"500ms\", \"10s\", \"5m\", \"1h\" or \"1d\"";

    fn from_text(text: &str) -> Result<Self, String> {
        duration::parse(text).map_err(str::to_owned)
    }
}

impl FromText for Identifier {
    const EXPECTED: &'static str =
        "an https URL without query and fragment, such as \"https://issuer.example\"";

    fn from_text(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| error.why().to_owned())
    }
}

impl FromText for HttpsUrl {
    const EXPECTED: &'static str =
        "an https URL, such as \"https://issuer.example/btx/token-call\"";

    fn from_text(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| error.why().to_owned())
    }
}

impl FromText for Origin {
    const EXPECTED: &'static str =
        "an https URL without a path, such as \"https://issuer.example\"";

    fn from_text(text: &str) -> Result<Self, String> {
        let url = Identifier::parse(text).map_err(|error| error.why().to_owned())?;
        let origin = url.origin();
        if origin.to_string() == text {
            Ok(origin)
        } else {
            Err("it is more than an origin".to_owned())
        }
    }
}

impl FromText for Network {
    const EXPECTED: &'static str = "an IP network such as \"127.0.1.0/24\"";

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "that is no network".to_owned())
    }
}

impl FromText for SocketAddr {
    const EXPECTED: &'static str = "an IP address with a port, such as \"127.0.0.1:8443\"";

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| "that is no IP address with a port".to_owned())
    }
}

impl FromText for Scope {
    const EXPECTED: &'static str = "scopes with one space between any two, such as \"read write\"";

    fn from_text(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|fault| fault.to_string())
    }
}

impl FromText for Algorithm {
    const EXPECTED: &'static str = "\"ES256\", \"EdDSA\", \"PS256\" or \"RS256\"";

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| "that is no algorithm that is known here".to_owned())
    }
}

impl FromText for RingAlgorithm {
    const EXPECTED: &'static str =
        "\"HS256\", \"HS512\", \"ES256\", \"EdDSA\", \"PS256\" or \"RS256\"";

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| "that is no algorithm that is known here".to_owned())
    }
}

impl FromText for ClientId {
    const EXPECTED: &'static str = "a client id such as \"https://shop.example/client.json\"";

    fn from_text(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|fault| fault.to_string())
    }
}

impl FromText for Grant {
    const EXPECTED: &'static str =
        "\"client_credentials\" or \"urn:ietf:params:oauth:grant-type:jwt-bearer\"";

    fn from_text(text: &str) -> Result<Self, String> {
        let mut grants = Self::ALL.into_iter();
        let found = grants.find(|grant| grant.name() == text);
        found.ok_or_else(|| "that is no grant that is known here".to_owned())
    }
}

/// The digest of an API key.
#[derive(Debug, Clone, Copy)]
pub(super) struct HexDigest(pub(super) KeyDigest);

impl FromText for HexDigest {
    const EXPECTED: &'static str = "the SHA-256 of the key: 64 hexadecimal digits";

    fn from_text(text: &str) -> Result<Self, String> {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let octet = |pair: &[u8]| match *pair {
            [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
            _ => None,
        };
        let octets: Option<Vec<u8>> = text.as_bytes().chunks(2).map(octet).collect();
        let digest = octets.and_then(|octets| octets.try_into().ok());
        digest
            .map(Self)
            .ok_or_else(|| "that is no digest".to_owned())
    }
}

/// A number that is at least one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Count(pub(super) usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(CountVisitor)
    }
}

struct CountVisitor;

impl Visitor<'_> for CountVisitor {
    type Value = Count;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number from 1")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Count, E> {
        match usize::try_from(number) {
            Ok(count) if count > 0 => Ok(Count(count)),
            _ => Err(E::custom(
                "that is too little, expected a whole number from 1",
            )),
        }
    }
}
