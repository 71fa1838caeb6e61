//! What is demanded of the answers, and of what was fetched for them.

use crate::{
    lab::jwt::DocPlace,
    steps::{Failure, Stop, registry::steps, resource::challenge},
    wire::Response,
    world::describe,
};

steps! {
    "the answer is 401 with the error invalid_token" => |world| {
        match world.shown.iter().find(|(response, _)| !is_invalid_token(response)) {
            None => Ok(()),
            Some((response, event)) => {
                let challenge = challenge(response).unwrap_or_else(|| "no challenge".to_owned());
                let came = format!("{}, {challenge}", describe(response));
                Err(Failure::new("401 with error=\"invalid_token\"", came, Some(*event)).into())
            }
        }
    }
    "nothing was fetched before that" => |world| {
        let client = world.jwt.clients.first();
        let client = client.ok_or_else(|| Stop::Harness("the scenario has no client".to_owned()))?;
        match world.jwt.resource.fetched {
            0 => Ok(()),
            count => {
                let first = client.desk.all_visits().first().map(|(_, visit)| visit.event);
                Err(Failure::new("nothing is fetched", format!("{count} fetches"), first).into())
            }
        }
    }
    "nobody has asked for the key that the JWT names" => |world| {
        let visits = world.jwt.clients.iter().flat_map(|client| client.desk.all_visits());
        let mut others = visits.filter(|(place, _)| *place == DocPlace::Other);
        match others.next() {
            None => Ok(()),
            Some((_, visit)) => Err(Failure::new("no request for a key that the JWT names", "one", Some(visit.event)).into()),
        }
    }
    "nobody has connected to that address" => |world| {
        match world.canary_touched() {
            false => Ok(()),
            true => Err(Failure::new("no connection", "one", None).into()),
        }
    }
}

fn is_invalid_token(response: &Response) -> bool {
    let said = |challenge: String| {
        challenge.contains("error=\"invalid_token\"") || challenge.contains("error=invalid_token")
    };
    response.status == 401 && challenge(response).is_some_and(said)
}
