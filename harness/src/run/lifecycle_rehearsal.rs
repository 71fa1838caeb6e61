//! The rehearsal of the roles of keys and sessions.

use super::{
    Context,
    oauth_rehearsal::{Rehearsal, broken_off, rehearse_all},
    rehearsal::NotReady,
    session_issuer_rehearsal,
};
use crate::{
    report::timeline::entries,
    target::Claim,
    timeline::{Event, What},
    world::World,
};
use std::sync::Arc;

/// How many of the last events are shown of the rehearsal of an issuer.
const SHOWN: usize = 4;

const REHEARSALS: [Rehearsal; 2] = [
    (
        Claim::LifecycleResource,
        &[
            "an issuer whose bearers the resource takes",
            "each replica of the resource is shown a bearer",
            "it opens each time",
        ],
        "a sound bearer opens each [session_resource] read",
    ),
    (
        Claim::LifecycleCaller,
        &[
            "an issuer that the caller knows",
            "a call of the caller without the fault is granted",
        ],
        "the caller logs in, and calls an API with its bearer",
    ),
];

/// One conversation without fault in each role of keys and sessions that the target claims.
///
/// # Errors
/// The role in which it did not succeed, what came, and what to do.
pub(super) async fn rehearse(context: &Arc<Context>) -> Result<(), NotReady> {
    if context.target.claims(Claim::LifecycleIssuer) {
        rehearse_issuers(context).await?;
    }
    rehearse_all(context, &REHEARSALS, advice).await
}

/// Each issuer: the first with all accounts, the others with enough of them for each replica.
async fn rehearse_issuers(context: &Arc<Context>) -> Result<(), NotReady> {
    let lifecycle = &context.target.lifecycle;
    for (index, issuer) in lifecycle.issuers.iter().enumerate() {
        let accounts = match index {
            0 => lifecycle.accounts.as_slice(),
            _ => lifecycle.accounts.get(..1).unwrap_or_default(),
        };
        let mut world = World::new(context.clone());
        let ended = session_issuer_rehearsal::rehearse(&world, issuer, accounts).await;
        world.settle().await;
        if let Err(fault) = ended {
            let mut text = format!(
                "the set-up is not ready: as {}, it has to be so that an account logs in at each replica, its bearer opens everywhere, and the keys are where they are said to be\n  what came  {}\n  {}",
                Claim::LifecycleIssuer,
                fault.came,
                fault.look_at,
            );
            let told = entries(&world.timeline.events(), None);
            // What went well before that says nothing.
            for entry in told.iter().skip(told.len().saturating_sub(SHOWN)) {
                text.push_str(&format!("\n    {}", entry.line));
            }
            return Err(NotReady(text));
        }
    }
    Ok(())
}

/// What to do about it, as far as that can be told from what came.
fn advice(context: &Context, role: Claim, _: &str, events: &[Event]) -> String {
    let seen = context.lab.seen();
    let listen = context.target.harness.listen;
    let has_come = events
        .iter()
        .any(|event| event.from == "target" && matches!(event.what, What::Request(..)));
    match role {
        _ if seen.failed_handshakes > 0 => broken_off(&seen.last_failure),
        Claim::LifecycleCaller if !has_come => format!(
            "nothing of the caller came: see whether [session_caller] use is right, and whether the caller reaches {listen}"
        ),
        Claim::LifecycleCaller => "see whether the caller knows the issuers of [[session_peer]] by the identifiers, the accounts and the passwords that stand there, and whether [session_caller] use calls {url}".to_owned(),
        _ => format!(
            "see whether [session_resource] identifier is the audience that it wants, whether it trusts the issuers of [[session_signer]] with the algorithms that stand there, and whether it reaches {listen}"
        ),
    }
}
