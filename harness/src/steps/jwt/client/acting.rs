//! What the client is set off to do.

use super::{bearer, client, desk, document, is_jwt, mark, resources};
use crate::{
    hooks::{self, Report, Whom},
    lab::{
        PeerAnswer,
        jwt::{HostAnswer, PeerPlace},
    },
    steps::{Stop, calls::faulty_certificate, registry::steps},
    target::{Hook, PeerKind, Verb, jwt::Flow},
    wire::{Fields, Response},
    world::World,
};
use serde_json::json;
use std::time::Duration;

steps! {
    "a resource that takes service JWTs" => |world| {
        lease(world, Flow::Alone, 1).await
    }
    "two resources that take service JWTs" => |world| {
        lease(world, Flow::Alone, 2).await
    }
    "a resource that takes service JWTs, whose certificate is {words}" => |world, fault| {
        world.lease_jwt_peers(Flow::Alone, faulty_certificate(&fault)?, 1).await?;
        world.jwt.client.connections = world.jwt_peer(0)?.lease.connections();
        Ok(())
    }
    "a resource that hands out tokens" => |world| {
        lease(world, Flow::HandsOut, 1).await
    }
    "two resources that hand out tokens" => |world| {
        lease(world, Flow::HandsOut, 2).await
    }
    "a resource that wants tokens of a server" => |world| {
        lease(world, Flow::Server, 1).await
    }
    "two resources that want tokens of a server" => |world| {
        lease(world, Flow::Server, 2).await
    }
    "the client calls the resource" => |world| {
        call(world, 0).await
    }
    "the client calls the resource again" => |world| {
        call(world, 0).await
    }
    "the client calls the resource once more" => |world| {
        call(world, 0).await
    }
    "the client calls the second resource" => |world| {
        call(world, 1).await
    }
    "the client calls the second resource again" => |world| {
        call(world, 1).await
    }
    "the client is told to call the resource" => |world| {
        set_off(world, 0).await
    }
    "the client calls the resource, and its published keys are fetched before the answer" => |world| {
        call_and_fetch(world).await
    }
    "the client is told to change its key" => |world| {
        rotate(world).await
    }
    "the end of the handed-out token has come" => |world| {
        // One second is what the answer has said.
        world.wait(Duration::from_millis(1300), "expires_in").await;
        desk(world, 0)?.answer_with(PeerPlace::Api, vec![HostAnswer::Sound]);
        mark(world)
    }
    "a call without the fault is granted" => |world| {
        control(world, 0).await
    }
    "a call without the fault is granted, and the next shows its token" => |world| {
        control(world, 0).await?;
        set_off(world, 0).await?;
        let given = desk(world, 0)?.given();
        let last = desk(world, 0)?.visits(PeerPlace::Api).pop();
        let shown = last.as_ref().and_then(|visit| bearer(&visit.request));
        match shown.is_some_and(|shown| given.iter().any(|token| token == shown)) {
            true => Ok(()),
            false => Err(Stop::Control("a token that came as it has to was not shown".to_owned())),
        }
    }
    "a call of a sound resource is granted" => |world| {
        world.lease_jwt_peers(Flow::Alone, PeerKind::Good, 1).await?;
        control(world, resources(world) - 1).await
    }
}

/// Brings in resources, and makes the client forget what it has learned from them in earlier scenarios.
async fn lease(world: &mut World, flow: Flow, count: usize) -> Result<(), Stop> {
    world.lease_jwt_peers(flow, PeerKind::Good, count).await?;
    for resource in 0..count {
        if flow != Flow::Alone {
            forget(world, resource).await?;
        }
        let begun = desk(world, resource)?.all_visits().len();
        world.jwt.client.begun.push(begun);
    }
    mark(world)
}

/// Refuses a call, and what is asked of the server for it. After that the client has no token, and no reason to
/// believe the metadata that it has.
async fn forget(world: &mut World, resource: usize) -> Result<(), Stop> {
    let fields = Fields::from([
        ("www-authenticate", "Bearer error=\"invalid_token\""),
        ("cache-control", "no-store"),
    ]);
    let refusal = PeerAnswer::Respond(Response::new(401, fields, b""));
    let no_grant = HostAnswer::json(400, &json!({"error": "invalid_grant"}));
    let answers = [
        (PeerPlace::Api, HostAnswer::Fixed(refusal)),
        (PeerPlace::Token, no_grant),
    ];
    for (place, answer) in answers.clone() {
        desk(world, resource)?.answer_with(place, vec![answer]);
    }
    // Whoever does not let go of a token at once is refused again.
    for _ in 0..2 {
        set_off(world, resource).await?;
        let shown = desk(world, resource)?.visits(PeerPlace::Api).pop();
        let shown = shown.as_ref().and_then(|visit| bearer(&visit.request));
        if shown.is_none_or(is_jwt) {
            break;
        }
    }
    for (place, _) in answers {
        desk(world, resource)?.answer_with(place, vec![HostAnswer::Sound]);
    }
    Ok(())
}

/// Runs a hook beside what follows.
fn start(world: &mut World, verb: Verb, hook: Hook, whom: Whom, words: &str) {
    let (context, timeline) = (world.context.clone(), world.timeline.clone());
    timeline.note("btx", "target", words);
    let hook = tokio::spawn(async move {
        let patience = context.patience_with_starts();
        let report = hooks::run(&context, &hook, verb, &whom, patience).await;
        timeline.note("target", "btx", report.words());
        report
    });
    world.jwt.client.hooks.push(hook);
}

/// Lets the client call a resource, beside what follows.
fn start_call(world: &mut World, resource: usize) -> Result<(), Stop> {
    let hook = client(world)?.use_token.clone();
    let whom = Whom::from(&world.jwt_peer(resource)?.peer);
    let words = format!("lets the client call {}", whom.peer);
    start(world, Verb::Use, hook, whom, &words);
    Ok(())
}

/// Lets the client call a resource, and waits for the end of that.
async fn set_off(world: &mut World, resource: usize) -> Result<(), Stop> {
    start_call(world, resource)?;
    ended(world).await;
    Ok(())
}

/// Lets the client call a resource, or its server, which it has to.
async fn call(world: &mut World, resource: usize) -> Result<(), Stop> {
    let before = desk(world, resource)?.all_visits().len();
    set_off(world, resource).await?;
    match desk(world, resource)?.all_visits().len() > before {
        true => Ok(()),
        false => Err(uncalled(world)),
    }
}

fn uncalled(world: &World) -> Stop {
    let report = world.jwt.client.reports.last();
    let report = report.map_or("nothing was reported", |r| r.words());
    Stop::Control(format!("the client has called nobody: {report}"))
}

/// Holds the answer until the keys of the client have been fetched.
async fn call_and_fetch(world: &mut World) -> Result<(), Stop> {
    mark(world)?;
    let before = desk(world, 0)?.visits(PeerPlace::Api).len();
    desk(world, 0)?.answer_with(PeerPlace::Api, vec![HostAnswer::Held]);
    start_call(world, 0)?;
    let patience = world.context.patience;
    let came = desk(world, 0)?
        .wait_for(patience, |desk| {
            (desk.visits(PeerPlace::Api).len() > before).then_some(())
        })
        .await;
    let fetched = document::fetch(world).await;
    desk(world, 0)?.release(PeerPlace::Api, &HostAnswer::Sound);
    ended(world).await;
    match came {
        Some(()) => fetched,
        None => Err(uncalled(world)),
    }
}

/// Lets the client change its key.
async fn rotate(world: &mut World) -> Result<(), Stop> {
    let whom = Whom::default();
    start(
        world,
        Verb::Rotate,
        Hook::Verb,
        whom,
        "lets the client change its key",
    );
    ended(world).await;
    match world.jwt.client.reports.last() {
        Some(Report::Failed(words)) => Err(Stop::NotExercised(words.clone())),
        _ => Ok(()),
    }
}

/// Waits until all hooks have ended, no longer than the harness is patient.
async fn ended(world: &mut World) {
    let patience = world.context.patience_with_starts();
    for hook in std::mem::take(&mut world.jwt.client.hooks) {
        let report = tokio::time::timeout(patience, hook).await;
        let report = report.ok().and_then(Result::ok);
        let late = || Report::Failed("the hook did not end in time".to_owned());
        let report = report.unwrap_or_else(late);
        world.jwt.client.reports.push(report);
    }
}

/// The control twin: a call at which everybody else does what is right, and which shows what opens the API.
async fn control(world: &mut World, resource: usize) -> Result<(), Stop> {
    if world.jwt.client.before_control.is_none() {
        let lengths: Result<Vec<usize>, Stop> = (0..resources(world))
            .map(|index| Ok(desk(world, index)?.all_visits().len()))
            .collect();
        world.jwt.client.before_control = Some(lengths?);
    }
    world
        .timeline
        .heading("the control: a call without the fault");
    let (flow, before) = {
        let desk = desk(world, resource)?;
        for place in [
            PeerPlace::Api,
            PeerPlace::ResourceMetadata,
            PeerPlace::ServerMetadata,
            PeerPlace::Token,
        ] {
            desk.answer_with(place, vec![HostAnswer::Sound]);
        }
        (
            world.jwt_peer(resource)?.peer.flow,
            desk.visits(PeerPlace::Api).len(),
        )
    };
    set_off(world, resource).await?;
    let given = desk(world, resource)?.given();
    let calls = desk(world, resource)?.visits(PeerPlace::Api);
    let opens = |shown: &str| {
        given.iter().any(|token| token == shown) || (flow != Flow::Server && is_jwt(shown))
    };
    let mut later = calls.iter().skip(before);
    match later.any(|visit| bearer(&visit.request).is_some_and(opens)) {
        true => Ok(()),
        false => {
            let report = world.jwt.client.reports.last();
            let report = report.map_or("nothing was reported", |r| r.words());
            let words = format!(
                "the call without the fault came with nothing that opens the API: {report}"
            );
            Err(Stop::Control(words))
        }
    }
}

/// Waits for what a scenario about a client has left running.
pub(crate) async fn settle(world: &mut World) {
    ended(world).await;
}
