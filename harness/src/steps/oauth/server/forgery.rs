//! Signatures that are none: of another key, under another algorithm, or of nothing at all.

use crate::steps::Stop;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use btx_spec::jose::{Algorithm, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// How an assertion is signed.
#[derive(Debug, Clone)]
pub(super) enum Seal {
    /// With the key of who makes it.
    Own,
    /// With that key.
    With(Arc<SigningKey>),
    /// With HMAC and SHA-256, and a key that is no secret.
    Hmac(NoSecret),
    /// With nothing: the third part is empty.
    Empty,
    /// With nothing: there is no third part.
    Missing,
    /// With the own key, and then altered.
    Altered(Alteration),
}

/// What an attacker knows and takes for a key of HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoSecret {
    /// The public key in PEM.
    Pem,
    /// The public key as a JWK.
    Jwk,
    /// No bytes at all.
    Nothing,
}

/// What is altered after the signature was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alteration {
    /// The first character of the signature.
    Signature,
    /// The claims: a member is added.
    Claims,
    /// The header: a member is added.
    Header,
    /// The signature loses its last bytes.
    Cut,
}

impl Seal {
    /// The signed text of that header and these claims.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub(super) fn put_on(
        &self,
        own: &SigningKey,
        header: &str,
        claims: &str,
    ) -> Result<String, Stop> {
        let input = format!("{}.{}", part(header), part(claims));
        Ok(match self {
            Self::Own => sign(own, header, claims)?,
            Self::With(key) => sign(key, header, claims)?,
            Self::Empty => format!("{input}."),
            Self::Missing => input,
            Self::Hmac(key) => {
                let seal = mac(&key.bytes(own)?, &input)?;
                format!("{input}.{}", URL_SAFE_NO_PAD.encode(seal))
            }
            Self::Altered(what) => what.done_to(&sign(own, header, claims)?, header, claims),
        })
    }
}

impl NoSecret {
    fn bytes(self, key: &SigningKey) -> Result<Vec<u8>, Stop> {
        let jwk = key.public().to_jwk();
        match self {
            Self::Pem => pem(&jwk).map(String::into_bytes).ok_or_else(|| {
                Stop::Harness(format!("a public key that has no form of PEM here: {jwk}"))
            }),
            Self::Jwk => Ok(jwk.to_string().into_bytes()),
            Self::Nothing => Ok(Vec::new()),
        }
    }
}

impl Alteration {
    fn done_to(self, signed: &str, header: &str, claims: &str) -> String {
        let (input, seal) = signed.rsplit_once('.').unwrap_or((signed, ""));
        let with_member = |object: &str| object.replacen('{', "{\"x\":1,", 1);
        match self {
            Self::Signature => {
                let other = if seal.starts_with('A') { 'B' } else { 'A' };
                let rest: String = seal.chars().skip(1).collect();
                format!("{input}.{other}{rest}")
            }
            Self::Claims => format!("{}.{}.{seal}", part(header), part(&with_member(claims))),
            Self::Header => format!("{}.{}.{seal}", part(&with_member(header)), part(claims)),
            Self::Cut => {
                // Four characters are three bytes.
                let rest: String = seal.chars().take(seal.len().saturating_sub(4)).collect();
                format!("{input}.{rest}")
            }
        }
    }
}

fn part(json: &str) -> String {
    URL_SAFE_NO_PAD.encode(json)
}

fn sign(key: &SigningKey, header: &str, claims: &str) -> Result<String, Stop> {
    key.sign_raw(header, claims)
        .map_err(|e| Stop::Harness(format!("an assertion could not be signed: {e}")))
}

fn mac(key: &[u8], input: &str) -> Result<Vec<u8>, Stop> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key)
        .map_err(|e| Stop::Harness(format!("no HMAC: {e}")))?;
    mac.update(input.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

/// A public key as PEM of its SubjectPublicKeyInfo, as a library would read it from a file.
fn pem(jwk: &Value) -> Option<String> {
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok();
    let der = match jwk.get("kty")?.as_str()? {
        "EC" => [&P256[..], &[4], &bytes("x")?, &bytes("y")?].concat(),
        "OKP" => [&ED25519[..], &bytes("x")?].concat(),
        "RSA" => {
            let key = tagged(
                0x30,
                &[integer(&bytes("n")?), integer(&bytes("e")?)].concat(),
            );
            let shown = tagged(0x03, &[&[0], key.as_slice()].concat());
            tagged(0x30, &[&RSA[..], &shown].concat())
        }
        _ => return None,
    };
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    let lines = lines.join("\n");
    Some(format!(
        "-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"
    ))
}

/// What comes before a point of P-256.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// What comes before a key of Ed25519.
const ED25519: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// What says that a key is one of RSA.
const RSA: [u8; 15] = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

fn integer(bytes: &[u8]) -> Vec<u8> {
    let sign: &[u8] = match bytes.first() {
        Some(0x80..) => &[0],
        _ => &[],
    };
    tagged(0x02, &[sign, bytes].concat())
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let [.., high, low] = length.to_be_bytes();
    let mut all = match length {
        0..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    all.extend_from_slice(content);
    all
}

/// Somebody whom no server knows.
pub(super) struct Stranger {
    /// A key.
    pub(super) key: Arc<SigningKey>,
    /// The certificate for it, signed by itself, as it stands in a header.
    pub(super) certificate: String,
}

/// A stranger with a key of that algorithm, made once.
///
/// # Errors
/// When the key cannot be made.
pub(super) fn stranger(algorithm: Algorithm) -> Result<Arc<Stranger>, Stop> {
    static MADE: Mutex<Vec<Arc<Stranger>>> = Mutex::new(Vec::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(one) = made.iter().find(|one| one.key.algorithm() == algorithm) {
        return Ok(one.clone());
    }
    let one = make(algorithm).map_err(|e| Stop::Harness(format!("no key could be made: {e}")))?;
    let one = Arc::new(one);
    made.push(one.clone());
    Ok(one)
}

fn make(algorithm: Algorithm) -> Result<Stranger, Box<dyn std::error::Error>> {
    let kind = match algorithm {
        Algorithm::ES256 => &rcgen::PKCS_ECDSA_P256_SHA256,
        Algorithm::EdDSA => &rcgen::PKCS_ED25519,
        Algorithm::PS256 | Algorithm::RS256 => &rcgen::PKCS_RSA_SHA256,
    };
    let pair = rcgen::KeyPair::generate_for(kind)?;
    let names = vec!["stranger.example".to_owned()];
    let certificate = rcgen::CertificateParams::new(names)?.self_signed(&pair)?;
    let key = SigningKey::from_pkcs8_pem(algorithm, "stranger", &pair.serialize_pem())?;
    Ok(Stranger {
        key: Arc::new(key),
        certificate: STANDARD.encode(certificate.der()),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use btx_spec::jose::{KeySet, SignedToken};

    const HEADER: &str = r#"{"alg":"ES256"}"#;
    const CLAIMS: &str = r#"{"iss":"me"}"#;

    fn accepted(seal: &Seal) -> bool {
        let key = &stranger(Algorithm::ES256).unwrap().key;
        let text = seal.put_on(key, HEADER, CLAIMS).unwrap();
        let keys = KeySet::of(vec![key.public()]);
        let token = SignedToken::parse(&text);
        token.is_ok_and(|token| keys.verify(&token, &[Algorithm::ES256]).is_ok())
    }

    #[test]
    fn only_the_own_signature_is_one() {
        assert!(accepted(&Seal::Own));
        for seal in [
            Seal::With(make(Algorithm::ES256).unwrap().key),
            Seal::Hmac(NoSecret::Pem),
            Seal::Hmac(NoSecret::Jwk),
            Seal::Hmac(NoSecret::Nothing),
            Seal::Empty,
            Seal::Missing,
            Seal::Altered(Alteration::Signature),
            Seal::Altered(Alteration::Claims),
            Seal::Altered(Alteration::Header),
            Seal::Altered(Alteration::Cut),
        ] {
            assert!(!accepted(&seal), "{seal:?}");
        }
    }

    #[test]
    fn a_public_key_in_pem_is_what_a_library_writes() {
        for (algorithm, kind) in [
            (Algorithm::ES256, &rcgen::PKCS_ECDSA_P256_SHA256),
            (Algorithm::EdDSA, &rcgen::PKCS_ED25519),
            (Algorithm::RS256, &rcgen::PKCS_RSA_SHA256),
        ] {
            let pair = rcgen::KeyPair::generate_for(kind).unwrap();
            let key = SigningKey::from_pkcs8_pem(algorithm, "k", &pair.serialize_pem()).unwrap();
            let ours = pem(&key.public().to_jwk()).unwrap();
            let theirs = pair.public_key_pem().replace("\r\n", "\n");
            assert_eq!(ours.trim(), theirs.trim(), "{algorithm}");
        }
    }
}
