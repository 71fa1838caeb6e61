//! What is demanded of how the resource looks for keys.

use super::{elsewhere, signer};
use crate::{
    steps::{Failure, Stop, registry::steps},
    world::World,
};

steps! {
    "nobody has asked for the key that the bearer names" => |world| {
        nobody_elsewhere(world, "no request for a key that a bearer names")
    }
    "nobody has come to where the redirect led" => |world| {
        nobody_elsewhere(world, "no request where the redirect led")
    }
    "it has looked for new keys no more often than once in the interval" => |world| {
        let (since, before) = world.lifecycle.resource_seen.unknown.ok_or_else(|| {
            Stop::Harness("nobody has shown an unknown name".to_owned())
        })?;
        let interval = world.context.target.limits.keys_interval.as_millis().max(1);
        let intervals = usize::try_from(since.elapsed().as_millis() / interval).unwrap_or(usize::MAX);
        // Once at once for the first unknown name, and once in each interval since.
        at_most(world, before, intervals.saturating_add(1))
    }
    "the key set was fetched once for them" => |world| {
        at_most(world, world.lifecycle.resource_seen.fetched, 1)
    }
}

fn nobody_elsewhere(world: &World, expected: &str) -> Result<(), Stop> {
    match world.context.lab.was_reached_elsewhere(&elsewhere(world)) {
        false => Ok(()),
        true => Err(Failure::new(expected, "one", None).into()),
    }
}

/// Judges that the key set was fetched no more often than that since then.
fn at_most(world: &World, before: usize, most: usize) -> Result<(), Stop> {
    let visits = signer(world, 0)?.desk.visits();
    let later = visits.len().saturating_sub(before);
    match visits.get(before + most) {
        None => Ok(()),
        Some(visit) => {
            let expected = format!("{most} fetches at most");
            Err(Failure::new(expected, later.to_string(), Some(visit.event)).into())
        }
    }
}
