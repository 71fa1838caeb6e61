//! Scenarios about the keys of an issuer: what they sign and verify, how they rotate, and where they are published.

mod begun;
mod forging;
mod given;
mod key_set;
mod notifying;
mod rotating;

use super::{
    issuer,
    sessions::outlook::{self, Begun},
};
use crate::{
    steps::{Stop, jose::Key, lifecycle::bearer::Facts, registry::Step},
    timeline::EventId,
    world::World,
};
use rotating::Rotated;
use serde_json::Value;
use std::time::Duration;

/// What such a scenario has seen and done.
#[derive(Default)]
pub(crate) struct Seen {
    /// The keys that the harness has given the issuer, the newest last.
    given: Vec<Key>,
    /// The rotations, in their order.
    rotations: Vec<Rotated>,
    /// The sessions that it has begun to see what comes of them.
    begun: Vec<Begun>,
    /// The key set as it was fetched last.
    set: Option<Fetched>,
    /// The key that a notification has named.
    notified: Option<Key>,
}

/// A key set that was fetched.
struct Fetched {
    keys: Vec<Value>,
    cache_control: String,
    event: EventId,
}

/// The steps, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    vec![
        begun::steps(),
        forging::steps(),
        rotating::steps(),
        key_set::steps(),
        notifying::steps(),
    ]
}

fn seen(world: &World) -> &Seen {
    &world.lifecycle.issuer_seen.keys
}

fn seen_mut(world: &mut World) -> &mut Seen {
    &mut world.lifecycle.issuer_seen.keys
}

/// What a bearer of the issuer is about if that key signs it.
fn facts(world: &World, key: Key) -> Result<Facts, Stop> {
    let limits = &world.context.target.limits;
    let at = issuer(world)?;
    Ok(Facts {
        issuer: at.identifier.clone(),
        audience: at.audience.clone(),
        key,
        elsewhere: format!("{}{}", world.context.lab.elsewhere(), elsewhere(world)),
        now: second(outlook::now(world)),
        skew: seconds(limits.clock_skew),
        lifetime: seconds(limits.bearer_lifetime),
    })
}

/// A path at another place of the lab that is this scenario's alone.
fn elsewhere(world: &World) -> String {
    format!("/{}/issuer-keys", world.timeline.id())
}

/// The second in which an instant lies.
fn second(instant: f64) -> i64 {
    seconds(Duration::from_secs_f64(instant.max(0.0)))
}

fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}
