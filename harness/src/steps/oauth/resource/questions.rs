//! Tokens that the resource asks a server of the harness about.

use super::{About, Door, answers, shows, source};
use crate::{
    lab::{
        Visit,
        oauth::{Place, ServerLease},
    },
    steps::{Failure, Stop, calls::unknown, registry::steps},
    world::World,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use url::form_urlencoded;

/// Well beyond any difference of clocks that a resource may allow besides the declared one, in seconds.
const BEYOND: i64 = 30;
const YEAR: i64 = 365 * 24 * 3600;
const ELSEWHERE: &str = "https://another-resource.example";

steps! {
    "a token that the resource has to ask about" => |world| {
        world.oauth.resource.about = About::Questions;
        let members = source::active(world)?;
        let token = source::asked_about(world, members)?;
        world.oauth.resource.token = Some(token);
        Ok(())
    }
    "the server says {words}" => |world, words| {
        say(world, &words)
    }
    "the server answers {words}" => |world, words| {
        let answer = answers::of_question(&words).ok_or_else(|| unknown("answer", &words))?;
        questions(world)?.desk.answer_with(Place::Introspection, vec![answer]);
        Ok(())
    }
    "a client shows it" => |world| {
        let token = world.oauth.resource.token.clone().unwrap_or_default();
        shows::at(world, Door::Reading, &token).await
    }
    "a client writes with it" => |world| {
        let token = world.oauth.resource.token.clone().unwrap_or_default();
        shows::at(world, Door::Writing, &token).await
    }
    "every question was asked by POST" => |world| {
        each(world, "POST", |visit| visit.request.method == "POST", |visit| visit.request.method.clone())
    }
    "every question was asked by somebody who proved who it was" => |world| {
        each(world, "a request with the credentials of the resource", proves, |_| "one without".to_owned())
    }
}

fn questions(world: &World) -> Result<Arc<ServerLease>, Stop> {
    let questions = world.oauth.resource.questions.clone();
    questions.ok_or_else(|| Stop::Harness("the scenario has no token to ask about".to_owned()))
}

/// Lets the server say something of the token of the scenario.
fn say(world: &World, words: &str) -> Result<(), Stop> {
    let desk = &questions(world)?.desk;
    if let Some(answer) = answers::of_active(words) {
        desk.answer_with(Place::Introspection, vec![answer]);
        return Ok(());
    }
    let token = world.oauth.resource.token.clone().unwrap_or_default();
    let skew = world.context.target.limits.clock_skew.as_secs();
    let skew = i64::try_from(skew).unwrap_or(60);
    let mut members = source::active(world)?;
    if !alter(&mut members, words, source::now(), skew) {
        return Err(unknown("thing to say of a token", words));
    }
    desk.know(&token, members);
    Ok(())
}

fn alter(members: &mut Map<String, Value>, words: &str, now: i64, skew: i64) -> bool {
    let audience = members.get("aud").cloned().unwrap_or_default();
    let (name, value) = match words {
        "that it is for another resource" => ("aud", json!(ELSEWHERE)),
        "that it is for others" => ("aud", json!([ELSEWHERE, "https://third.example"])),
        "that it is for a resource with a longer name" => {
            let name = audience.as_str().unwrap_or_default();
            ("aud", json!(format!("{name}x")))
        }
        "that it is for another resource and this one" => ("aud", json!([ELSEWHERE, audience])),
        "that it has just expired" => ("exp", json!(now - skew - BEYOND)),
        "that it expired a year ago" => ("exp", json!(now - YEAR)),
        "that it has no scope" => {
            members.remove("scope");
            return true;
        }
        "more than anybody knows" => ("https://btx.example/colour", json!("yellow")),
        _ => return false,
    };
    members.insert(name.to_owned(), value);
    true
}

/// Whether a question brings credentials along, in one of the ways that clients have (RFC 6749 section 2.3,
/// RFC 7523 section 2.2), or a token (RFC 7662 section 2.1).
fn proves(visit: &Visit) -> bool {
    let form: Vec<String> = form_urlencoded::parse(&visit.request.body)
        .map(|(name, _)| name.into_owned())
        .collect();
    let has = |name: &str| form.iter().any(|n| n == name);
    visit.request.fields.get("authorization").is_some()
        || has("client_secret")
        || has("client_assertion")
}

fn each(
    world: &World,
    expected: &str,
    fits: fn(&Visit) -> bool,
    words: fn(&Visit) -> String,
) -> Result<(), Stop> {
    let visits = questions(world)?.desk.visits(Place::Introspection);
    if visits.is_empty() {
        return Err(Stop::Control(
            "the resource has not asked about the token".to_owned(),
        ));
    }
    match visits.iter().find(|visit| !fits(visit)) {
        None => Ok(()),
        Some(visit) => Err(Failure::new(expected, words(visit), Some(visit.event)).into()),
    }
}
