//! The keys that sign bearers: secret ones, which only the replicas of an issuer have, and pairs.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::jose::{Algorithm, KeyFault, KeySet, PublicKey, SignedToken, SigningKey, TokenFault};
use crate::strict::object;

/// How deep a JWK may nest.
const MAX_NESTING: usize = 4;

/// The algorithm of a key in a ring. Each key has one, and verifies nothing of another (LC-ISS-011).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RingAlgorithm {
    /// HMAC with SHA-256 (RFC 7518 section 3.2).
    HS256,
    /// HMAC with SHA-512.
    HS512,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4).
    ES256,
    /// Ed25519 (RFC 8037 section 3.1).
    EdDSA,
    /// RSASSA-PSS with SHA-256 (RFC 7518 section 3.5).
    PS256,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3).
    RS256,
}

/// A name of an algorithm that no ring has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected one of HS256, HS512, ES256, EdDSA, PS256 and RS256")]
pub struct UnknownRingAlgorithm;

impl RingAlgorithm {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::HS256,
        Self::HS512,
        Self::ES256,
        Self::EdDSA,
        Self::PS256,
        Self::RS256,
    ];

    /// Its name in a header.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::HS512 => "HS512",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
            Self::PS256 => "PS256",
            Self::RS256 => "RS256",
        }
    }

    /// Whether its keys are pairs, the public half of which is published.
    #[must_use]
    pub fn is_pair(self) -> bool {
        !matches!(self, Self::HS256 | Self::HS512)
    }

    /// The algorithm of a pair.
    #[must_use]
    pub fn pair(self) -> Option<Algorithm> {
        match self {
            Self::HS256 | Self::HS512 => None,
            Self::ES256 => Some(Algorithm::ES256),
            Self::EdDSA => Some(Algorithm::EdDSA),
            Self::PS256 => Some(Algorithm::PS256),
            Self::RS256 => Some(Algorithm::RS256),
        }
    }
}

impl From<Algorithm> for RingAlgorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::ES256 => Self::ES256,
            Algorithm::EdDSA => Self::EdDSA,
            Algorithm::PS256 => Self::PS256,
            Algorithm::RS256 => Self::RS256,
        }
    }
}

impl FromStr for RingAlgorithm {
    type Err = UnknownRingAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownRingAlgorithm> {
        let named = |algorithm: &Self| algorithm.name() == name;
        Self::ALL
            .into_iter()
            .find(named)
            .ok_or(UnknownRingAlgorithm)
    }
}

impl fmt::Display for RingAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why something is no key of a ring. Nothing of the key stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RingKeyFault {
    /// It has no name, or one that is too long.
    #[error("\"kid\" is missing, empty or too long")]
    NoName,
    /// Its algorithm is none of [`RingAlgorithm`], or none of its kind.
    #[error("\"alg\" is missing, or none for such a key")]
    Algorithm,
    /// It is secret, and shorter than the output of its hash (LC-ISS-029).
    #[error("the secret is shorter than the output of its hash")]
    TooShort,
    /// It is no JWK, or not of its form.
    #[error("{0}")]
    Key(#[from] KeyFault),
}

/// A secret key: HMAC. Whoever can verify with it can sign, so it never leaves the replicas of its issuer. The
/// cryptographic library wipes it, and `Debug` shows only its name.
pub struct SecretKey {
    id: String,
    algorithm: RingAlgorithm,
    octets: Zeroizing<Vec<u8>>,
    key: hmac::Key,
}

impl SecretKey {
    /// A key of these octets.
    ///
    /// # Errors
    /// When the algorithm is none of HMAC, the octets are fewer than its hash has, or the name is empty or too
    /// long.
    pub fn new(algorithm: RingAlgorithm, id: &str, octets: &[u8]) -> Result<Self, RingKeyFault> {
        let (hash, least) = match algorithm {
            RingAlgorithm::HS256 => (hmac::HMAC_SHA256, 32),
            RingAlgorithm::HS512 => (hmac::HMAC_SHA512, 64),
            _ => return Err(RingKeyFault::Algorithm),
        };
        if id.is_empty() || id.len() > PublicKey::MAX_ID {
            return Err(RingKeyFault::NoName);
        }
        // LC-ISS-029
        if octets.len() < least {
            return Err(RingKeyFault::TooShort);
        }
        Ok(Self {
            id: id.to_owned(),
            algorithm,
            octets: Zeroizing::new(octets.to_vec()),
            key: hmac::Key::new(hash, octets),
        })
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.id)
    }
}

/// A key that signs bearers.
#[derive(Debug)]
pub enum RingKey {
    /// A secret one.
    Secret(Box<SecretKey>),
    /// A pair.
    Pair(Box<SigningKey>),
}

impl From<SecretKey> for RingKey {
    fn from(secret: SecretKey) -> Self {
        Self::Secret(Box::new(secret))
    }
}

impl From<SigningKey> for RingKey {
    fn from(pair: SigningKey) -> Self {
        Self::Pair(Box::new(pair))
    }
}

impl RingKey {
    /// The most octets that a JWK of one may have.
    pub const MAX_LENGTH: usize = PublicKey::MAX_LENGTH;

    /// Reads a secret or a private key as a JWK with `kid` and `alg` (RFC 7517 section 4, RFC 7518 section 6).
    ///
    /// # Errors
    /// When it is no strict JSON object, has no name or no algorithm of its kind, is too short, or is not a key.
    pub fn parse_jwk(text: &str) -> Result<Self, RingKeyFault> {
        if text.len() > Self::MAX_LENGTH {
            return Err(KeyFault::TooLarge.into());
        }
        Self::from_members(&object(text.as_bytes(), MAX_NESTING).map_err(KeyFault::Json)?)
    }

    /// Reads the members of such a JWK.
    ///
    /// # Errors
    /// As [`RingKey::parse_jwk`].
    pub fn from_members(jwk: &Map<String, Value>) -> Result<Self, RingKeyFault> {
        let text = |name| jwk.get(name).and_then(Value::as_str);
        let id = text("kid").ok_or(RingKeyFault::NoName)?;
        let algorithm: RingAlgorithm = text("alg")
            .and_then(|name| name.parse().ok())
            .ok_or(RingKeyFault::Algorithm)?;
        match (text("kty"), algorithm.pair()) {
            (Some("oct"), None) => {
                let octets = text("k").ok_or(KeyFault::Member("k"))?;
                let octets = URL_SAFE_NO_PAD.decode(octets);
                let octets = Zeroizing::new(octets.map_err(|_| KeyFault::Member("k"))?);
                Ok(SecretKey::new(algorithm, id, &octets)?.into())
            }
            (Some("EC" | "OKP" | "RSA"), Some(pair)) => {
                if id.is_empty() {
                    return Err(RingKeyFault::NoName);
                }
                Ok(SigningKey::from_jwk(pair, id, jwk)?.into())
            }
            _ => Err(RingKeyFault::Algorithm),
        }
    }

    /// Reads what [`RingKey::to_kept`] has written.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_kept(kept: &Value) -> Result<Self, RingKeyFault> {
        let text = |name: &'static str| {
            let text = kept.get(name).and_then(Value::as_str);
            text.ok_or(KeyFault::Member(name))
        };
        let algorithm: RingAlgorithm = text("alg")?.parse().map_err(|_| RingKeyFault::Algorithm)?;
        let octets = URL_SAFE_NO_PAD.decode(text("key")?);
        let octets = Zeroizing::new(octets.map_err(|_| KeyFault::Member("key"))?);
        match algorithm.pair() {
            None => Ok(SecretKey::new(algorithm, text("kid")?, &octets)?.into()),
            Some(pair) => Ok(SigningKey::from_pkcs8(pair, text("kid")?, &octets)?.into()),
        }
    }

    /// The whole key, to be kept where nobody else comes. The caller wipes it.
    ///
    /// # Errors
    /// When the cryptographic library does not give it away.
    pub fn to_kept(&self) -> Result<Value, RingKeyFault> {
        let octets = match self {
            Self::Secret(secret) => secret.octets.clone(),
            Self::Pair(pair) => pair.to_pkcs8()?,
        };
        Ok(json!({
            "kid": self.id(),
            "alg": self.algorithm().name(),
            "key": URL_SAFE_NO_PAD.encode(&*octets),
        }))
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Secret(secret) => &secret.id,
            Self::Pair(pair) => pair.key_id(),
        }
    }

    /// Its algorithm.
    #[must_use]
    pub fn algorithm(&self) -> RingAlgorithm {
        match self {
            Self::Secret(secret) => secret.algorithm,
            Self::Pair(pair) => pair.algorithm().into(),
        }
    }

    /// A token of this header and these claims, whatever they are.
    ///
    /// # Errors
    /// When the cryptographic library cannot sign.
    pub fn sign(
        &self,
        header: &Map<String, Value>,
        claims: &Map<String, Value>,
    ) -> Result<String, RingKeyFault> {
        let text = |members| serde_json::to_string(members).map_err(|_| KeyFault::Signing);
        let (header, claims) = (text(header)?, text(claims)?);
        match self {
            Self::Secret(secret) => {
                let mut token = URL_SAFE_NO_PAD.encode(header);
                token.push('.');
                URL_SAFE_NO_PAD.encode_string(claims, &mut token);
                let tag = hmac::sign(&secret.key, token.as_bytes());
                token.push('.');
                URL_SAFE_NO_PAD.encode_string(tag, &mut token);
                Ok(token)
            }
            Self::Pair(pair) => Ok(pair.sign_raw(&header, &claims)?),
        }
    }

    /// What verifies its signatures.
    #[must_use]
    pub fn verifier(&self) -> RingVerifier<'_> {
        RingVerifier(self)
    }

    /// The public half as a JWK; none of a secret key (LC-ISS-035).
    #[must_use]
    pub fn to_published_jwk(&self) -> Option<Value> {
        match self {
            Self::Secret(_) => None,
            Self::Pair(pair) => Some(pair.public().to_jwk()),
        }
    }
}

/// What verifies the signatures of one key.
#[derive(Debug, Clone, Copy)]
pub struct RingVerifier<'k>(&'k RingKey);

impl RingVerifier<'_> {
    /// Verifies the signature of a token, in constant time where the key is secret.
    ///
    /// # Errors
    /// When its algorithm is not that of the key (LC-ISS-011), it has header parameters that have to be
    /// understood, or the signature is not right.
    pub fn verify(&self, token: &SignedToken<'_>) -> Result<(), TokenFault> {
        let named = token.header().get("alg").and_then(Value::as_str);
        if named != Some(self.0.algorithm().name()) {
            return Err(TokenFault::AlgorithmNotAllowed);
        }
        if token.has_crit() {
            return Err(TokenFault::Critical);
        }
        match self.0 {
            RingKey::Secret(secret) => {
                let signed = token.signed().as_bytes();
                hmac::verify(&secret.key, signed, token.signature())
                    .map_err(|_| TokenFault::BadSignature)
            }
            RingKey::Pair(pair) => {
                KeySet::of(vec![pair.public()]).verify(token, &[pair.algorithm()])
            }
        }
    }
}
