//! Scenarios about the client of the target: the harness is the resources that it calls, and the authorization
//! servers beside them.

mod acting;
mod answers;
mod assertions;
mod document;
mod hand_outs;
mod sending;
mod servers;
mod service_jwts;
mod tokens;

use crate::{
    hooks::Report,
    lab::{
        Visit,
        jwt::{PeerDesk, PeerPlace},
    },
    steps::{Stop, registry::Step},
    target::jwt::JwtClient,
    timeline::EventId,
    wire::Request,
    world::{Answer, World},
};
pub(crate) use acting::settle;
use tokio::task::JoinHandle;

/// What such a scenario has seen and done.
#[derive(Default)]
pub struct Seen {
    /// The hooks that are still running.
    hooks: Vec<JoinHandle<Report>>,
    /// What came of those that have ended.
    reports: Vec<Report>,
    /// How much had come to each resource when the scenario had made the client forget earlier ones.
    begun: Vec<usize>,
    /// How much had come to each resource before the control.
    before_control: Option<Vec<usize>>,
    /// How much had come to the first resource at a moment that the scenario is about.
    mark: usize,
    /// How many connections there were when the scenario began.
    connections: usize,
    /// Which metadata the scenario has altered.
    altered: Option<PeerPlace>,
    /// The document of the client.
    document: Option<Answer>,
    /// Its keys, where they are not in the document.
    keys: Option<Answer>,
}

/// The steps, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    vec![
        acting::steps(),
        answers::steps(),
        assertions::steps(),
        document::steps(),
        hand_outs::steps(),
        sending::steps(),
        servers::steps(),
        service_jwts::steps(),
        tokens::steps(),
    ]
}

/// The client of the target.
fn client(world: &World) -> Result<&JwtClient, Stop> {
    let client = world.context.target.jwt.client.as_ref();
    client.ok_or_else(|| Stop::NotExercised("the target file has no [jwt_client]".to_owned()))
}

fn desk(world: &World, resource: usize) -> Result<&PeerDesk, Stop> {
    Ok(&world.jwt_peer(resource)?.lease.desk)
}

/// What came to a resource and its server in this scenario, without what came for the control.
fn visits(world: &World, resource: usize) -> Result<Vec<(PeerPlace, Visit)>, Stop> {
    let seen = &world.jwt.client;
    let mut all = desk(world, resource)?.all_visits();
    let before = seen.before_control.as_ref();
    if let Some(before) = before.and_then(|before| before.get(resource)) {
        all.truncate(*before);
    }
    let begun = seen.begun.get(resource).copied().unwrap_or_default();
    Ok(all.into_iter().skip(begun).collect())
}

/// What came to one place, without what came for the control.
fn at(world: &World, resource: usize, place: PeerPlace) -> Result<Vec<Visit>, Stop> {
    let here = visits(world, resource)?.into_iter();
    let here = here.filter(|(p, _)| *p == place);
    Ok(here.map(|(_, visit)| visit).collect())
}

/// What came to one place of the first resource since the moment that the scenario is about.
fn since_mark(world: &World, place: PeerPlace) -> Result<Vec<Visit>, Stop> {
    let seen = &world.jwt.client;
    let begun = seen.begun.first().copied().unwrap_or_default();
    let later = visits(world, 0)?.into_iter();
    let later = later.skip(seen.mark.saturating_sub(begun));
    let here = later.filter(|(p, _)| *p == place);
    Ok(here.map(|(_, visit)| visit).collect())
}

/// Notes how much has come to the first resource so far.
fn mark(world: &mut World) -> Result<(), Stop> {
    world.jwt.client.mark = desk(world, 0)?.all_visits().len();
    Ok(())
}

/// How many resources the scenario plays.
fn resources(world: &World) -> usize {
    (0..)
        .take_while(|index| world.jwt_peer(*index).is_ok())
        .count()
}

/// What a request shows as a bearer token.
fn bearer(request: &Request) -> Option<&str> {
    let (scheme, shown) = request.fields.get("authorization")?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| shown.trim_start())
}

/// A JWT that came: three parts, whatever is in them.
struct Came {
    /// The JWT.
    text: String,
    /// The resource that it came to.
    resource: usize,
    /// The request.
    event: EventId,
}

/// Whether a text has the form of a JWT.
fn is_jwt(text: &str) -> bool {
    text.split('.').count() == 3
}

/// The service JWTs that the APIs were shown, of which there is one at least.
fn service_jwts(world: &World) -> Result<Vec<Came>, Stop> {
    let mut found = Vec::new();
    for resource in 0..resources(world) {
        for visit in at(world, resource, PeerPlace::Api)? {
            if let Some(text) = bearer(&visit.request).filter(|text| is_jwt(text)) {
                found.push(Came {
                    text: text.to_owned(),
                    resource,
                    event: visit.event,
                });
            }
        }
    }
    match found.is_empty() {
        true => Err(Stop::Control("no service JWT came".to_owned())),
        false => Ok(found),
    }
}
