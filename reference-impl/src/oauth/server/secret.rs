//! The secrets of clients, as the server keeps them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::random::{Random, RandomError};

/// A secret of a client, kept as its HMAC-SHA256 under a random key that never leaves this process.
///
/// A password hash is slow on purpose, since people choose passwords that can be guessed. A secret of a
/// client is drawn at random: there are too many to try at any speed, so a slow hash would protect
/// nothing, and would let anybody keep this server busy with wrong secrets. The key keeps whoever sends
/// secrets from knowing what they are compared as.
#[derive(Clone)]
pub struct SecretDigest {
    key: Zeroizing<[u8; BLOCK]>,
    code: [u8; 32],
}

/// The block of SHA-256: the longest key that HMAC takes as it is.
const BLOCK: usize = 64;

impl SecretDigest {
    /// The fewest octets of a secret. A shorter one was chosen by somebody, and may be guessed.
    pub const SHORTEST: usize = 20;

    /// The digest of `secret`, under a new key.
    ///
    /// # Errors
    /// [`SecretError`] when it is too short to be a random one, or no key can be made.
    pub fn of(secret: &str, random: &dyn Random) -> Result<Self, SecretError> {
        if secret.len() < Self::SHORTEST {
            return Err(SecretError::TooShort);
        }
        let mut key = Zeroizing::new([0; BLOCK]);
        random.fill(key.as_mut_slice())?;
        let code = keyed(&key, secret).finalize().into_bytes().into();
        Ok(Self { key, code })
    }

    /// What the secret of a client that does not exist is compared with: it costs as much time as any
    /// other (OA-AUS-028), and nobody knows a secret that it fits.
    pub(super) fn decoy() -> Self {
        Self {
            key: Zeroizing::new([0; BLOCK]),
            code: [0; 32],
        }
    }

    /// Whether it is the digest of `secret`, in constant time.
    pub fn fits(&self, secret: &str) -> bool {
        keyed(&self.key, secret).verify(&self.code.into()).is_ok()
    }
}

fn keyed(key: &[u8; BLOCK], secret: &str) -> Hmac<Sha256> {
    Hmac::<Sha256>::new(key.into()).chain_update(secret)
}

/// A secret cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It is too short to be a random one.
    #[error(
        "a secret needs at least {} characters, drawn at random",
        SecretDigest::SHORTEST
    )]
    TooShort,
    /// No key could be made for it.
    #[error(transparent)]
    Random(#[from] RandomError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    const SECRET: &str = "correct horse battery staple";

    #[test]
    fn only_the_secret_itself_fits() {
        let digest = SecretDigest::of(SECRET, &SystemRandom).unwrap();
        assert!(digest.fits(SECRET));
        for wrong in [
            "",
            "correct horse battery stapl",
            "correct horse battery staple ",
        ] {
            assert!(!digest.fits(wrong), "{wrong}");
        }
        assert!(!SecretDigest::decoy().fits(SECRET));
    }

    #[test]
    fn one_secret_has_a_digest_of_its_own_each_time() {
        let once = SecretDigest::of(SECRET, &SystemRandom).unwrap();
        let again = SecretDigest::of(SECRET, &SystemRandom).unwrap();
        assert_ne!(once.code, again.code);
    }

    #[test]
    fn a_short_secret_is_refused() {
        let short = SecretDigest::of("password", &SystemRandom);
        assert_eq!(short.err(), Some(SecretError::TooShort));
    }
}
