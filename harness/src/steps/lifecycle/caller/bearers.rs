//! New bearers that the API brings, and which the caller has afterwards.
//!
//! A caller cannot verify a bearer. So these are signed by a key of nobody, and the API of the scenario takes
//! whatever comes.

use super::{
    acting::{before_control, call_twice},
    bearer, desk, mark, since, since_mark,
};
use crate::{
    lab::{
        PeerAnswer, Visit,
        lifecycle::{HostAnswer, SessionPlace},
    },
    steps::{
        Failure, Stop,
        calls::unknown,
        jose::{Jws, stranger},
        registry::steps,
    },
    wire::{Fields, Response},
    world::World,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use btx_spec::jose::Algorithm;
use serde_json::{Map, Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

steps! {
    "the API refreshes the bearer" => |world| {
        let new = sound(world)?;
        let answers = vec![super::answers::invalid_token(), bringing(200, &[field(&new)]), nothing_new(200)];
        brings(world, new, answers)
    }
    "the API brings a new bearer" => |world| {
        let new = sound(world)?;
        brings(world, new.clone(), vec![bringing(200, &[field(&new)]), nothing_new(200)])
    }
    "the API brings a new bearer with the status {count}" => |world, status| {
        let new = sound(world)?;
        let status = status.parse().map_err(|_| unknown("status", &status))?;
        let answer = match status {
            401 => super::answers::with_field(super::answers::invalid_token(), &field(&new)),
            _ => bringing(status, &[field(&new)]),
        };
        brings(world, new, vec![answer, nothing_new(200)])
    }
    "the API brings a new bearer in an Authorization field" => |world| {
        let new = sound(world)?;
        let shown = format!("Bearer {new}");
        let fields = Fields::from([("authorization", shown.as_str()), ("cache-control", "no-store")]);
        let answer = HostAnswer::Fixed(PeerAnswer::Respond(Response::new(200, fields, b"{}")));
        brings(world, new, vec![answer, nothing_new(200)])
    }
    "the API brings a new bearer {words}" => |world, fault| {
        let sound = sound(world)?;
        let (new, fields) = faulty(&fault, &claims(world)?, &sound)?;
        brings(world, new, vec![bringing(200, &fields), nothing_new(200)])
    }
    "the issuer of the caller rotates its key" => |world| {
        mark(world)?;
        desk(world, 0)?.rotate();
        Ok(())
    }
    "a sound new bearer is taken" => |world| {
        before_control(world)?;
        world.timeline.heading("the control: a new bearer without the fault");
        let new = sound(world)?;
        let answers = vec![bringing(200, &[field(&new)]), nothing_new(200)];
        desk(world, 0)?.answer_with(SessionPlace::Api, answers);
        match call_twice(world).await? {
            Some(shown) if shown == new => Ok(()),
            _ => Err(Stop::Control("a new bearer without the fault was not taken".to_owned())),
        }
    }
    "the later requests had the new bearer" => |world| {
        let later = world.lifecycle.caller_seen.calls.get(1).copied().unwrap_or(usize::MAX);
        let later = since(world, SessionPlace::Api, later)?;
        if later.is_empty() {
            return Err(Stop::Control("the caller has made no later request".to_owned()));
        }
        let seen = &world.lifecycle.caller_seen;
        let is_new = |visit: &&Visit| {
            let shown = bearer(&visit.request);
            match &seen.new {
                Some(new) => shown == Some(new),
                None => shown.is_some() && shown != seen.old.as_deref(),
            }
        };
        match later.iter().find(|visit| !is_new(visit)) {
            None => Ok(()),
            Some(visit) => Err(Failure::new("the new bearer", shown(visit, world), Some(visit.event)).into()),
        }
    }
    "the later requests had the old bearer" => |world| {
        let later = since_mark(world, SessionPlace::Api)?;
        if later.len() < 2 {
            return Err(Stop::Control("the caller has made no later request".to_owned()));
        }
        let old = world.lifecycle.caller_seen.old.as_deref();
        match later.iter().find(|visit| bearer(&visit.request) != old) {
            None => Ok(()),
            Some(visit) => Err(Failure::new("the old bearer", shown(visit, world), Some(visit.event)).into()),
        }
    }
}

/// Which bearer a request had, in words.
fn shown(visit: &Visit, world: &World) -> &'static str {
    let seen = &world.lifecycle.caller_seen;
    match bearer(&visit.request) {
        None => "none",
        Some(shown) if seen.old.as_deref() == Some(shown) => "the old one",
        Some(shown) if seen.new.as_deref() == Some(shown) => "the new one",
        Some(_) => "another one",
    }
}

/// Begins what the scenario is about: these answers of the API, of which the first brings a new bearer.
fn brings(world: &mut World, new: String, answers: Vec<HostAnswer>) -> Result<(), Stop> {
    mark(world)?;
    world.lifecycle.caller_seen.new = Some(new);
    desk(world, 0)?.answer_with(SessionPlace::Api, answers);
    Ok(())
}

/// The claims of the bearer that the caller has.
fn claims(world: &World) -> Result<Map<String, Value>, Stop> {
    let old = world.lifecycle.caller_seen.old.as_deref();
    let claims = old.and_then(read);
    claims.ok_or_else(|| Stop::Control("the caller has shown no bearer".to_owned()))
}

/// The claims of a bearer.
fn read(bearer: &str) -> Option<Map<String, Value>> {
    let claims = URL_SAFE_NO_PAD.decode(bearer.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&claims).ok()
}

/// When a bearer ends.
pub(super) fn end_of(bearer: &str) -> Option<i64> {
    read(bearer)?.get("exp")?.as_i64()
}

/// A bearer about the session of the caller that lives a little longer than the one that it has.
fn sound(world: &World) -> Result<String, Stop> {
    signed(&longer(claims(world)?))
}

fn longer(mut claims: Map<String, Value>) -> Map<String, Value> {
    let end = claims
        .get("exp")
        .and_then(Value::as_i64)
        .unwrap_or_default();
    claims.insert("exp".to_owned(), json!(end + 1));
    claims
}

fn signed(claims: &Map<String, Value>) -> Result<String, Stop> {
    let key = stranger::of(Algorithm::ES256)?.key.clone();
    let claims: Vec<(&str, Value)> = claims
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    let mut jws = Jws::by(key, &claims);
    jws.header.set("typ", &json!("bearer+jwt"));
    // Two that say the same are two all the same.
    jws.claims
        .set("jti", &json!(uuid::Uuid::new_v4().to_string()));
    jws.text()
}

/// A bearer in which something is wrong, and the fields that bring it.
fn faulty(
    fault: &str,
    old: &Map<String, Value>,
    sound: &str,
) -> Result<(String, Vec<String>), Stop> {
    let mut claims = longer(old.clone());
    match fault {
        "whose sub is another" => drop(claims.insert("sub".to_owned(), json!("somebody-else"))),
        "whose sid is another" => {
            drop(claims.insert("sid".to_owned(), json!("another-session-0000000")))
        }
        "without sub" => drop(claims.remove("sub")),
        "without sid" => drop(claims.remove("sid")),
        "without exp" => drop(claims.remove("exp")),
        "that ends a second earlier" => {
            let end = old.get("exp").and_then(Value::as_i64).unwrap_or_default();
            claims.insert("exp".to_owned(), json!(end - 1));
        }
        _ => return unreadable(fault, sound),
    }
    let new = signed(&claims)?;
    let field = field(&new);
    Ok((new, vec![field]))
}

/// A bearer that cannot be read, though there would be nothing wrong with it otherwise.
fn unreadable(fault: &str, sound: &str) -> Result<(String, Vec<String>), Stop> {
    let one = |text: String| {
        let field = field(&text);
        (text, vec![field])
    };
    let mut parts = sound.split('.');
    let mut part = || parts.next().unwrap_or_default();
    let (header, _, seal) = (part(), part(), part());
    Ok(match fault {
        "of two words" => one(format!("two {sound}")),
        "in one part" => one(header.to_owned()),
        "whose claims are no JSON" => one(format!(
            "{header}.{}.{seal}",
            URL_SAFE_NO_PAD.encode("sub=a1")
        )),
        "that is empty" => one(String::new()),
        "twice in one field" => {
            let twice = format!("{}, bearer_token=\"{sound}\"", field(sound));
            (sound.to_owned(), vec![twice])
        }
        "in two fields" => (sound.to_owned(), vec![field(sound), field(sound)]),
        _ => return Err(unknown("new bearer", fault)),
    })
}

/// What a field says that brings a bearer.
fn field(bearer: &str) -> String {
    let left = end_of(bearer).map_or(60, |end| (end - now()).max(1));
    format!("bearer_token=\"{bearer}\", expires_in={left}")
}

/// An answer that brings a bearer by these fields.
fn bringing(status: u16, brought: &[String]) -> HostAnswer {
    let mut fields = Fields::from([
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
    ]);
    for value in brought {
        fields.push("authentication-info", value.clone());
    }
    let body: &[u8] = if status == 304 { b"" } else { b"{}" };
    HostAnswer::Fixed(PeerAnswer::Respond(Response::new(status, fields, body)))
}

/// An answer that brings none.
fn nothing_new(status: u16) -> HostAnswer {
    bringing(status, &[])
}

/// The time, in seconds of the epoch.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or_default()
    })
}
