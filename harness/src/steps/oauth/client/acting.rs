//! What the client is set off to do.

use super::{client, desk};
use crate::{
    hooks::{self, Report, Whom},
    lab::oauth::{Place, ServerAnswer},
    steps::{Stop, calls::unknown, registry::steps},
    target::{PeerKind, Verb, oauth::Access},
    world::World,
};
use std::time::Duration;

steps! {
    "a server that the client knows" => |world| {
        world.lease_server(PeerKind::Good, 1).await
    }
    "two servers that the client knows" => |world| {
        world.lease_server(PeerKind::Good, 2).await
    }
    "a server at which the client signs" => |world| {
        world.lease_server_for(PeerKind::Good, Access::Assertion, 1).await
    }
    "a server that the client finds by its metadata" => |world| {
        world.lease_server_for(PeerKind::Good, Access::Discovery, 1).await
    }
    "the client gets a token" => |world| {
        get(world, 0).await
    }
    "the client gets another token" => |world| {
        get(world, 0).await
    }
    "the client is told to get a token" => |world| {
        set_off(world, Verb::Start, 0).await
    }
    "the client calls the API" => |world| {
        set_off(world, Verb::Use, 0).await
    }
    "the client calls the API again" => |world| {
        set_off(world, Verb::Use, 0).await
    }
    "the client is told to call the API of the second server with the token of the first" => |world| {
        let mut whom = Whom::from(&world.server(0)?.peer);
        whom.url = world.server(1)?.peer.api().to_string();
        start(world, Verb::Use, whom)?;
        ended(world).await;
        Ok(())
    }
    "{count} callers need a token at the same time" => |world, count| {
        let count: usize = count.parse().map_err(|_| unknown("number", &count))?;
        together(world, count).await
    }
    "the end of the token has come" => |world| {
        // One second is what the answer has said.
        world.wait(Duration::from_millis(1300), "expires_in").await;
        mark(world)
    }
    "a token without the fault is got and shown" => |world| {
        control(world, 0).await
    }
    "a token of a sound server is got and shown" => |world| {
        world.lease_server(PeerKind::Good, 1).await?;
        control(world, world.servers.len() - 1).await
    }
}

/// Notes how much has come to the first server so far.
pub(super) fn mark(world: &mut World) -> Result<(), Stop> {
    world.oauth.client.mark = desk(world, 0)?.all_visits().len();
    Ok(())
}

/// Runs a hook for a server, beside what follows.
fn start(world: &mut World, verb: Verb, whom: Whom) -> Result<(), Stop> {
    let client = client(world)?;
    let (hook, words) = match verb {
        Verb::Use => (client.use_token.clone(), "lets the client call the API of"),
        Verb::Start | Verb::Peers | Verb::Rotate => {
            (client.start.clone(), "lets the client get a token from")
        }
    };
    let (context, timeline) = (world.context.clone(), world.timeline.clone());
    timeline.note("btx", "target", format!("{words} {}", whom.peer));
    let hook = tokio::spawn(async move {
        let patience = context.patience_with_starts();
        let report = hooks::run(&context, &hook, verb, &whom, patience).await;
        timeline.note("target", "btx", report.words());
        report
    });
    world.oauth.client.hooks.push(hook);
    Ok(())
}

/// Runs a hook for a server, and waits for its end.
async fn set_off(world: &mut World, verb: Verb, server: usize) -> Result<(), Stop> {
    let whom = Whom::from(&world.server(server)?.peer);
    start(world, verb, whom)?;
    ended(world).await;
    Ok(())
}

/// Waits until all hooks have ended, no longer than the harness is patient.
async fn ended(world: &mut World) {
    let patience = world.context.patience_with_starts();
    for hook in std::mem::take(&mut world.oauth.client.hooks) {
        let report = tokio::time::timeout(patience, hook).await;
        let report = report.ok().and_then(Result::ok);
        let late = || Report::Failed("the hook did not end in time".to_owned());
        let report = report.unwrap_or_else(late);
        world.oauth.client.reports.push(report);
    }
}

/// Lets the client get a token, which it has to ask for.
async fn get(world: &mut World, server: usize) -> Result<(), Stop> {
    let before = desk(world, server)?.given().len();
    set_off(world, Verb::Start, server).await?;
    if desk(world, server)?.given().len() > before {
        return Ok(());
    }
    let asked = desk(world, server)?.visits(Place::Token).len();
    let report = world.oauth.client.reports.last();
    let report = report.map_or("nothing was reported", |r| r.words());
    let words = match asked {
        0 => "no token request came",
        _ => "no token request came that a sound server answers with a token",
    };
    Err(Stop::Control(format!("{words}: {report}")))
}

/// Lets many call the API when no token is at hand, and one request for a token be held until all are there.
///
/// That the callers have come to the client is not seen on the wire. So one more goes through it to another
/// server in between, and comes after them.
async fn together(world: &mut World, count: usize) -> Result<(), Stop> {
    mark(world)?;
    let before = desk(world, 0)?.visits(Place::Token).len();
    desk(world, 0)?.answer_with(Place::Token, vec![ServerAnswer::Held]);
    let whom = Whom::from(&world.server(0)?.peer);
    for _ in 0..count {
        start(world, Verb::Use, whom.clone())?;
    }
    let patience = world.context.patience;
    let asked = desk(world, 0)?
        .wait_for(patience, |desk| {
            (desk.visits(Place::Token).len() > before).then_some(())
        })
        .await;
    let callers = std::mem::take(&mut world.oauth.client.hooks);
    let between = set_off(world, Verb::Start, 1).await;
    world.oauth.client.hooks.extend(callers);
    desk(world, 0)?.release(Place::Token, &ServerAnswer::Sound);
    ended(world).await;
    between?;
    match asked {
        Some(()) => Ok(()),
        None => Err(Stop::Control(
            "the client has not asked for a token, though it has none".to_owned(),
        )),
    }
}

/// The control twin: a token that is asked for, given and shown, all without fault.
pub(super) async fn control(world: &mut World, server: usize) -> Result<(), Stop> {
    ended(world).await;
    if world.oauth.client.before_control.is_none() {
        let lengths = world.servers.iter();
        let lengths = lengths.map(|s| s.lease.desk.all_visits().len()).collect();
        world.oauth.client.before_control = Some(lengths);
    }
    world
        .timeline
        .heading("the control: a token without the fault");
    for place in [Place::Token, Place::Metadata, Place::Api] {
        desk(world, server)?.answer_with(place, vec![ServerAnswer::Sound]);
    }
    get(world, server).await?;
    set_off(world, Verb::Use, server).await?;
    let token = desk(world, server)?.given().pop().unwrap_or_default();
    let shown = desk(world, server)?.visits(Place::Api);
    if shown.iter().any(|visit| super::has(&visit.request, &token)) {
        return Ok(());
    }
    let report = world.oauth.client.reports.last();
    let report = report.map_or("nothing was reported", |r| r.words());
    Err(Stop::Control(format!(
        "the token without the fault was not shown to the API: {report}"
    )))
}

/// Ends what a scenario about a client has left open.
pub(crate) async fn settle(world: &mut World) {
    for server in &world.servers {
        server.lease.desk.close();
    }
    ended(world).await;
}
