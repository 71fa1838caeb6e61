//! Answers that take their time, and those who have to wait for none of them.

use super::super::verifier::{is_let_in, jwt, present};
use crate::{
    lab::{
        PeerAnswer,
        jwt::{DocPlace, Host, HostAnswer},
    },
    steps::{Failure, Stop, registry::steps},
    world::World,
};
use futures::future::{join, join_all};
use std::time::Duration;

/// What a busy machine may take beyond the time that the target declares.
const BUSY: Duration = Duration::from_millis(1500);
/// How long it is waited until the first of those comes whose documents do not.
const WAITED: Duration = Duration::from_millis(500);

steps! {
    "the answer came within the deadline for documents" => |world| {
        let most = world.context.target.limits.document_deadline + BUSY;
        let answers = &world.jwt.verifier.answers;
        let late = answers.iter().find(|answer| answer.response().is_none() || answer.took > most);
        match late {
            None => Ok(()),
            Some(answer) => {
                let came = format!("{} after {:.1} s", answer.words(), answer.took.as_secs_f64());
                let expected = format!("an answer within {:.1} s", most.as_secs_f64());
                Err(Failure::new(expected, came, Some(answer.event)).into())
            }
        }
    }
    "it asks to be let in, while the documents of {count} others do not come" => |world, count| {
        let others = super::super::verifier::number(&count)?;
        beside(world, others).await
    }
    "it did not have to wait for them" => |world| {
        // Those who wait for their documents are given up at the deadline: whoever gets on only then has waited.
        let most = world.context.target.limits.document_deadline * 3 / 4;
        match world.jwt.verifier.answers.last() {
            Some(answer) if answer.took <= most && is_let_in(world, answer) => Ok(()),
            Some(answer) => {
                let came = format!("{} after {:.1} s", answer.words(), answer.took.as_secs_f64());
                Err(Failure::new("it is let in long before the deadline", came, Some(answer.event)).into())
            }
            None => Err(Stop::Harness("nobody has asked".to_owned())),
        }
    }
    "a client at a host that never goes through with the handshake" => |world| {
        world.publish(Host::Stalled).await?;
        // The one that the scenario is about is the first.
        world.jwt.clients.reverse();
        Ok(())
    }
}

/// What the host answers, if the words are about its pace.
pub(super) fn answer(words: &str) -> Option<HostAnswer> {
    let head = |length: &str| {
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{length}\r\n\r\n")
            .into_bytes()
    };
    Some(HostAnswer::Fixed(match words {
        "never" => PeerAnswer::Silence,
        "one byte at a time" => {
            let mut all = head("content-length: 2000");
            all.extend([b' '; 2000]);
            PeerAnswer::Trickle(all)
        }
        "without end" => {
            PeerAnswer::Endless(head("transfer-encoding: chunked"), b"1\r\n \r\n".to_vec())
        }
        "shorter than they say" => {
            let mut all = head("content-length: 2000");
            all.extend(b"{\"keys\":[]}");
            PeerAnswer::Bytes(all)
        }
        _ => return None,
    }))
}

/// Lets the first client ask while others wait for their documents, which come as soon as it has its answer.
async fn beside(world: &mut World, others: usize) -> Result<(), Stop> {
    let mut waiting = Vec::new();
    for _ in 0..others {
        let other = world.publish(Host::Main).await?;
        let desk = &world.published(other)?.desk;
        desk.set(DocPlace::Document, vec![HostAnswer::Held]);
        waiting.push(jwt(world, other)?);
    }
    let mine = jwt(world, 0)?;
    let there: &World = world;
    let slow = join_all(waiting.iter().map(|jwt| present(there, jwt)));
    let healthy = async {
        if let Ok(first) = there.published(1) {
            let began = |desk: &crate::lab::jwt::DocumentDesk| {
                (!desk.all_visits().is_empty()).then_some(())
            };
            first.desk.wait_for(WAITED, began).await;
        }
        let answer = present(there, &mine).await;
        for client in there.jwt.clients.iter().skip(1) {
            client.desk.release();
        }
        answer
    };
    let (_, answer) = join(slow, healthy).await;
    world.jwt.verifier.answers.push(answer?);
    Ok(())
}
