//! Scenarios about the client of the target: the harness is the authorization server, and the API beside it.

mod acting;
mod answers;
mod assertions;
mod certificates;
mod judging;
mod requests;

use crate::{
    hooks::Report,
    lab::{
        Visit,
        oauth::{Desk, Place},
    },
    steps::{Stop, registry::Step},
    target::oauth::Client,
    wire::Request,
    world::World,
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
    /// How much had come to each server before the control.
    before_control: Option<Vec<usize>>,
    /// How much had come to the first server at a moment that the scenario is about.
    mark: usize,
    /// How many connections there were when the certificate became faulty.
    connections: usize,
}

/// The steps, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    vec![
        acting::steps(),
        answers::steps(),
        certificates::steps(),
        requests::steps(),
        assertions::steps(),
        judging::steps(),
    ]
}

/// The client of the target.
fn client(world: &World) -> Result<&Client, Stop> {
    let client = world.context.target.oauth.client.as_ref();
    client.ok_or_else(|| Stop::NotExercised("the target file has no [client]".to_owned()))
}

fn desk(world: &World, server: usize) -> Result<&Desk, Stop> {
    Ok(&world.server(server)?.lease.desk)
}

/// What came to a server, without what came for the control.
fn visits(world: &World, server: usize) -> Result<Vec<(Place, Visit)>, Stop> {
    let mut all = desk(world, server)?.all_visits();
    let before = world.oauth.client.before_control.as_ref();
    if let Some(before) = before.and_then(|before| before.get(server)) {
        all.truncate(*before);
    }
    Ok(all)
}

/// What came to one place of a server, without what came for the control.
fn at(world: &World, server: usize, place: Place) -> Result<Vec<Visit>, Stop> {
    let here = visits(world, server)?.into_iter();
    let here = here.filter(|(p, _)| *p == place);
    Ok(here.map(|(_, visit)| visit).collect())
}

/// What came to one place of the first server since the moment that the scenario is about.
fn since_mark(world: &World, place: Place) -> Result<Vec<Visit>, Stop> {
    let later = visits(world, 0)?.into_iter().skip(world.oauth.client.mark);
    let here = later.filter(|(p, _)| *p == place);
    Ok(here.map(|(_, visit)| visit).collect())
}

/// The token that the first server has given at some time, counted from 0.
fn given(world: &World, number: usize) -> Result<String, Stop> {
    let given = desk(world, 0)?.given();
    let token = given.get(number).cloned();
    token.ok_or_else(|| Stop::Control("the client has not asked for that token".to_owned()))
}

/// Whether a request has a text anywhere, as it is or encoded for a URI.
pub(in crate::steps) fn has(request: &Request, text: &str) -> bool {
    let head = request.head();
    let (head, body) = (
        String::from_utf8_lossy(&head),
        String::from_utf8_lossy(&request.body),
    );
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    [head, body]
        .iter()
        .any(|part| part.contains(text) || part.contains(&encoded))
}
