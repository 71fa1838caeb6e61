//! Parties, and the token calls that they make.

use super::{Blame, Failure, Stop, registry::steps};
use crate::{
    caller::Pace,
    draft::Draft,
    lab::PeerAnswer,
    target::PeerKind,
    wire::{Fields, Response},
    world::{Exchange, World},
};
use tokio::sync::oneshot;

steps! {
    "a registered initiator" => |world| {
        world.lease(PeerKind::Good, 1).await
    }
    "a registered initiator, and others up to eight" => |world| {
        let good = world.context.target.peers_of(PeerKind::Good).count();
        if good < 2 {
            return Err(Stop::NotExercised("it needs 2 peers of the kind good, and the target file has 1".to_owned()));
        }
        world.lease(PeerKind::Good, good.min(9)).await
    }
    "two registered initiators" => |world| {
        world.lease(PeerKind::Good, 2).await
    }
    "a registered initiator whose certificate is {words}" => |world, fault| {
        let kind = faulty_certificate(&fault)?;
        world.lease(kind, 1).await
    }
    "a registered initiator that leaves TLS handshakes hanging" => |world| {
        world.lease(PeerKind::StalledTls, 1).await
    }
    "a registered initiator whose tokens live briefly" => |world| {
        world.lease(PeerKind::ShortLived, 1).await
    }
    "it makes a token call" => |world| {
        make(world, "no fault").await
    }
    "the first makes a token call" => |world| {
        make(world, "no fault").await
    }
    "it makes another token call" => |world| {
        let first = world.call.take();
        world.others.extend(first);
        make(world, "no fault").await
    }
    "it makes a token call with {words}" => |world, alterations| {
        make(world, &alterations).await
    }
    "it makes a token call padded to {count} bytes with members that nobody knows" => |world, bytes| {
        let values = world.fresh_values(0)?;
        let mut draft = Draft::faultless(&values);
        draft.pad_to(bytes.parse().map_err(|_| unknown("size", &bytes))?);
        let call = world.send(0, values, draft, 0)?;
        finish(world, call).await
    }
    "it makes a token call that asks for asynchrony" => |world| {
        make(world, "asks for asynchrony").await
    }
    "it makes a token call that asks for asynchrony, with {words}" => |world, alterations| {
        make(world, &format!("asks for asynchrony and {alterations}")).await
    }
    "it makes a token call and keeps the last byte back" => |world| {
        let values = world.fresh_values(0)?;
        let draft = Draft::faultless(&values);
        let (send, told) = oneshot::channel();
        world.last_byte = Some(send);
        world.call = Some(world.send_paced(0, values, draft, 0, Pace::LastByteLater(told))?);
        Ok(())
    }
    "when it sends the last byte, the call succeeds" => |world| {
        if let Some(last_byte) = world.last_byte.take() {
            let _ = last_byte.send(());
        }
        succeeded(world).await
    }
    "it makes a token call that is cut off {words}" => |world, place| {
        let pace = match place.as_str() {
            "within its head" => Pace::HalfTheHead,
            "within its body" => Pace::HalfTheBody,
            _ => return Err(unknown("place", &place)),
        };
        let values = world.fresh_values(0)?;
        let draft = Draft::faultless(&values);
        let call = world.send_paced(0, values, draft, 0, pace)?;
        finish(world, call).await
    }
    "it makes a token call, and hangs up while the token issue is held" => |world| {
        world.set_answers(0, vec![PeerAnswer::Hold])?;
        let values = world.fresh_values(0)?;
        let draft = Draft::faultless(&values);
        let (hang_up, told) = oneshot::channel();
        world.call = Some(world.send_paced(0, values, draft, 0, Pace::UntilTold(told))?);
        held(world).await?;
        let _ = hang_up.send(());
        world.the_answer().await?;
        Ok(())
    }
    "it makes a token call that asks for asynchrony, and hangs up before it has read the answer" => |world| {
        let values = world.fresh_values(0)?;
        let mut draft = Draft::faultless(&values);
        draft.fields.push("prefer", "respond-async");
        let call = world.send_paced(0, values, draft, 0, Pace::UntilAnswered)?;
        finish(world, call).await
    }
    "it makes the same token call again" => |world| {
        let first = world.call.take();
        let values = first.as_ref().map(|f| f.values.clone());
        let values = values.ok_or_else(|| Stop::Harness("the scenario has made no call yet".to_owned()))?;
        world.others.extend(first);
        let draft = Draft::faultless(&values);
        let call = world.send(0, values, draft, 0)?;
        finish(world, call).await
    }
    "it makes a token call and holds the token issue" => |world| {
        world.set_answers(0, vec![PeerAnswer::Hold])?;
        world.call = Some(world.begin(0)?);
        held(world).await
    }
    "it makes a token call and holds the token issue beyond the declared deadline" => |world| {
        world.set_answers(0, vec![PeerAnswer::Hold])?;
        world.call = Some(world.begin(0)?);
        held(world).await?;
        world.the_answer().await?;
        Ok(())
    }
    "it makes a token call and holds the token issue for half the declared deadline" => |world| {
        world.set_answers(0, vec![PeerAnswer::Hold])?;
        world.call = Some(world.begin(0)?);
        held(world).await?;
        let half = world.context.target.limits.exchange_deadline / 2;
        // An answer that comes meanwhile ends the wait: it is judged later.
        let _ = tokio::time::timeout(half, world.the_call()?.finish()).await;
        Ok(())
    }
    "it answers the token issue with {count}" => |world, status| {
        let status = status.parse().map_err(|_| unknown("status", &status))?;
        world.the_call()?.mailbox.release(Response::new(status, Fields::default(), b""));
        world.the_answer().await?;
        // What is held belongs to the call; a control that follows is answered at once.
        world.set_answers(0, vec![PeerAnswer::accept()])
    }
    "when it answers the token issue with 204, the call succeeds" => |world| {
        world.the_call()?.mailbox.release(Response::new(204, Fields::default(), b""));
        succeeded(world).await
    }
    "an exchange without the fault succeeds" => |world| {
        control(world, 0).await
    }
    "an exchange with a sound initiator succeeds" => |world| {
        world.lease(PeerKind::Good, 1).await?;
        let party = world.parties.len() - 1;
        control(world, party).await
    }
    "the call succeeds" => |world| {
        succeeded(world).await
    }
    "the call succeeds long before the declared deadline" => |world| {
        succeeded(world).await?;
        let answer = world.the_answer().await?;
        let half = world.context.target.limits.exchange_deadline / 2;
        if answer.took <= half {
            return Ok(());
        }
        let expected = format!("an answer within {:.1} s, half the declared deadline", half.as_secs_f64());
        let actual = format!("{} after {:.1} s", answer.words(), answer.took.as_secs_f64());
        Err(Failure::new(expected, actual, Some(answer.event)).blaming(Blame::Only("EX-ISS-021")).into())
    }
    "the call is answered within the declared deadline" => |world| {
        let answer = world.the_answer().await?;
        let deadline = world.context.target.limits.exchange_deadline;
        // What the network and a busy machine add is no fault of the target.
        let limit = deadline + std::time::Duration::from_secs(1);
        if answer.response().is_some() && answer.took <= limit {
            return Ok(());
        }
        let actual = match answer.response() {
            Some(_) => format!("{} after {:.1} s", answer.words(), answer.took.as_secs_f64()),
            None => answer.words(),
        };
        let expected = format!("an answer within {:.1} s", deadline.as_secs_f64());
        Err(Failure::new(expected, actual, Some(answer.event)).into())
    }
}

/// The kind of peer whose certificate has that fault.
pub(super) fn faulty_certificate(fault: &str) -> Result<PeerKind, Stop> {
    Ok(match fault {
        "expired" => PeerKind::ExpiredCert,
        "self-signed" => PeerKind::SelfSigned,
        "for another name" => PeerKind::WrongName,
        "of another authority" => PeerKind::OtherCa,
        _ => return Err(unknown("certificate", fault)),
    })
}

/// Words of a scenario that mean nothing here.
pub(super) fn unknown(what: &str, words: &str) -> Stop {
    Stop::Harness(format!("no {what} is called \"{words}\""))
}

/// Makes the call of the scenario, altered as the words say, and waits for its answer.
async fn make(world: &mut World, alterations: &str) -> Result<(), Stop> {
    let mut values = world.fresh_values(0)?;
    let rest = match alterations
        .strip_prefix("asks for asynchrony and ")
        .unwrap_or(alterations)
    {
        "every value of that exchange" => {
            values = earlier(world)?.values.clone();
            values
                .initiator
                .clone_from(&world.party(0)?.peer.identifier);
            "no fault"
        }
        "the exchange_id of that exchange" => {
            values
                .exchange_id
                .clone_from(&earlier(world)?.values.exchange_id);
            "no fault"
        }
        rest => rest,
    };
    let mut draft = Draft::faultless(&values);
    if alterations.starts_with("asks for asynchrony") {
        draft.fields.push("prefer", "respond-async");
    }
    if rest != "asks for asynchrony" {
        draft
            .alter(rest, &values)
            .map_err(|words| unknown("alteration", &words))?;
        draft.steer_to(&super::answers::elsewhere(world)?);
    }
    let call = world.send(0, values, draft, 0)?;
    finish(world, call).await
}

/// The exchange that an earlier step began.
pub(super) fn earlier(world: &World) -> Result<&Exchange, Stop> {
    world
        .others
        .first()
        .ok_or_else(|| Stop::Harness("the scenario has no earlier exchange".to_owned()))
}

async fn finish(world: &mut World, mut call: Exchange) -> Result<(), Stop> {
    call.finish().await;
    world.call = Some(call);
    Ok(())
}

/// Waits until the token issue of the call is held.
async fn held(world: &mut World) -> Result<(), Stop> {
    let call = world.the_call()?;
    let mailbox = call.mailbox.clone();
    tokio::select! {
        _ = mailbox.first() => Ok(()),
        answer = call.finish() => Err(Stop::Control(format!("no token issue came: {}", answer.words()))),
    }
}

/// Judges that the call was answered with 204.
pub(super) async fn succeeded(world: &mut World) -> Result<(), Stop> {
    let answer = world.the_answer().await?;
    if answer.status() == Some(204) {
        return Ok(());
    }
    // With nothing else of the scenario's open, that is about what another has left behind.
    if answer.status() == Some(429) && world.others.is_empty() {
        return Err(Stop::NotExercised(
            "the target has exchanges open with the peer from before: does it keep the exchange deadline that the target file declares?".to_owned(),
        ));
    }
    let failure = Failure::new("204 to the token call", answer.words(), Some(answer.event));
    // Whether too many exchanges are open is another question.
    Err(failure.blaming(Blame::AllBut(&["EX-ISS-020"])).into())
}

/// An exchange without fault, before there is any scenario.
pub(crate) async fn rehearse(world: &mut World) -> Result<(), Stop> {
    control(world, 0).await
}

/// The control twin: an exchange without fault, from the call to the use of its token.
pub(super) async fn control(world: &mut World, party: usize) -> Result<(), Stop> {
    world.set_answers(party, vec![PeerAnswer::accept()])?;
    world
        .timeline
        .heading("the control: an exchange without the fault");
    let mut exchange = world.begin(party)?;
    let answer = exchange.finish().await.clone();
    let token = exchange.token();
    world.others.push(exchange);
    if answer.status() != Some(204) {
        return Err(Stop::Control(format!(
            "the exchange without the fault ended with {}",
            answer.words()
        )));
    }
    let Some(token) = token else {
        return Err(Stop::Control(
            "the exchange without the fault brought no token".to_owned(),
        ));
    };
    let opened = super::tokens::show(world, &token, 0).await?;
    match opened.status() {
        Some(200..=299) => Ok(()),
        _ => Err(Stop::Control(format!(
            "the token of the exchange without the fault was answered with {}",
            opened.words()
        ))),
    }
}
