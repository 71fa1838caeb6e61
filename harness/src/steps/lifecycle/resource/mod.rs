//! Scenarios about a resource elsewhere: the harness is the issuers that it trusts, with keys and key sets.

mod issuers;
mod judging;
mod key_sets;
mod rotating;
mod shows;

use crate::{
    lab::lifecycle::Signer,
    steps::{
        Stop,
        jose::stranger,
        lifecycle::bearer::{Draft, Facts},
        registry::Step,
    },
    target::lifecycle::SessionResource,
    wire::{Fields, Response},
    world::{Answer, World, describe},
};
use btx_spec::jose::{Algorithm, SigningKey};
use serde_json::Value;
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use url::Url;

/// A moment more than has to be waited.
const MOMENT: Duration = Duration::from_millis(200);
/// The longest that is waited for a limit of the target.
const PATIENCE: Duration = Duration::from_secs(60);

/// What such a scenario has seen and done.
#[derive(Default)]
pub struct Seen {
    /// The issuers that it plays, in the order of its steps.
    issuers: Vec<Playing>,
    /// A bearer that was taken, and when it ends.
    taken: Option<(String, i64)>,
    /// When the first bearer with a name that nobody knows was shown, and how often the key set had been fetched
    /// by then.
    unknown: Option<(Instant, usize)>,
    /// How often the key set had been fetched before bearers came at once.
    fetched: usize,
}

/// An issuer that the scenario plays.
struct Playing {
    /// Its current key.
    key: Arc<SigningKey>,
    /// The key that it had before.
    old: Option<Arc<SigningKey>>,
    /// Keys beside the current one.
    others: Vec<Arc<SigningKey>>,
}

/// The steps, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    vec![
        issuers::steps(),
        shows::steps(),
        key_sets::steps(),
        rotating::steps(),
        judging::steps(),
    ]
}

/// The resource of the target.
fn resource(world: &World) -> Result<&SessionResource, Stop> {
    let resource = world.context.target.lifecycle.resource.as_ref();
    resource
        .ok_or_else(|| Stop::NotExercised("the target file has no [session_resource]".to_owned()))
}

/// Where a bearer opens, at a replica counted from 0, around.
fn door(world: &World, replica: usize) -> Result<Url, Stop> {
    world.replica(&resource(world)?.read, replica)
}

/// The place of an issuer of the scenario, counted from 0, with its key set.
fn signer(world: &World, issuer: usize) -> Result<&Signer, Stop> {
    world.lifecycle.signers.get(issuer).ok_or_else(nobody)
}

fn playing(world: &World, issuer: usize) -> Result<&Playing, Stop> {
    world
        .lifecycle
        .resource_seen
        .issuers
        .get(issuer)
        .ok_or_else(nobody)
}

fn playing_mut(world: &mut World, issuer: usize) -> Result<&mut Playing, Stop> {
    let issuers = &mut world.lifecycle.resource_seen.issuers;
    issuers.get_mut(issuer).ok_or_else(nobody)
}

fn nobody() -> Stop {
    Stop::Harness("the scenario has not brought in that issuer".to_owned())
}

/// A key under a name that no other has.
fn new_key(algorithm: Algorithm) -> Result<Arc<SigningKey>, Stop> {
    let name = uuid::Uuid::new_v4().simple().to_string();
    Ok(stranger::make(algorithm, &name)?.key)
}

/// The public half of a key, as a key set has it.
fn published(key: &SigningKey) -> Value {
    key.public().to_jwk()
}

/// What a bearer of an issuer of the scenario is about, signed with that key.
fn facts(world: &World, issuer: usize, key: &Arc<SigningKey>) -> Result<Facts, Stop> {
    let limits = &world.context.target.limits;
    Ok(Facts {
        issuer: signer(world, issuer)?.identifier.clone(),
        audience: resource(world)?.identifier.clone(),
        key: key.clone().into(),
        elsewhere: format!("{}{}", world.context.lab.elsewhere(), elsewhere(world)),
        now: now(),
        skew: seconds(limits.clock_skew),
        lifetime: seconds(limits.bearer_lifetime),
    })
}

/// A bearer of an issuer of the scenario, of its current key, with one fault or without.
fn bearer(world: &World, issuer: usize, fault: &str) -> Result<String, Stop> {
    of_key(world, issuer, &playing(world, issuer)?.key, fault)
}

/// The same, of that key.
fn of_key(
    world: &World,
    issuer: usize,
    key: &Arc<SigningKey>,
    fault: &str,
) -> Result<String, Stop> {
    Draft::with(fault, &facts(world, issuer, key)?)?.text()
}

/// A path at another place of the lab that is this scenario's alone.
fn elsewhere(world: &World) -> String {
    format!("/{}/keys", world.timeline.id())
}

/// Shows a bearer with these fields besides, and gives what is answered. What gives no answer at all proves
/// nothing.
async fn show(world: &World, url: &Url, token: &str) -> Result<(Response, usize), Stop> {
    let shown = format!("Bearer {token}");
    let fields = Fields::from([("authorization", shown.as_str())]);
    answered(world.ask(url, "GET", fields, Vec::new()).await)
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

/// Shows a bearer with which nothing is wrong, and which has to be taken: at once, or when the resource may look
/// for a name again that it does not know, since an earlier scenario may have been at the same issuer.
async fn taken(world: &World, issuer: usize) -> Result<(), Stop> {
    let url = door(world, 0)?;
    let (first, _) = show(world, &url, &bearer(world, issuer, "without fault")?).await?;
    if is_success(&first) {
        return Ok(());
    }
    let interval = world.context.target.limits.keys_interval;
    if interval > PATIENCE {
        return Err(untaken(&first));
    }
    let what = "the resource may look for new keys again";
    world.wait(interval + MOMENT, what).await;
    let (second, _) = show(world, &url, &bearer(world, issuer, "without fault")?).await?;
    match is_success(&second) {
        true => Ok(()),
        false => Err(untaken(&second)),
    }
}

fn untaken(response: &Response) -> Stop {
    let words = describe(response);
    Stop::Control(format!("a bearer without fault was answered {words}"))
}

fn is_success(response: &Response) -> bool {
    (200..300).contains(&response.status)
}

/// The time, in seconds of the epoch.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, seconds)
}

fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or_default()
}

/// A number of a step.
fn number(text: &str) -> Result<usize, Stop> {
    let number = text.parse();
    number.map_err(|_| Stop::Harness(format!("no number: {text}")))
}
