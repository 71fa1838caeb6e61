//! Exchanges with several issuers at once: none gets into the way of another, and none passes for it.

use super::{as_issuer, desk, issuers, right_issue_for, send, set_off, start, uses};
use crate::{
    issue_draft::IssueDraft,
    lab::PeerAnswer,
    steps::{Failure, Stop, calls::unknown, registry::steps},
    target::PeerKind,
    wire::{Fields, Response},
    world::World,
};

/// With how many issuers at once.
const AT_ONCE: usize = 8;

steps! {
    "several issuers that the target knows" => |world| {
        let good = world.context.target.peers_of(PeerKind::Good).count();
        if good < 2 {
            return Err(Stop::NotExercised("it needs 2 peers of the kind good, and the target file has 1".to_owned()));
        }
        issuers(world, PeerKind::Good, good.min(AT_ONCE)).await
    }
    "the target is set off with each of them at once" => |world| {
        let patience = world.context.patience;
        for party in 0..world.parties.len() {
            start(world, party)?;
        }
        for party in 0..world.parties.len() {
            let call = desk(world, party)?.wait_for(patience, |desk| desk.calls().first().cloned()).await;
            let Some(call) = call else {
                return Err(Stop::NotExercised("the target does not exchange with several issuers at once".to_owned()));
            };
            world.initiation.calls.push(call);
        }
        world.initiation.answered = false;
        Ok(())
    }
    "the target is set off {count} times at once" => |world, count| {
        let count: usize = count.parse().map_err(|_| unknown("number", &count))?;
        for _ in 0..count {
            start(world, 0)?;
        }
        let desk = desk(world, 0)?;
        if desk.wait_for(world.context.patience, |desk| desk.calls().first().cloned()).await.is_none() {
            return Err(Stop::Control("no token call came".to_owned()));
        }
        // Who wants one token for all needs one exchange only.
        let _ = desk.wait_for(super::REACTION, |desk| (desk.calls().len() == count).then_some(())).await;
        world.initiation.calls = desk.calls();
        world.initiation.answered = false;
        Ok(())
    }
    "each call gets its token issue, the last one first" => |world| {
        for call in world.initiation.calls.clone().iter().rev() {
            let draft = IssueDraft::right(super::values(call)?, super::fresh_token(), crate::steps::issues::now());
            let message = draft.message();
            send(world, 0, draft, message).await?;
        }
        Ok(())
    }
    "one of the tokens is used" => |world| {
        let tokens: Vec<String> = world.initiation.issues.iter().map(|i| i.draft.token.clone()).collect();
        let uses = desk(world, 0)?.uses();
        if uses.iter().any(|u| tokens.iter().any(|t| uses::shows(&u.request, t))) {
            return Ok(());
        }
        Err(Failure::new("a request to the API with a token of these", "none", uses.first().map(|u| u.event)).into())
    }
    "the target is set off with the other issuer as well" => |world| {
        set_off(world, 1, false).await
    }
    "each issuer sends its token issue, the last one first" => |world| {
        for party in (0..world.parties.len()).rev() {
            let draft = right_issue_for(world, party)?;
            let message = draft.message();
            send(world, party, draft, message).await?;
        }
        Ok(())
    }
    "each call is answered with 204" => |world| {
        for call in &world.initiation.calls {
            call.answer(PeerAnswer::accept());
        }
        world.initiation.answered = true;
        super::ended(world).await;
        Ok(())
    }
    "the target uses what it holds of each" => |world| {
        for party in 0..world.parties.len() {
            uses::use_token(world, party).await?;
        }
        Ok(())
    }
    "each token issue is accepted" => |world| {
        for issue in &world.initiation.issues {
            if issue.answer.status() != Some(204) {
                return Err(Failure::new("204 to each token issue", issue.answer.words(), Some(issue.answer.event)).into());
            }
        }
        Ok(())
    }
    "each issuer has seen its own token, and no other" => |world| {
        let parties = world.parties.len();
        // The last issuer's token issue was the first.
        let tokens: Vec<String> = world.initiation.issues.iter().rev().map(|i| i.draft.token.clone()).collect();
        for party in 0..parties {
            let uses = desk(world, party)?.uses();
            let own = tokens.get(party).map_or("", String::as_str);
            if !uses.iter().any(|u| uses::shows(&u.request, own)) {
                return Err(Failure::new("the token of the issuer, at the issuer", "no request with it", uses.first().map(|u| u.event)).into());
            }
            let foreign = |token: &String| token != own;
            let seen = uses.iter().find(|u| tokens.iter().filter(|t| foreign(t)).any(|t| uses::shows(&u.request, t)));
            if let Some(seen) = seen {
                return Err(Failure::new("no token of another issuer", "one", Some(seen.event)).into());
            }
        }
        Ok(())
    }
    "the other issuer sends a token issue for the exchange of the first, {words}" => |world, signed| {
        let first = super::values(&*call(world, 0)?)?;
        let mut own = super::values(&*call(world, 1)?)?;
        let (party, draft) = match signed.as_str() {
            "signed with the key of its own" => {
                own.exchange_id = first.exchange_id;
                (1, own)
            }
            "in the name of the first, signed with the key of its own" => {
                own.exchange_id = first.exchange_id;
                own.issuer = as_issuer(world, 0)?.identifier;
                (0, own)
            }
            _ => return Err(unknown("signature", &signed)),
        };
        let draft = IssueDraft::right(draft, super::fresh_token(), crate::steps::issues::now());
        let message = draft.message();
        send(world, party, draft, message).await
    }
    "an exchange with the other issuer gets a token" => |world| {
        super::control(world, 1).await
    }
    "the API of the first answers with a 401 that names the other issuer" => |world| {
        let other = as_issuer(world, 1)?;
        let challenge = format!("Bearer realm=\"{0}\", issuer=\"{0}\", resource_metadata=\"{1}\"", other.identifier, other.token_call);
        let fields = Fields::from([("www-authenticate", challenge.as_str())]);
        desk(world, 0)?.set_use_answer(PeerAnswer::Respond(Response::new(401, fields, b"")));
        Ok(())
    }
    "each issuer then sends its own" => |world| {
        for party in 0..2 {
            let draft = right_issue_for(world, party)?;
            let message = draft.message();
            send(world, party, draft, message).await?;
        }
        Ok(())
    }
    "those of their own are accepted" => |world| {
        for issue in world.initiation.issues.iter().skip(1) {
            if issue.answer.status() != Some(204) {
                return Err(Stop::Control(format!("a token issue without fault was answered with {}", issue.answer.words())));
            }
        }
        Ok(())
    }
}

fn call(world: &World, index: usize) -> Result<std::sync::Arc<crate::lab::ReceivedCall>, Stop> {
    let call = world.initiation.calls.get(index).cloned();
    call.ok_or_else(|| Stop::Harness("the target has not been set off so often".to_owned()))
}
