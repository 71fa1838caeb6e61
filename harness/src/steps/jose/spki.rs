//! A public key as everybody writes it who does not write JWKs: SubjectPublicKeyInfo (RFC 5280 section
//! 4.1.2.7), as DER and as PEM.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::Value;

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;
const BIT_STRING: u8 = 0x03;
const INTEGER: u8 = 0x02;
const NULL: [u8; 2] = [0x05, 0x00];

/// 1.2.840.10045.2.1
const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7
const P_256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// 1.3.101.112
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// 1.2.840.113549.1.1.1
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// The key of a JWK as DER; `None` for a kind of key that signs no token of this profile.
pub(in crate::steps) fn der(jwk: &Value) -> Option<Vec<u8>> {
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok();
    let (algorithm, key) = match jwk.get("kty")?.as_str()? {
        "EC" => {
            let names = [
                element(OBJECT_IDENTIFIER, EC_KEY),
                element(OBJECT_IDENTIFIER, P_256),
            ];
            (names.concat(), [vec![4], bytes("x")?, bytes("y")?].concat())
        }
        "OKP" => (element(OBJECT_IDENTIFIER, ED25519), bytes("x")?),
        "RSA" => {
            let numbers = [integer(&bytes("n")?), integer(&bytes("e")?)].concat();
            let name = [element(OBJECT_IDENTIFIER, RSA), NULL.to_vec()].concat();
            (name, element(SEQUENCE, &numbers))
        }
        _ => return None,
    };
    // No bits of the last byte are unused.
    let key = [vec![0], key].concat();
    let both = [element(SEQUENCE, &algorithm), element(BIT_STRING, &key)].concat();
    Some(element(SEQUENCE, &both))
}

/// The key of a JWK as PEM.
pub(in crate::steps) fn pem(jwk: &Value) -> Option<String> {
    let text = STANDARD.encode(der(jwk)?);
    let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END PUBLIC KEY-----\n");
    Some(pem)
}

/// A number that is not negative: a leading zero keeps its first bit from being read as a sign.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if bytes.first().is_some_and(|b| *b >= 0x80) {
        &[0]
    } else {
        &[]
    };
    element(INTEGER, &[sign, bytes].concat())
}

/// Tag, length and content (X.690 section 8.1).
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => bytes.push(short),
        _ => {
            let length = content.len().to_be_bytes();
            let digits: Vec<u8> = length.into_iter().skip_while(|b| *b == 0).collect();
            bytes.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            bytes.extend(digits);
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use btx_spec::jose::{Algorithm, SigningKey};
    use rcgen::KeyPair;

    #[test]
    fn a_public_key_as_pem_is_what_others_write() {
        for (algorithm, kind) in [
            (Algorithm::ES256, &rcgen::PKCS_ECDSA_P256_SHA256),
            (Algorithm::EdDSA, &rcgen::PKCS_ED25519),
            (Algorithm::RS256, &rcgen::PKCS_RSA_SHA256),
        ] {
            let pair = KeyPair::generate_for(kind).unwrap();
            let key = SigningKey::from_pkcs8_pem(algorithm, "k", &pair.serialize_pem()).unwrap();
            let ours = pem(&key.public().to_jwk()).unwrap();
            let theirs = pair.public_key_pem().replace("\r\n", "\n");
            assert_eq!(ours.trim_end(), theirs.trim_end(), "{algorithm}");
        }
    }
}
