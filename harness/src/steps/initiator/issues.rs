//! The token issues that the harness sends.

use super::{post_to, right_issue, send, values};
use crate::{
    initiation::SentIssue,
    steps::{Stop, calls::unknown, registry::steps},
    world::World,
};

steps! {
    "the issuer sends a token issue" => |world| {
        let draft = right_issue(world)?;
        send(world, draft).await
    }
    "the issuer sends a token issue with {words}" => |world, fault| {
        let mut draft = right_issue(world)?;
        alter(world, &mut draft, &fault)?;
        send(world, draft).await
    }
    "the issuer then sends the right one" => |world| {
        let draft = right_issue(world)?;
        send(world, draft).await
    }
    "the issuer sends the same token issue again" => |world| {
        let draft = world.initiation.issues.last().map(|i| i.draft.clone());
        let draft = draft.ok_or_else(|| Stop::Harness("no token issue was sent".to_owned()))?;
        send(world, draft).await
    }
    "the issuer then sends one with {words}" => |world, other| {
        let draft = world.initiation.issues.last().map(|i| i.draft.clone());
        let mut draft = draft.ok_or_else(|| Stop::Harness("no token issue was sent".to_owned()))?;
        match other.as_str() {
            "another token" => draft.token = super::fresh_token(),
            "another expiry" => draft.expire_in(crate::steps::issues::now(), 1800),
            _ => return Err(unknown("difference", &other)),
        }
        send(world, draft).await
    }
    "a token issue arrives {words}" => |world, relay| {
        relayed(world, &relay).await
    }
}

fn alter(
    world: &World,
    draft: &mut crate::issue_draft::IssueDraft,
    fault: &str,
) -> Result<(), Stop> {
    let skew = i64::try_from(world.context.target.limits.clock_skew.as_secs()).unwrap_or(300);
    let now = crate::steps::issues::now();
    draft
        .alter(fault, now, skew)
        .map_err(|words| unknown("token issue", &words))
}

/// The call was made to the first issuer; the other one has got hold of it, key and all.
async fn relayed(world: &mut World, relay: &str) -> Result<(), Stop> {
    let first = super::as_issuer(world, 0)?;
    let other = super::as_issuer(world, 1)?;
    let (urls, name) = match relay {
        "at the URL of the other issuer, in the name of the first" => {
            (&other.token_issue, &first.identifier)
        }
        "at the URL of the other issuer, in the name of the other" => {
            (&other.token_issue, &other.identifier)
        }
        "at the URL of the first issuer, in the name of the other" => {
            (&first.token_issue, &other.identifier)
        }
        _ => return Err(unknown("relay", relay)),
    };
    let named_as_called = *name == first.identifier;
    if named_as_called && first.token_issue == other.token_issue {
        return Err(Stop::NotExercised(
            "the target takes the token issues of both at one URL".to_owned(),
        ));
    }
    values(&*super::last_call(world)?)?;
    let draft = right_issue(world)?.naming(name);
    let url = world.replica(urls, 0)?;
    let answer = post_to(world, &url, &draft).await;
    world.initiation.issues.push(SentIssue { draft, answer });
    Ok(())
}
