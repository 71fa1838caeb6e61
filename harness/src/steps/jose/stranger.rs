//! Somebody with a key and a certificate that nobody trusts.

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
