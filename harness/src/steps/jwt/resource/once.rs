//! Service JWTs that are shown more than once, and those of one `jti`.

use super::{Token, door, facts, granted, is_success, show};
use crate::{
    steps::{Failure, Stop, calls::unknown, registry::steps},
    wire::Fields,
    world::{World, describe},
};
use futures::future::join_all;
use std::time::Duration;

/// How long after its `exp` a JWT is shown again. The difference of clocks that the target allows is longer.
const AFTER: Duration = Duration::from_millis(800);

steps! {
    "it shows that service JWT again" => |world| {
        let jwt = world.jwt.resource.taken.clone();
        let jwt = jwt.ok_or_else(|| Stop::Harness("no service JWT was taken".to_owned()))?;
        at_the_door(world, &jwt).await
    }
    "it shows a service JWT twice" => |world| {
        let jwt = super::jwt(world, 0, "without fault")?;
        at_the_door(world, &jwt).await?;
        at_the_door(world, &jwt).await
    }
    "it shows two service JWTs of one jti" => |world| {
        let id = fresh();
        let first = of(world, 0, "without fault", &id)?;
        at_the_door(world, &first).await?;
        let second = of(world, 0, "that lives for 300 seconds", &id)?;
        at_the_door(world, &second).await
    }
    "both show a service JWT of the same jti" => |world| {
        let id = fresh();
        for client in 0..2 {
            let jwt = of(world, client, "without fault", &id)?;
            at_the_door(world, &jwt).await?;
        }
        Ok(())
    }
    "it shows a service JWT {words}, and it is refused" => |world, fault| {
        let id = fresh();
        let jwt = of(world, 0, &fault, &id)?;
        let (response, _) = show(world, &door(world, 0)?, &jwt).await?;
        world.jwt.resource.taken = Some(id);
        match is_success(&response) {
            false => Ok(()),
            true => Err(Stop::Control("a faulty JWT was taken".to_owned())),
        }
    }
    "it shows a service JWT without fault of that jti" => |world| {
        let id = world.jwt.resource.taken.clone();
        let id = id.ok_or_else(|| Stop::Harness("there is no such jti".to_owned()))?;
        let jwt = of(world, 0, "without fault", &id)?;
        at_the_door(world, &jwt).await
    }
    "it shows a service JWT that ends in a second, and again when it has ended" => |world| {
        let jwt = super::jwt(world, 0, "that ends in a second")?;
        at_the_door(world, &jwt).await?;
        world.wait(Duration::from_secs(1) + AFTER, "the service JWT ends").await;
        at_the_door(world, &jwt).await
    }
    "{count} copies of a service JWT come at once over all replicas, {count} times" => |world, copies, rounds| {
        let copies: usize = copies.parse().map_err(|_| unknown("number", &copies))?;
        let rounds: usize = rounds.parse().map_err(|_| unknown("number", &rounds))?;
        for _ in 0..rounds {
            at_once(world, copies).await?;
        }
        Ok(())
    }
    "the first of them was taken" => |world| {
        match world.shown.first() {
            Some((response, _)) => granted(response),
            None => Err(Stop::Harness("nothing was shown".to_owned())),
        }
    }
    "the second opens nothing" => |world| {
        match world.shown.get(1) {
            Some((response, _)) if !is_success(response) => Ok(()),
            Some((response, event)) => {
                Err(Failure::new("a refusal: 4xx or 5xx", describe(response), Some(*event)).into())
            }
            None => Err(Stop::Harness("it was not shown again".to_owned())),
        }
    }
    "each time exactly one of them opens" => |world| {
        for round in &world.jwt.resource.rounds {
            let successes: Vec<_> = round.iter().filter(|a| matches!(a.status(), Some(200..=299))).collect();
            if successes.len() != 1 {
                let event = successes.last().copied().or(round.first()).map(|answer| answer.event);
                let came = format!("{} of {} open", successes.len(), round.len());
                return Err(Failure::new("one opens", came, event).into());
            }
        }
        Ok(())
    }
}

/// Shows a JWT where it should open.
async fn at_the_door(world: &mut World, jwt: &str) -> Result<(), Stop> {
    let shown = show(world, &door(world, 0)?, jwt).await?;
    world.shown.push(shown);
    Ok(())
}

/// Shows copies of one JWT to all replicas at once.
async fn at_once(world: &mut World, copies: usize) -> Result<(), Stop> {
    let shown = format!("Bearer {}", super::jwt(world, 0, "without fault")?);
    let mut doors = Vec::new();
    for replica in 0..copies {
        doors.push(door(world, replica)?);
    }
    let fields = Fields::from([("authorization", shown.as_str())]);
    let there: &World = world;
    let asked = doors
        .iter()
        .map(|url| there.ask(url, "GET", fields.clone(), Vec::new()));
    let answers = join_all(asked).await;
    world.jwt.resource.rounds.push(answers);
    Ok(())
}

/// A JWT of a client with that `jti`.
fn of(world: &World, client: usize, fault: &str, id: &str) -> Result<String, Stop> {
    Token::with(fault, &facts(world, client)?)?.named(id).text()
}

/// A `jti` that nobody has used.
fn fresh() -> String {
    uuid::Uuid::new_v4().to_string()
}
