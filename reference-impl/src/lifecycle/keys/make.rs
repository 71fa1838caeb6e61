//! Makes keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_spec::jose::{Algorithm, SigningKey};
use btx_spec::lifecycle::{RingAlgorithm, RingKey, SecretKey};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256};
use zeroize::Zeroizing;

use crate::random::{Random, RandomError};

/// A key could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MakeError {
    /// There is no randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The cryptographic library makes none.
    #[error("no key could be made")]
    Unmade,
}

/// A new key. Its name is drawn at random, so that no other has it (LC-ISS-026). Secret keys are drawn from
/// `random` (LC-ISS-029); key pairs come from the cryptographic library, which draws for itself.
///
/// # Errors
/// [`MakeError`] when there is no randomness, or the library refuses.
pub fn make(algorithm: RingAlgorithm, random: &dyn Random) -> Result<RingKey, MakeError> {
    let mut name = [0; 16];
    random.fill(&mut name)?;
    let name = URL_SAFE_NO_PAD.encode(name);
    match algorithm {
        RingAlgorithm::HS256 | RingAlgorithm::HS512 => secret(algorithm, &name, random),
        RingAlgorithm::ES256 => pair(Algorithm::ES256, &name),
        RingAlgorithm::EdDSA => pair(Algorithm::EdDSA, &name),
        RingAlgorithm::PS256 => pair(Algorithm::PS256, &name),
        RingAlgorithm::RS256 => pair(Algorithm::RS256, &name),
    }
}

fn secret(algorithm: RingAlgorithm, name: &str, random: &dyn Random) -> Result<RingKey, MakeError> {
    let mut bytes = Zeroizing::new([0; 64]);
    random.fill(bytes.as_mut_slice())?;
    let key = SecretKey::new(algorithm, name, bytes.as_slice());
    key.map(RingKey::from).map_err(|_| MakeError::Unmade)
}

fn pair(algorithm: Algorithm, name: &str) -> Result<RingKey, MakeError> {
    let kind = match algorithm {
        Algorithm::ES256 => &PKCS_ECDSA_P256_SHA256,
        Algorithm::EdDSA => &PKCS_ED25519,
        Algorithm::PS256 | Algorithm::RS256 => &PKCS_RSA_SHA256,
    };
    let pair = KeyPair::generate_for(kind).map_err(|_| MakeError::Unmade)?;
    let pem = Zeroizing::new(pair.serialize_pem());
    let key = SigningKey::from_pkcs8_pem(algorithm, name, &pem);
    key.map(RingKey::from).map_err(|_| MakeError::Unmade)
}
