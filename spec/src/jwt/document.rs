//! Client documents: what a client says of itself at its own address.

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::LARGEST_DOCUMENT;
use super::client_id::ClientId;
use super::keys::{KeySetFault, key_set};
use crate::identifier::{HttpsUrl, IdentifierError};
use crate::jose::KeySet;
use crate::strict::{ObjectFault, object};

/// How deep a document may nest, itself counted.
const MAX_NESTING: usize = 16;

/// The members that hold a shared secret, or say when it ends.
const SECRETS: [&str; 2] = ["client_secret", "client_secret_expires_at"];

/// What all names of methods with a shared secret begin with (RFC 7591 section 2, OpenID Connect Core 1.0
/// section 9).
const SECRET_METHODS: &str = "client_secret_";

/// A client document that a verifier may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientDocument {
    name: Option<String>,
    keys: Keys,
}

/// The keys of a client, or where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keys {
    /// They stand in the document.
    Inline(KeySet),
    /// They are at this address, which is of the origin of the client id.
    At(HttpsUrl),
}

/// Why bytes are no document of that client, or none that may be used. Nothing of the bytes stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DocumentFault {
    /// They are more than [`LARGEST_DOCUMENT`].
    #[error("the document has more than {LARGEST_DOCUMENT} octets")]
    TooLarge,
    /// They are no strict JSON object.
    #[error("the document: {0}")]
    Json(ObjectFault),
    /// `client_id` is missing, or another string than the address.
    #[error("\"client_id\" is not the address of the document")]
    ClientId,
    /// A shared secret is in it.
    #[error("the document has a shared secret")]
    Secret,
    /// Clients are to be known by a shared secret.
    #[error("\"token_endpoint_auth_method\" is one with a shared secret")]
    SecretMethod,
    /// A member is not of its type.
    #[error("the member \"{0}\" is not of its type")]
    Member(&'static str),
    /// It has both `jwks` and `jwks_uri`.
    #[error("the document has both \"jwks\" and \"jwks_uri\"")]
    KeysTwice,
    /// It has neither `jwks` nor `jwks_uri`.
    #[error("the document has neither \"jwks\" nor \"jwks_uri\"")]
    NoKeys,
    /// `jwks_uri` is no https URL.
    #[error("\"jwks_uri\": {0}")]
    KeysUrl(IdentifierError),
    /// `jwks_uri` has another origin than the client id.
    #[error("\"jwks_uri\" has another origin than the client id")]
    OtherOrigin,
    /// The keys in it are not as they have to be.
    #[error("the keys in the document: {0}")]
    Keys(KeySetFault),
}

impl DocumentFault {
    /// The kind of fault in one word, as the vectors name it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::Json(fault) => fault.class(),
            Self::ClientId => "client-id",
            Self::Secret => "secret",
            Self::SecretMethod => "secret-method",
            Self::Member(_) => "member",
            Self::KeysTwice => "keys-twice",
            Self::NoKeys => "no-keys",
            Self::KeysUrl(_) => "keys-url",
            Self::OtherOrigin => "other-origin",
            Self::Keys(fault) => fault.class(),
        }
    }

    /// The requirement that forbids a verifier to use such a document, if one does by itself.
    #[must_use]
    pub fn requirement(self) -> Option<&'static str> {
        match self {
            Self::TooLarge => Some("JW-ANY-008"),
            Self::Json(ObjectFault::RepeatedMember) => Some("JW-ANY-018"),
            Self::Json(_) => Some("JW-CLI-031"),
            Self::ClientId => Some("JW-ANY-011"),
            Self::Secret | Self::SecretMethod => Some("JW-ANY-017"),
            Self::KeysTwice | Self::NoKeys => Some("JW-ANY-012"),
            Self::KeysUrl(_) | Self::OtherOrigin => Some("JW-ANY-013"),
            Self::Keys(fault) => fault.requirement(),
            Self::Member(_) => None,
        }
    }
}

impl ClientDocument {
    /// Reads a document that was fetched from this client id. Members that nobody knows are ignored.
    ///
    /// # Errors
    /// The first rule that it breaks: its size (JW-ANY-008), strict JSON (JW-ANY-018), `client_id`
    /// (JW-ANY-011), secrets (JW-ANY-017), `jwks` and `jwks_uri` (JW-ANY-012, JW-ANY-013), or its keys
    /// (JW-ANY-014 to JW-ANY-016).
    pub fn parse(bytes: &[u8], fetched_from: &ClientId) -> Result<Self, DocumentFault> {
        if bytes.len() > LARGEST_DOCUMENT {
            return Err(DocumentFault::TooLarge);
        }
        let members = object(bytes, MAX_NESTING).map_err(DocumentFault::Json)?;
        if text(&members, "client_id")? != Some(fetched_from.as_str()) {
            return Err(DocumentFault::ClientId);
        }
        if SECRETS.iter().any(|name| members.contains_key(*name)) {
            return Err(DocumentFault::Secret);
        }
        let method = text(&members, "token_endpoint_auth_method")?;
        if method.is_some_and(|method| method.starts_with(SECRET_METHODS)) {
            return Err(DocumentFault::SecretMethod);
        }
        let keys = match (members.get("jwks"), text(&members, "jwks_uri")?) {
            (Some(_), Some(_)) => return Err(DocumentFault::KeysTwice),
            (None, None) => return Err(DocumentFault::NoKeys),
            (Some(set), None) => Keys::Inline(inline(set)?),
            (None, Some(address)) => Keys::At(at_origin_of(fetched_from, address)?),
        };
        Ok(Self {
            name: text(&members, "client_name")?.map(str::to_owned),
            keys,
        })
    }

    /// The keys, or where they are.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The keys, or where they are, and nothing else of the document.
    #[must_use]
    pub fn into_keys(self) -> Keys {
        self.keys
    }

    /// A name for people, which proves nothing.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The document of a client whose keys are at this address.
    #[must_use]
    pub fn with_keys_at(client: &ClientId, jwks_uri: impl AsRef<str>) -> Value {
        json!({ "client_id": client.as_str(), "jwks_uri": jwks_uri.as_ref() })
    }

    /// The document of a client with its keys in it.
    #[must_use]
    pub fn with_keys(client: &ClientId, keys: &KeySet) -> Value {
        json!({ "client_id": client.as_str(), "jwks": keys.to_json() })
    }
}

fn text<'m>(
    members: &'m Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'m str>, DocumentFault> {
    members
        .get(name)
        .map(|value| value.as_str().ok_or(DocumentFault::Member(name)))
        .transpose()
}

fn inline(set: &Value) -> Result<KeySet, DocumentFault> {
    if !set.is_object() {
        return Err(DocumentFault::Member("jwks"));
    }
    key_set(set.to_string().as_bytes()).map_err(DocumentFault::Keys)
}

fn at_origin_of(client: &ClientId, address: &str) -> Result<HttpsUrl, DocumentFault> {
    let url = HttpsUrl::parse(address).map_err(DocumentFault::KeysUrl)?;
    if client.shares_origin_with(&url) {
        Ok(url)
    } else {
        Err(DocumentFault::OtherOrigin)
    }
}
