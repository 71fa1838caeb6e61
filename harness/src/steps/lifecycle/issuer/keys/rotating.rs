//! Rotations, and what holds after them.

use super::{begun::each, outlook, second, seconds, seen, seen_mut};
use crate::{
    steps::{Failure, Stop, calls::unknown, registry::steps},
    world::World,
};
use serde_json::Value;
use std::collections::HashSet;

/// A rotation that the scenario has seen to.
pub(super) struct Rotated {
    /// The name of the key that signs since.
    key: String,
    /// When it was ordered, by the clock of the issuer.
    ordered: f64,
    /// When it had happened.
    done: f64,
}

steps! {
    "the issuer rotates its keys" => |world| {
        rotate(world, false, None).await
    }
    "the issuer rotates its keys in an emergency" => |world| {
        rotate(world, true, None).await
    }
    "the rotation window is still open" => |world| {
        let window = world.context.target.limits.rotation_window.as_secs_f64();
        let until = first(world)?.ordered.floor() + window;
        match outlook::now(world) < until {
            true => Ok(()),
            false => Err(Stop::Control("the rotation window was over too soon to tell".to_owned())),
        }
    }
    "the rotation window is over" => |world| {
        let limits = &world.context.target.limits;
        if limits.rotation_window >= limits.bearer_lifetime + limits.refresh_window {
            return Err(Stop::NotExercised(
                "a bearer can be refreshed no more when the rotation window ends: declare and configure a shorter one"
                    .to_owned(),
            ));
        }
        let over = last(world)?.done.floor() + limits.rotation_window.as_secs_f64();
        outlook::until_after(world, over, "the rotation window ends").await
    }
    "its bearer could have been refreshed" => |world| {
        let window = seconds(world.context.target.limits.refresh_window);
        let ended = outlook::bearer(world)?.second("exp").unwrap_or_default();
        let now = outlook::now(world);
        match second(now) < ended + window && now < outlook::ends(world)? {
            true => Ok(()),
            false => Err(Stop::Control("the bearer was too old by then".to_owned())),
        }
    }
    "the newest key has signed each of these" => |world| {
        let newest = &last(world)?.key;
        each(world, "a bearer of the newest key", |bearer| bearer.parameter("kid") == Some(newest))
    }
    "no key has the name of an earlier one" => |world| {
        let before = outlook::bearer(world)?;
        let before = before.parameter("kid").unwrap_or_default();
        let mut names = HashSet::from([before]);
        match seen(world).rotations.iter().find(|rotated| !names.insert(&rotated.key)) {
            None => Ok(()),
            Some(again) => {
                let actual = format!("{} again", again.key);
                Err(Failure::new("a new name for each key", actual, None).into())
            }
        }
    }
}

/// Rotates, to a key of the harness if there is one.
pub(super) async fn rotate(
    world: &mut World,
    urgent: bool,
    given: Option<&Value>,
) -> Result<(), Stop> {
    let ordered = outlook::now(world);
    let key = world.rotate(urgent, given).await?;
    let done = outlook::now(world);
    seen_mut(world)
        .rotations
        .push(Rotated { key, ordered, done });
    Ok(())
}

/// A second after the last rotation, by the words of a scenario, which lies no further ahead than clocks may differ.
pub(super) fn after(world: &World, moment: &str) -> Result<i64, Stop> {
    let later = match moment {
        "in the second after the rotation" => 1,
        "ten seconds after the rotation" => 10,
        _ => return Err(unknown("moment after a rotation", moment)),
    };
    if seconds(world.context.target.limits.clock_skew) <= later {
        let words = format!("the target allows clocks to differ by no more than {later} s");
        return Err(Stop::NotExercised(words));
    }
    Ok(second(last(world)?.done) + later)
}

/// From which second on the first rotation may have been, and until which.
pub(super) fn seconds_of_the_first(world: &World) -> Result<(i64, i64), Stop> {
    let first = first(world)?;
    Ok((second(first.ordered), second(first.done)))
}

/// The name of the newest key.
pub(super) fn newest_key(world: &World) -> Result<&str, Stop> {
    Ok(&last(world)?.key)
}

fn first(world: &World) -> Result<&Rotated, Stop> {
    seen(world).rotations.first().ok_or_else(unrotated)
}

fn last(world: &World) -> Result<&Rotated, Stop> {
    seen(world).rotations.last().ok_or_else(unrotated)
}

fn unrotated() -> Stop {
    Stop::Harness("the issuer has not rotated its keys".to_owned())
}
