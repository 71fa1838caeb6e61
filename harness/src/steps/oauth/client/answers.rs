//! What servers and their APIs answer, in the words of the scenarios.

use super::desk;
use crate::{
    lab::{
        PeerAnswer,
        oauth::{Place, ServerAnswer},
    },
    steps::{Failure, Stop, calls::unknown, registry::steps},
    wire::{Fields, Response},
    world::World,
};
use serde_json::{Value, json};

steps! {
    "the token endpoint answers with {words}" => |world, words| {
        let answer = token_answer(world, &words)?;
        desk(world, 0)?.answer_with(Place::Token, vec![answer]);
        Ok(())
    }
    "the token endpoint is sound again" => |world| {
        desk(world, 0)?.answer_with(Place::Token, vec![ServerAnswer::Sound]);
        Ok(())
    }
    "the API answers with {words}" => |world, words| {
        let answer = api_answer(world, &words)?;
        desk(world, 0)?.answer_with(Place::Api, vec![answer]);
        super::acting::mark(world)
    }
    "the API answers once with {words}" => |world, words| {
        let answer = api_answer(world, &words)?;
        desk(world, 0)?.answer_with(Place::Api, vec![answer, ServerAnswer::Sound]);
        super::acting::mark(world)
    }
    "the metadata name as issuer {words}" => |world, words| {
        let own = world.server(0)?.peer.identifier();
        let issuer = match words.as_str() {
            "another server" => json!("https://another.harness.test"),
            "the own one with a slash more" => json!(format!("{own}/")),
            "the own one with a path more" => json!(format!("{own}/tenant")),
            "nobody" => Value::Null,
            _ => return Err(unknown("issuer", &words)),
        };
        desk(world, 0)?.answer_with(Place::Metadata, vec![ServerAnswer::members(move |members| {
            match &issuer {
                Value::Null => drop(members.remove("issuer")),
                issuer => drop(members.insert("issuer".to_owned(), issuer.clone())),
            }
        })]);
        Ok(())
    }
    "nothing was sent to where the redirect led" => |world| {
        let reached = world.context.lab.was_reached_elsewhere(&elsewhere_path(world)?);
        let beside = super::at(world, 0, Place::Other)?.first().map(|visit| visit.event);
        match reached || beside.is_some() {
            false => Ok(()),
            true => Err(Failure::new("no request to where the redirect led", "a request arrived there", beside).into()),
        }
    }
    "the token was not shown where the redirect led" => |world| {
        let token = super::given(world, 0)?;
        let asked = world.context.lab.asked_elsewhere(&elsewhere_path(world)?);
        match asked.iter().any(|request| super::has(request, &token)) {
            false => Ok(()),
            true => Err(Failure::new("no token where the redirect led", "the token", None).into()),
        }
    }
}

/// A path of the server where redirects lead that is this scenario's alone.
fn elsewhere_path(world: &World) -> Result<String, Stop> {
    let server = world.server(0)?;
    Ok(format!("/{}/{}", server.peer.name, world.timeline.id()))
}

/// A redirect in words, if it is one.
fn redirect(world: &World, words: &str) -> Result<Option<ServerAnswer>, Stop> {
    let Some(rest) = words.strip_prefix("a redirect ") else {
        return Ok(None);
    };
    let unknown = || unknown("redirect", words);
    let (status, place) = rest.split_once(" to ").ok_or_else(unknown)?;
    let elsewhere = format!(
        "{}{}",
        world.context.lab.elsewhere(),
        elsewhere_path(world)?
    );
    let beside = format!("{}/beside", world.server(0)?.peer.identifier());
    let location = match place {
        "another origin" => elsewhere,
        "a path beside" => beside,
        _ => return Err(unknown()),
    };
    let fields = Fields::from([
        ("location", location.as_str()),
        ("cache-control", "no-store"),
    ]);
    let status = status.parse().map_err(|_| unknown())?;
    let response = Response::new(status, fields, b"");
    Ok(Some(ServerAnswer::Fixed(PeerAnswer::Respond(response))))
}

fn token_answer(world: &World, words: &str) -> Result<ServerAnswer, Stop> {
    if let Some(answer) = redirect(world, words)? {
        return Ok(answer);
    }
    if let Some(named) = words.strip_prefix("the token type ") {
        return Ok(member("token_type", json!(named.trim_matches('"'))));
    }
    if let Some(status) = words.strip_suffix(" and a token") {
        let status: u16 = status.parse().map_err(|_| unknown("status", words))?;
        return Ok(ServerAnswer::Altered(std::sync::Arc::new(
            move |mut response| {
                response.status = status;
                PeerAnswer::Respond(response)
            },
        )));
    }
    if let Some(error) = words.strip_prefix("the error ") {
        return Ok(error_answer(error));
    }
    Ok(match words {
        "a token that lives one second" => member("expires_in", json!(1)),
        "a member that nobody knows" => member("note", json!("MARK-7f3a9c")),
        "an object that nobody knows" => member(
            "extra",
            json!({"access_token": "not this", "list": [1, null]}),
        ),
        "a refresh token beside" => {
            member("refresh_token", json!("a-refresh-token-that-is-of-no-use"))
        }
        "a token of two words" => token(|token| format!("{token} more")),
        "a token with a quote" => token(|token| format!("{token}\"")),
        "a token with a comma" => token(|token| format!("{token},more")),
        "a token with a line break" => token(|token| format!("{token}\r\nx-more: 1")),
        "a token with a letter beyond ASCII" => token(|token| format!("{token}\u{e9}")),
        "a token with something behind its padding" => token(|token| format!("{token}=more")),
        "an empty token" => token(|_| String::new()),
        "a token that is a number" => member("access_token", json!(7_361_534)),
        _ => return Err(unknown("answer", words)),
    })
}

/// A sound answer with another value of a member.
fn member(name: &'static str, value: Value) -> ServerAnswer {
    ServerAnswer::members(move |members| {
        members.insert(name.to_owned(), value.clone());
    })
}

/// A sound answer with something else made of its token.
fn token(alter: fn(&str) -> String) -> ServerAnswer {
    ServerAnswer::members(move |members| {
        let token = members.get("access_token").and_then(Value::as_str);
        let altered = alter(token.unwrap_or_default());
        members.insert("access_token".to_owned(), json!(altered));
    })
}

/// An error of a token endpoint, with its status.
fn error_answer(error: &str) -> ServerAnswer {
    let status = if error == "invalid_client" { 401 } else { 400 };
    ServerAnswer::json(status, &json!({ "error": error }))
}

fn api_answer(world: &World, words: &str) -> Result<ServerAnswer, Stop> {
    if let Some(answer) = redirect(world, words)? {
        return Ok(answer);
    }
    let (status, challenge) = match words {
        "401 and invalid_token" => (401, "Bearer realm=\"lab\", error=\"invalid_token\""),
        "403 and insufficient_scope" => (
            403,
            "Bearer realm=\"lab\", error=\"insufficient_scope\", scope=\"more\"",
        ),
        _ => return Err(unknown("answer", words)),
    };
    let fields = Fields::from([
        ("www-authenticate", challenge),
        ("cache-control", "no-store"),
    ]);
    let response = Response::new(status, fields, b"");
    Ok(ServerAnswer::Fixed(PeerAnswer::Respond(response)))
}
