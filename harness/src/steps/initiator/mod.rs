//! Scenarios about an initiator: the harness is the issuer.

pub(super) mod certificates;
pub(super) mod issues;
pub(super) mod judging;
pub(super) mod patience;
pub(super) mod polling;
pub(super) mod together;
pub(super) mod uses;

use super::{Failure, Stop, calls::unknown, registry::steps};
use crate::{
    caller::Pace,
    draft::Draft,
    hooks::{self, Report},
    initiation::{Seen, SentIssue},
    issue_draft::{CallValues, IssueDraft},
    lab::{Desk, PeerAnswer, ReceivedCall},
    target::{AsIssuer, Initiator, PeerKind, Verb},
    timeline::What,
    wire::{Fields, Response},
    world::World,
};
use std::{sync::Arc, time::Duration};

steps! {
    "an issuer that the target knows" => |world| {
        issuers(world, PeerKind::Good, 1).await
    }
    "two issuers that the target knows" => |world| {
        issuers(world, PeerKind::Good, 2).await
    }
    "the target is set off" => |world| {
        set_off(world, 0, false).await
    }
    "the target is set off again" => |world| {
        set_off(world, 0, false).await
    }
    "the target is set off {count} times, and each call is answered with {words}" => |world, count, answer| {
        let count: usize = count.parse().map_err(|_| unknown("number", &count))?;
        for _ in 0..count {
            set_off(world, 0, false).await?;
            let answer = in_words(world, &answer)?;
            last_call(world)?.answer(answer);
            world.initiation.answered = true;
            ended(world).await;
        }
        Ok(())
    }
    "the target is set off and asks for asynchrony" => |world| {
        set_off(world, 0, true).await
    }
    "the target is set off in vain" => |world| {
        start(world, 0)?;
        ended(world).await;
        Ok(())
    }
    "the issuer answers the call with {words}" => |world, words| {
        let answer = in_words(world, &words)?;
        let call = last_call(world)?;
        world.initiation.uses_before_answer = Some(desk(world, 0)?.uses().len());
        world.initiation.answered = true;
        call.answer(answer);
        Ok(())
    }
    "the issuer refuses every call with the versions {words}" => |world, versions| {
        let versions: serde_json::Value = serde_json::from_str(&versions).map_err(|_| unknown("list", &versions))?;
        refuse_versions(world, &versions).await
    }
    "an exchange without the fault gets a token" => |world| {
        let controlled = control(world, 0).await;
        // A control that fails since the target has gone where an answer led is no riddle.
        let elsewhere = super::answers::elsewhere_path(world)?;
        if controlled.is_err() && world.context.lab.was_reached_elsewhere(&elsewhere) {
            let expected = "no request to where the answer led";
            return Err(Failure::new(expected, "a request, in the next exchange", None).into());
        }
        controlled
    }
    "an exchange with a sound issuer gets a token" => |world| {
        issuers(world, PeerKind::Good, 1).await?;
        control(world, world.parties.len() - 1).await
    }
}

/// Leases peers that the target knows as issuers.
async fn issuers(world: &mut World, kind: PeerKind, count: usize) -> Result<(), Stop> {
    world.lease(kind, count).await?;
    for party in 0..world.parties.len() {
        as_issuer(world, party)?;
    }
    Ok(())
}

pub(super) fn as_issuer(world: &World, party: usize) -> Result<AsIssuer, Stop> {
    let peer = &world.party(party)?.peer;
    peer.as_issuer.clone().ok_or_else(|| {
        Stop::NotExercised(format!(
            "the peer {} is no issuer in the target file",
            peer.name
        ))
    })
}

pub(super) fn desk(world: &World, party: usize) -> Result<&Desk, Stop> {
    Ok(&world.party(party)?.lease.desk)
}

pub(super) fn initiator(world: &World) -> Result<&Initiator, Stop> {
    let initiator = world.context.target.initiator.as_ref();
    initiator.ok_or_else(|| Stop::NotExercised("the target file has no [initiator]".to_owned()))
}

/// Runs the hook that sets the target off, beside what follows.
pub(super) fn start(world: &mut World, party: usize) -> Result<(), Stop> {
    let hook = initiator(world)?.start.clone();
    let peer = world.party(party)?.peer.clone();
    let context = world.context.clone();
    let timeline = world.timeline.clone();
    timeline.note("btx", "target", format!("sets it off, with {}", peer.name));
    world.initiation.starts.push(tokio::spawn(async move {
        let patience = context.patience_with_starts();
        let report = hooks::run(&context, &hook, Verb::Start, &(&peer).into(), patience).await;
        timeline.note("target", "btx", report.words());
        report
    }));
    Ok(())
}

/// Sets the target off and waits for its token call.
async fn set_off(world: &mut World, party: usize, asking: bool) -> Result<(), Stop> {
    let before = desk(world, party)?.calls().len();
    start(world, party)?;
    let patience = world.context.patience;
    let call = desk(world, party)?
        .wait_for(patience, |desk| desk.calls().get(before).cloned())
        .await;
    let Some(call) = call else {
        ended(world).await;
        let report = world
            .initiation
            .reports
            .last()
            .map(|r| r.words().to_owned());
        let report = report.unwrap_or_else(|| "the hook is still running".to_owned());
        return Err(Stop::Control(format!("no token call came: {report}")));
    };
    let asked = asks(&call);
    world.initiation.calls.push(call);
    world.initiation.answered = false;
    if asking && !asked {
        return Err(Stop::NotExercised(
            "the target does not ask for asynchrony".to_owned(),
        ));
    }
    Ok(())
}

/// Whether a token call asks for asynchrony.
fn asks(call: &ReceivedCall) -> bool {
    let mut preferences = call.visit.request.fields.all("prefer");
    preferences.any(|p| p.to_ascii_lowercase().contains("respond-async"))
}

/// Waits until the hooks that set the target off have ended, no longer than the harness is patient.
pub(super) async fn ended(world: &mut World) {
    let patience = world.context.patience_with_starts();
    for start in std::mem::take(&mut world.initiation.starts) {
        let report = tokio::time::timeout(patience, start).await;
        let report = report.ok().and_then(Result::ok);
        let report =
            report.unwrap_or_else(|| Report::Failed("the hook did not end in time".to_owned()));
        world.initiation.reports.push(report);
    }
}

pub(super) fn last_call(world: &World) -> Result<Arc<ReceivedCall>, Stop> {
    let last = world.initiation.calls.last().cloned();
    last.ok_or_else(|| Stop::Harness("the target has not been set off".to_owned()))
}

/// The values of the call, without which no token issue can be made.
pub(super) fn values(call: &ReceivedCall) -> Result<CallValues, Stop> {
    CallValues::read(&call.visit.request.body)
        .ok_or_else(|| Stop::Control("the token call cannot be read".to_owned()))
}

/// What the issuer answers a call with, in words.
pub(super) fn in_words(world: &World, words: &str) -> Result<PeerAnswer, Stop> {
    let elsewhere = super::answers::elsewhere(world)?;
    if words == "a 401 that names another server" {
        let challenge = format!(
            "Bearer realm=\"x\", resource_metadata=\"{elsewhere}\", authorization_uri=\"{elsewhere}\""
        );
        let fields = Fields::from([
            ("www-authenticate", challenge.as_str()),
            ("location", elsewhere.as_str()),
            ("link", format!("<{elsewhere}>; rel=\"issuer\"").as_str()),
        ]);
        return Ok(PeerAnswer::Respond(Response::new(401, fields, b"")));
    }
    let beside = as_issuer(world, 0)?.status().to_string();
    PeerAnswer::from_words(words, &beside, &elsewhere).ok_or_else(|| unknown("answer", words))
}

/// Answers the calls of a negotiation until no more comes.
async fn refuse_versions(world: &mut World, versions: &serde_json::Value) -> Result<(), Stop> {
    let body = serde_json::json!({
        "type": "urn:btx:problem:unsupported-version",
        "status": 400,
        "accept_versions": versions,
    });
    let fields = Fields::from([
        ("content-type", "application/problem+json"),
        ("cache-control", "no-store"),
    ]);
    let refusal = PeerAnswer::Respond(Response::new(400, fields, body.to_string().as_bytes()));
    world.initiation.refused_with = Some(versions.to_string());
    desk(world, 0)?.answer_calls_with(refusal.clone());
    last_call(world)?.answer(refusal);
    world.initiation.answered = true;
    ended(world).await;
    desk(world, 0)?.leave_calls();
    Ok(())
}

pub(super) fn seen(world: &World, party: usize) -> Result<Seen, Stop> {
    let desk = desk(world, party)?;
    Ok(Seen {
        calls: desk.calls().len(),
        uses: desk.uses().len(),
        polls: desk.polls().len(),
    })
}

/// The control twin: an exchange without fault, from setting off to the use of its token.
pub(super) async fn control(world: &mut World, party: usize) -> Result<(), Stop> {
    // What the scenario has left unanswered must not be taken for the control's.
    if !world.initiation.answered {
        for call in &world.initiation.calls {
            call.answer(PeerAnswer::status(503));
        }
    }
    ended(world).await;
    world.initiation.before_control = Some(seen(world, 0)?);
    world
        .timeline
        .heading("the control: an exchange without the fault");
    set_off(world, party, false).await?;
    let call = last_call(world)?;
    let values = values(&call)?;
    let draft = IssueDraft::right(values, fresh_token(), super::issues::now());
    let urls = as_issuer(world, party)?.token_issue;
    let url = world.replica(&urls, 0)?;
    world.context.note_issued(&draft.token);
    let answer = world.post(&url, &draft.message()).await;
    if answer.status() != Some(204) {
        return Err(Stop::Control(format!(
            "the token issue without the fault was answered with {}",
            answer.words()
        )));
    }
    call.answer(PeerAnswer::accept());
    world.initiation.answered = true;
    ended(world).await;
    if initiator(world)?.use_token.is_none() {
        return Ok(());
    }
    uses::until_used(world, party, &draft.token)
        .await
        .map_err(|seen| {
            Stop::Control(format!(
                "the token of the exchange without the fault is not used: {seen}"
            ))
        })
}

/// An exchange without fault, before there is any scenario.
pub(crate) async fn rehearse(world: &mut World) -> Result<(), Stop> {
    as_issuer(world, 0)?;
    control(world, 0).await
}

/// A token that nobody has seen before.
pub(super) fn fresh_token() -> String {
    format!("btx.{}", uuid::Uuid::new_v4().simple())
}

/// Sends a token issue for the call of the scenario to the URL that the target has for a party, and
/// keeps what came of it.
pub(super) async fn send(
    world: &mut World,
    party: usize,
    draft: IssueDraft,
    message: Draft,
) -> Result<(), Stop> {
    let pace = message.pace();
    send_paced(world, party, draft, message, pace).await
}

/// The same, at a pace.
pub(super) async fn send_paced(
    world: &mut World,
    party: usize,
    draft: IssueDraft,
    message: Draft,
    pace: Pace,
) -> Result<(), Stop> {
    let urls = as_issuer(world, party)?.token_issue;
    let url = world.replica(&urls, 0)?;
    world.context.note_issued(&draft.token);
    let answer = world.post_paced(&url, &message, pace).await;
    world.initiation.issues.push(SentIssue {
        draft,
        message,
        answer,
    });
    Ok(())
}

/// A right token issue for the call of the scenario.
pub(super) fn right_issue(world: &World) -> Result<IssueDraft, Stop> {
    let values = values(&*last_call(world)?)?;
    Ok(IssueDraft::right(
        values,
        fresh_token(),
        super::issues::now(),
    ))
}

/// A right token issue for the call that came to a party first.
fn right_issue_for(world: &World, party: usize) -> Result<IssueDraft, Stop> {
    let call = desk(world, party)?.calls().first().cloned();
    let call = call.ok_or_else(|| Stop::Control("no token call came".to_owned()))?;
    let now = super::issues::now();
    Ok(IssueDraft::right(values(&call)?, fresh_token(), now))
}

/// Ends what a scenario about an initiator has left open.
pub(crate) async fn settle(world: &mut World) {
    for party in &world.parties {
        party.lease.desk.close();
    }
    ended(world).await;
}

/// How long after an answer an initiator may take to act on it.
pub(super) const REACTION: Duration = Duration::from_secs(2);

/// Notes something that the harness did as a party.
pub(super) fn note(world: &World, words: &str) {
    world
        .timeline
        .add("btx", "target", What::Note(words.to_owned()));
}
