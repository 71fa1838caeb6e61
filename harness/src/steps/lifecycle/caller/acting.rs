//! What the caller is set off to do.

use super::{bearer, caller, desk, issuers, mark, number, session_token};
use crate::{
    hooks::{self, Report, Whom},
    lab::lifecycle::{HostAnswer, SessionPlace},
    steps::{Stop, calls::faulty_certificate, registry::steps},
    target::{PeerKind, Verb},
    world::World,
};
use std::time::{Duration, Instant};

/// How long a bearer lives whose end a scenario waits for, and how long one lives otherwise.
const SHORT: Duration = Duration::from_secs(2);
const LONG: Duration = Duration::from_secs(420);
/// How long it is waited until calls that are made at once have come.
const AT_ONCE: Duration = Duration::from_millis(300);
/// How often a caller that holds tokens of an earlier scenario is let call until it has none.
const FORGETTING: usize = 3;

steps! {
    "an issuer that the caller knows" => |world| {
        lease(world).await
    }
    "an issuer that the caller knows, whose certificate is {words}" => |world, fault| {
        caller(world)?;
        let issuer = world.lease_session_peer(faulty_certificate(&fault)?).await?;
        world.lifecycle.caller_seen.connections = world.session_peer(issuer)?.lease.connections();
        Ok(())
    }
    "an issuer that the caller has logged in to" => |world| {
        lease(world).await?;
        log_in(world, 0).await
    }
    "two issuers that the caller has logged in to" => |world| {
        for issuer in 0..2 {
            lease(world).await?;
            log_in(world, issuer).await?;
        }
        mark(world)
    }
    "an issuer whose bearers live for two seconds" => |world| {
        lease(world).await?;
        desk(world, 0)?.bearers_live(SHORT);
        Ok(())
    }
    "the bearer of the caller has expired" => |world| {
        expired(world).await
    }
    "the caller has logged in there" => |world| {
        log_in(world, 0).await
    }
    "the caller calls the API" => |world| {
        call(world, 0).await
    }
    "the caller calls the API again" => |world| {
        call(world, 0).await
    }
    "the caller calls the API once more" => |world| {
        call(world, 0).await
    }
    "the caller calls the second API" => |world| {
        call(world, 1).await
    }
    "the caller is told to call the API" => |world| {
        call(world, 0).await
    }
    "the caller makes {count} calls at once" => |world, count| {
        let count = number(&count)?;
        at_once(world, count).await
    }
    "a call of the caller without the fault is granted" => |world| {
        control(world, 0).await
    }
    "a call of a sound issuer is granted" => |world| {
        let sound = world.lease_session_peer(PeerKind::Good).await?;
        begin(world, sound).await?;
        control(world, sound).await
    }
}

/// Brings in an issuer.
async fn lease(world: &mut World) -> Result<(), Stop> {
    caller(world)?;
    let issuer = world.lease_session_peer(PeerKind::Good).await?;
    begin(world, issuer).await
}

/// Makes the caller forget what it has of an issuer from earlier scenarios: everything that it shows is refused
/// until it has logged in anew, and that is refused as well. After that it has nothing.
async fn begin(world: &mut World, issuer: usize) -> Result<(), Stop> {
    let refusal = super::answers::invalid_token();
    desk(world, issuer)?.answer_with(SessionPlace::Api, vec![refusal]);
    for _ in 0..FORGETTING {
        call(world, issuer).await?;
        if !desk(world, issuer)?.visits(SessionPlace::Login).is_empty() {
            break;
        }
    }
    let desk = desk(world, issuer)?;
    desk.answer_with(SessionPlace::Api, vec![HostAnswer::Sound]);
    let begun = desk.all_visits().len();
    let seen = &mut world.lifecycle.caller_seen;
    // An issuer with a faulty certificate may be there already, to which nothing has come.
    seen.begun.resize(issuer, 0);
    seen.begun.push(begun);
    mark(world)
}

/// Lets the caller log in and call the API, without which nothing can be said of what comes then.
async fn log_in(world: &mut World, issuer: usize) -> Result<(), Stop> {
    call(world, issuer).await?;
    let last = desk(world, issuer)?.visits(SessionPlace::Api).pop();
    match last.is_some_and(|visit| bearer(&visit.request).is_some()) {
        true => mark(world),
        false => Err(Stop::Control(format!(
            "the caller has not called the API: {}",
            reported(world)
        ))),
    }
}

/// Runs the hook of a call beside what follows.
fn start(world: &mut World, issuer: usize) -> Result<(), Stop> {
    let hook = caller(world)?.use_token.clone();
    let whom = Whom::from(&world.session_peer(issuer)?.peer);
    let (context, timeline) = (world.context.clone(), world.timeline.clone());
    timeline.note(
        "btx",
        "target",
        format!("lets the caller call {}", whom.peer),
    );
    let hook = tokio::spawn(async move {
        let patience = context.patience_with_starts();
        let began = Instant::now();
        let report = hooks::run(&context, &hook, Verb::Use, &whom, patience).await;
        timeline.note("target", "btx", report.words());
        (report, began.elapsed())
    });
    world.lifecycle.caller_seen.hooks.push(hook);
    Ok(())
}

/// Lets the caller call the API of an issuer, and waits for the end of that.
async fn call(world: &mut World, issuer: usize) -> Result<(), Stop> {
    let before = desk(world, 0)?.all_visits().len();
    world.lifecycle.caller_seen.calls.push(before);
    start(world, issuer)?;
    ended(world).await;
    Ok(())
}

/// Waits until the bearer of the caller has expired. Those that come after it live long.
async fn expired(world: &mut World) -> Result<(), Stop> {
    let old = world.lifecycle.caller_seen.old.clone().unwrap_or_default();
    let ends = super::bearers::end_of(&old).unwrap_or_default();
    // The whole second of its end is over for whoever reads the clock a little later.
    let left = u64::try_from(ends + 1 - super::bearers::now()).unwrap_or_default();
    desk(world, 0)?.bearers_live(LONG);
    let left = Duration::from_secs(left);
    world.wait(left, "the bearer has expired").await;
    Ok(())
}

/// Lets the caller make calls at once. None is answered until all have come, or have had the time to.
async fn at_once(world: &mut World, count: usize) -> Result<(), Stop> {
    mark(world)?;
    let before = desk(world, 0)?.visits(SessionPlace::Api).len();
    desk(world, 0)?.answer_with(SessionPlace::Api, vec![HostAnswer::Held]);
    for _ in 0..count {
        start(world, 0)?;
    }
    let all = |desk: &super::SessionDesk| {
        let come = desk.visits(SessionPlace::Api).len() >= before + count;
        come.then_some(())
    };
    desk(world, 0)?.wait_for(AT_ONCE, all).await;
    desk(world, 0)?.release(SessionPlace::Api, &HostAnswer::Sound);
    ended(world).await;
    Ok(())
}

/// Waits until all hooks have ended, no longer than the harness is patient.
async fn ended(world: &mut World) {
    let patience = world.context.patience_with_starts();
    for hook in std::mem::take(&mut world.lifecycle.caller_seen.hooks) {
        let report = tokio::time::timeout(patience, hook).await;
        let report = report.ok().and_then(Result::ok);
        let late = || {
            (
                Report::Failed("the hook did not end in time".to_owned()),
                patience,
            )
        };
        let report = report.unwrap_or_else(late);
        world.lifecycle.caller_seen.reports.push(report);
    }
}

/// The control twin: a call at which the issuer does what is right, and which shows a bearer of it.
async fn control(world: &mut World, issuer: usize) -> Result<(), Stop> {
    before_control(world)?;
    let heading = "the control: a call without the fault";
    world.timeline.heading(heading);
    let before = {
        let desk = desk(world, issuer)?;
        for place in [SessionPlace::Login, SessionPlace::Api] {
            desk.answer_with(place, vec![HostAnswer::Sound]);
        }
        desk.visits(SessionPlace::Api).len()
    };
    // What the caller has it may have to throw away first.
    for _ in 0..2 {
        call(world, issuer).await?;
        let calls = desk(world, issuer)?.visits(SessionPlace::Api);
        let given = desk(world, issuer)?.given();
        let mut later = calls.iter().skip(before);
        let granted = later.any(|visit| {
            let shown = bearer(&visit.request);
            shown.is_some_and(|shown| given.iter().any(|one| one == shown))
        });
        if granted {
            return Ok(());
        }
    }
    let words = format!(
        "the call without the fault showed no bearer: {}",
        reported(world)
    );
    Err(Stop::Control(words))
}

/// Notes where the control begins, once.
pub(super) fn before_control(world: &mut World) -> Result<(), Stop> {
    if world.lifecycle.caller_seen.before_control.is_some() {
        return Ok(());
    }
    let lengths: Result<Vec<usize>, Stop> = (0..issuers(world))
        .map(|index| Ok(desk(world, index)?.all_visits().len()))
        .collect();
    let seen = &mut world.lifecycle.caller_seen;
    seen.before_control = Some((lengths?, seen.reports.len()));
    Ok(())
}

/// The two calls of another control: what comes in the second.
pub(super) async fn call_twice(world: &mut World) -> Result<Option<String>, Stop> {
    call(world, 0).await?;
    call(world, 0).await?;
    let last = desk(world, 0)?.visits(SessionPlace::Api).pop();
    let shown = last.filter(|visit| session_token(&visit.request).is_none());
    Ok(shown.and_then(|visit| bearer(&visit.request).map(str::to_owned)))
}

fn reported(world: &World) -> String {
    let report = world.lifecycle.caller_seen.reports.last();
    report
        .map_or("nothing was reported", |(report, _)| report.words())
        .to_owned()
}

/// Waits for what a scenario about a caller has left running.
pub(crate) async fn settle(world: &mut World) {
    ended(world).await;
}
