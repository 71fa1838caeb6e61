//! The rehearsal of the roles of service JWTs.

use super::{
    Context,
    oauth_rehearsal::{Rehearsal, broken_off, rehearse_all},
    rehearsal::NotReady,
};
use crate::{
    target::{Channel, Claim},
    timeline::{Event, What},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a client that is started with the control may take until it listens, and how often it is tried.
const TO_LISTEN: Duration = Duration::from_secs(5);
const BETWEEN: Duration = Duration::from_millis(100);

const REHEARSALS: [Rehearsal; 3] = [
    (
        Claim::JwtResource,
        &["a client of which the resource has taken a service JWT"],
        "a sound service JWT opens [jwt_resource] read",
    ),
    (
        Claim::JwtServer,
        &["a client that the authorization server has let in"],
        "a sound assertion gets a token at [authorization_server] token",
    ),
    (
        Claim::JwtClient,
        &[
            "a resource that takes service JWTs",
            "a call without the fault is granted",
        ],
        "the client calls an API with a sound service JWT",
    ),
];

/// One conversation without fault in each role of service JWTs that the target claims.
///
/// # Errors
/// The role in which it did not succeed, what came, and what to do.
pub(super) async fn rehearse(context: &Arc<Context>) -> Result<(), NotReady> {
    if context.target.claims(Claim::JwtClient)
        && let Err(why) = document(context).await
    {
        return Err(NotReady(format!(
            "the set-up is not ready: as {}, it has to be so that its document can be fetched\n  what came  {why}\n  see whether [jwt_client] id is the client id, and [target] connect and ca lead to it",
            Claim::JwtClient,
        )));
    }
    rehearse_all(context, &REHEARSALS, advice).await
}

/// Fetches the document of the client. One that is started with the control, as its command, may not listen
/// yet.
async fn document(context: &Context) -> Result<(), String> {
    let control = context.target.control.as_ref();
    let starts = control.is_some_and(|c| matches!(c.channel, Channel::Command(_)));
    let until = Instant::now() + TO_LISTEN;
    loop {
        match context.lab.client_keys().fetch().await {
            Err(_) if starts && Instant::now() < until => tokio::time::sleep(BETWEEN).await,
            fetched => return fetched,
        }
    }
}

/// What to do about it, as far as that can be told from what came.
fn advice(context: &Context, role: Claim, came: &str, events: &[Event]) -> String {
    let seen = context.lab.seen();
    let has_come = events
        .iter()
        .any(|event| event.from == "target" && matches!(event.what, What::Request(..)));
    match role {
        _ if seen.failed_handshakes > 0 => broken_off(&seen.last_failure),
        Claim::JwtClient if !has_come => format!(
            "nothing of the client came: see whether [jwt_client] use is right, and whether the client reaches {}",
            context.target.harness.listen
        ),
        Claim::JwtClient => "see whether the client knows the resources of [[jwt_peer]] by the identifiers that stand there, and whether [jwt_client] use calls {url}".to_owned(),
        _ if came.contains("503") => "see whether the verifier reaches the hosts of [documents]: their addresses have to be public to it".to_owned(),
        Claim::JwtServer => "see whether [authorization_server] issuer, token and resources are right, and whether it takes clients that are known by their documents".to_owned(),
        _ => "see whether [jwt_resource] identifier is the audience that it wants, whether ES256 is on its list, and whether it reaches the hosts of [documents]".to_owned(),
    }
}
