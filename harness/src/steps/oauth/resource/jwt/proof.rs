//! What stands in the place of a signature, by the words that scenarios have for it.

use super::{Facts, Jwt, encode};
use crate::steps::jose::spki;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

/// The length of a signature of ES256 and of EdDSA.
const SIGNATURE: usize = 64;

/// What stands in the place of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Proof {
    /// The signature of the issuer.
    OfTheIssuer,
    /// The signature of somebody whom nobody knows.
    OfAStranger,
    /// The signature of the issuer, cut short.
    CutShort,
    /// An HMAC with this key.
    Mac(Vec<u8>),
    /// These bytes.
    Bytes(Vec<u8>),
    /// Nothing, not even the dot before it.
    Nothing,
}

impl Jwt {
    pub(super) fn alter_proof(&mut self, words: &str, facts: &Facts) -> bool {
        if let Some(other) = words.strip_prefix("the algorithm ") {
            // Where it is that of the key, another one is as good a fault.
            let other = if other == facts.algorithm {
                "ES512"
            } else {
                other
            };
            self.header.set("alg", json!(other));
            return true;
        }
        if let Some(spelling) = words.strip_prefix("no signature and the algorithm ") {
            self.header.set("alg", json!(spelling));
            self.proof = Proof::Bytes(Vec::new());
            return true;
        }
        if let Some(key) = words.strip_prefix("an HMAC keyed with ") {
            let Some(key) = public_text(key, facts) else {
                return false;
            };
            self.header.set("alg", json!("HS256"));
            self.proof = Proof::Mac(key);
            return true;
        }
        match words {
            "its algorithm in small letters" => {
                self.header
                    .set("alg", json!(facts.algorithm.to_ascii_lowercase()));
            }
            "no algorithm" => self.header.remove("alg"),
            "an algorithm that is a number" => self.header.set("alg", json!(256)),
            "a signature of somebody else" => self.proof = Proof::OfAStranger,
            "an empty signature" => self.proof = Proof::Bytes(Vec::new()),
            "a signature of zeros" => self.proof = Proof::Bytes(vec![0; SIGNATURE]),
            "a signature of ones" => self.proof = Proof::Bytes(vec![0xff; SIGNATURE]),
            "a signature cut short" => self.proof = Proof::CutShort,
            "no signature at all" => self.proof = Proof::Nothing,
            _ => return false,
        }
        true
    }
}

impl Proof {
    /// The token with what needs no key pair in the place of its signature.
    pub(super) fn without_a_key(&self, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", encode(header), encode(claims));
        match self {
            Self::Mac(key) => format!("{input}.{}", encode(mac(key, &input))),
            Self::Bytes(bytes) => format!("{input}.{}", encode(bytes)),
            _ => input,
        }
    }
}

/// The signature of a token, cut to half of its bytes.
pub(super) fn cut_short(signed: &str) -> String {
    let Some((input, signature)) = signed.rsplit_once('.') else {
        return signed.to_owned();
    };
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    bytes.truncate(bytes.len() / 2);
    format!("{input}.{}", encode(bytes))
}

fn mac(key: &[u8], input: &str) -> Vec<u8> {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(input.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
        Err(_) => Vec::new(),
    }
}

/// What everybody can read of the key of the issuer.
fn public_text(what: &str, facts: &Facts) -> Option<Vec<u8>> {
    Some(match what {
        "the public key as PEM" => spki::pem(&facts.public)?.into_bytes(),
        "the public key as PEM without its last line feed" => {
            spki::pem(&facts.public)?.trim_end().as_bytes().to_vec()
        }
        "the public key as DER" => spki::der(&facts.public)?,
        "the text of the JWK" => facts.public.to_string().into_bytes(),
        "the text of the key set" => json!({"keys": [facts.public]}).to_string().into_bytes(),
        "the first coordinate of the JWK" => {
            let first = facts.public.get("x").or(facts.public.get("n"))?;
            URL_SAFE_NO_PAD.decode(first.as_str()?).ok()?
        }
        "nothing" => Vec::new(),
        _ => return None,
    })
}
