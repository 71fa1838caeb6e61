//! The rehearsal of the OAuth roles: before any scenario, one conversation without fault in each role that is
//! claimed, made of the steps that the scenarios have for it.

use super::{Context, rehearsal::NotReady};
use crate::{
    report::timeline::entries,
    steps::Stop,
    target::Claim,
    timeline::{Event, What},
    world::World,
};
use std::sync::Arc;

/// A role with the steps of its rehearsal, and what it shows if they succeed.
pub(super) type Rehearsal = (Claim, &'static [&'static str], &'static str);

/// What to do about a rehearsal that did not succeed, as far as that can be told from what came.
pub(super) type Advice = fn(&Context, Claim, &str, &[Event]) -> String;

const REHEARSALS: [Rehearsal; 3] = [
    (
        Claim::OauthServer,
        &[
            "a client of the server",
            "a request without the fault gets a token",
        ],
        "a sound client gets a token",
    ),
    (
        Claim::OauthResource,
        &["a request without the fault is answered"],
        "a sound token opens [resource_server] read",
    ),
    (
        Claim::OauthClient,
        &[
            "a server that the client knows",
            "a token without the fault is got and shown",
        ],
        "the client gets a token, and shows it to the API",
    ),
];

/// One conversation without fault in each OAuth role that the target claims.
///
/// # Errors
/// The role in which it did not succeed, what came, and what to do.
pub(super) async fn rehearse(context: &Arc<Context>) -> Result<(), NotReady> {
    rehearse_all(context, &REHEARSALS, advice).await
}

/// The rehearsals of all these roles that the target claims.
///
/// # Errors
/// The first that did not succeed, what came, and what to do.
pub(super) async fn rehearse_all(
    context: &Arc<Context>,
    rehearsals: &[Rehearsal],
    advice: Advice,
) -> Result<(), NotReady> {
    for (role, steps, shows) in rehearsals {
        if !context.target.claims(*role) {
            continue;
        }
        let mut world = World::new(context.clone());
        let ended = take(context, &mut world, steps).await;
        world.settle().await;
        if let Err(stop) = ended {
            let events = world.timeline.events();
            let came = stop.words();
            let mut text = format!(
                "the set-up is not ready: as {role}, it has to be so that {shows}\n  what came  {came}\n  {}",
                advice(context, *role, &came, &events),
            );
            for entry in entries(&events, None) {
                text.push_str(&format!("\n    {}", entry.line));
            }
            return Err(NotReady(text));
        }
    }
    Ok(())
}

async fn take(context: &Context, world: &mut World, steps: &[&str]) -> Result<(), Stop> {
    for step in steps {
        let (act, words) = context
            .steps
            .find(step)
            .map_err(|_| Stop::Harness(format!("no step fits \"{step}\"")))?;
        act(world, words).await?;
    }
    Ok(())
}

/// What to do about it, as far as that can be told from what came.
fn advice(context: &Context, role: Claim, came: &str, events: &[Event]) -> String {
    let seen = context.lab.seen();
    let has_come = events
        .iter()
        .any(|event| event.from == "target" && matches!(event.what, What::Request(..)));
    match role {
        Claim::OauthServer if came.contains("401") || came.contains("invalid_client") => {
            "see whether the server knows the clients of [[authorization_server.client]], with these secrets and keys".to_owned()
        }
        Claim::OauthServer if came.contains("invalid_scope") => {
            "see whether the clients may have the scopes that the target file gives them".to_owned()
        }
        Claim::OauthServer if came.contains("404") || came.contains("405") => {
            "see whether [authorization_server] token is the token endpoint".to_owned()
        }
        Claim::OauthServer => "without one token nothing can be examined".to_owned(),
        Claim::OauthResource if seen.failed_handshakes > 0 => broken_off(&seen.last_failure),
        Claim::OauthResource if came.contains("401") => {
            "see whether the resource trusts where its tokens come from ([resource_server] tokens), and reaches it".to_owned()
        }
        Claim::OauthResource if came.contains("403") => {
            "see whether [resource_server] read_scope is the scope that reading needs".to_owned()
        }
        Claim::OauthResource => "see whether [resource_server] read is opened by a token with GET".to_owned(),
        _ if seen.failed_handshakes > 0 => broken_off(&seen.last_failure),
        _ if !has_come => format!(
            "nothing of the client came: see whether [client] start is right, and whether the client reaches {}",
            context.target.harness.listen
        ),
        _ => "see whether the client knows the servers of [[server_peer]] with the ids and secrets that stand there, and whether [client] use calls {url} with the token".to_owned(),
    }
}

pub(super) fn broken_off(failure: &str) -> String {
    format!(
        "the target connected to the peers and broke off the TLS handshake ({failure}): let it trust the authority of [harness] ca"
    )
}
