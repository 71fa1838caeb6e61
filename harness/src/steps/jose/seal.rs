//! Signatures that are none: of another key, under another algorithm, or of nothing at all.

use super::spki;
use crate::steps::Stop;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use btx_spec::jose::SigningKey;
use hmac::{Hmac, KeyInit as _, Mac as _};
use std::sync::Arc;

/// How a statement is signed.
#[derive(Debug, Clone)]
pub(in crate::steps) enum Seal {
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
pub(in crate::steps) enum NoSecret {
    /// The public key in PEM.
    Pem,
    /// The public key as a JWK.
    Jwk,
    /// No bytes at all.
    Nothing,
}

/// What is altered after the signature was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::steps) enum Alteration {
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
    pub(in crate::steps) fn put_on(
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
            Self::Pem => spki::pem(&jwk).map(String::into_bytes).ok_or_else(|| {
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
        .map_err(|e| Stop::Harness(format!("a statement could not be signed: {e}")))
}

fn mac(key: &[u8], input: &str) -> Result<Vec<u8>, Stop> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key)
        .map_err(|e| Stop::Harness(format!("no HMAC: {e}")))?;
    mac.update(input.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::{super::stranger, *};
    use btx_spec::jose::{Algorithm, KeySet, SignedToken};

    const HEADER: &str = r#"{"alg":"ES256"}"#;
    const CLAIMS: &str = r#"{"iss":"me"}"#;

    fn accepted(seal: &Seal) -> bool {
        let key = &stranger::of(Algorithm::ES256).unwrap().key;
        let text = seal.put_on(key, HEADER, CLAIMS).unwrap();
        let keys = KeySet::of(vec![key.public()]);
        let token = SignedToken::parse(&text);
        token.is_ok_and(|token| keys.verify(&token, &[Algorithm::ES256]).is_ok())
    }

    #[test]
    fn only_the_own_signature_is_one() {
        assert!(accepted(&Seal::Own));
        for seal in [
            Seal::With(stranger::make(Algorithm::ES256, "other").unwrap().key),
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
}
