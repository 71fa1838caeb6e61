//! What the target does with the tokens that it holds.

use super::{desk, ended, in_words, initiator};
use crate::{
    hooks,
    run::Absence,
    steps::{Failure, Stop, registry::steps},
    target::{Hook, Verb},
    world::World,
};
use std::time::Duration;

/// The first pause between two looks whether a token is used by now; each is twice as long as the last.
const PAUSE: Duration = Duration::from_millis(50);

steps! {
    "the target uses what it holds" => |world| {
        use_token(world, 0).await
    }
    "the target has begun to use what it holds" => |world| {
        begin_to_use(world).await
    }
    "the target uses what it holds of the other issuer" => |world| {
        use_token(world, 1).await
    }
    "the target uses what it holds while it is pending" => |world| {
        // Its hook may go on as long as the exchange does.
        let answered = std::mem::replace(&mut world.initiation.answered, false);
        let used = use_token(world, 0).await;
        world.initiation.answered = answered;
        world.initiation.uses_before_answer = Some(desk(world, 0)?.uses().len());
        desk(world, 0)?.set_poll_answers(vec![crate::lab::PeerAnswer::status(404)]);
        used
    }
    "its token was not used while it was pending" => |world| {
        let token = accepted_token(world)?;
        let before = world.initiation.uses_before_answer.unwrap_or(0);
        let uses = desk(world, 0)?.uses();
        match uses.iter().take(before).find(|u| shows(&u.request, &token)) {
            None => Ok(()),
            Some(early) => Err(Failure::new("no use of the token before its status is 204", "a request with the token", Some(early.event)).into()),
        }
    }
    "its API answers with {words}" => |world, words| {
        let answer = in_words(world, &words)?;
        desk(world, 0)?.set_use_answer(answer);
        Ok(())
    }
    "the expiry has passed" => |world| {
        ended(world).await;
        // Two seconds is what the token issue itself has said.
        world.wait(Duration::from_millis(2100), "expires_at").await;
        Ok(())
    }
    "the token is used" => |world| {
        let token = accepted_token(world)?;
        until_used(world, 0, &token).await.map_err(|seen| {
            Failure::new("a request to the API with the token", seen, None).into()
        })
    }
    "its token is not used" => |world| {
        let token = accepted_token(world)?;
        unused(world, &token)
    }
    "the token was not used before the answer to its call" => |world| {
        let token = accepted_token(world)?;
        let before = world.initiation.uses_before_answer.unwrap_or(0);
        let uses = desk(world, 0)?.uses();
        match uses.iter().take(before).find(|u| shows(&u.request, &token)) {
            None => Ok(()),
            Some(early) => Err(Failure::new("no use of the token before 204 to its call", "a request with the token", Some(early.event)).into()),
        }
    }
    "no token was used that was never issued" => |world| {
        for used in desk(world, 0)?.uses() {
            let shown = used.request.fields.get("authorization").map(bearer_token);
            if shown.is_some_and(|token| !world.context.has_issued(token)) {
                return Err(Failure::new("no token, or one that was issued before", "another one", Some(used.event)).into());
            }
        }
        Ok(())
    }
    "the other issuer has not seen the token" => |world| {
        let token = held_token(world, 0)?;
        match desk(world, 1)?.uses().iter().find(|u| shows(&u.request, &token)) {
            None => Ok(()),
            Some(seen) => Err(Failure::new("no request with the token of the first issuer", "one", Some(seen.event)).into()),
        }
    }
    "the first issuer has not seen the token of the other" => |world| {
        let token = held_token(world, 1)?;
        match desk(world, 0)?.uses().iter().find(|u| shows(&u.request, &token)) {
            None => Ok(()),
            Some(seen) => Err(Failure::new("no request with the token of the other issuer", "one", Some(seen.event)).into()),
        }
    }
    "no token was shown where the redirect led" => |world| {
        let path = crate::steps::answers::elsewhere_path(world)?;
        if world.context.lab.asked_elsewhere(&path).iter().any(|r| r.fields.get("authorization").is_some()) {
            return Err(Failure::new("no Authorization where the redirect led", "the token", None).into());
        }
        Ok(())
    }
}

/// Lets the target use what it holds for a party. Token calls that it makes instead are refused.
pub(super) async fn use_token(world: &mut World, party: usize) -> Result<(), Stop> {
    let hook = hook(world)?;
    if world.initiation.answered {
        ended(world).await;
    }
    let peer = world.party(party)?.peer.clone();
    super::note(
        world,
        &format!("lets it use what it holds for {}", peer.name),
    );
    desk(world, party)?.refuse_calls(true);
    let report = hooks::run(
        &world.context,
        &hook,
        Verb::Use,
        &(&peer).into(),
        super::REACTION,
    )
    .await;
    desk(world, party)?.refuse_calls(false);
    world.timeline.note("target", "btx", report.words());
    Ok(())
}

/// Lets the target use what it holds, and goes on as soon as its request has come.
async fn begin_to_use(world: &mut World) -> Result<(), Stop> {
    ended(world).await;
    let hook = hook(world)?;
    let peer = world.party(0)?.peer.clone();
    let context = world.context.clone();
    super::note(
        world,
        &format!("lets it use what it holds for {}", peer.name),
    );
    let before = desk(world, 0)?.uses().len();
    world.initiation.uses.spawn(async move {
        let patience = context.patience_with_starts();
        hooks::run(&context, &hook, Verb::Use, &(&peer).into(), patience).await
    });
    let begun = desk(world, 0)?.wait_for(world.context.patience, |desk| {
        (desk.uses().len() > before).then_some(())
    });
    let begun = begun.await;
    begun.ok_or_else(|| Stop::Control("no request came to the API".to_owned()))
}

fn hook(world: &World) -> Result<Hook, Stop> {
    let hook = initiator(world)?.use_token.clone();
    hook.ok_or_else(|| Stop::NotExercised("the target file has no [initiator] use".to_owned()))
}

/// Lets the target use what it holds until the token is seen, or says what was seen instead.
pub(super) async fn until_used(world: &mut World, party: usize, token: &str) -> Result<(), String> {
    let words = |stop: Stop| format!("{stop:?}");
    let deadline = world.timeline.elapsed() + super::REACTION;
    let mut pause = PAUSE;
    loop {
        let uses = desk(world, party).map_err(words)?.uses();
        if uses.iter().any(|u| shows(&u.request, token)) {
            return Ok(());
        }
        if world.timeline.elapsed() > deadline {
            return Err(match uses.len() {
                0 => "no request to the API".to_owned(),
                n => format!("{n} requests to the API, none with the token"),
            });
        }
        world
            .wait(pause, "a token is used when its call has succeeded")
            .await;
        pause *= 2;
        use_token(world, party).await.map_err(words)?;
    }
}

/// The token in the value of an `Authorization` field.
fn bearer_token(value: &str) -> &str {
    value.split_once(' ').map_or(value, |(_, token)| token)
}

pub(super) fn shows(request: &crate::wire::Request, token: &str) -> bool {
    let head = String::from_utf8_lossy(&request.head()).into_owned();
    head.contains(token) || String::from_utf8_lossy(&request.body).contains(token)
}

/// The token of the token issue that the scenario is about: the first one that was accepted, if any was.
fn accepted_token(world: &World) -> Result<String, Stop> {
    let issues = &world.initiation.issues;
    let accepted = issues.iter().find(|i| i.answer.status() == Some(204));
    accepted
        .or(issues.first())
        .map(|i| i.draft.token.clone())
        .ok_or_else(|| Stop::Harness("no token issue was sent".to_owned()))
}

/// The token that the target holds for a party after the control.
pub(super) fn held_token(world: &World, party: usize) -> Result<String, Stop> {
    let uses = desk(world, party)?.uses();
    let shown = uses
        .iter()
        .rev()
        .find_map(|u| u.request.fields.get("authorization").map(str::to_owned));
    let token = shown.map(|a| bearer_token(&a).to_owned());
    token.ok_or_else(|| Stop::NotExercised("the target has not used its token".to_owned()))
}

pub(super) fn unused(world: &mut World, token: &str) -> Result<(), Stop> {
    for party in &world.parties {
        if let Some(used) = party
            .lease
            .desk
            .uses()
            .iter()
            .find(|u| shows(&u.request, token))
        {
            return Err(Failure::new(
                "no request with the token",
                "a request with it",
                Some(used.event),
            )
            .into());
        }
    }
    for party in &world.parties {
        world.absences.push(Absence::UnusedToken {
            lease: party.lease.clone(),
            token: token.to_owned(),
        });
    }
    Ok(())
}
