//! A private key that signs tokens.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

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
        Self::from_pkcs8(algorithm, id, &der)
    }

    /// Reads a private key from the members of a JWK (RFC 7518 section 6, RFC 8037 section 2), whose `alg` and
    /// `kid` are passed beside it.
    ///
    /// # Errors
    /// When the members are no such key, are those of another one, or are not of the algorithm.
    pub fn from_jwk(
        algorithm: Algorithm,
        id: &str,
        jwk: &Map<String, Value>,
    ) -> Result<Self, KeyFault> {
        Self::of(algorithm, id, Pair::from_members(algorithm, jwk)?)
    }

    /// Reads a private key in PKCS#8.
    ///
    /// # Errors
    /// When the octets are no such key, or when it is not of the algorithm.
    pub fn from_pkcs8(algorithm: Algorithm, id: &str, der: &[u8]) -> Result<Self, KeyFault> {
        let pair = Pair::read(algorithm, der).ok_or(KeyFault::NoPrivateKey)?;
        Self::of(algorithm, id, pair)
    }

    fn of(algorithm: Algorithm, id: &str, pair: Pair) -> Result<Self, KeyFault> {
        let material = pair.material().ok_or(KeyFault::NoPrivateKey)?;
        Ok(Self {
            algorithm,
            public: PublicKey::new(Some(id.to_owned()), Some(algorithm), material)?,
            pair,
            id: id.to_owned(),
        })
    }

    /// The private key in PKCS#8, to be kept where nobody else comes.
    ///
    /// # Errors
    /// When the cryptographic library does not give it away.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let octets = match &self.pair {
            Pair::P256(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
            Pair::Ed25519(pair) => pair.to_pkcs8().map(|der| der.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map(|der| der.as_ref().to_vec())
            }
        };
        octets
            .map(Zeroizing::new)
            .map_err(|_| KeyFault::NoPrivateKey)
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

    fn from_members(algorithm: Algorithm, jwk: &Map<String, Value>) -> Result<Self, KeyFault> {
        let octets = |name: &'static str| {
            let text = jwk.get(name).and_then(Value::as_str);
            let octets = text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
            octets.map(Zeroizing::new).ok_or(KeyFault::Member(name))
        };
        let curve = jwk.get("crv").and_then(Value::as_str);
        let pair = match (algorithm, curve) {
            (Algorithm::ES256, Some("P-256")) => {
                let mut point = vec![4];
                point.extend_from_slice(&octets("x")?);
                point.extend_from_slice(&octets("y")?);
                let signing = &ECDSA_P256_SHA256_FIXED_SIGNING;
                EcdsaKeyPair::from_private_key_and_public_key(signing, &octets("d")?, &point)
                    .map(Self::P256)
            }
            (Algorithm::EdDSA, Some("Ed25519")) => {
                Ed25519KeyPair::from_seed_and_public_key(&octets("d")?, &octets("x")?)
                    .map(Self::Ed25519)
            }
            (Algorithm::PS256 | Algorithm::RS256, None) => {
                let components = KeyPairComponents {
                    public_key: PublicKeyComponents {
                        n: octets("n")?,
                        e: octets("e")?,
                    },
                    d: octets("d")?,
                    p: octets("p")?,
                    q: octets("q")?,
                    dP: octets("dp")?,
                    dQ: octets("dq")?,
                    qInv: octets("qi")?,
                };
                RsaKeyPair::from_components(&components).map(Self::Rsa)
            }
            _ => return Err(KeyFault::NoPrivateKey),
        };
        pair.map_err(|_| KeyFault::NoPrivateKey)
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
