//! Service JWTs, and what is none, shown to the resource.

use super::{Token, answered, door, facts, fetches, jwt, missing, resource, show, taken};
use crate::{
    steps::{Stop, calls::unknown, registry::steps, resource as tokens},
    wire::Fields,
    world::World,
};

/// The identifier of somebody else, and its name.
const ANOTHER: (&str, &str) = ("for somebody else", "another.example");

steps! {
    "it shows a service JWT {words}" => |world, fault| {
        let jwt = jwt(world, 0, &fault)?;
        at_the_door(world, &jwt).await
    }
    "it shows a service JWT of each of these keys" => |world| {
        of_its_keys(world).await
    }
    "it shows a service JWT of that key" => |world| {
        of_its_keys(world).await
    }
    "it shows a service JWT under the scheme {words}" => |world, scheme| {
        let shown = format!("{scheme} {}", jwt(world, 0, "without fault")?);
        let fields = Fields::from([("authorization", shown.as_str())]);
        let answer = world.ask(&door(world, 0)?, "GET", fields, Vec::new()).await;
        world.shown.push(answered(answer)?);
        Ok(())
    }
    "it shows a service JWT for somebody else, with the name of that one as Host" => |world| {
        let (fault, name) = ANOTHER;
        let shown = format!("Bearer {}", jwt(world, 0, fault)?);
        let fields = Fields::from([("authorization", shown.as_str()), ("host", name)]);
        let answer = world.ask(&door(world, 0)?, "GET", fields, Vec::new()).await;
        world.shown.push(answered(answer)?);
        Ok(())
    }
    "it shows an expired service JWT of a client at another address of the same machine" => |world| {
        let watched = world.watch_canaries().await?;
        let address = watched.first().ok_or_else(|| missing("[harness] canaries"))?;
        let mut facts = facts(world, 0)?;
        facts.client = format!("https://{address}/client.json");
        let jwt = Token::with("that expired an hour ago", &facts)?.text()?;
        at_the_door(world, &jwt).await
    }
    "it shows a service JWT where a token of a server is wanted" => |world| {
        let url = resource(world)?.wants_token.clone();
        let url = url.ok_or_else(|| missing("[jwt_resource] wants_token"))?;
        let jwt = jwt(world, 0, "without fault")?;
        let shown = show(world, &url, &jwt).await?;
        world.shown.push(shown);
        Ok(())
    }
    "it comes to the resource with {words}" => |world, words| {
        let token = jwt(world, 0, "without fault")?;
        let shows = tokens::shows(&words, &token, &door(world, 0)?);
        let shows = shows.ok_or_else(|| unknown("way to show a token", &words))?;
        for (url, method, fields, body) in shows {
            let answer = world.ask(&url, method, fields, body).await;
            world.shown.push(answered(answer)?);
        }
        Ok(())
    }
    "a service JWT without fault is taken" => |world| {
        taken(world, 0).await?;
        Ok(())
    }
}

/// Shows a JWT where it should open, and notes what had been fetched by then.
async fn at_the_door(world: &mut World, jwt: &str) -> Result<(), Stop> {
    let shown = show(world, &door(world, 0)?, jwt).await?;
    world.shown.push(shown);
    world.jwt.resource.fetched = fetches(world);
    Ok(())
}

/// Shows a JWT of each key that the client has beside its own.
async fn of_its_keys(world: &mut World) -> Result<(), Stop> {
    for key in world.jwt.resource.keys.clone() {
        let mut facts = facts(world, 0)?;
        facts.key = key;
        let jwt = Token::faultless(&facts).text()?;
        at_the_door(world, &jwt).await?;
    }
    Ok(())
}
