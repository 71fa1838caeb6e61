//! What signs a statement: a key pair, a secret that two share, or nobody here.

use super::Secret;
use crate::steps::Stop;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use btx_spec::jose::SigningKey;
use serde_json::Value;
use std::sync::Arc;

/// What signs a statement.
#[derive(Debug, Clone)]
pub(in crate::steps) enum Key {
    /// A key pair of the harness.
    Pair(Arc<SigningKey>),
    /// A secret key of the harness.
    Secret(Arc<Secret>),
    /// A key that the harness does not have.
    Theirs(Box<Theirs>),
}

/// A key of somebody else, of which there is a statement that it has signed.
#[derive(Debug, Clone)]
pub(in crate::steps) struct Theirs {
    /// Its algorithm.
    pub(in crate::steps) algorithm: String,
    /// Its name.
    pub(in crate::steps) id: String,
    /// Its public half, if it is published.
    pub(in crate::steps) public: Option<Value>,
    /// The signature of the statement, as it stands in there. It is put on whatever is to be signed.
    pub(in crate::steps) signature: String,
}

impl Key {
    /// The name of its algorithm.
    pub(in crate::steps) fn algorithm(&self) -> &str {
        match self {
            Self::Pair(pair) => pair.algorithm().name(),
            Self::Secret(secret) => secret.algorithm().name(),
            Self::Theirs(theirs) => &theirs.algorithm,
        }
    }

    /// Its own name.
    pub(in crate::steps) fn key_id(&self) -> &str {
        match self {
            Self::Pair(pair) => pair.key_id(),
            Self::Secret(secret) => secret.key_id(),
            Self::Theirs(theirs) => &theirs.id,
        }
    }

    /// Its public half, for whoever takes that for a secret.
    ///
    /// # Errors
    /// When nobody knows one.
    pub(in crate::steps) fn public(&self) -> Result<Value, Stop> {
        let public = match self {
            Self::Pair(pair) => Some(pair.public().to_jwk()),
            Self::Secret(_) => None,
            Self::Theirs(theirs) => theirs.public.clone(),
        };
        public.ok_or_else(|| Stop::Harness("a key without a public half".to_owned()))
    }

    /// The signed text of that header and these claims.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub(in crate::steps) fn sign(&self, header: &str, claims: &str) -> Result<String, Stop> {
        let input = || {
            let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
            format!("{}.{}", part(header), part(claims))
        };
        match self {
            Self::Pair(pair) => pair
                .sign_raw(header, claims)
                .map_err(|e| Stop::Harness(format!("a statement could not be signed: {e}"))),
            Self::Secret(secret) => {
                let input = input();
                let seal = URL_SAFE_NO_PAD.encode(secret.mac(input.as_bytes())?);
                Ok(format!("{input}.{seal}"))
            }
            Self::Theirs(theirs) => Ok(format!("{}.{}", input(), theirs.signature)),
        }
    }
}

impl From<Arc<SigningKey>> for Key {
    fn from(pair: Arc<SigningKey>) -> Self {
        Self::Pair(pair)
    }
}
