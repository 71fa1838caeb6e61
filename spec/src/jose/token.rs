//! A signed token in its compact form, taken apart strictly.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use std::fmt;
use thiserror::Error;

use super::algorithm::Algorithm;
use crate::strict::{ObjectFault, object};

/// A JWS in compact form (RFC 7515 section 7.1) whose payload is a set of claims. Its signature is not
/// verified by taking it apart.
#[derive(Clone)]
pub struct SignedToken<'a> {
    signed: &'a str,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signature: Vec<u8>,
}

/// Why a text is no signed token, or why its signature does not count. Nothing of the token stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenFault {
    /// It has more octets than [`SignedToken::MAX_LENGTH`].
    #[error("the token is too long")]
    TooLong,
    /// It does not have three parts.
    #[error("the token does not have three parts")]
    NotThreeParts,
    /// A part is not base64url without padding, or has stray bits.
    #[error("a part of the token is not base64url")]
    NotBase64Url,
    /// The header is no strict JSON object.
    #[error("the header of the token: {0}")]
    Header(ObjectFault),
    /// A member of the header is not of its type.
    #[error("a member of the header is not of its type")]
    HeaderMember,
    /// The payload is no strict JSON object.
    #[error("the claims of the token: {0}")]
    Payload(ObjectFault),
    /// It is not signed.
    #[error("the signature of the token is empty")]
    NoSignature,
    /// Its algorithm is none that is known here.
    #[error("the algorithm of the token is not known here")]
    UnknownAlgorithm,
    /// Its algorithm is known, and not allowed here.
    #[error("the algorithm of the token is not allowed here")]
    AlgorithmNotAllowed,
    /// It has header parameters that have to be understood; nobody here understands any.
    #[error("the token has critical header parameters")]
    Critical,
    /// No key of the set is the one that it names, or fits its algorithm.
    #[error("no key fits the token")]
    NoKey,
    /// No key that fits verifies its signature.
    #[error("the signature of the token is not right")]
    BadSignature,
}

impl TokenFault {
    /// The kind of fault in one word, as the vectors name it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::TooLong => "too-long",
            Self::NotThreeParts => "not-three-parts",
            Self::NotBase64Url => "not-base64url",
            Self::Header(fault) | Self::Payload(fault) => fault.class(),
            Self::HeaderMember => "header-member",
            Self::NoSignature => "no-signature",
            Self::UnknownAlgorithm => "unknown-algorithm",
            Self::AlgorithmNotAllowed => "algorithm-not-allowed",
            Self::Critical => "critical",
            Self::NoKey => "no-key",
            Self::BadSignature => "bad-signature",
        }
    }
}

impl<'a> SignedToken<'a> {
    /// The most octets that a token may have.
    pub const MAX_LENGTH: usize = 16 * 1024;
    /// How deep the header and the claims may nest, themselves counted.
    pub const MAX_NESTING: usize = 16;

    /// Takes `text` apart.
    ///
    /// # Errors
    /// When it is too long, does not have three parts, when a part is not base64url without padding and
    /// stray bits, when header or payload is no JSON object without repeated names, or when a member of
    /// the header is not of its type.
    pub fn parse(text: &'a str) -> Result<Self, TokenFault> {
        if text.len() > Self::MAX_LENGTH {
            return Err(TokenFault::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(TokenFault::NotThreeParts)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenFault::NotThreeParts)?;
        if payload.contains('.') {
            return Err(TokenFault::NotThreeParts);
        }
        let token = Self {
            signed,
            header: object(&decode(header)?, Self::MAX_NESTING).map_err(TokenFault::Header)?,
            claims: object(&decode(payload)?, Self::MAX_NESTING).map_err(TokenFault::Payload)?,
            signature: decode(signature)?,
        };
        let text_or_nothing = |name| token.header.get(name).is_none_or(Value::is_string);
        let typed = token.header.get("alg").is_some_and(Value::is_string)
            && text_or_nothing("kid")
            && text_or_nothing("typ");
        if !typed {
            return Err(TokenFault::HeaderMember);
        }
        if token.signature.is_empty() {
            return Err(TokenFault::NoSignature);
        }
        Ok(token)
    }

    /// The algorithm that its header names.
    ///
    /// # Errors
    /// When it is none of [`Algorithm::ALL`]: `none` in whatever spelling, a symmetric one, any other.
    pub fn algorithm(&self) -> Result<Algorithm, TokenFault> {
        self.header_text("alg")
            .unwrap_or_default()
            .parse()
            .map_err(|_| TokenFault::UnknownAlgorithm)
    }

    /// The id of the key that it says it is signed with.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.header_text("kid")
    }

    /// The type that it says it has, in the letters of the header.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.header_text("typ")
    }

    /// Whether its `typ` is `name`, with or without `application/` before it, in any letter case (RFC 7515
    /// section 4.1.9).
    #[must_use]
    pub fn is_of_type(&self, name: &str) -> bool {
        const PREFIX: &str = "application/";
        let has_prefix = |typ: &&str| {
            typ.get(..PREFIX.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
        };
        self.typ().is_some_and(|typ| {
            let bare = Some(typ)
                .filter(has_prefix)
                .and_then(|typ| typ.get(PREFIX.len()..));
            bare.unwrap_or(typ).eq_ignore_ascii_case(name)
        })
    }

    /// Whether it has header parameters that have to be understood (RFC 7515 section 4.1.11).
    #[must_use]
    pub fn has_crit(&self) -> bool {
        self.header.contains_key("crit")
    }

    /// Its header.
    #[must_use]
    pub fn header(&self) -> &Map<String, Value> {
        &self.header
    }

    /// Its claims, nothing of which is proved before the signature is verified.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// What the signature covers.
    pub(crate) fn signed(&self) -> &'a str {
        self.signed
    }

    /// The octets of the signature.
    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }

    fn header_text(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }
}

/// A token opens things, so none of it is shown.
impl fmt::Debug for SignedToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedToken(…)")
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenFault> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenFault::NotBase64Url)
}
