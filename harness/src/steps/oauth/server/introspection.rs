//! Questions about tokens (RFC 7662), and whether a token is live.

use super::{
    asking::dispatch,
    draft::{Draft, Proof},
    granted::fail,
    parties::{Party, any_client, claims, facts_of, lacks, server, the_party},
    reading::{error_of, is_not_to_be_stored, members, response, text, words},
};
use crate::{
    steps::{Stop, registry::steps},
    target::{
        Claim,
        oauth::{ClientKind, RegisteredClient, TokenSource},
    },
    wire::Fields,
    world::{Answer, World},
};
use serde_json::Value;
use url::Url;

/// A token that nobody ever issued.
pub(super) const NEVER_ISSUED: &str = "a-token-that-nobody-ever-issued-0123456789";

steps! {
    "a resource asks about the token" => |world| {
        let token = the_token(world)?.to_owned();
        inquire(world, &token, "no fault").await
    }
    "a resource asks about the token, with {words}" => |world, fault| {
        let token = the_token(world)?.to_owned();
        inquire(world, &token, &fault).await
    }
    "a resource asks about {words} in its place" => |world, words| {
        let token = in_its_place(the_token(world)?, &words)?;
        inquire(world, &token, "no fault").await
    }
    "the lifetime of the token is over" => |world| {
        let answer = &super::asking::the_last(world)?.answer;
        let (response, _) = response(answer)?;
        let lives = members(response).and_then(|m| m.get("expires_in").and_then(Value::as_u64));
        let lives = lives.filter(|seconds| *seconds <= 30).ok_or_else(|| {
            Stop::NotExercised("a client of the kind short-lived has tokens that say to live 30 s at most".to_owned())
        })?;
        let time = std::time::Duration::from_secs(lives + 1);
        world.wait(time, "the token expires").await;
        Ok(())
    }
    "a resource without the fault is told that the token is live" => |world| {
        world.timeline.heading("the control: a question without the fault");
        let token = the_token(world)?.to_owned();
        let answer = ask(world, &token, "no fault").await?;
        match is_active(&answer) {
            Some(true) => Ok(()),
            _ => Err(Stop::Control(format!("the question without the fault was answered with {}", words(&answer)))),
        }
    }
    "it is told that the token is live" => |world| {
        says(world, true)
    }
    "it is told that the token is not live" => |world| {
        says(world, false)
    }
    "it is told nothing more" => |world| {
        let answer = the_inquiry(world)?;
        let (response, _) = response(answer)?;
        if is_active(answer) != Some(false) {
            return Err(Stop::Control(format!("it was not told that the token is not live: {}", words(answer))));
        }
        let members = members(response).unwrap_or_default();
        let more: Vec<&str> = members.keys().map(String::as_str).filter(|name| *name != "active").collect();
        if more.is_empty() {
            return Ok(());
        }
        fail("the member active and no other", format!("also {}", more.join(", ")), answer)
    }
    "it is told whose token it is, for which scope and until when" => |world| {
        let answer = the_inquiry(world)?;
        let members = live(answer)?;
        let party = the_party(world)?;
        let told = |name: &str| text(&members, name);
        let missing: Vec<&str> = [
            ("client_id", told("client_id").is_some_and(|id| matches!(party, Party::Account(_)) || id == party.subject())),
            ("scope", told("scope").is_some() || party.scopes().is_empty()),
            ("sub", told("sub").is_some_and(|sub| !sub.is_empty())),
            ("exp", members.get("exp").is_some_and(Value::is_number)),
        ].into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect();
        if missing.is_empty() {
            return Ok(());
        }
        fail("client_id, scope, sub and exp", format!("no fitting {}", missing.join(", ")), answer)
    }
    "the question is refused" => |world| {
        let answer = the_inquiry(world)?;
        let (response, _) = response(answer)?;
        if response.status >= 400 {
            return Ok(());
        }
        fail("a refusal: 4xx", words(answer), answer)
    }
    "the question is refused with 400 and invalid_request" => |world| {
        let answer = the_inquiry(world)?;
        let (response, _) = response(answer)?;
        if response.status == 400 && error_of(response).as_deref() == Some("invalid_request") {
            return Ok(());
        }
        fail("400 with the error invalid_request", words(answer), answer)
    }
    "the answer to the question is not to be stored" => |world| {
        let answer = the_inquiry(world)?;
        live(answer)?;
        let (response, _) = response(answer)?;
        if is_not_to_be_stored(response) {
            return Ok(());
        }
        let actual = response.fields.get("cache-control").unwrap_or("no such field");
        fail("Cache-Control: no-store", actual.to_owned(), answer)
    }
}

/// The token of the scenario.
///
/// # Errors
/// When no step has got one.
pub(super) fn the_token(world: &World) -> Result<&str, Stop> {
    let token = world.oauth.server.token.as_deref();
    token.ok_or_else(|| Stop::Harness("the scenario has no token yet".to_owned()))
}

/// What is shown in the place of a token.
pub(super) fn in_its_place(token: &str, words: &str) -> Result<String, Stop> {
    let mut letters: Vec<char> = token.chars().collect();
    match words {
        "a token that was never issued" => return Ok(NEVER_ISSUED.to_owned()),
        "the token without its last character" => {
            letters.pop();
        }
        "the token with its first character changed" => {
            if let Some(first) = letters.first_mut() {
                *first = if *first == 'A' { 'B' } else { 'A' };
            }
        }
        "the token with a character more" => letters.push('A'),
        _ => {
            return Err(Stop::Harness(format!("no token is called \"{words}\"")));
        }
    }
    Ok(letters.into_iter().collect())
}

/// Who asks about tokens: a resource server, or else a client.
fn caller(world: &World) -> Result<RegisteredClient, Stop> {
    let mut clients = server(world)?.clients.iter();
    let resource = clients.find(|c| c.kind == ClientKind::ResourceServer);
    resource.cloned().map_or_else(|| any_client(world), Ok)
}

async fn inquire(world: &mut World, token: &str, fault: &str) -> Result<(), Stop> {
    let answer = ask(world, token, fault).await?;
    world.oauth.server.inquiries.push(answer);
    Ok(())
}

async fn ask(world: &World, token: &str, fault: &str) -> Result<Answer, Stop> {
    let endpoint = server(world)?.introspection.clone();
    let endpoint = endpoint.ok_or_else(|| lacks("introspection in [authorization_server]"))?;
    request(world, endpoint, caller(world)?, &[("token", token)], fault).await
}

/// Asks an endpoint about a token, as a client and with that fault.
///
/// # Errors
/// When the words of the fault mean nothing.
pub(super) async fn request(
    world: &World,
    endpoint: Url,
    client: RegisteredClient,
    parameters: &[(&str, &str)],
    fault: &str,
) -> Result<Answer, Stop> {
    let party = Party::Client(client.clone());
    let facts = facts_of(world, &party)?;
    let mut draft = Draft::of(parameters);
    draft.proof = Proof::of(&client, &facts.issuer, facts.now);
    draft.alter(fault, &facts)?;
    Ok(dispatch(world, endpoint, draft).await?.answer)
}

fn the_inquiry(world: &World) -> Result<&Answer, Stop> {
    let last = world.oauth.server.inquiries.last();
    last.ok_or_else(|| Stop::Harness("the scenario has asked nothing yet".to_owned()))
}

/// What an answer says about whether the token is live, if it says so with 200.
fn is_active(answer: &Answer) -> Option<bool> {
    let response = answer.response().filter(|r| r.status == 200)?;
    members(response)?.get("active")?.as_bool()
}

fn says(world: &World, active: bool) -> Result<(), Stop> {
    let answer = the_inquiry(world)?;
    let (response, _) = response(answer)?;
    if is_active(answer) == Some(active) {
        return Ok(());
    }
    let said = members(response).and_then(|m| m.get("active").cloned());
    let said = said.map_or_else(|| words(answer), |said| format!("active: {said}"));
    fail(&format!("200 with active: {active}"), said, answer)
}

/// The members of an answer about a live token, without which nothing can be said.
fn live(answer: &Answer) -> Result<super::reading::Members, Stop> {
    match is_active(answer) {
        Some(true) => Ok(answer.response().and_then(members).unwrap_or_default()),
        _ => Err(Stop::Control(format!(
            "it was not told that the token is live: {}",
            words(answer)
        ))),
    }
}

/// What the server tells about a live token, if it can be asked.
///
/// # Errors
/// When it cannot.
pub(super) async fn told_about(
    world: &World,
    token: &str,
) -> Result<super::reading::Members, Stop> {
    if !claims(world, Claim::Introspection) {
        return Err(Stop::NotExercised(
            "what an opaque token is for is only seen where `introspection` is claimed".to_owned(),
        ));
    }
    live(&ask(world, token, "no fault").await?)
}

/// Whether a token is live, and the answer that shows it: what the server says, or what the token opens.
///
/// # Errors
/// When there is no way to see it.
pub(super) async fn is_live(world: &World, token: &str) -> Result<(bool, Answer), Stop> {
    if claims(world, Claim::Introspection) {
        let answer = ask(world, token, "no fault").await?;
        let active = is_active(&answer).ok_or_else(|| {
            Stop::Control(format!(
                "nothing was said about the token: {}",
                words(&answer)
            ))
        })?;
        if active {
            return Ok((true, answer));
        }
        // What the server says has to be so where the token is shown.
        return Ok(match opened(world, token).await {
            Some(opened) if is_open(&opened) => (true, opened),
            _ => (false, answer),
        });
    }
    let opened = opened(world, token).await.ok_or_else(|| {
        Stop::NotExercised("whether a token is live is only seen where `introspection` is claimed, or something that it opens is known".to_owned())
    })?;
    Ok((is_open(&opened), opened))
}

fn is_open(answer: &Answer) -> bool {
    matches!(answer.status(), Some(200..=299))
}

/// What is answered where a token of the server opens something, if that is known.
async fn opened(world: &World, token: &str) -> Option<Answer> {
    let target = &world.context.target.oauth;
    let resource = target.resource.as_ref();
    let resource = resource.filter(|r| r.tokens == TokenSource::Server);
    let urls = target.server.iter().flat_map(|s| &s.opens);
    let url = urls.chain(resource.iter().flat_map(|r| &r.read)).next()?;
    let shown = format!("Bearer {token}");
    let fields = Fields::from([("authorization", shown.as_str())]);
    Some(world.ask(url, "GET", fields, Vec::new()).await)
}
