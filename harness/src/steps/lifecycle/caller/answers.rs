//! What the login and the API answer, in the words of the scenarios.

use super::{desk, mark, number};
use crate::{
    lab::{
        PeerAnswer,
        lifecycle::{HostAnswer, SessionPlace},
    },
    steps::{Stop, calls::unknown, registry::steps},
    wire::{Fields, Response},
    world::World,
};
use serde_json::{Value, json};
use std::time::Duration;

/// More than an answer to a login may have, in octets.
const TOO_MUCH: usize = 64 * 1024;
/// A moment more than has to be waited.
const MOMENT: Duration = Duration::from_millis(200);

steps! {
    "the login is answered with {words}" => |world, words| {
        let answer = match words.as_str() {
            "401" => refusal(401, Some("Bearer realm=\"lab\"")),
            "401 and no challenge" => refusal(401, None),
            "400" => refusal(400, None),
            _ => redirect(world, &words)?,
        };
        login(world, answer)
    }
    "the login is answered with 429 for {count} seconds" => |world, count| {
        let fields = Fields::from([("retry-after", count.as_str()), ("cache-control", "no-store")]);
        login(world, HostAnswer::Fixed(PeerAnswer::Respond(Response::new(429, fields, b""))))
    }
    "the pause of the issuer is over" => |world| {
        world.wait(Duration::from_secs(2) + MOMENT, "Retry-After").await;
        Ok(())
    }
    "the login is never answered" => |world| {
        login(world, HostAnswer::Fixed(PeerAnswer::Silence))
    }
    "the login brings {words}" => |world, words| {
        let (name, value) = match words.as_str() {
            "no session_token" => ("session_token", None),
            "no bearer_token" => ("bearer_token", None),
            "a session_token that is a number" => ("session_token", Some(json!(7))),
            "a bearer_token that is null" => ("bearer_token", Some(Value::Null)),
            "an empty session_token" => ("session_token", Some(json!(""))),
            "more than 64 KiB" => ("filler", Some(json!("f".repeat(TOO_MUCH)))),
            "no JSON" => {
                let fields = Fields::from([("content-type", "application/json"), ("cache-control", "no-store")]);
                let response = Response::new(200, fields, b"session_token=one&bearer_token=two");
                return login(world, HostAnswer::Fixed(PeerAnswer::Respond(response)));
            }
            _ => return Err(unknown("answer to a login", &words)),
        };
        let answer = HostAnswer::members(move |members| {
            match &value {
                Some(value) => members.insert(name.to_owned(), value.clone()),
                None => members.remove(name),
            };
        });
        login(world, answer)
    }
    "the API refuses both tokens" => |world| {
        api(world, vec![invalid_token(), invalid_token(), HostAnswer::Sound])
    }
    "the API refuses the bearer once" => |world| {
        api(world, vec![invalid_token(), HostAnswer::Sound])
    }
    "both APIs refuse the bearer" => |world| {
        for issuer in 0..2 {
            let answers = vec![invalid_token(), HostAnswer::Sound];
            desk(world, issuer)?.answer_with(SessionPlace::Api, answers);
        }
        mark(world)
    }
    "the API of the issuer answers with {words}" => |world, words| {
        let answers = match words.as_str() {
            "401 and invalid_token" => vec![invalid_token()],
            "401 and invalid_token, then 503" => vec![invalid_token(), refusal(503, None)],
            "silence" => vec![HostAnswer::Fixed(PeerAnswer::Silence)],
            "401 and invalid_token, then silence" => vec![invalid_token(), HostAnswer::Fixed(PeerAnswer::Silence)],
            _ => vec![redirect(world, &words)?],
        };
        api(world, answers)
    }
    "the API refuses the bearer, and then answers with {words}" => |world, words| {
        let redirect = redirect(world, &words)?;
        api(world, vec![invalid_token(), redirect])
    }
}

/// The refusal of a bearer.
pub(super) fn invalid_token() -> HostAnswer {
    refusal(401, Some("Bearer realm=\"lab\", error=\"invalid_token\""))
}

/// The same answer with a field that brings a bearer.
pub(super) fn with_field(answer: HostAnswer, value: &str) -> HostAnswer {
    match answer {
        HostAnswer::Fixed(PeerAnswer::Respond(mut response)) => {
            response
                .fields
                .push("authentication-info", value.to_owned());
            HostAnswer::Fixed(PeerAnswer::Respond(response))
        }
        other => other,
    }
}

/// A path of the other origin that is this scenario's alone.
pub(super) fn elsewhere_path(world: &World) -> String {
    format!("/{}/moved", world.timeline.id())
}

fn login(world: &mut World, answer: HostAnswer) -> Result<(), Stop> {
    desk(world, 0)?.answer_with(SessionPlace::Login, vec![answer]);
    mark(world)
}

fn api(world: &mut World, answers: Vec<HostAnswer>) -> Result<(), Stop> {
    desk(world, 0)?.answer_with(SessionPlace::Api, answers);
    mark(world)
}

/// An answer without content, with a challenge or without.
fn refusal(status: u16, challenge: Option<&str>) -> HostAnswer {
    let mut fields = Fields::from([("cache-control", "no-store")]);
    if let Some(challenge) = challenge {
        fields.push("www-authenticate", challenge.to_owned());
    }
    HostAnswer::Fixed(PeerAnswer::Respond(Response::new(status, fields, b"")))
}

/// A redirect in words: its status, and where it leads.
fn redirect(world: &World, words: &str) -> Result<HostAnswer, Stop> {
    let unknown = || unknown("answer", words);
    let rest = words.strip_prefix("a redirect ").ok_or_else(unknown)?;
    let (status, place) = rest.split_once(" to ").ok_or_else(unknown)?;
    let location = match place {
        "another origin" => format!("{}{}", world.context.lab.elsewhere(), elsewhere_path(world)),
        "a path beside" => format!("{}/beside", world.session_peer(0)?.peer.issuer),
        _ => return Err(unknown()),
    };
    let fields = Fields::from([
        ("location", location.as_str()),
        ("cache-control", "no-store"),
    ]);
    let status = u16::try_from(number(status)?).map_err(|_| unknown())?;
    let response = Response::new(status, fields, b"");
    Ok(HostAnswer::Fixed(PeerAnswer::Respond(response)))
}
