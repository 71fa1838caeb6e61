//! A private key that signs tokens.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::algorithm::Algorithm;
use super::pem;
use super::public_key::{KeyFault, Material, PublicKey};

/// A private key, bound to one algorithm and with an id. The cryptographic library wipes it when it is
/// dropped, and `Debug` shows only its id.
pub struct SigningKey {
    algorithm: Algorithm,
    pair: Pair,
    public: PublicKey,
    id: String,
}

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl SigningKey {
    /// Reads a private key in PEM and PKCS#8 (`BEGIN PRIVATE KEY`).
    ///
    /// # Errors
    /// When the text is no such key, when the key is not of the algorithm, or when it is one that
    /// [`PublicKey::parse_jwk`] would refuse.
    pub fn from_pkcs8_pem(algorithm: Algorithm, id: &str, pem: &str) -> Result<Self, KeyFault> {
        let der = pem::private_key(pem).ok_or(KeyFault::NoPrivateKey)?;
        let pair = Pair::read(algorithm, &der).ok_or(KeyFault::NoPrivateKey)?;
        let material = pair.material().ok_or(KeyFault::NoPrivateKey)?;
        Ok(Self {
            algorithm,
            public: PublicKey::new(Some(id.to_owned()), Some(algorithm), material)?,
            pair,
            id: id.to_owned(),
        })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.public.clone()
    }

    /// The id of the key.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.id
    }

    /// The algorithm that it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// A token of these claims, whose header names the algorithm, the key and, if there is one, the type.
    ///
    /// # Errors
    /// When the cryptographic library cannot sign.
    pub fn sign(&self, typ: Option<&str>, claims: &Map<String, Value>) -> Result<String, KeyFault> {
        let mut header = json!({ "alg": self.algorithm.name(), "kid": self.id });
        if let (Some(typ), Some(members)) = (typ, header.as_object_mut()) {
            members.insert("typ".to_owned(), typ.into());
        }
        let claims = serde_json::to_string(claims).map_err(|_| KeyFault::Signing)?;
        self.sign_raw(&header.to_string(), &claims)
    }

    /// A token of exactly this header and this payload, whatever they are; for forging some that are to be
    /// refused.
    ///
    /// # Errors
    /// When the cryptographic library cannot sign.
    pub fn sign_raw(&self, header_json: &str, payload_json: &str) -> Result<String, KeyFault> {
        let header = URL_SAFE_NO_PAD.encode(header_json);
        let payload = URL_SAFE_NO_PAD.encode(payload_json);
        let mut token = format!("{header}.{payload}");
        let signature = self.sign_octets(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// The signature of `message`, as a token has it.
    fn sign_octets(&self, message: &[u8]) -> Result<Vec<u8>, KeyFault> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::P256(pair) => pair
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| KeyFault::Signing),
            Pair::Ed25519(pair) => pair
                .try_sign(message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| KeyFault::Signing),
            Pair::Rsa(pair) => {
                let padding = match self.algorithm {
                    Algorithm::PS256 => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature)
                    .map(|()| signature)
                    .map_err(|_| KeyFault::Signing)
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.id)
    }
}

impl Pair {
    fn read(algorithm: Algorithm, der: &[u8]) -> Option<Self> {
        match algorithm {
            Algorithm::ES256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
                .ok()
                .map(Self::P256),
            Algorithm::EdDSA => Ed25519KeyPair::from_pkcs8(der).ok().map(Self::Ed25519),
            Algorithm::PS256 | Algorithm::RS256 => RsaKeyPair::from_pkcs8(der).ok().map(Self::Rsa),
        }
    }

    fn material(&self) -> Option<Material> {
        match self {
            Self::P256(pair) => {
                // The point without compression: 4, then the coordinates.
                let coordinates = pair.public_key().as_ref().strip_prefix(&[4])?;
                let (x, y) = coordinates.split_at_checked(32)?;
                Some(Material::P256 {
                    x: x.to_vec(),
                    y: y.to_vec(),
                })
            }
            Self::Ed25519(pair) => Some(Material::Ed25519 {
                x: pair.public_key().as_ref().to_vec(),
            }),
            Self::Rsa(pair) => {
                let public = pair.public_key();
                Some(Material::Rsa {
                    n: public.modulus().big_endian_without_leading_zero().to_vec(),
                    e: public.exponent().big_endian_without_leading_zero().to_vec(),
                })
            }
        }
    }
}
