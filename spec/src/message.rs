//! The messages of an exchange: token call, token issue, and the body of a 202.

use schemars::JsonSchema;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::identifier::{Identifier, IdentifierError, StatusUrl};
use crate::json::{FormError, Members};
use crate::values::{BearerToken, ExchangeId, HmacKey, Signature, Timestamp, ValueError};

/// The version of a message. There is one: `BTX-1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Version;

impl Version {
    /// Takes `text` as a version.
    ///
    /// # Errors
    /// When `text` is anything but `BTX-1`.
    pub fn parse(text: &str) -> Result<Self, UnknownVersion> {
        if text == crate::VERSION {
            Ok(Self)
        } else {
            Err(UnknownVersion)
        }
    }

    /// `BTX-1`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        crate::VERSION
    }
}

/// The version is not `BTX-1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not a version that is known here")]
pub struct UnknownVersion;

impl UnknownVersion {
    /// The rule that was broken, as a phrase about "it", the text.
    #[must_use]
    pub fn why(self) -> &'static str {
        "it is not a version that is known here"
    }
}

/// The first message of an exchange, sent by the initiator to the issuer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[schemars(title = "Token call")]
pub struct TokenCall {
    /// The version of the protocol.
    pub version: Version,
    /// The id of this exchange, chosen freshly by the initiator.
    pub exchange_id: ExchangeId,
    /// The identifier of the issuer that is called.
    pub issuer: Identifier,
    /// The identifier of the initiator that calls.
    pub initiator: Identifier,
    /// 32 fresh random bytes in base64, with which the issuer signs its token issue.
    pub hmac_key: HmacKey,
}

/// The second message of an exchange, sent by the issuer to the registered receive URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[schemars(title = "Token issue")]
pub struct TokenIssue {
    /// The version of the protocol.
    pub version: Version,
    /// The id of the exchange, as in the token call.
    pub exchange_id: ExchangeId,
    /// The identifier of the issuer, as in the token call.
    pub issuer: Identifier,
    /// The identifier of the initiator, as in the token call.
    pub initiator: Identifier,
    /// The token.
    pub bearer_token: BearerToken,
    /// The instant from which the token is dead.
    pub expires_at: Timestamp,
    /// HMAC-SHA256 in base64 over the other members, keyed with the token call's key.
    pub signature: Signature,
}

/// The body of a 202: the exchange goes on, and here is where to ask.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[schemars(title = "Pending exchange")]
pub struct Pending {
    /// Where the issuer tells how the exchange stands.
    pub status_url: StatusUrl,
    /// The instant from which the issuer has forgotten the exchange.
    pub exchange_expires_at: Timestamp,
}

impl TokenCall {
    /// Reads a token call.
    ///
    /// # Errors
    /// What is wrong first: the JSON, then `version`, then the other members in the
    /// order of this type.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let members = Members::read(bytes)?;
        Ok(Self {
            version: version(&members)?,
            exchange_id: value(&members, "exchange_id", ExchangeId::parse)?,
            issuer: value(&members, "issuer", Identifier::parse)?,
            initiator: value(&members, "initiator", Identifier::parse)?,
            hmac_key: value(&members, "hmac_key", HmacKey::parse)?,
        })
    }

    /// Writes the token call, members in the order of this type.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<Vec<u8>> {
        let values = self.issuer.as_str().len() + self.initiator.as_str().len();
        Zeroizing::new(write(self, values))
    }
}

impl TokenIssue {
    /// Reads a token issue. The signature is not verified here.
    ///
    /// # Errors
    /// What is wrong first: the JSON, then `version`, then the other members in the
    /// order of this type.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let members = Members::read(bytes)?;
        Ok(Self {
            version: version(&members)?,
            exchange_id: value(&members, "exchange_id", ExchangeId::parse)?,
            issuer: value(&members, "issuer", Identifier::parse)?,
            initiator: value(&members, "initiator", Identifier::parse)?,
            bearer_token: value(&members, "bearer_token", BearerToken::parse)?,
            expires_at: value(&members, "expires_at", Timestamp::parse)?,
            signature: value(&members, "signature", Signature::parse)?,
        })
    }

    /// Writes the token issue, members in the order of this type.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<Vec<u8>> {
        let parties = self.issuer.as_str().len() + self.initiator.as_str().len();
        let values = parties + self.bearer_token.expose().len();
        Zeroizing::new(write(self, values))
    }
}

impl Pending {
    /// Reads the body of a 202.
    ///
    /// # Errors
    /// What is wrong first: the JSON, then the members in the order of this type.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let members = Members::read(bytes)?;
        Ok(Self {
            status_url: value(&members, "status_url", StatusUrl::parse)?,
            exchange_expires_at: value(&members, "exchange_expires_at", Timestamp::parse)?,
        })
    }

    /// Writes the body, members in the order of this type.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        write(self, self.status_url.as_str().len())
    }
}

/// A version that is missing, of a wrong type or unknown is one and the same fault.
fn version(members: &Members<'_>) -> Result<Version, FormError> {
    let text = members
        .string("version")
        .map_err(|_| FormError::UnsupportedVersion)?;
    Version::parse(&text).map_err(|_| FormError::UnsupportedVersion)
}

fn value<T, E: Into<Rule>>(
    members: &Members<'_>,
    member: &'static str,
    parse: fn(&str) -> Result<T, E>,
) -> Result<T, FormError> {
    let text = members.string(member)?;
    parse(&text).map_err(|error| FormError::BadValue {
        member,
        why: error.into().0,
    })
}

/// The rule that a value broke.
struct Rule(&'static str);

impl From<ValueError> for Rule {
    fn from(error: ValueError) -> Self {
        Self(error.why())
    }
}

impl From<IdentifierError> for Rule {
    fn from(error: IdentifierError) -> Self {
        Self(error.why())
    }
}

/// What a message has besides its values of any length: names, quotes, and values of one length.
const FIXED: usize = 384;

/// Writes a message into a buffer with room for `values` more bytes, each of them escaped at the worst,
/// so that it never moves and leaves no copy of a secret behind. Writing strings to memory does not fail.
fn write<T: Serialize>(message: &T, values: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(FIXED + 2 * values);
    let _never_fails = serde_json::to_writer(&mut bytes, message);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = r#"{"version":"BTX-1","exchange_id":"0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f","issuer":"https://issuer.example","initiator":"https://initiator.example/\"","hmac_key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}"#;
    const PENDING: &str = r#"{"status_url":"https://issuer.example/btx/exchange/1?x","exchange_expires_at":"2026-11-22T10:10:00Z"}"#;

    #[test]
    fn the_buffer_of_the_largest_message_does_not_move() {
        let long = format!("https://issuer.example/{}", "\"".repeat(480));
        let escaped = long.replace('"', "\\\"");
        let call = CALL.replace("https://issuer.example", &escaped);
        let call = TokenCall::parse(call.as_bytes()).unwrap();
        let values = call.issuer.as_str().len() + call.initiator.as_str().len();
        assert_eq!(call.to_json().capacity(), FIXED + 2 * values);
    }

    #[test]
    fn messages_are_written_as_they_were_read() {
        let call = TokenCall::parse(CALL.as_bytes()).unwrap();
        assert_eq!(std::str::from_utf8(&call.to_json()).unwrap(), CALL);
        let pending = Pending::parse(PENDING.as_bytes()).unwrap();
        assert_eq!(std::str::from_utf8(&pending.to_json()).unwrap(), PENDING);
    }

    #[test]
    fn version_is_judged_before_the_other_members() {
        for version in ["\"BTX-2\"", "null", "1", "\"btx-1\""] {
            let text = CALL
                .replacen("\"BTX-1\"", version, 1)
                .replace("https://issuer", "ftp://x");
            assert_eq!(
                TokenCall::parse(text.as_bytes()),
                Err(FormError::UnsupportedVersion)
            );
        }
        assert_eq!(TokenCall::parse(b"{}"), Err(FormError::UnsupportedVersion));
    }

    #[test]
    fn members_are_judged_in_their_order() {
        let missing = TokenIssue::parse(CALL.as_bytes());
        assert_eq!(
            missing,
            Err(FormError::Missing {
                member: "bearer_token"
            })
        );
        let number = CALL.replace("\"https://issuer.example\"", "7");
        let wrong_type = TokenCall::parse(number.as_bytes());
        assert_eq!(wrong_type, Err(FormError::WrongType { member: "issuer" }));
        let bad = CALL.replace("https://issuer", "http://issuer");
        let error = TokenCall::parse(bad.as_bytes()).unwrap_err();
        assert!(
            matches!(
                error,
                FormError::BadValue {
                    member: "issuer",
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn unknown_members_are_ignored() {
        let more = CALL.replacen('{', r#"{"extra":[{"version":7}],"Version":null,"#, 1);
        assert_eq!(
            TokenCall::parse(more.as_bytes()),
            TokenCall::parse(CALL.as_bytes())
        );
    }
}
