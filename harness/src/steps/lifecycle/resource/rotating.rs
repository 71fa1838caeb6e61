//! Keys that the issuers of a scenario change.

use super::{
    MOMENT, PATIENCE, facts, new_key, number, playing, playing_mut, published, signer, taken,
};
use crate::{
    steps::{Stop, calls::unknown, lifecycle::bearer::Draft, registry::steps},
    world::World,
};
use btx_spec::jose::Algorithm;
use serde_json::{Value, json};
use std::time::Duration;

steps! {
    "a key set that holds for {count} seconds" => |world, count| {
        let seconds = number(&count)? as u64;
        let issuers = world.lifecycle.signers.len();
        for issuer in 0..issuers {
            signer(world, issuer)?.desk.max_age(Some(seconds));
            taken(world, issuer).await?;
        }
        Ok(())
    }
    "the issuer has rotated its key {words}" => |world, moment| {
        let later = match moment.as_str() {
            "in the second of the bearer" => 0,
            "a second earlier than the bearer" => -1,
            "an hour earlier than the bearer" => -3600,
            _ => return Err(unknown("moment of a rotation", &moment)),
        };
        rotate(world, later)
    }
    "the resource is shown a bearer of the retired key" => |world| {
        let (token, _) = world.lifecycle.resource_seen.taken.clone().ok_or_else(unrotated)?;
        super::shows::at_the_door(world, &token).await
    }
    "the issuer puts another key in the place of its own" => |world| {
        change(world)?;
        let set = vec![published(&playing(world, 0)?.key)];
        signer(world, 0)?.desk.set_keys(set);
        Ok(())
    }
    "the issuer publishes a new key beside its own" => |world| {
        let old = change(world)?;
        let set = vec![old, published(&playing(world, 0)?.key)];
        signer(world, 0)?.desk.set_keys(set);
        Ok(())
    }
    "the resource is shown a bearer of the key that is gone" => |world| {
        let old = playing(world, 0)?.old.clone().ok_or_else(unrotated)?;
        let token = super::of_key(world, 0, &old, "without fault")?;
        super::shows::at_the_door(world, &token).await
    }
    "the resource is shown a bearer of the new key" => |world| {
        let token = super::bearer(world, 0, "without fault")?;
        super::shows::at_the_door(world, &token).await
    }
    "what the resource holds is no longer fresh" => |world| {
        until_stale(world, Duration::ZERO).await;
        Ok(())
    }
    "what the resource holds is no longer fresh after {count} seconds" => |world, count| {
        let seconds = number(&count)? as u64;
        until_stale(world, Duration::from_secs(seconds) + MOMENT).await;
        Ok(())
    }
    "it has been held for longer than the target declares" => |world| {
        let longest = world.context.target.limits.longest_stale;
        if longest > PATIENCE {
            let words = format!("the target goes on for {} s with what it holds", longest.as_secs());
            return Err(Stop::NotExercised(words));
        }
        until_stale(world, longest + MOMENT).await;
        Ok(())
    }
    "the interval for unknown names is over" => |world| {
        let interval = world.context.target.limits.keys_interval;
        if interval > PATIENCE {
            let words = format!("the target looks for unknown keys every {} s", interval.as_secs());
            return Err(Stop::NotExercised(words));
        }
        world.wait(interval + MOMENT, "another look for unknown names is due").await;
        Ok(())
    }
}

/// Retires the key of the first issuer so many seconds after a bearer of it is issued, and publishes both keys.
fn rotate(world: &mut World, later: i64) -> Result<(), Stop> {
    let facts = facts(world, 0, &playing(world, 0)?.key)?;
    let token = Draft::with("without fault", &facts)?.text()?;
    let ends = facts.now + facts.lifetime;
    world.lifecycle.resource_seen.taken = Some((token, ends));
    let mut old = change(world)?;
    if let Some(members) = old.as_object_mut() {
        members.insert("retired_at".to_owned(), json!(facts.now + later));
    }
    let set = vec![published(&playing(world, 0)?.key), old];
    signer(world, 0)?.desk.set_keys(set);
    Ok(())
}

/// Gives the first issuer another key, and gives the public half of the old one.
pub(super) fn change(world: &mut World) -> Result<Value, Stop> {
    let new = new_key(Algorithm::ES256)?;
    let playing = playing_mut(world, 0)?;
    let old = std::mem::replace(&mut playing.key, new);
    let half = published(&old);
    playing.old = Some(old);
    Ok(half)
}

/// Waits until what has been fetched is no longer fresh: that long, or as long as the target holds everything.
async fn until_stale(world: &World, held: Duration) {
    let floor = world.context.target.limits.least_freshness;
    let wait = match floor {
        Duration::ZERO => held,
        floor => held.max(floor + MOMENT),
    };
    if wait > Duration::ZERO {
        world.wait(wait, "what is held becomes too old").await;
    }
}

fn unrotated() -> Stop {
    Stop::Harness("the issuer has not changed its key".to_owned())
}
