//! Somebody with a key and a certificate that nobody trusts.

use super::{Hash, Key, Secret};
use crate::steps::Stop;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use btx_spec::jose::{Algorithm, SigningKey};
use serde_json::Value;
use std::{
    fmt::Display,
    sync::{Arc, Mutex, PoisonError},
};

/// Somebody with a key and a certificate that nobody trusts.
pub(in crate::steps) struct Stranger {
    /// The key.
    pub(in crate::steps) key: Arc<SigningKey>,
    /// The certificate for it, signed by nobody else, as base64.
    pub(in crate::steps) certificate: String,
}

impl Stranger {
    /// The public half of the key, under an id that is not its own.
    pub(in crate::steps) fn jwk(&self, key_id: &str) -> Value {
        let mut jwk = self.key.public().to_jwk();
        if let Value::Object(members) = &mut jwk {
            members.insert("kid".to_owned(), Value::from(key_id));
        }
        jwk
    }
}

/// A stranger as one who forges statements in the place of somebody else.
pub(in crate::steps) struct Forger {
    /// The key: of the kind and the algorithm of the one that it is to pass for.
    pub(in crate::steps) key: Key,
    /// What a statement brings along in order to be verified with it.
    pub(in crate::steps) jwk: Value,
    /// A certificate of the stranger.
    pub(in crate::steps) certificate: String,
}

impl Forger {
    /// One who would pass for the owner of that key.
    ///
    /// # Errors
    /// When no key can be made.
    pub(in crate::steps) fn beside(own: &Key) -> Result<Self, Stop> {
        let name = own.algorithm();
        if let Some(hash) = Hash::of_name(name) {
            let secret = Arc::new(Secret::make(hash, "stranger"));
            return Ok(Self {
                jwk: secret.to_jwk(),
                key: Key::Secret(secret),
                certificate: of(Algorithm::ES256)?.certificate.clone(),
            });
        }
        let algorithm = name.parse();
        let algorithm = algorithm.map_err(|_| failed(format!("no algorithm {name}")))?;
        let stranger = of(algorithm)?;
        Ok(Self {
            jwk: stranger.key.public().to_jwk(),
            key: Key::Pair(stranger.key.clone()),
            certificate: stranger.certificate.clone(),
        })
    }
}

/// The stranger of an algorithm, who is the same for all scenarios.
///
/// # Errors
/// When no key can be made.
pub(in crate::steps) fn of(algorithm: Algorithm) -> Result<Arc<Stranger>, Stop> {
    static KNOWN: Mutex<Vec<Arc<Stranger>>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(stranger) = known.iter().find(|s| s.key.algorithm() == algorithm) {
        return Ok(stranger.clone());
    }
    let stranger = Arc::new(make(algorithm, "stranger")?);
    known.push(stranger.clone());
    Ok(stranger)
}

/// Makes a stranger whose key has that id.
///
/// # Errors
/// When no key can be made.
pub(in crate::steps) fn make(algorithm: Algorithm, key_id: &str) -> Result<Stranger, Stop> {
    let kind = match algorithm {
        Algorithm::ES256 => &rcgen::PKCS_ECDSA_P256_SHA256,
        Algorithm::EdDSA => &rcgen::PKCS_ED25519,
        Algorithm::PS256 | Algorithm::RS256 => &rcgen::PKCS_RSA_SHA256,
    };
    let pair = rcgen::KeyPair::generate_for(kind).map_err(failed)?;
    let names = vec!["stranger.example".to_owned()];
    let params = rcgen::CertificateParams::new(names).map_err(failed)?;
    let certificate = params.self_signed(&pair).map_err(failed)?;
    let key = SigningKey::from_pkcs8_pem(algorithm, key_id, &pair.serialize_pem());
    Ok(Stranger {
        key: Arc::new(key.map_err(failed)?),
        certificate: STANDARD.encode(certificate.der()),
    })
}

fn failed(error: impl Display) -> Stop {
    Stop::Harness(format!("no key could be made: {error}"))
}
