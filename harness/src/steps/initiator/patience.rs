//! How long the target waits, and for what: the answer to a call, a handshake, the next poll.

use super::{desk, issuers, last_call};
use crate::{
    lab::PeerAnswer,
    steps::{Failure, Stop, calls::unknown, registry::steps},
    target::{Claim, PeerKind},
    wire::{Fields, Response},
};
use std::time::Duration;

/// What the network and a busy machine may add to a time limit.
const LENIENCE: Duration = Duration::from_secs(1);
/// How much of a deadline is left when an issuer takes all the time that it has.
const SPARE: Duration = Duration::from_millis(300);
/// For how long polls are counted that may come too often.
const WINDOW: Duration = Duration::from_millis(3500);

steps! {
    "an issuer that leaves TLS handshakes hanging" => |world| {
        issuers(world, PeerKind::StalledTls, 1).await
    }
    "an issuer that the target knows as one without the asynchronous form" => |world| {
        // A target that never asks does not need a peer of a kind of its own.
        let asks = world.context.target.claims(Claim::Async);
        let kind = if asks { PeerKind::Synchronous } else { PeerKind::Good };
        issuers(world, kind, 1).await
    }
    "the target is set off and does not ask for asynchrony" => |world| {
        super::set_off(world, 0, false).await?;
        if super::asks(&*last_call(world)?) {
            return Err(Stop::NotExercised(
                "the target asks for asynchrony: let it know the peer of the kind synchronous as an issuer that does not have it".to_owned(),
            ));
        }
        Ok(())
    }
    "the issuer takes all the time that it has declared" => |world| {
        let deadline = world.context.target.limits.exchange_deadline;
        world.wait(deadline.saturating_sub(SPARE), "exchange_deadline, as the issuer declares it").await;
        Ok(())
    }
    "the declared time limit of the target has passed" => |world| {
        let waited = last_call(world)?.visit.at.elapsed();
        let limit = world.context.target.limits.call_deadline + LENIENCE;
        world.wait(limit.saturating_sub(waited), "call_deadline, as the target declares it").await;
        Ok(())
    }
    "it gave the handshake up within its declared time limit" => |world| {
        let limit = world.context.target.limits.call_deadline + LENIENCE;
        let hung = world.party(0)?.lease.hung();
        match hung.first() {
            None => Err(Stop::Control("the target has not connected at all".to_owned())),
            Some((_, Some(lasted))) if *lasted <= limit => Ok(()),
            Some((event, lasted)) => {
                let actual = match lasted {
                    Some(lasted) => format!("{:.1} s", lasted.as_secs_f64()),
                    None => "it still waits".to_owned(),
                };
                let expected = format!("the connection given up after {:.1} s at most", limit.as_secs_f64());
                Err(Failure::new(expected, actual, Some(*event)).into())
            }
        }
    }
    "the issuer answers the call with a pending answer whose Retry-After is {words}" => |world, value| {
        let value = retry_after(&value)?;
        world.initiation.retry_after = value.parse().ok();
        let url = super::polling::status_url(world)?;
        let pending = with_retry_after(super::polling::pending(&url, 3600), &value);
        desk(world, 0)?.set_poll_answers(vec![pending.clone()]);
        super::polling::answer_with(world, pending, 3600)
    }
    "the status comes to be asked for again, although its Retry-After was {words}" => |world, value| {
        let value = retry_after(&value)?;
        let url = super::polling::status_url(world)?;
        let pending = with_retry_after(super::polling::pending(&url, 3600), &value);
        desk(world, 0)?.set_poll_answers(vec![pending.clone(), PeerAnswer::accept()]);
        super::polling::answer_with(world, pending, 3600)?;
        let patience = world.context.target.limits.longest_pause * 2 + LENIENCE * 2;
        let _ = desk(world, 0)?.wait_for(patience, |desk| (desk.polls().len() >= 2).then_some(())).await;
        Ok(())
    }
    "each poll came within the declared longest pause" => |world| {
        let limit = world.context.target.limits.longest_pause + LENIENCE;
        let from = world.initiation.pending_since.ok_or_else(|| Stop::Harness("no pending answer was given".to_owned()))?;
        let polls = desk(world, 0)?.polls();
        let mut before = from;
        for turn in 0..2 {
            let Some(poll) = polls.get(turn) else {
                let expected = format!("a poll after {:.1} s at most", limit.as_secs_f64());
                return Err(Failure::new(expected, "none", None).into());
            };
            let pause = poll.at.saturating_duration_since(before);
            if pause > limit {
                let expected = format!("{:.1} s at most between polls", limit.as_secs_f64());
                return Err(Failure::new(expected, format!("{:.1} s", pause.as_secs_f64()), Some(poll.event)).into());
            }
            before = poll.at;
        }
        Ok(())
    }
    "polls are counted for a while" => |world| {
        let waited = world.initiation.pending_since.map(|since| since.elapsed()).unwrap_or_default();
        world.wait(WINDOW.saturating_sub(waited), "a pause of one second between polls").await;
        Ok(())
    }
    "no two polls were closer than a second" => |world| {
        let polls = desk(world, 0)?.polls();
        for pair in polls.windows(2) {
            let [one, other] = pair else { continue };
            let pause = other.at.saturating_duration_since(one.at);
            // Clocks and machines are off by a little.
            if pause < Duration::from_millis(900) {
                return Err(Failure::new("a second between polls", format!("{:.2} s", pause.as_secs_f64()), Some(other.event)).into());
            }
        }
        Ok(())
    }
    "no poll came" => |world| {
        super::polling::no_poll(world, None)
    }
}

/// The value of a `Retry-After`, in words.
fn retry_after(words: &str) -> Result<String, Stop> {
    Ok(match words {
        "a moment in the past" => "Wed, 21 Oct 2015 07:28:00 GMT".to_owned(),
        "a word" => "soon".to_owned(),
        "a negative number" => "-5".to_owned(),
        number if number.bytes().all(|b| b.is_ascii_digit()) => number.to_owned(),
        _ => return Err(unknown("Retry-After", words)),
    })
}

pub(super) fn with_retry_after(answer: PeerAnswer, value: &str) -> PeerAnswer {
    match answer {
        PeerAnswer::Respond(Response {
            status,
            fields,
            body,
        }) => {
            let mut all: Fields = fields;
            all.set("retry-after", value.to_owned());
            PeerAnswer::Respond(Response::new(status, all, &body))
        }
        other => other,
    }
}
