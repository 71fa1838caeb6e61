//! Keys of HMAC: secrets, and what attackers take for some.

use crate::steps::Stop;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use std::fmt;
use zeroize::Zeroizing;

/// An algorithm of HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::steps) enum Hash {
    /// HMAC with SHA-256.
    HS256,
    /// HMAC with SHA-512.
    HS512,
}

impl Hash {
    /// The algorithm of that name.
    pub(in crate::steps) fn of_name(name: &str) -> Option<Self> {
        [Self::HS256, Self::HS512]
            .into_iter()
            .find(|hash| hash.name() == name)
    }

    /// Its name.
    pub(in crate::steps) fn name(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::HS512 => "HS512",
        }
    }

    /// The other one.
    pub(in crate::steps) fn other(self) -> Self {
        match self {
            Self::HS256 => Self::HS512,
            Self::HS512 => Self::HS256,
        }
    }

    /// The code of a text by a key, whatever that is.
    ///
    /// # Errors
    /// When the library takes no such key.
    pub(in crate::steps) fn mac(self, key: &[u8], input: &[u8]) -> Result<Vec<u8>, Stop> {
        let failed = |e| Stop::Harness(format!("no HMAC: {e}"));
        Ok(match self {
            Self::HS256 => {
                let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).map_err(failed)?;
                mac.update(input);
                mac.finalize().into_bytes().to_vec()
            }
            Self::HS512 => {
                let mut mac = Hmac::<sha2::Sha512>::new_from_slice(key).map_err(failed)?;
                mac.update(input);
                mac.finalize().into_bytes().to_vec()
            }
        })
    }
}

/// A secret key of the harness.
pub(in crate::steps) struct Secret {
    hash: Hash,
    id: String,
    octets: Zeroizing<Vec<u8>>,
}

impl Secret {
    /// A new key of that name.
    pub(in crate::steps) fn make(hash: Hash, id: &str) -> Self {
        // Four identifiers of 122 random bits each are 64 octets with more than enough of them.
        let drawn: Vec<u8> = (0..4)
            .flat_map(|_| uuid::Uuid::new_v4().into_bytes())
            .collect();
        Self {
            hash,
            id: id.to_owned(),
            octets: Zeroizing::new(drawn),
        }
    }

    /// Its algorithm.
    pub(in crate::steps) fn algorithm(&self) -> Hash {
        self.hash
    }

    /// Its name.
    pub(in crate::steps) fn key_id(&self) -> &str {
        &self.id
    }

    /// The code of a text.
    ///
    /// # Errors
    /// When the library refuses.
    pub(in crate::steps) fn mac(&self, input: &[u8]) -> Result<Vec<u8>, Stop> {
        self.mac_by(self.hash, input)
    }

    /// The code of a text by that algorithm.
    ///
    /// # Errors
    /// When the library refuses.
    pub(in crate::steps) fn mac_by(&self, hash: Hash, input: &[u8]) -> Result<Vec<u8>, Stop> {
        hash.mac(&self.octets, input)
    }

    /// The whole key as a JWK (RFC 7518 section 6.4).
    pub(in crate::steps) fn to_jwk(&self) -> Value {
        json!({
            "kty": "oct",
            "k": URL_SAFE_NO_PAD.encode(&*self.octets),
            "kid": self.id,
            "alg": self.hash.name(),
        })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;

    #[test]
    fn the_codes_are_those_of_the_standard() {
        // RFC 4231 section 4.3
        let (key, text) = (
            b"Jefe".as_slice(),
            b"what do ya want for nothing?".as_slice(),
        );
        let begins = |hash: Hash| hash.mac(key, text).unwrap()[..4].to_vec();
        assert_eq!(begins(Hash::HS256), [0x5b, 0xdc, 0xc1, 0x46]);
        assert_eq!(begins(Hash::HS512), [0x16, 0x4b, 0x7a, 0x7b]);
    }

    #[test]
    fn no_two_keys_are_alike_and_none_is_shown() {
        let [one, other] = [(); 2].map(|()| Secret::make(Hash::HS512, "k"));
        assert_ne!(one.to_jwk(), other.to_jwk());
        assert_eq!(one.octets.len(), 64);
        assert_eq!(format!("{one:?}"), "Secret(k)");
    }
}
