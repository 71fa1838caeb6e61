//! The keys of servers and clients of the lab.

use super::sound::Asked;
use btx_spec::jose::{Algorithm, Claims, KeySet, SignedToken, SigningKey};
use serde_json::Value;
use std::time::UNIX_EPOCH;

/// The public half of a key, as a JWK.
pub(super) fn public(key: &SigningKey) -> Value {
    key.public().to_jwk()
}

/// Whether an assertion is one of the client of the server, for that server, and has not ended. Both audiences
/// that clients use are taken: which one a client should, and what else has to be in it, is for a scenario to
/// say.
pub(super) fn verify(known: &KeySet, assertion: &str, asked: &Asked<'_>) -> bool {
    let Ok(token) = SignedToken::parse(assertion) else {
        return false;
    };
    if known.verify(&token, &Algorithm::ALL).is_err() {
        return false;
    }
    let Ok(claims) = Claims::read(token.claims()) else {
        return false;
    };
    let id = Some(asked.peer.client.id.as_str());
    let own = claims.iss.as_deref() == id;
    let audiences = [asked.peer.identifier(), asked.peer.token().to_string()];
    let meant = claims
        .aud
        .is_some_and(|aud| audiences.iter().any(|audience| aud.names(audience)));
    let now = asked.now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let lives = claims
        .exp
        .is_some_and(|exp| exp.seconds() > now.as_secs_f64());
    own && meant && lives
}
