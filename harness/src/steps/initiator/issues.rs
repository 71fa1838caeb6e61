//! The token issues that the harness sends.

use super::{as_issuer, right_issue, send, send_paced};
use crate::{
    caller::Pace,
    draft::{Draft, Values},
    issue_draft::IssueDraft,
    steps::{Stop, calls::unknown, issues::now, registry::steps},
    world::World,
};
use std::time::Duration;

steps! {
    "the issuer sends a token issue" => |world| {
        send_right(world).await
    }
    "the issuer then sends the right one" => |world| {
        send_right(world).await
    }
    "the issuer sends a token issue when the exchange has ended" => |world| {
        let draft = right_issue(world)?;
        send_late(world, draft).await
    }
    "the issuer sends {count} token issues with {words}" => |world, count, fault| {
        let count: usize = count.parse().map_err(|_| unknown("number", &count))?;
        for _ in 0..count {
            let mut draft = right_issue(world)?;
            let message = altered(world, &mut draft, &fault)?;
            send(world, 0, draft, message).await?;
            // Who is silent once would be waited for as often again.
            if let Some(silent) = world.initiation.issues.last().filter(|i| i.answer.response().is_none()) {
                return Err(Stop::Control(format!("a token issue was not answered: {}", silent.answer.words())));
            }
        }
        Ok(())
    }
    "a later token issue arrives until it is refused: {words}" => |world, later| {
        let first = world.initiation.issues.first().map(|i| i.draft.clone());
        let mut draft = first.ok_or_else(|| Stop::Harness("no token issue was sent".to_owned()))?;
        match later.as_str() {
            "the same" => {}
            "another token" => draft.token = super::fresh_token(),
            _ => return Err(unknown("token issue", &later)),
        }
        send_late(world, draft).await
    }
    "the issuer sends a token issue with {words}" => |world, fault| {
        let mut draft = right_issue(world)?;
        let message = altered(world, &mut draft, &fault)?;
        send(world, 0, draft, message).await
    }
    "the issuer sends the same token issue again" => |world| {
        let sent = world.initiation.issues.last().map(|i| (i.draft.clone(), i.message.clone()));
        let (draft, message) = sent.ok_or_else(|| Stop::Harness("no token issue was sent".to_owned()))?;
        send(world, 0, draft, message).await
    }
    "the same token issue comes again with {words}" => |world, fault| {
        let draft = world.initiation.issues.last().map(|i| i.draft.clone());
        let mut draft = draft.ok_or_else(|| Stop::Harness("no token issue was sent".to_owned()))?;
        let message = altered(world, &mut draft, &fault)?;
        send(world, 0, draft, message).await
    }
    "the issuer then sends one with {words}" => |world, other| {
        let draft = world.initiation.issues.last().map(|i| i.draft.clone());
        let mut draft = draft.ok_or_else(|| Stop::Harness("no token issue was sent".to_owned()))?;
        match other.as_str() {
            "another token" => draft.token = super::fresh_token(),
            "another expiry" => draft.expire_in(now(), 1800),
            _ => return Err(unknown("difference", &other)),
        }
        let message = draft.message();
        send(world, 0, draft, message).await
    }
    "the issuer sends a token issue that is cut off {words}" => |world, place| {
        let pace = match place.as_str() {
            "within its head" => Pace::HalfTheHead,
            "within its body" => Pace::HalfTheBody,
            _ => return Err(unknown("place", &place)),
        };
        let draft = right_issue(world)?;
        let message = draft.message();
        send_paced(world, 0, draft, message, pace).await
    }
    "the issuer sends a token issue and does not wait for its answer" => |world| {
        let draft = right_issue(world)?;
        let message = draft.message();
        send_paced(world, 0, draft, message, Pace::UntilAnswered).await
    }
    "a token issue arrives {words}" => |world, relay| {
        relayed(world, &relay).await
    }
}

async fn send_right(world: &mut World) -> Result<(), Stop> {
    let draft = right_issue(world)?;
    let message = draft.message();
    send(world, 0, draft, message).await
}

/// When the target has noticed how its exchange has ended, nobody but itself knows. So the token issue comes
/// again, the same each time, until it is refused or there was time enough.
async fn send_late(world: &mut World, draft: IssueDraft) -> Result<(), Stop> {
    super::ended(world).await;
    let message = draft.message();
    let begun = world.timeline.elapsed();
    let mut pause = Duration::from_millis(20);
    loop {
        send(world, 0, draft.clone(), message.clone()).await?;
        let accepted = world
            .initiation
            .issues
            .last()
            .is_some_and(|i| i.answer.status() == Some(204));
        if !accepted || world.timeline.elapsed().saturating_sub(begun) > super::REACTION {
            return Ok(());
        }
        world.initiation.issues.pop();
        world
            .wait(pause, "the target notices the answer to its call")
            .await;
        pause *= 2;
    }
}

/// The message of a token issue, altered in a way of its own or in one that all messages share.
fn altered(world: &World, draft: &mut IssueDraft, fault: &str) -> Result<Draft, Stop> {
    let skew = world.context.target.limits.clock_skew.as_secs();
    let skew = i64::try_from(skew).unwrap_or(i64::MAX);
    if draft.alter(fault, now(), skew).is_ok() {
        return Ok(draft.message());
    }
    let mut message = draft.message();
    let values = Values {
        exchange_id: "6f1c2a58-0b7e-4d3a-9c41-5e8f7a2b9d10".to_owned(),
        key: [0; 32],
        issuer: as_issuer(world, 0)?.identifier,
        initiator: super::initiator(world)?.identifier.clone(),
    };
    message
        .alter(fault, &values)
        .map_err(|words| unknown("token issue", &words))?;
    Ok(message)
}

/// The call was made to the first issuer; the other one has got hold of it, key and all.
async fn relayed(world: &mut World, relay: &str) -> Result<(), Stop> {
    let (first, other) = (as_issuer(world, 0)?, as_issuer(world, 1)?);
    let (party, name) = match relay {
        "at the URL of the other issuer, in the name of the first" => (1, &first.identifier),
        "at the URL of the other issuer, in the name of the other" => (1, &other.identifier),
        "at the URL of the first issuer, in the name of the other" => (0, &other.identifier),
        _ => return Err(unknown("relay", relay)),
    };
    // Where issuers share a URL, an issue in the right name that arrives there is right.
    if *name == first.identifier && first.token_issue == other.token_issue {
        return Err(Stop::NotExercised(
            "the target takes the token issues of both at one URL".to_owned(),
        ));
    }
    let draft = right_issue(world)?.naming(name);
    let message = draft.message();
    send(world, party, draft, message).await
}
