//! What resources and their servers answer, in the words of the scenarios.

use super::{desk, mark};
use crate::{
    lab::{
        PeerAnswer,
        jwt::{HostAnswer, PeerPlace},
    },
    steps::{Stop, calls::unknown, registry::steps},
    wire::{Fields, Response},
    world::World,
};
use serde_json::{Value, json};

steps! {
    "the resource answers with {words}" => |world, words| {
        let answer = api_answer(world, &words)?;
        desk(world, 0)?.answer_with(PeerPlace::Api, vec![answer]);
        mark(world)
    }
    "the resource refuses the token that it has handed out" => |world| {
        let refusal = challenge(401, "Bearer realm=\"lab\", error=\"invalid_token\"");
        desk(world, 0)?.answer_with(PeerPlace::Api, vec![refusal, HostAnswer::Sound]);
        mark(world)
    }
    "the server answers with the error {words}" => |world, error| {
        let answer = HostAnswer::json(400, &json!({ "error": error }));
        desk(world, 0)?.answer_with(PeerPlace::Token, vec![answer]);
        mark(world)
    }
    "the metadata of the resource name as resource {words}" => |world, words| {
        let own = world.jwt_peer(0)?.peer.identifier();
        let named = match words.as_str() {
            "the second resource" => Some(world.jwt_peer(1)?.peer.identifier()),
            "the own one with a slash more" => Some(format!("{own}/")),
            "the own one in capital letters" => Some(own.replacen("https", "HTTPS", 1)),
            "nobody" => None,
            _ => return Err(unknown("resource", &words)),
        };
        alter(world, PeerPlace::ResourceMetadata, "resource", named.map(Value::from))
    }
    "the metadata of the resource name as server {words}" => |world, words| {
        let server = server(world, &words)?;
        alter(world, PeerPlace::ResourceMetadata, "authorization_servers", Some(json!([server])))
    }
    "the metadata of the resource name a server that nobody knows before the own one" => |world| {
        let both = json!([server(world, "one that nobody knows")?, world.jwt_peer(0)?.peer.server().as_str()]);
        alter(world, PeerPlace::ResourceMetadata, "authorization_servers", Some(both))
    }
    "the metadata of the server of the resource name as issuer {words}" => |world, words| {
        let own = world.jwt_peer(0)?.peer.server().to_string();
        let named = match words.as_str() {
            "another server" => Some("https://another.harness.test".to_owned()),
            "the own one with a slash more" => Some(format!("{own}/")),
            "nobody" => None,
            _ => return Err(unknown("issuer", &words)),
        };
        alter(world, PeerPlace::ServerMetadata, "issuer", named.map(Value::from))
    }
}

/// A path of the other origin that is this scenario's alone.
pub(super) fn elsewhere_path(world: &World) -> Result<String, Stop> {
    let name = &world.jwt_peer(0)?.peer.name;
    Ok(format!("/{name}/{}", world.timeline.id()))
}

/// The issuer identifier of a server that the first resource may not name.
fn server(world: &World, words: &str) -> Result<String, Stop> {
    match words {
        "one that nobody knows" => Ok(format!(
            "{}{}",
            world.context.lab.elsewhere(),
            elsewhere_path(world)?
        )),
        "the server of the second resource" => Ok(world.jwt_peer(1)?.peer.server().to_string()),
        _ => Err(unknown("server", words)),
    }
}

/// Another value of a member in what a place answers, or none.
fn alter(
    world: &mut World,
    place: PeerPlace,
    name: &'static str,
    value: Option<Value>,
) -> Result<(), Stop> {
    let answer = HostAnswer::members(move |members| {
        match &value {
            Some(value) => members.insert(name.to_owned(), value.clone()),
            None => members.remove(name),
        };
    });
    desk(world, 0)?.answer_with(place, vec![answer]);
    world.jwt.client.altered = Some(place);
    Ok(())
}

/// A refusal with a challenge.
fn challenge(status: u16, challenge: &str) -> HostAnswer {
    let fields = Fields::from([
        ("www-authenticate", challenge),
        ("cache-control", "no-store"),
    ]);
    HostAnswer::Fixed(PeerAnswer::Respond(Response::new(status, fields, b"")))
}

fn api_answer(world: &World, words: &str) -> Result<HostAnswer, Stop> {
    if let Some(rest) = words.strip_prefix("a redirect ") {
        return redirect(world, rest);
    }
    if let Some(named) = words.strip_prefix("a challenge that names as iss ") {
        let server = server(world, named)?;
        let words = format!("Bearer realm=\"lab\", error=\"invalid_token\", iss=\"{server}\"");
        return Ok(challenge(401, &words));
    }
    let refused = |more: &str| challenge(401, &format!("Bearer error=\"invalid_token\"{more}"));
    let other = || world.jwt_peer(1).map(|other| &other.peer);
    Ok(match words {
        "401 and invalid_token" => refused(", realm=\"lab\""),
        "403" => challenge(403, "Bearer realm=\"lab\", error=\"insufficient_scope\""),
        "401 and a challenge with another audience" => {
            refused(&format!(", audience=\"{}\"", other()?.identifier()))
        }
        "401 and a challenge with the realm of another" => {
            refused(&format!(", realm=\"{}\"", other()?.identifier()))
        }
        "401 and a body with another audience" => {
            let body = json!({"error": "wrong_audience", "audience": other()?.identifier()});
            HostAnswer::json(401, &body)
        }
        "401 and the address of the metadata of another" => {
            refused(&format!(", resource_metadata=\"{}\"", other()?.metadata()))
        }
        "a challenge that names metadata at another origin" => refused(&format!(
            ", resource_metadata=\"{}{}\"",
            world.context.lab.elsewhere(),
            elsewhere_path(world)?
        )),
        _ => return Err(unknown("answer", words)),
    })
}

/// A redirect in words: its status, and where it leads.
fn redirect(world: &World, words: &str) -> Result<HostAnswer, Stop> {
    let unknown = || unknown("redirect", words);
    let (status, place) = words.split_once(" to ").ok_or_else(unknown)?;
    let location = match place {
        "another origin" => format!(
            "{}{}",
            world.context.lab.elsewhere(),
            elsewhere_path(world)?
        ),
        "a path beside" => format!("{}/beside", world.jwt_peer(0)?.peer.identifier()),
        _ => return Err(unknown()),
    };
    let fields = Fields::from([
        ("location", location.as_str()),
        ("cache-control", "no-store"),
    ]);
    let status = status.parse().map_err(|_| unknown())?;
    Ok(HostAnswer::Fixed(PeerAnswer::Respond(Response::new(
        status, fields, b"",
    ))))
}
