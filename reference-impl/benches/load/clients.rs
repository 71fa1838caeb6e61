//! Clients that nobody has registered, and the host of their documents.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256,
};
use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use btx_spec::jose::{Algorithm, KeySet, SigningKey};
use btx_spec::jwt::SERVICE_TYPE;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256};
use serde_json::{Map, Value, json};

use super::{Anything, Load};

/// The audience of every JWT.
pub(crate) const RESOURCE: &str = "https://counter.example";

/// The client of this number, at this origin.
pub(crate) fn client_id(origin: &str, number: usize) -> String {
    format!("{origin}/clients/{number}.json")
}

/// What a client of this origin publishes.
pub(crate) fn document(origin: &str, client: &str) -> Value {
    let name = client.rsplit_once('/').map_or("", |(_, name)| name);
    let name = name.strip_suffix(".json").unwrap_or(name);
    json!({ "client_id": client, "jwks_uri": format!("{origin}/clients/{name}.jwks") })
}

/// How often what was asked of the hosts, and how much at once.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) documents: AtomicUsize,
    pub(crate) keys: AtomicUsize,
    at_once: AtomicUsize,
    pub(crate) most_at_once: AtomicUsize,
}

/// The documents of all clients, at one origin; each takes a moment, as it would from afar.
pub(crate) async fn serve_documents(
    load: &Load,
    keys: Value,
) -> Result<(String, Arc<Counts>), Anything> {
    let counts = Arc::new(Counts::default());
    let origin = Arc::new(OnceLock::new());
    let (counting, known) = (Arc::clone(&counts), Arc::clone(&origin));
    let answer = async move |Path(name): Path<String>| {
        let now = counting.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        counting.most_at_once.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(5)).await;
        counting.at_once.fetch_sub(1, Ordering::SeqCst);
        let origin: &str = known.get().map_or("", String::as_str);
        if name.ends_with(".jwks") {
            counting.keys.fetch_add(1, Ordering::SeqCst);
            return published(&keys);
        }
        counting.documents.fetch_add(1, Ordering::SeqCst);
        published(&document(origin, &format!("{origin}/clients/{name}")))
    };
    let router = Router::new().route("/clients/{name}", get(answer));
    let served = load.serve(router).await?;
    Ok((origin.get_or_init(|| served).clone(), counts))
}

fn published(body: &Value) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}

/// A key of all clients.
pub(crate) struct Key {
    pair: KeyPair,
    pub(crate) key: SigningKey,
    signed: AtomicUsize,
}

impl Key {
    pub(crate) fn new(algorithm: Algorithm) -> Result<Self, Anything> {
        let kind = match algorithm {
            Algorithm::ES256 => &PKCS_ECDSA_P256_SHA256,
            Algorithm::EdDSA => &PKCS_ED25519,
            Algorithm::PS256 | Algorithm::RS256 => &PKCS_RSA_SHA256,
        };
        let pair = KeyPair::generate_for(kind)?;
        let name = algorithm.name();
        Ok(Self {
            key: SigningKey::from_pkcs8_pem(algorithm, name, &pair.serialize_pem())?,
            pair,
            signed: AtomicUsize::default(),
        })
    }

    /// What verifies its signatures, as the cryptographic library has it.
    pub(crate) fn raw(&self) -> Result<ParsedPublicKey, Anything> {
        let octets = self.pair.public_key_raw();
        let parsed = match self.key.algorithm() {
            Algorithm::ES256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, octets),
            Algorithm::EdDSA => ParsedPublicKey::new(&ED25519, octets),
            Algorithm::PS256 => ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, octets),
            Algorithm::RS256 => ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, octets),
        };
        Ok(parsed?)
    }

    pub(crate) fn set(&self) -> Value {
        KeySet::of(vec![self.key.public()]).to_json()
    }

    /// A JWT of this client.
    pub(crate) fn jwt(&self, client: &str) -> Result<String, Anything> {
        let number = self.signed.fetch_add(1, Ordering::Relaxed);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO)
            .as_secs();
        let jti = format!("{}-a-name-of-its-own-{number}", self.key.key_id());
        let claims: Map<String, Value> = [
            ("iss", json!(client)),
            ("sub", json!(client)),
            ("aud", json!(RESOURCE)),
            ("iat", json!(now)),
            ("exp", json!(now + 300)),
            ("jti", json!(jti)),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        Ok(self.key.sign(Some(SERVICE_TYPE), &claims)?)
    }
}
