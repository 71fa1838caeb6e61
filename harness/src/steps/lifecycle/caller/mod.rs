//! Scenarios about the caller of the target: the harness is the issuers at which it logs in, and their APIs.

mod acting;
mod answers;
mod bearers;
mod calls;
mod tokens;

use crate::{
    hooks::Report,
    lab::{
        Visit,
        lifecycle::{SessionDesk, SessionPlace},
    },
    steps::{Stop, registry::Step},
    target::lifecycle::SessionCaller,
    wire::Request,
    world::World,
};
pub(crate) use acting::settle;
use std::time::Duration;
use tokio::task::JoinHandle;

/// The field in which a session token comes.
const SESSION_FIELD: &str = "x-session-token";

/// What such a scenario has seen and done.
#[derive(Default)]
pub struct Seen {
    /// The hooks that are still running, each with how long it took when it has ended.
    hooks: Vec<JoinHandle<(Report, Duration)>>,
    /// What came of those that have ended.
    reports: Vec<(Report, Duration)>,
    /// How much had come to each issuer when the scenario had made the caller forget earlier ones.
    begun: Vec<usize>,
    /// How much had come to each issuer before the control, and how many hooks had ended.
    before_control: Option<(Vec<usize>, usize)>,
    /// How much had come to the first issuer at a moment that the scenario is about.
    mark: usize,
    /// How much had come to the first issuer before each call since that moment.
    calls: Vec<usize>,
    /// How many connections there were when the scenario began.
    connections: usize,
    /// The bearer that the caller had at that moment.
    old: Option<String>,
    /// The bearer that an answer has brought since.
    new: Option<String>,
}

/// The steps, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    vec![
        acting::steps(),
        answers::steps(),
        bearers::steps(),
        calls::steps(),
        tokens::steps(),
    ]
}

/// The caller of the target.
fn caller(world: &World) -> Result<&SessionCaller, Stop> {
    let caller = world.context.target.lifecycle.caller.as_ref();
    caller.ok_or_else(|| Stop::NotExercised("the target file has no [session_caller]".to_owned()))
}

fn desk(world: &World, issuer: usize) -> Result<&SessionDesk, Stop> {
    Ok(&world.session_peer(issuer)?.lease.desk)
}

/// What came to an issuer in this scenario, without what came for the control.
fn visits(world: &World, issuer: usize) -> Result<Vec<(SessionPlace, Visit)>, Stop> {
    let seen = &world.lifecycle.caller_seen;
    let mut all = desk(world, issuer)?.all_visits();
    let before = seen.before_control.as_ref();
    if let Some(before) = before.and_then(|(before, _)| before.get(issuer)) {
        all.truncate(*before);
    }
    let begun = seen.begun.get(issuer).copied().unwrap_or_default();
    Ok(all.into_iter().skip(begun).collect())
}

/// What came to one place of an issuer, without what came for the control.
fn at(world: &World, issuer: usize, place: SessionPlace) -> Result<Vec<Visit>, Stop> {
    let here = visits(world, issuer)?.into_iter();
    let here = here.filter(|(p, _)| *p == place);
    Ok(here.map(|(_, visit)| visit).collect())
}

/// What came to one place of the first issuer since so much had come to it.
fn since(world: &World, place: SessionPlace, mark: usize) -> Result<Vec<Visit>, Stop> {
    let begun = world.lifecycle.caller_seen.begun.first().copied();
    let later = visits(world, 0)?.into_iter();
    let later = later.skip(mark.saturating_sub(begun.unwrap_or_default()));
    let here = later.filter(|(p, _)| *p == place);
    Ok(here.map(|(_, visit)| visit).collect())
}

/// The same since the moment that the scenario is about.
fn since_mark(world: &World, place: SessionPlace) -> Result<Vec<Visit>, Stop> {
    since(world, place, world.lifecycle.caller_seen.mark)
}

/// Begins what the scenario is about: notes how much has come to the first issuer so far, and the bearer that the
/// caller has by now.
fn mark(world: &mut World) -> Result<(), Stop> {
    let desk = desk(world, 0)?;
    let (mark, last) = (
        desk.all_visits().len(),
        desk.visits(SessionPlace::Api).pop(),
    );
    let old = last.and_then(|visit| bearer(&visit.request).map(str::to_owned));
    let seen = &mut world.lifecycle.caller_seen;
    seen.mark = mark;
    seen.calls.clear();
    seen.old = old;
    Ok(())
}

/// How many issuers the scenario plays.
fn issuers(world: &World) -> usize {
    (0..)
        .take_while(|index| world.session_peer(*index).is_ok())
        .count()
}

/// What a request shows as a bearer.
fn bearer(request: &Request) -> Option<&str> {
    let (scheme, shown) = request.fields.get("authorization")?.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then(|| shown.trim_start())
}

/// The session token that a request has in its field.
fn session_token(request: &Request) -> Option<&str> {
    request.fields.get(SESSION_FIELD)
}

/// A number of a step.
fn number(text: &str) -> Result<usize, Stop> {
    let number = text.parse();
    number.map_err(|_| Stop::Harness(format!("no number: {text}")))
}
