//! One public key: as a JWK, and as what verifies signatures.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use thiserror::Error;

use super::algorithm::Algorithm;
use crate::strict::{ObjectFault, object};

/// Why a text is no key or no set of keys that is used here. Nothing of the text stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyFault {
    /// The text has too many octets, or the set too many keys.
    #[error("the key or the set of keys is too large")]
    TooLarge,
    /// The text is no strict JSON object.
    #[error("the key or the set of keys: {0}")]
    Json(ObjectFault),
    /// A member is missing, or not of its form.
    #[error("the member \"{0}\" is missing or not of its form")]
    Member(&'static str),
    /// The key has private members.
    #[error("the key is private")]
    Private,
    /// The key is symmetric.
    #[error("the key is symmetric")]
    Symmetric,
    /// The modulus has fewer than 2048 bits, or the exponent is even or 1.
    #[error("the RSA key is weak")]
    Weak,
    /// The modulus has more than 8192 bits, or the exponent more than 33.
    #[error("the RSA key is huge")]
    Huge,
    /// The point is not one of the curve.
    #[error("the point is not on the curve")]
    NotOnCurve,
    /// Two keys of the set have one id.
    #[error("two keys of the set have one id")]
    RepeatedId,
    /// The key is for something else: of a type, a curve, an algorithm or a use that is not known here.
    #[error("the key is not for the signatures that are known here")]
    Unsupported,
    /// The text is no private key in PEM and PKCS#8 that fits the algorithm.
    #[error("it is no private key of that algorithm in PEM and PKCS#8")]
    NoPrivateKey,
    /// What is to be signed cannot be.
    #[error("the token cannot be signed")]
    Signing,
}

impl KeyFault {
    /// The kind of fault in one word, as the vectors name it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::Json(fault) => fault.class(),
            Self::Member(_) => "member",
            Self::Private => "private",
            Self::Symmetric => "symmetric",
            Self::Weak => "weak",
            Self::Huge => "huge",
            Self::NotOnCurve => "not-on-curve",
            Self::RepeatedId => "repeated-id",
            Self::Unsupported => "unsupported",
            Self::NoPrivateKey => "no-private-key",
            Self::Signing => "signing",
        }
    }
}

/// A public key that verifies signatures of one algorithm; an RSA key whose JWK names none verifies those
/// of two.
#[derive(Clone)]
pub struct PublicKey {
    id: Option<String>,
    material: Material,
    verifiers: Vec<(Algorithm, ParsedPublicKey)>,
}

/// What the key is, as its JWK has it.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Material {
    /// A point of P-256: `x` and `y`, 32 octets each.
    P256 { x: Vec<u8>, y: Vec<u8> },
    /// A point of Ed25519, 32 octets.
    Ed25519 { x: Vec<u8> },
    /// Modulus and exponent without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

/// The members that make a JWK private or symmetric (RFC 7518 section 6, RFC 8037 section 2).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// How deep a JWK or a set of them may nest.
pub(super) const MAX_NESTING: usize = 16;

impl PublicKey {
    /// The most octets that a JWK may have: room for a key of 8192 bits and a chain of certificates, which
    /// is not looked at.
    pub const MAX_LENGTH: usize = 32 * 1024;
    /// The most octets that the id of a key may have.
    pub const MAX_ID: usize = 256;

    /// Reads one JWK (RFC 7517 section 4).
    ///
    /// Coordinates have their full length, leading zeros included; modulus and exponent have no leading
    /// zeros (RFC 7518 section 6). That an Ed25519 key is a point shows only when it verifies something.
    ///
    /// # Errors
    /// When it is no strict JSON object, private, symmetric, weak, huge, not on its curve, not of its form,
    /// or not for signatures that are known here.
    pub fn parse_jwk(text: &str) -> Result<Self, KeyFault> {
        if text.len() > Self::MAX_LENGTH {
            return Err(KeyFault::TooLarge);
        }
        Self::from_members(&object(text.as_bytes(), MAX_NESTING).map_err(KeyFault::Json)?)
    }

    /// Reads the members of one JWK.
    pub(super) fn from_members(jwk: &Map<String, Value>) -> Result<Self, KeyFault> {
        let kty = text(jwk, "kty")?.ok_or(KeyFault::Member("kty"))?;
        if kty == "oct" {
            return Err(KeyFault::Symmetric);
        }
        if PRIVATE.iter().any(|name| jwk.contains_key(*name)) {
            return Err(KeyFault::Private);
        }
        let for_signatures = text(jwk, "use")?.is_none_or(|usage| usage == "sig") && verifies(jwk)?;
        if !for_signatures {
            return Err(KeyFault::Unsupported);
        }
        let id = text(jwk, "kid")?.map(str::to_owned);
        let material = match (kty, text(jwk, "crv")?) {
            ("EC", Some("P-256")) => Material::P256 {
                x: coordinate(jwk, "x")?,
                y: coordinate(jwk, "y")?,
            },
            ("OKP", Some("Ed25519")) => Material::Ed25519 {
                x: coordinate(jwk, "x")?,
            },
            ("EC" | "OKP", None) => return Err(KeyFault::Member("crv")),
            ("RSA", _) => Material::Rsa {
                n: octets(jwk, "n")?,
                e: octets(jwk, "e")?,
            },
            _ => return Err(KeyFault::Unsupported),
        };
        let algorithm = match text(jwk, "alg")? {
            None => None,
            Some(name) => Some(name.parse().map_err(|_| KeyFault::Unsupported)?),
        };
        Self::new(id, algorithm, material)
    }

    /// A key of this material, bound to `algorithm` if one is given.
    pub(super) fn new(
        id: Option<String>,
        algorithm: Option<Algorithm>,
        material: Material,
    ) -> Result<Self, KeyFault> {
        if id.as_ref().is_some_and(|id| id.len() > Self::MAX_ID) {
            return Err(KeyFault::Member("kid"));
        }
        let verifiers: Vec<_> = material
            .verifiers()?
            .into_iter()
            .filter(|(fits, _)| algorithm.is_none_or(|wanted| wanted == *fits))
            .collect();
        if verifiers.is_empty() {
            return Err(KeyFault::Member("alg"));
        }
        Ok(Self {
            id,
            material,
            verifiers,
        })
    }

    /// The id of the key.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The algorithms whose signatures it verifies: one, or two of an RSA key whose JWK names none.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> + '_ {
        self.verifiers.iter().map(|(algorithm, _)| *algorithm)
    }

    /// The JWK of the key: its id, its algorithm if it is bound to one, and its material.
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        let encode = |octets: &Vec<u8>| URL_SAFE_NO_PAD.encode(octets);
        let mut jwk = match &self.material {
            Material::P256 { x, y } => {
                json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) })
            }
            Material::Ed25519 { x } => json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(x) }),
            Material::Rsa { n, e } => json!({ "kty": "RSA", "n": encode(n), "e": encode(e) }),
        };
        if let Some(members) = jwk.as_object_mut() {
            members.insert("use".to_owned(), "sig".into());
            if let Some(id) = &self.id {
                members.insert("kid".to_owned(), id.as_str().into());
            }
            if let [(only, _)] = self.verifiers.as_slice() {
                members.insert("alg".to_owned(), only.name().into());
            }
        }
        jwk
    }

    /// What verifies signatures of `algorithm`, if the key does.
    pub(super) fn verifier(&self, algorithm: Algorithm) -> Option<&ParsedPublicKey> {
        let mut verifiers = self.verifiers.iter();
        verifiers
            .find(|(fits, _)| *fits == algorithm)
            .map(|(_, verifier)| verifier)
    }
}

/// Keys are the same if they have the same id and material, and verify the same algorithms.
impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
            && self.material == other.material
            && self.algorithms().eq(other.algorithms())
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?})", self.id)
    }
}

impl Material {
    /// What verifies signatures with it: one verifier for each algorithm that fits.
    fn verifiers(&self) -> Result<Vec<(Algorithm, ParsedPublicKey)>, KeyFault> {
        match self {
            Self::P256 { x, y } => {
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .map_err(|_| KeyFault::NotOnCurve)?;
                Ok(vec![(Algorithm::ES256, parsed)])
            }
            Self::Ed25519 { x } => {
                let parsed = ParsedPublicKey::new(&ED25519, x).map_err(|_| KeyFault::NotOnCurve)?;
                Ok(vec![(Algorithm::EdDSA, parsed)])
            }
            Self::Rsa { n, e } => {
                check_rsa(n, e)?;
                let key = RsaPublicKeyComponents { n, e };
                let parsed = |parameters| {
                    key.to_parsed_public_key(parameters)
                        .map_err(|_| KeyFault::Weak)
                };
                Ok(vec![
                    (Algorithm::PS256, parsed(&RSA_PSS_2048_8192_SHA256)?),
                    (Algorithm::RS256, parsed(&RSA_PKCS1_2048_8192_SHA256)?),
                ])
            }
        }
    }
}

/// Bounds a key before any arithmetic is done with it.
fn check_rsa(n: &[u8], e: &[u8]) -> Result<(), KeyFault> {
    let (Some(n_bits), Some(e_bits)) = (bits(n), bits(e)) else {
        return Err(KeyFault::Member("n"));
    };
    let even = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 0);
    if n_bits < 2048 || e_bits < 2 || even(n) || even(e) {
        return Err(KeyFault::Weak);
    }
    // What the cryptographic library takes for an exponent has 33 bits at the most.
    if n_bits > 8192 || e_bits > 33 {
        return Err(KeyFault::Huge);
    }
    Ok(())
}

/// How many bits a number without leading zeros has; none if it has some, or is nothing.
fn bits(number: &[u8]) -> Option<usize> {
    let first = number.first().filter(|first| **first != 0)?;
    Some(number.len() * 8 - first.leading_zeros() as usize)
}

/// Whether `key_ops` allows it to verify.
fn verifies(jwk: &Map<String, Value>) -> Result<bool, KeyFault> {
    match jwk.get("key_ops") {
        None => Ok(true),
        Some(Value::Array(operations)) => Ok(operations.iter().any(|name| name == "verify")),
        Some(_) => Err(KeyFault::Member("key_ops")),
    }
}

fn text<'a>(jwk: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, KeyFault> {
    match jwk.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(KeyFault::Member(name)),
    }
}

fn octets(jwk: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, KeyFault> {
    let encoded = text(jwk, name)?.ok_or(KeyFault::Member(name))?;
    URL_SAFE_NO_PAD
        .decode(encoded)
        .map_err(|_| KeyFault::Member(name))
}

fn coordinate(jwk: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, KeyFault> {
    let octets = octets(jwk, name)?;
    if octets.len() == 32 {
        Ok(octets)
    } else {
        Err(KeyFault::Member(name))
    }
}
