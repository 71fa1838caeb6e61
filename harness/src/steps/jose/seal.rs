//! Signatures that are none: of another key, under another algorithm, or of nothing at all.

use super::{Hash, Key, spki};
use crate::steps::Stop;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// How a statement is signed.
#[derive(Debug, Clone)]
pub(in crate::steps) enum Seal {
    /// With the key of who makes it.
    Own,
    /// With that key.
    With(Key),
    /// With HMAC and SHA-256, and a key that is no secret.
    Hmac(NoSecret),
    /// With the own key, if it is a secret, and the other algorithm of HMAC.
    OtherHash,
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
        own: &Key,
        header: &str,
        claims: &str,
    ) -> Result<String, Stop> {
        let input = format!("{}.{}", part(header), part(claims));
        Ok(match self {
            Self::Own => own.sign(header, claims)?,
            Self::With(key) => key.sign(header, claims)?,
            Self::Empty => format!("{input}."),
            Self::Missing => input,
            Self::Hmac(key) => {
                let seal = Hash::HS256.mac(&key.bytes(own)?, input.as_bytes())?;
                format!("{input}.{}", URL_SAFE_NO_PAD.encode(seal))
            }
            Self::OtherHash => {
                let Key::Secret(secret) = own else {
                    return Err(Stop::Harness("a key pair has no other hash".to_owned()));
                };
                let seal = secret.mac_by(secret.algorithm().other(), input.as_bytes())?;
                format!("{input}.{}", URL_SAFE_NO_PAD.encode(seal))
            }
            Self::Altered(what) => what.done_to(&own.sign(header, claims)?, header, claims),
        })
    }
}

impl NoSecret {
    fn bytes(self, key: &Key) -> Result<Vec<u8>, Stop> {
        match self {
            Self::Pem => {
                let jwk = key.public()?;
                spki::pem(&jwk).map(String::into_bytes).ok_or_else(|| {
                    Stop::Harness(format!("a public key that has no form of PEM here: {jwk}"))
                })
            }
            Self::Jwk => Ok(key.public()?.to_string().into_bytes()),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::{super::stranger, *};
    use btx_spec::jose::{Algorithm, KeySet, PublicKey, SignedToken};

    const HEADER: &str = r#"{"alg":"ES256"}"#;
    const CLAIMS: &str = r#"{"iss":"me"}"#;

    fn accepted(seal: &Seal) -> bool {
        let key = Key::Pair(stranger::of(Algorithm::ES256).unwrap().key.clone());
        let text = seal.put_on(&key, HEADER, CLAIMS).unwrap();
        let public = key.public().unwrap().to_string();
        let keys = KeySet::of(vec![PublicKey::parse_jwk(&public).unwrap()]);
        let token = SignedToken::parse(&text);
        token.is_ok_and(|token| keys.verify(&token, &[Algorithm::ES256]).is_ok())
    }

    #[test]
    fn only_the_own_signature_is_one() {
        assert!(accepted(&Seal::Own));
        for seal in [
            Seal::With(
                stranger::make(Algorithm::ES256, "other")
                    .unwrap()
                    .key
                    .into(),
            ),
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
