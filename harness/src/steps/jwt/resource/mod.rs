//! Scenarios about a resource that takes service JWTs, with clients whose documents the harness publishes.

mod clients;
mod handed_out;
mod judging;
mod once;
mod shows;
mod wanting;

use super::token::{Facts, Token};
use crate::{
    steps::{Stop, registry::Step},
    target::jwt::JwtResource,
    wire::{Fields, Response},
    world::{Answer, World, describe},
};
use btx_spec::jose::SigningKey;
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use url::Url;

/// What such a scenario has seen and done.
#[derive(Default)]
pub struct Seen {
    /// A service JWT that the resource has taken.
    taken: Option<String>,
    /// The access token that it has handed out.
    handed_out: Option<handed_out::Token>,
    /// Keys of the first client beside its own.
    keys: Vec<Arc<SigningKey>>,
    /// How many fetches there had been when the scenario had shown what it is about.
    fetched: usize,
    /// What was answered to copies that came at once, round by round.
    rounds: Vec<Vec<Answer>>,
    /// What was answered for the metadata.
    metadata: Option<Answer>,
}

/// The steps, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    vec![
        clients::steps(),
        shows::steps(),
        once::steps(),
        handed_out::steps(),
        wanting::steps(),
        judging::steps(),
    ]
}

/// The resource of the target.
fn resource(world: &World) -> Result<&JwtResource, Stop> {
    let resource = world.context.target.jwt.resource.as_ref();
    resource.ok_or_else(|| missing("[jwt_resource]"))
}

fn missing(what: &str) -> Stop {
    Stop::NotExercised(format!("the target file has no {what}"))
}

/// Where a service JWT opens, at a replica counted from 0, around.
fn door(world: &World, replica: usize) -> Result<Url, Stop> {
    world.replica(&resource(world)?.read, replica)
}

/// What a service JWT of a client of the scenario is about, counted from 0.
fn facts(world: &World, client: usize) -> Result<Facts, Stop> {
    let published = world.jwt.clients.get(client);
    let published = published
        .ok_or_else(|| Stop::Harness("the scenario has not brought in that client".to_owned()))?;
    let skew = world.context.target.limits.clock_skew;
    Ok(Facts {
        client: published.id.clone(),
        key: published.key.clone(),
        typ: btx_spec::jwt::SERVICE_TYPE,
        audience: resource(world)?.identifier.clone(),
        elsewhere: beside(&published.id, "strange-keys.json"),
        now: now(),
        skew: i64::try_from(skew.as_secs()).unwrap_or(60),
    })
}

/// A URL beside another.
fn beside(url: &str, name: &str) -> String {
    let folder = url.rsplit_once('/').map_or(url, |(folder, _)| folder);
    format!("{folder}/{name}")
}

/// A service JWT of a client of the scenario, with one fault or without.
fn jwt(world: &World, client: usize, fault: &str) -> Result<String, Stop> {
    Token::with(fault, &facts(world, client)?)?.text()
}

/// Shows a token at a URL, and gives what is answered. What gives no answer at all proves nothing.
async fn show(world: &World, url: &Url, token: &str) -> Result<(Response, usize), Stop> {
    let shown = format!("Bearer {token}");
    let fields = Fields::from([("authorization", shown.as_str())]);
    let answer = world.ask(url, "GET", fields, Vec::new()).await;
    answered(answer)
}

fn answered(answer: Answer) -> Result<(Response, usize), Stop> {
    match answer.response() {
        Some(response) => Ok((response.clone(), answer.event)),
        None => Err(Stop::Control(format!(
            "the resource gave no answer: {}",
            answer.words()
        ))),
    }
}

/// Shows a service JWT with which nothing is wrong, and which has to be taken.
async fn taken(world: &World, client: usize) -> Result<String, Stop> {
    let jwt = jwt(world, client, "without fault")?;
    let (response, _) = show(world, &door(world, 0)?, &jwt).await?;
    granted(&response)?;
    Ok(jwt)
}

/// The control of a scenario: an answer that has to be a success.
fn granted(response: &Response) -> Result<(), Stop> {
    if is_success(response) {
        return Ok(());
    }
    Err(Stop::Control(format!(
        "a request without fault was answered {}",
        describe(response)
    )))
}

fn is_success(response: &Response) -> bool {
    (200..300).contains(&response.status)
}

/// How often anything of the clients of the scenario was fetched.
fn fetches(world: &World) -> usize {
    let desks = world.jwt.clients.iter().map(|client| &client.desk);
    desks.map(|desk| desk.all_visits().len()).sum()
}

/// The time, in seconds of the epoch.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or_default()
    })
}
