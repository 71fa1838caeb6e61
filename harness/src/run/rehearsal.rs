//! The rehearsal: before any scenario, one exchange without fault with each peer that has none.
//!
//! If it does not succeed, nothing that comes after could say anything about the target: a peer is not
//! registered, the lab's authority is not trusted, a URL of the target file is wrong. That is a matter of
//! the set-up, and is told as such.

use super::{Context, jwt_rehearsal, lifecycle_rehearsal, oauth_rehearsal};
use crate::{
    report::timeline::entries,
    steps::{rehearse_initiator, rehearse_issuer},
    target::{Claim, PeerKind},
    world::World,
};
use futures::future::join_all;
use std::sync::Arc;

/// Why nothing can be examined, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotReady(pub(super) String);

/// One exchange without fault with each good peer, in each role that the target claims.
///
/// # Errors
/// The peers with which it did not succeed, what came, and what to do.
pub async fn rehearse(context: &Arc<Context>) -> Result<(), NotReady> {
    for role in [Claim::ExchangeIssuer, Claim::ExchangeInitiator] {
        if context.target.claims(role) {
            rehearse_role(context, role).await?;
        }
    }
    oauth_rehearsal::rehearse(context).await?;
    jwt_rehearsal::rehearse(context).await?;
    lifecycle_rehearsal::rehearse(context).await
}

async fn rehearse_role(context: &Arc<Context>, role: Claim) -> Result<(), NotReady> {
    let peers = context.target.peers_of(PeerKind::Good).count();
    let rehearse = |_| async {
        let mut world = World::new(context.clone());
        let ended = match world.lease(PeerKind::Good, 1).await {
            Ok(()) if role == Claim::ExchangeIssuer => rehearse_issuer(&mut world).await,
            Ok(()) => rehearse_initiator(&mut world).await,
            Err(stop) => Err(stop),
        };
        (world, ended)
    };
    // One alone at first: a target that calls somebody else than it was told to is not saved by the others.
    let mut rehearsals = vec![rehearse(0).await];
    if rehearsals.iter().all(|(_, ended)| ended.is_ok()) {
        rehearsals.extend(join_all((1..peers).map(rehearse)).await);
    }
    let rehearsed = rehearsals.len();
    let mut names = Vec::new();
    let mut first = None;
    for (mut world, ended) in rehearsals {
        if let Err(stop) = ended {
            names.extend(world.parties.first().map(|p| p.peer.name.clone()));
            first.get_or_insert_with(|| (stop.words(), entries(&world.timeline.events(), None)));
        }
        world.settle().await;
    }
    let Some((came, timeline)) = first else {
        return Ok(());
    };
    names.sort();
    let with = if rehearsed == 1 {
        "none of the good peers".to_owned()
    } else if names.len() == peers {
        format!("none of the {peers} good peers")
    } else {
        format!("not all of the {peers} good peers ({})", names.join(", "))
    };
    let mut text = format!(
        "the set-up is not ready: as {role}, the target goes through an exchange without fault with {with}\n  what came  {came}\n  {}",
        advice(context, &came),
    );
    for entry in timeline {
        text.push_str(&format!("\n    {}", entry.line));
    }
    Err(NotReady(text))
}

/// What to do about it, as far as that can be told from what came.
fn advice(context: &Context, came: &str) -> String {
    let listen = context.target.harness.listen;
    let seen = context.lab.seen();
    if came.contains("unknown-initiator") {
        "register the peers of peers.json at the target".to_owned()
    } else if came.contains("wrong-issuer") {
        "[issuer] identifier is not the one that the target has for itself".to_owned()
    } else if came.contains("initiator-unreachable") || came.contains("token-issue-timeout") {
        if seen.failed_handshakes > 0 {
            format!(
                "the target connected to the peers and broke off the TLS handshake ({}): let it trust the authority of [harness] ca",
                seen.last_failure
            )
        } else if seen.connections == 0 {
            format!(
                "the target has not connected to the peers at all: let it take {} for a public address, and see that it can reach {listen}",
                listen.ip()
            )
        } else {
            "the target reached the peers, and gave up".to_owned()
        }
    } else if came.contains("token") && came.contains("answered with") {
        "[issuer] resource has to be something that a live token opens with GET".to_owned()
    } else if came.contains("no token call came") {
        "see whether [initiator] start is right, and whether the target knows the peers as issuers"
            .to_owned()
    } else if came.contains("404") || came.contains("405") {
        "see whether the paths of [issuer] token_call and of token_issue are right".to_owned()
    } else {
        "without one exchange that succeeds nothing can be examined".to_owned()
    }
}
