//! Exchanges that came before, and exchanges that run beside one another.

use super::{
    Blame, Failure, Stop,
    calls::{earlier, unknown},
    registry::steps,
};
use crate::{
    draft::Draft,
    lab::PeerAnswer,
    wire::{Fields, Response},
    world::World,
};

steps! {
    "an exchange that has {words}" => |world, ended| {
        ended_exchange(world, 0, &ended).await
    }
    "the second has an exchange that has {words}" => |world, ended| {
        ended_exchange(world, 1, &ended).await
    }
    "{count} other exchanges have succeeded" => |world, count| {
        let count: usize = count.parse().map_err(|_| unknown("number", &count))?;
        // As many at once as any issuer carries on with one initiator (EX-ISS-019).
        for _ in 0..count.div_ceil(4) {
            let mut four = Vec::new();
            for _ in 0..4 {
                four.push(world.begin(0)?);
            }
            for exchange in &mut four {
                let answer = exchange.finish().await;
                if answer.status() != Some(204) {
                    return Err(Stop::Control(format!("an exchange without fault ended with {}", answer.words())));
                }
            }
        }
        Ok(())
    }
    "an exchange that is open" => |world| {
        open(world, 0, 1, vec![PeerAnswer::Hold, PeerAnswer::accept()]).await?;
        all_open(world).await
    }
    "the second has an exchange open" => |world| {
        open(world, 1, 1, vec![PeerAnswer::Hold, PeerAnswer::accept()]).await?;
        all_open(world).await
    }
    "the first makes a token call with the exchange_id of that exchange" => |world| {
        let mut values = world.fresh_values(0)?;
        values.exchange_id.clone_from(&earlier(world)?.values.exchange_id);
        let draft = Draft::faultless(&values);
        let mut call = world.send(0, values, draft, 0)?;
        call.finish().await;
        world.call = Some(call);
        Ok(())
    }
    "the open exchange, once accepted, succeeds" => |world| {
        accept_all(world);
        let exchange = world.others.first_mut();
        let exchange = exchange.ok_or_else(|| Stop::Harness("no exchange is open".to_owned()))?;
        let answer = exchange.finish().await;
        if answer.status() == Some(204) {
            return Ok(());
        }
        Err(Failure::new("204 to the call of the open exchange", answer.words(), Some(answer.event)).into())
    }
    "it makes the same token call {count} times at once, over all replicas" => |world, count| {
        let count: usize = count.parse().map_err(|_| unknown("number", &count))?;
        let values = world.fresh_values(0)?;
        let draft = Draft::faultless(&values);
        let mut calls = Vec::new();
        for replica in 0..count {
            calls.push(world.send(0, values.clone(), draft.clone(), replica)?);
        }
        for call in &mut calls {
            call.finish().await;
        }
        // The first of them stands for all: they share their mailbox.
        let mut calls = calls.into_iter();
        world.call = calls.next();
        world.others.extend(calls);
        Ok(())
    }
    "exactly one of the calls succeeds" => |world| {
        let id = world.the_call()?.values.exchange_id.clone();
        let calls = world.call.iter().chain(&world.others).filter(|c| c.values.exchange_id == id);
        let answers: Vec<_> = calls.filter_map(|c| c.answer.clone()).collect();
        let successes = answers.iter().filter(|a| matches!(a.status(), Some(200..=299))).count();
        if successes == 1 {
            return Ok(());
        }
        let event = answers.iter().rev().find(|a| matches!(a.status(), Some(200..=299))).or(answers.first()).map(|a| a.event);
        Err(Failure::new("one success", format!("{successes} successes"), event).into())
    }
    "exactly one token issue was sent for them" => |world| {
        let deliveries = world.the_call()?.mailbox.deliveries();
        if deliveries.len() == 1 {
            return Ok(());
        }
        let last = deliveries.last().map(|d| d.event);
        Err(Failure::new("one token issue", format!("{} token issues", deliveries.len()), last).into())
    }
    "each of the others has as many exchanges open as the target declares" => |world| {
        let count = world.context.target.limits.parallel_per_peer;
        for party in 1..world.parties.len() {
            open(world, party, count, vec![PeerAnswer::Silence]).await?;
        }
        // An issuer may have places for fewer than all of them, but not for fewer than one of them.
        let open = world.others.iter().filter(|e| !e.is_finished()).count();
        if open >= count {
            return Ok(());
        }
        Err(Stop::Control(format!("only {open} exchanges are open")))
    }
    "the signature of each token issue is right" => |world| {
        for exchange in &world.others {
            let Some(delivery) = exchange.deliveries().into_iter().next() else {
                return Err(Stop::Control("an exchange had no token issue".to_owned()));
            };
            super::issues::signature_is_right(&delivery, &exchange.values)?;
        }
        Ok(())
    }
    "it has {count} exchanges open at once" => |world, count| {
        let count = count.parse().map_err(|_| unknown("number", &count))?;
        open(world, 0, count, vec![PeerAnswer::Hold]).await
    }
    "it has as many exchanges open as the target declares" => |world| {
        let count = world.context.target.limits.parallel_per_peer;
        open(world, 0, count, vec![PeerAnswer::Hold]).await?;
        all_open(world).await?;
        world.set_answers(0, vec![PeerAnswer::accept()])
    }
    "it has as many asynchronous exchanges open as the target declares" => |world| {
        let count = world.context.target.limits.parallel_per_peer;
        world.set_answers(0, vec![PeerAnswer::Hold])?;
        for replica in 0..count {
            let values = world.fresh_values(0)?;
            let mut draft = Draft::faultless(&values);
            draft.fields.push("prefer", "respond-async");
            let mut exchange = world.send(0, values, draft, replica)?;
            let answer = exchange.finish().await.clone();
            world.others.push(exchange);
            if answer.status() != Some(202) {
                return Err(Stop::Control(format!("a call was answered with {}", answer.words())));
            }
        }
        world.set_answers(0, vec![PeerAnswer::accept()])
    }
    "the second makes {count} token calls at once and holds its token issues" => |world, count| {
        let count = count.parse().map_err(|_| unknown("number", &count))?;
        open(world, 1, count, vec![PeerAnswer::Hold]).await
    }
    "no more of them were begun than the target declares" => |world| {
        let declared = world.context.target.limits.parallel_per_peer;
        let begun: Vec<_> = world.others.iter().filter_map(|e| e.deliveries().into_iter().next()).collect();
        if begun.len() <= declared {
            return Ok(());
        }
        let one_too_many = begun.get(declared).map(|d| d.event);
        let actual = format!("{} exchanges open at once", begun.len());
        Err(Failure::new(format!("{declared} at most"), actual, one_too_many).blaming(Blame::Only("EX-ISS-020")).into())
    }
    "it accepts all of them" => |world| {
        accept_all(world);
        Ok(())
    }
    "all of them succeed" => |world| {
        for exchange in &mut world.others {
            let answer = exchange.finish().await;
            if answer.status() != Some(204) {
                return Err(Failure::new("204 to each call", answer.words(), Some(answer.event)).into());
            }
        }
        Ok(())
    }
}

/// An exchange that has ended as the word says.
async fn ended_exchange(world: &mut World, party: usize, ended: &str) -> Result<(), Stop> {
    let (answer, expected) = match ended {
        "succeeded" => (PeerAnswer::accept(), true),
        "failed" => (PeerAnswer::status(404), false),
        _ => return Err(unknown("end of an exchange", ended)),
    };
    // A repeat that begins an exchange of its own is accepted, and so seen.
    world.set_answers(party, vec![answer, PeerAnswer::accept()])?;
    let mut exchange = world.begin(party)?;
    let ended = exchange.finish().await.clone();
    world.others.push(exchange);
    world.set_answers(party, vec![PeerAnswer::accept()])?;
    if (ended.status() == Some(204)) == expected && ended.response().is_some() {
        return Ok(());
    }
    Err(Stop::Control(format!(
        "the exchange before ended with {}",
        ended.words()
    )))
}

/// Begins exchanges and waits until each has its token issue, or has ended.
async fn open(
    world: &mut World,
    party: usize,
    count: usize,
    answers: Vec<PeerAnswer>,
) -> Result<(), Stop> {
    world.set_answers(party, answers)?;
    for replica in 0..count {
        let values = world.fresh_values(party)?;
        let draft = Draft::faultless(&values);
        let exchange = world.send(party, values, draft, replica)?;
        world.others.push(exchange);
    }
    for exchange in &mut world.others {
        let mailbox = exchange.mailbox.clone();
        tokio::select! {
            _ = mailbox.first() => {}
            _ = exchange.finish() => {}
        }
    }
    world.set_answers(party, vec![PeerAnswer::accept()])
}

/// The control of scenarios about open exchanges: that they are open indeed.
async fn all_open(world: &mut World) -> Result<(), Stop> {
    for exchange in &mut world.others {
        if exchange.is_finished() {
            let words = exchange.finish().await.words();
            return Err(Stop::Control(format!(
                "an exchange is not open: its call was answered with {words}"
            )));
        }
    }
    Ok(())
}

fn accept_all(world: &mut World) {
    for exchange in &world.others {
        exchange
            .mailbox
            .release(Response::new(204, Fields::default(), b""));
    }
}
