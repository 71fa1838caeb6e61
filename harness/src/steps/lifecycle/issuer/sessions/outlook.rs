//! What scenarios about the keys of an issuer need of sessions.

use super::{answered, api, clock, fields, newest, obtain::enter, seen, session};
use crate::{
    lenient::Members,
    steps::{Stop, lifecycle::bearer::Read},
    target::lifecycle::Account,
    timeline::EventId,
    wire::Response,
    world::World,
};

/// A session that has begun, with what came of it.
pub(in super::super) struct Begun {
    /// The bearer.
    pub(in super::super) bearer: Read,
    /// The session token.
    pub(in super::super) token: String,
    /// The answer that brought both.
    pub(in super::super) event: EventId,
}

/// Logs in at a replica, which has to succeed.
pub(in super::super) async fn begin(
    world: &World,
    account: &Account,
    replica: usize,
) -> Result<Begun, Stop> {
    let entered = enter(world, account, replica).await?;
    let members = Members::read(&entered.body);
    let member = |name: &str| members.as_ref().and_then(|members| members.text(name));
    match (member("bearer_token"), member("session_token")) {
        (Some(bearer), Some(token)) => Ok(Begun {
            bearer: Read::from(&bearer),
            token,
            event: entered.event,
        }),
        _ => Err(Stop::Control("a login brought no tokens".to_owned())),
    }
}

/// Whose session the scenario has begun first, if it has begun one.
pub(in super::super) fn account(world: &World) -> Option<Account> {
    Some(seen(world).sessions.first()?.account.clone())
}

/// The newest bearer of the session of the scenario.
pub(in super::super) fn bearer(world: &World) -> Result<Read, Stop> {
    Ok(Read::from(&newest(world, 0)?.text))
}

/// The end of that session, by the clock of the issuer.
pub(in super::super) fn ends(world: &World) -> Result<f64, Stop> {
    Ok(session(world, 0)?.ends)
}

/// The time of the issuer, in seconds of the epoch.
pub(in super::super) fn now(world: &World) -> f64 {
    seen(world).clock.now()
}

/// Waits until an instant is over by the clock of the issuer.
pub(in super::super) async fn until_after(
    world: &World,
    instant: f64,
    what: &str,
) -> Result<(), Stop> {
    clock::until_after(world, instant, what).await
}

/// Shows a bearer at a replica, and gives what is answered.
pub(in super::super) async fn show(
    world: &World,
    bearer: &str,
    replica: usize,
) -> Result<(Response, EventId), Stop> {
    let url = api(world, replica)?;
    answered(
        world
            .ask(&url, "GET", fields(bearer, &[]), Vec::new())
            .await,
    )
}
