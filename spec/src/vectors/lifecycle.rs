//! What this crate says about the vectors of bearers.

use super::{Refusal, Vector, body, same, text};
use crate::jose::{SignedToken, TokenFault};
use crate::lifecycle::{BearerClaims, PublishedSet, RingKey, new_bearer};

/// `token` is a bearer of `issuer` for `audience`, and `key` verifies it.
pub(super) fn bearer(vector: &Vector) -> Result<(), Refusal> {
    let key = RingKey::parse_jwk(text(vector, "key")?).map_err(|_| Refusal::NoInput("key"))?;
    let token = SignedToken::parse(text(vector, "token")?);
    let token = token.map_err(|fault| Refusal::Fault(fault.class()))?;
    let (header, claims) =
        BearerClaims::read(&token).map_err(|fault| Refusal::Fault(fault.class()))?;
    if header.key_id != key.id() {
        return Err(Refusal::Fault(TokenFault::NoKey.class()));
    }
    let verified = key.verifier().verify(&token);
    verified.map_err(|fault| Refusal::Fault(fault.class()))?;
    same(claims.issuer.as_str(), text(vector, "issuer")?)?;
    same(claims.audience.as_str(), text(vector, "audience")?)
}

/// `field` brings `bearer_token`, which lives for `expires_in` seconds.
pub(super) fn new_bearer(vector: &Vector) -> Result<(), Refusal> {
    let new = new_bearer::parse(&[text(vector, "field")?])
        .map_err(|fault| Refusal::Fault(fault.class()))?
        .ok_or(Refusal::Fault("other"))?;
    same(new.bearer.as_str(), text(vector, "bearer_token")?)?;
    let seconds = new.expires_in.as_secs().to_string();
    same(seconds.as_str(), text(vector, "expires_in")?)
}

/// `body` is a key set of `keys`: their names, that of a retired one with its second.
pub(super) fn key_set(vector: &Vector) -> Result<(), Refusal> {
    let set = PublishedSet::parse(&body(vector)?);
    let set = set.map_err(|fault| Refusal::Fault(fault.class()))?;
    let names = set.keys.iter().map(|published| {
        let name = published.key.id().unwrap_or_default();
        match published.retired_at {
            None => name.to_owned(),
            Some(second) => format!("{name}@{second}"),
        }
    });
    let names: Vec<String> = names.collect();
    same(names.join(" ").as_str(), text(vector, "keys")?)
}
