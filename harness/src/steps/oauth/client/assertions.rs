//! The assertions that the client signs.

use super::requests::{form_value, token_requests};
use crate::{
    lab::Visit,
    steps::{Failure, Stop, registry::steps},
    target::oauth::{PeerAuth, ServerPeer},
    world::World,
};
use btx_spec::jose::{Algorithm, Claims, SignedToken};
use std::{
    collections::BTreeSet,
    time::{SystemTime, UNIX_EPOCH},
};

/// The longest life of an assertion, in seconds.
const LONGEST_LIFE: f64 = 300.0;
/// What rounding may add to it.
const ROUNDING: f64 = 2.0;

steps! {
    "each assertion says who made it, whom it is about, whom it is for and when it ends" => |world| {
        let peer = world.server(0)?.peer.clone();
        judged(world, |visit| what_is_missing(&peer, visit))
    }
    "the issuer identifier is the only audience" => |world| {
        let own = world.server(0)?.peer.identifier();
        judged(world, |visit| {
            let audience = claims(visit)?.aud.ok_or("no audience")?;
            match audience.is_only(&own) {
                true => Ok(()),
                false => Err(format!("the audience {:?}", audience.parties())),
            }
        })
    }
    "each assertion has a jti of its own" => |world| {
        let mut seen = BTreeSet::new();
        judged(world, |visit| {
            let jti = claims(visit)?.jti.ok_or("no jti")?;
            match seen.insert(jti) {
                true => Ok(()),
                false => Err("the jti of another".to_owned()),
            }
        })
    }
    "the type of each assertion is client-authentication+jwt" => |world| {
        judged(world, |visit| {
            let text = form_value(visit, "client_assertion").ok_or("no assertion")?;
            let token = SignedToken::parse(&text).map_err(|e| e.to_string())?;
            match token.is_of_type("client-authentication+jwt") {
                true => Ok(()),
                false => Err(format!("the type {}", token.typ().unwrap_or("that is missing"))),
            }
        })
    }
    "each assertion ends within five minutes" => |world| {
        let now = now();
        judged(world, |visit| {
            let end = claims(visit)?.exp.ok_or("no exp")?.seconds();
            match end - now <= LONGEST_LIFE + ROUNDING {
                true => Ok(()),
                false => Err(format!("an end in {:.0} s", end - now)),
            }
        })
    }
}

fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

/// Judges each token request of the scenario.
fn judged(world: &World, mut judge: impl FnMut(&Visit) -> Result<(), String>) -> Result<(), Stop> {
    for visit in token_requests(world)? {
        if let Err(words) = judge(&visit) {
            let expected = "a token request with such an assertion";
            return Err(Failure::new(expected, words, Some(visit.event)).into());
        }
    }
    Ok(())
}

/// The claims of the assertion in a token request.
fn claims(visit: &Visit) -> Result<Claims, String> {
    let text = form_value(visit, "client_assertion").ok_or("no assertion")?;
    let token = SignedToken::parse(&text).map_err(|e| e.to_string())?;
    Claims::read(token.claims()).map_err(|e| e.to_string())
}

fn what_is_missing(peer: &ServerPeer, visit: &Visit) -> Result<(), String> {
    let PeerAuth::PrivateKeyJwt(keys) = &peer.client.auth else {
        return Err("no key to verify it with".to_owned());
    };
    let kind = form_value(visit, "client_assertion_type");
    if kind.as_deref() != Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") {
        return Err("no client_assertion_type for it".to_owned());
    }
    let text = form_value(visit, "client_assertion").ok_or("no assertion")?;
    let token = SignedToken::parse(&text).map_err(|e| e.to_string())?;
    keys.verify(&token, &Algorithm::ALL)
        .map_err(|e| e.to_string())?;
    let claims = claims(visit)?;
    let id = Some(peer.client.id.as_str());
    if claims.iss.as_deref() != id || claims.sub.as_deref() != id {
        return Err("an iss or a sub that is not the client id".to_owned());
    }
    let audience = claims.aud.ok_or("no audience")?;
    let names = [peer.identifier(), peer.token().to_string()];
    if !names.iter().any(|name| audience.names(name)) {
        return Err(format!("the audience {:?}", audience.parties()));
    }
    match claims.exp {
        Some(end) if end.seconds() > now() => Ok(()),
        Some(_) => Err("an end that has passed".to_owned()),
        None => Err("no end".to_owned()),
    }
}
