//! Bearers, and what is none, shown to the resource.

use super::{
    answered, bearer, door, facts, now, number, of_key, playing, resource, show, signer, taken,
};
use crate::{
    steps::{Stop, calls::unknown, lifecycle::bearer::Draft, registry::steps, resource as tokens},
    wire::Fields,
    world::World,
};
use serde_json::json;
use std::time::{Duration, Instant};

/// The form of a session token.
const SESSION_TOKEN: &str = "c2Vzc2lvbi10b2tlbi1vZi10aGUtaGFybmVzcy0wMDE";
/// The fault of a bearer whose key nobody knows.
const NOBODYS: &str = "whose kid is nobody's";

steps! {
    "the resource is shown a bearer {words}" => |world, fault| {
        let token = bearer(world, 0, &fault)?;
        at_the_door(world, &token).await
    }
    "the resource is shown a bearer {words}, with a session token" => |world, fault| {
        with_session_token(world, Some(&fault)).await
    }
    "the resource is shown a bearer whose kid is nobody's, which it refuses" => |world| {
        let (response, _) = show(world, &door(world, 0)?, &bearer(world, 0, NOBODYS)?).await?;
        refused(super::is_success(&response))
    }
    "the second issuer signs with a key that nobody knows" => |world| {
        let (response, _) = show(world, &door(world, 0)?, &bearer(world, 1, NOBODYS)?).await?;
        refused(super::is_success(&response))
    }
    "the resource is shown {count} bearers whose kid is nobody's" => |world, count| {
        let fetched = signer(world, 0)?.desk.fetches();
        world.lifecycle.resource_seen.unknown = Some((Instant::now(), fetched));
        for _ in 0..number(&count)? {
            // Each has a name of its own, so that none can be known from before.
            let mut draft = Draft::with(NOBODYS, &facts(world, 0, &playing(world, 0)?.key)?)?;
            let name = uuid::Uuid::new_v4().simple().to_string();
            draft.jws.header.set("kid", &json!(name));
            at_the_door(world, &draft.text()?).await?;
        }
        Ok(())
    }
    "the resource is shown one bearer {count} times" => |world, count| {
        let token = bearer(world, 0, "without fault")?;
        for _ in 0..number(&count)? {
            at_the_door(world, &token).await?;
        }
        Ok(())
    }
    "each replica of the resource is shown a bearer" => |world| {
        for replica in 0..resource(world)?.read.len() {
            let token = bearer(world, 0, "without fault")?;
            let shown = show(world, &door(world, replica)?, &token).await?;
            world.shown.push(shown);
        }
        Ok(())
    }
    "the resource is shown a bearer of each of these keys" => |world| {
        let playing = playing(world, 0)?;
        let keys: Vec<_> = std::iter::once(&playing.key).chain(&playing.others).cloned().collect();
        for key in keys {
            let token = of_key(world, 0, &key, "without fault")?;
            at_the_door(world, &token).await?;
        }
        Ok(())
    }
    "the resource is shown a bearer of the first issuer that the second one has signed" => |world| {
        let token = of_key(world, 0, &playing(world, 1)?.key, "without fault")?;
        at_the_door(world, &token).await
    }
    "the resource has taken a bearer that ends within two seconds" => |world| {
        let mut facts = facts(world, 0, &playing(world, 0)?.key)?;
        facts.lifetime = facts.lifetime.min(2);
        let ends = facts.now + facts.lifetime;
        let token = Draft::with("without fault", &facts)?.text()?;
        let (response, _) = show(world, &door(world, 0)?, &token).await?;
        if !super::is_success(&response) {
            return Err(super::untaken(&response));
        }
        world.lifecycle.resource_seen.taken = Some((token, ends));
        Ok(())
    }
    "the end of that bearer has come" => |world| {
        let (_, ends) = the_taken(world)?;
        // The whole second of its end is over for whoever reads the clock a little later.
        let left = u64::try_from(ends + 1 - now()).unwrap_or_default();
        world.wait(Duration::from_secs(left), "the bearer has expired").await;
        Ok(())
    }
    "the resource is shown that bearer again" => |world| {
        let (token, _) = the_taken(world)?;
        at_the_door(world, &token).await?;
        taken(world, 0).await
    }
    "the resource is shown a session token as a bearer" => |world| {
        at_the_door(world, SESSION_TOKEN).await
    }
    "the resource is shown a session token without a bearer" => |world| {
        with_session_token(world, None).await
    }
    "the resource is shown a bearer under the scheme {words}" => |world, scheme| {
        let shown = format!("{scheme} {}", bearer(world, 0, "without fault")?);
        let fields = Fields::from([("authorization", shown.as_str())]);
        let answer = world.ask(&door(world, 0)?, "GET", fields, Vec::new()).await;
        world.shown.push(answered(answer)?);
        Ok(())
    }
    "the resource meets {words}" => |world, words| {
        let token = bearer(world, 0, "without fault")?;
        let shows = tokens::shows(&words, &token, &door(world, 0)?);
        let shows = shows.ok_or_else(|| unknown("way to show a token", &words))?;
        for (url, method, fields, body) in shows {
            let answer = world.ask(&url, method, fields, body).await;
            world.shown.push(answered(answer)?);
        }
        Ok(())
    }
    "the resource takes a bearer of the current key" => |world| {
        taken(world, 0).await
    }
}

/// Shows a token where a bearer opens.
pub(super) async fn at_the_door(world: &mut World, token: &str) -> Result<(), Stop> {
    let shown = show(world, &door(world, 0)?, token).await?;
    world.shown.push(shown);
    Ok(())
}

/// Comes with a session token, and with a bearer that has that fault or with none.
async fn with_session_token(world: &mut World, fault: Option<&str>) -> Result<(), Stop> {
    let mut fields = Fields::from([("x-session-token", SESSION_TOKEN)]);
    if let Some(fault) = fault {
        fields.push(
            "authorization",
            format!("Bearer {}", bearer(world, 0, fault)?),
        );
    }
    let answer = world.ask(&door(world, 0)?, "GET", fields, Vec::new()).await;
    world.shown.push(answered(answer)?);
    Ok(())
}

fn the_taken(world: &World) -> Result<(String, i64), Stop> {
    let taken = world.lifecycle.resource_seen.taken.clone();
    taken.ok_or_else(|| Stop::Harness("no bearer was taken yet".to_owned()))
}

/// What a scenario builds on: a bearer that was not taken.
fn refused(taken: bool) -> Result<(), Stop> {
    match taken {
        false => Ok(()),
        true => Err(Stop::Control(
            "a bearer that nobody has signed was taken".to_owned(),
        )),
    }
}
