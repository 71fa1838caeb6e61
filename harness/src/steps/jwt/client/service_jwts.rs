//! The service JWTs as they come to the resources.

use super::{Came, at, bearer, client, document, is_jwt, resources, service_jwts};
use crate::{
    lab::jwt::PeerPlace,
    steps::{Failure, Stop, oauth::has, registry::steps},
    world::World,
};
use btx_spec::{
    jose::{Algorithm, Claims, KeySet, SignedToken},
    jwt::ClientId,
};
use serde_json::{Map, Value};
use std::{
    collections::BTreeSet,
    time::{SystemTime, UNIX_EPOCH},
};

/// The longest life, in seconds.
const LONGEST_LIFE: f64 = 300.0;
/// How far the clocks of target and harness may be apart, in seconds.
const SKEW: f64 = 60.0;

steps! {
    "each service JWT is signed with an algorithm of the profile" => |world| {
        each(world, |jwt| {
            let token = parse(&jwt.text)?;
            token.algorithm().map(drop).map_err(|e| e.to_string())
        })
    }
    "the type of each service JWT is service+jwt" => |world| {
        each(world, |jwt| is_of_type(&jwt.text, "service+jwt"))
    }
    "each service JWT is verified by the published key that it names" => |world| {
        let keys = document::key_set(world)?;
        for jwt in since(world)? {
            judge(&jwt, verified(&jwt.text, &keys))?;
        }
        Ok(())
    }
    "the client id is the iss and the sub of each service JWT" => |world| {
        let id = client(world)?.id.to_string();
        each(world, |jwt| speaks_for(&claims(&jwt.text)?, &id))
    }
    "the aud of each service JWT is the identifier of the resource that it came to" => |world| {
        let identifiers = identifiers(world)?;
        each(world, |jwt| {
            let own = identifiers.get(jwt.resource).map(String::as_str);
            is_for(&claims(&jwt.text)?, own.unwrap_or_default())
        })
    }
    "each service JWT says when it begins, and ends within 300 seconds" => |world| {
        let now = now();
        each(world, |jwt| is_of_now(&claims(&jwt.text)?, now))
    }
    "each service JWT has a jti of its own, of 16 to 128 characters" => |world| {
        // What is shown twice is one JWT, and another matter.
        let mut texts = BTreeSet::new();
        let mut names = BTreeSet::new();
        each(world, |jwt| {
            if !texts.insert(jwt.text.clone()) {
                return Ok(());
            }
            let name = named(&claims(&jwt.text)?)?;
            match names.insert(name) {
                true => Ok(()),
                false => Err("the jti of another".to_owned()),
            }
        })
    }
    "no service JWT came twice" => |world| {
        let mut texts = BTreeSet::new();
        each(world, |jwt| match texts.insert(jwt.text.clone()) {
            true => Ok(()),
            false => Err("one that has come before".to_owned()),
        })
    }
    "each service JWT stood in the field Authorization alone" => |world| {
        for resource in 0..resources(world) {
            for visit in at(world, resource, PeerPlace::Api)? {
                let mut rest = visit.request.clone();
                rest.fields.remove("authorization");
                let shown = bearer(&visit.request).filter(|text| is_jwt(text));
                let alone = visit.request.fields.all("authorization").count() == 1;
                if !shown.is_some_and(|jwt| alone && !has(&rest, jwt)) {
                    let expected = "one field Authorization with the scheme Bearer, and the JWT in no other place";
                    return Err(Failure::new(expected, "something else", Some(visit.event)).into());
                }
            }
        }
        Ok(())
    }
    "the client id that each service JWT names has the form of a client id" => |world| {
        each(world, |jwt| {
            let claims = claims(&jwt.text)?;
            let id = claims.get("iss").and_then(Value::as_str).ok_or("no iss")?;
            ClientId::parse(id).map(drop).map_err(|e| format!("{id}: {e}"))
        })
    }
    "a call with another key than at first has come" => |world| {
        let all = service_jwts(world)?;
        let key = |jwt: Option<&Came>| {
            let token = SignedToken::parse(&jwt?.text).ok()?;
            token.key_id().map(str::to_owned)
        };
        match key(all.first()) == key(all.last()) {
            false => Ok(()),
            true => Err(Stop::NotExercised("the client signs with the same key as before".to_owned())),
        }
    }
    "the key of each service JWT that still lives is published" => |world| {
        let keys = document::key_set(world)?;
        let now = now();
        each(world, |jwt| {
            let lives = claims(&jwt.text)?.get("exp").and_then(Value::as_f64);
            match lives.is_some_and(|end| end > now) {
                true => verified(&jwt.text, &keys),
                false => Ok(()),
            }
        })
    }
}

/// The identifiers of the resources of the scenario.
pub(super) fn identifiers(world: &World) -> Result<Vec<String>, Stop> {
    (0..resources(world))
        .map(|index| Ok(world.jwt_peer(index)?.peer.identifier()))
        .collect()
}

/// Judges each service JWT of the scenario.
fn each(world: &World, mut wrong: impl FnMut(&Came) -> Result<(), String>) -> Result<(), Stop> {
    for jwt in service_jwts(world)? {
        judge(&jwt, wrong(&jwt))?;
    }
    Ok(())
}

fn judge(jwt: &Came, found: Result<(), String>) -> Result<(), Stop> {
    let expected = "a service JWT without that fault";
    found.map_err(|words| Failure::new(expected, words, Some(jwt.event)).into())
}

/// The service JWTs that came since the moment that the scenario is about.
fn since(world: &World) -> Result<Vec<Came>, Stop> {
    let events: BTreeSet<_> = super::since_mark(world, PeerPlace::Api)?
        .iter()
        .map(|visit| visit.event)
        .collect();
    let all = service_jwts(world)?.into_iter();
    Ok(all.filter(|jwt| events.contains(&jwt.event)).collect())
}

pub(super) fn parse(text: &str) -> Result<SignedToken<'_>, String> {
    SignedToken::parse(text).map_err(|e| e.to_string())
}

/// The claims, which nobody has verified.
pub(super) fn claims(text: &str) -> Result<Map<String, Value>, String> {
    Ok(parse(text)?.claims().clone())
}

pub(super) fn is_of_type(text: &str, typ: &str) -> Result<(), String> {
    let token = parse(text)?;
    match token.is_of_type(typ) {
        true => Ok(()),
        false => Err(format!(
            "the type {}",
            token.typ().unwrap_or("that is missing")
        )),
    }
}

pub(super) fn verified(text: &str, keys: &KeySet) -> Result<(), String> {
    let token = parse(text)?;
    let id = token.key_id().ok_or("no kid")?;
    if !keys.has(id) {
        return Err(format!("the kid {id}, which is not published"));
    }
    keys.verify(&token, &Algorithm::ALL)
        .map_err(|e| e.to_string())
}

pub(super) fn speaks_for(claims: &Map<String, Value>, id: &str) -> Result<(), String> {
    for name in ["iss", "sub"] {
        let said = claims.get(name);
        if said.and_then(Value::as_str) != Some(id) {
            let said = said.map_or("missing".to_owned(), Value::to_string);
            return Err(format!("{name} is {said}"));
        }
    }
    Ok(())
}

pub(super) fn is_for(claims: &Map<String, Value>, audience: &str) -> Result<(), String> {
    match claims.get("aud") {
        Some(Value::String(said)) if said == audience => Ok(()),
        Some(other) => Err(format!("aud is {other}")),
        None => Err("no aud".to_owned()),
    }
}

pub(super) fn is_of_now(members: &Map<String, Value>, now: f64) -> Result<(), String> {
    let claims = Claims::read(members).map_err(|e| e.to_string())?;
    let begins = claims.iat.ok_or("no iat")?.seconds();
    let ends = claims.exp.ok_or("no exp")?.seconds();
    if (begins - now).abs() > SKEW {
        return Err(format!("an iat {:.0} s from now", begins - now));
    }
    match ends > begins && ends - begins <= LONGEST_LIFE {
        true => Ok(()),
        false => Err(format!("an exp {:.0} s after iat", ends - begins)),
    }
}

/// The `jti`, if it has the length of one.
pub(super) fn named(claims: &Map<String, Value>) -> Result<String, String> {
    let name = claims.get("jti").and_then(Value::as_str).ok_or("no jti")?;
    match name.chars().count() {
        16..=128 => Ok(name.to_owned()),
        length => Err(format!("a jti of {length} characters")),
    }
}

pub(super) fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}
