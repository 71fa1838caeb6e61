//! Keys that the harness makes: to be given to an issuer, or to be signed with by somebody else.

use crate::{
    steps::{
        Stop,
        jose::{Hash, Key, Secret},
    },
    target::lifecycle::KeyAlgorithm,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use btx_spec::jose::{Algorithm, SigningKey};
use serde_json::{Value, json};
use std::{fmt::Display, sync::Arc};

/// Tags of DER (X.690 section 8).
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;

/// A key in both forms.
pub(super) struct Made {
    /// As the harness signs with it.
    pub(super) key: Key,
    /// As the issuer is given it: a secret or private JWK.
    pub(super) jwk: Value,
}

/// Makes a key of that algorithm and name.
pub(super) fn make(algorithm: KeyAlgorithm, name: &str) -> Result<Made, Stop> {
    match Hash::of_name(algorithm.name()) {
        Some(hash) => {
            let secret = Secret::make(hash, name);
            Ok(Made {
                jwk: secret.to_jwk(),
                key: Key::Secret(Arc::new(secret)),
            })
        }
        None => pair(algorithm, name),
    }
}

/// A name that no key has.
pub(super) fn name() -> String {
    format!("given-{}", uuid::Uuid::new_v4().simple())
}

fn pair(algorithm: KeyAlgorithm, name: &str) -> Result<Made, Stop> {
    let algorithm: Algorithm = algorithm.name().parse().map_err(failed)?;
    let kind = match algorithm {
        Algorithm::ES256 => &rcgen::PKCS_ECDSA_P256_SHA256,
        Algorithm::EdDSA => &rcgen::PKCS_ED25519,
        Algorithm::PS256 | Algorithm::RS256 => &rcgen::PKCS_RSA_SHA256,
    };
    let pair = rcgen::KeyPair::generate_for(kind).map_err(failed)?;
    let key = SigningKey::from_pkcs8_pem(algorithm, name, &pair.serialize_pem()).map_err(failed)?;
    let jwk = private(&key, pair.serialized_der());
    Ok(Made {
        jwk: jwk.ok_or_else(|| failed("its private half cannot be read"))?,
        key: Key::Pair(Arc::new(key)),
    })
}

/// The whole pair as a JWK (RFC 7518 section 6, RFC 8037 section 2), from its form in PKCS#8 (RFC 5208 section 5).
fn private(key: &SigningKey, der: &[u8]) -> Option<Value> {
    let (_, info, _) = element(der)?;
    // After the version and the algorithm comes the key.
    let (_, _, rest) = element(info)?;
    let (_, _, rest) = element(rest)?;
    let (OCTET_STRING, inner, _) = element(rest)? else {
        return None;
    };
    let (tag, inner, _) = element(inner)?;
    let mut jwk = key.public().to_jwk();
    let members = jwk.as_object_mut()?;
    members.insert("kid".to_owned(), json!(key.key_id()));
    members.insert("alg".to_owned(), json!(key.algorithm().name()));
    let names: &[&str] = match key.algorithm() {
        Algorithm::EdDSA if tag == OCTET_STRING => {
            members.insert("d".to_owned(), json!(URL_SAFE_NO_PAD.encode(inner)));
            return Some(jwk);
        }
        Algorithm::ES256 => &["", "d"],
        _ => &["", "n", "e", "d", "p", "q", "dp", "dq", "qi"],
    };
    let mut rest = inner;
    for name in names {
        let (tag, value, after) = element(rest)?;
        rest = after;
        // A number has a zero before its first bit if that is set.
        let value = value
            .strip_prefix(&[0])
            .filter(|_| tag == INTEGER)
            .unwrap_or(value);
        if !name.is_empty() {
            members.insert((*name).to_owned(), json!(URL_SAFE_NO_PAD.encode(value)));
        }
    }
    Some(jwk)
}

/// The first element of DER: its tag, its content, and what comes after it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = match first {
        0..0x80 => (usize::from(first), rest),
        _ => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let add =
                |length: usize, digit: &u8| length.checked_mul(256)?.checked_add((*digit).into());
            (digits.iter().try_fold(0, add)?, rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn failed(error: impl Display) -> Stop {
    Stop::Harness(format!("no key could be made: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use btx_spec::{jose::SignedToken, lifecycle::RingKey};

    #[test]
    fn what_the_harness_signs_the_key_that_is_given_verifies() {
        for algorithm in [
            KeyAlgorithm::HS256,
            KeyAlgorithm::HS512,
            KeyAlgorithm::ES256,
            KeyAlgorithm::EdDSA,
            KeyAlgorithm::PS256,
            KeyAlgorithm::RS256,
        ] {
            let made = make(algorithm, "k1").unwrap();
            let header = json!({ "alg": algorithm.name(), "kid": "k1" }).to_string();
            let signed = made.key.sign(&header, "{}").unwrap();
            let ring = RingKey::parse_jwk(&made.jwk.to_string()).unwrap();
            let token = SignedToken::parse(&signed);
            let verified = token.map(|token| ring.verifier().verify(&token).is_ok());
            assert_eq!(verified.ok(), Some(true), "{algorithm:?}");
            assert_eq!(
                (ring.id(), ring.algorithm().name()),
                ("k1", algorithm.name())
            );
        }
    }
}
