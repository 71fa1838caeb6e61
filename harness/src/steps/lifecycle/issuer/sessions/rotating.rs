//! Rotations, and bearers of the key before them.

use super::{brought, granted, newest, seen, seen_mut, shows, together::keep_what_came};
use crate::{
    steps::{Failure, Stop, registry::steps},
    world::World,
};

/// A rotation that the scenario has seen to.
#[derive(Debug, Clone)]
pub(super) struct Rotated {
    /// The key that signs since.
    key: String,
    /// When it was ordered, by the clock of the issuer.
    at: f64,
}

steps! {
    "the keys rotate" => |world| {
        let at = seen(world).clock.now();
        let key = world.rotate(false, None).await?;
        seen_mut(world).rotation = Some(Rotated { key, at });
        Ok(())
    }
    "its bearer is shown {words}, within the rotation window" => |world, words| {
        let bearer = newest(world, 0)?;
        shows::shown(world, &bearer, &words, 0).await?;
        keep_what_came(world);
        still_within_the_window(world)
    }
    "a bearer comes unasked" => |world| {
        let bearer = newest(world, 0)?;
        let (response, event) = shows::ask(world, &bearer, "alone", 0).await?;
        still_within_the_window(world)?;
        granted(&response)?;
        if brought(&response).is_none() {
            return Err(Stop::Control("no bearer came unasked".to_owned()));
        }
        seen_mut(world).renewals.push((response, event));
        Ok(())
    }
    "the current key has signed what came" => |world| {
        let rotated = rotated(world)?;
        match seen(world).came.iter().find(|(bearer, _)| bearer.parameter("kid") != Some(rotated.key.as_str())) {
            None => Ok(()),
            Some((_, event)) => {
                Err(Failure::new("a bearer of the current key", "one of another key", Some(*event)).into())
            }
        }
    }
}

fn rotated(world: &World) -> Result<Rotated, Stop> {
    let missing = || Stop::Harness("the keys have not rotated".to_owned());
    seen(world).rotation.clone().ok_or_else(missing)
}

/// What was answered after the window says nothing about the time within it.
fn still_within_the_window(world: &World) -> Result<(), Stop> {
    let rotated = rotated(world)?;
    let window = world.context.target.limits.rotation_window.as_secs_f64();
    let (now, until) = (seen(world).clock.now(), rotated.at.floor() + window);
    match now < until {
        true => Ok(()),
        false => Err(Stop::Control(
            "the rotation window was over before the answer came".to_owned(),
        )),
    }
}
