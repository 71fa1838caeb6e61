//! Bearers with one fault: the issuer's own as far as that goes without its key, and made with a key that it was
//! given.

use super::{elsewhere, facts, given, issuer, key_set, outlook, rotating, seen, seen_mut};
use crate::{
    run::Absence,
    steps::{
        Stop,
        jose::{Key, Seal},
        lifecycle::bearer::Draft,
        registry::steps,
    },
    world::World,
};
use serde_json::json;

steps! {
    "an issuer that is given a key" => |world| {
        world.lease_issuer().await?;
        give(world).await
    }
    "the issuer is given another key" => |world| {
        give(world).await
    }
    "its bearer is forged, {words}" => |world, fault| {
        let bearer = outlook::bearer(world)?;
        let public = match fault.contains("public key") {
            true => Some(key_set::published(world, bearer.parameter("kid")).await?),
            false => None,
        };
        let facts = facts(world, bearer.key(public))?;
        let forged = Draft::of(&bearer, &facts).altered(&fault, &facts)?.text()?;
        show(world, &forged).await
    }
    "a bearer {words} is shown" => |world, fault| {
        let forged = sound(world, newest(world)?)?;
        let forged = forged.altered(&fault, &facts(world, newest(world)?)?)?;
        show(world, &forged.text()?).await
    }
    "a bearer of the other key under the name of this one is shown" => |world| {
        let this = seen(world).given.first().cloned().ok_or_else(ungiven)?;
        let mut forged = sound(world, this)?;
        forged.jws.seal = Seal::With(newest(world)?);
        show(world, &forged.text()?).await
    }
    "a bearer of the retired key is shown, issued {words}" => |world, moment| {
        let issued = rotating::after(world, &moment)?;
        let facts = facts(world, newest(world)?)?;
        let mut forged = sound(world, newest(world)?)?;
        forged.jws.claims.set("iat", &json!(issued));
        forged.jws.claims.set("exp", &json!(issued + facts.lifetime));
        show(world, &forged.text()?).await
    }
    "a bearer that the key of the notification has signed is shown" => |world| {
        let key = seen(world).notified.clone();
        let key = key.ok_or_else(|| Stop::Harness("no notification has named a key".to_owned()))?;
        let forged = sound(world, key)?.text()?;
        show(world, &forged).await
    }
    "a bearer without fault is let in" => |world| {
        let sound = sound(world, newest(world)?)?.text()?;
        let (response, _) = outlook::show(world, &sound, 0).await?;
        super::super::sessions::granted(&response)
    }
    "nobody asks for the key that was forged" => |world| {
        let elsewhere = elsewhere(world);
        world.absences.push(Absence::NotAsked { elsewhere });
        Ok(())
    }
}

/// Makes a key of the issuer's algorithm, and makes it the current one.
async fn give(world: &mut World) -> Result<(), Stop> {
    let made = given::make(issuer(world)?.algorithm, &given::name())?;
    rotating::rotate(world, false, Some(&made.jwk)).await?;
    seen_mut(world).given.push(made.key);
    Ok(())
}

/// The key that the issuer was given last.
fn newest(world: &World) -> Result<Key, Stop> {
    seen(world).given.last().cloned().ok_or_else(ungiven)
}

fn ungiven() -> Stop {
    Stop::Harness("the issuer was given no key".to_owned())
}

/// A bearer of the session of the scenario with which nothing is wrong, if that key is right.
fn sound(world: &World, key: Key) -> Result<Draft, Stop> {
    let own = outlook::bearer(world)?;
    match (own.claim("sub"), own.claim("sid")) {
        (Some(subject), Some(session)) => Ok(Draft::about(subject, session, &facts(world, key)?)),
        _ => Err(Stop::Control(
            "the bearer of a login lacks sub or sid".to_owned(),
        )),
    }
}

async fn show(world: &mut World, bearer: &str) -> Result<(), Stop> {
    let shown = outlook::show(world, bearer, 0).await?;
    world.shown.push(shown);
    Ok(())
}
