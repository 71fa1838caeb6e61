//! What is demanded of the answers to what was shown.

use super::{is_success, seen};
use crate::{
    steps::{Blame, Failure, Stop, registry::steps, resource::challenge},
    timeline::EventId,
    wire::Response,
    world::{World, describe},
};

/// The requirements that stand beside those about refreshing.
const NOT_OF_REFRESHING: Blame = Blame::AllBut(&["LC-ISS-072", "LC-ISS-090"]);

steps! {
    "it opens each time" => |world| {
        each(world, "2xx each time", is_success)
    }
    "what was shown opens nothing" => |world| {
        each(world, "a refusal: 4xx or 5xx", is_refusal)
    }
    "what was shown is answered 401" => |world| {
        each(world, "401", |response| response.status == 401)
    }
    "what was shown is answered 400" => |world| {
        each(world, "400", |response| response.status == 400)
    }
    "a refusal with 401 offers the scheme Bearer" => |world| {
        each(world, "WWW-Authenticate: Bearer", |response| {
            response.status != 401 || challenge(response).is_some()
        })
    }
    "the challenge of the issuer has no error" => |world| {
        each(world, "a challenge without an error", |response| {
            challenge(response).is_none_or(|challenge| !challenge.contains("error="))
        })
    }
    "the challenge of the issuer has the error invalid_token" => |world| {
        each(world, "error=\"invalid_token\"", |response| {
            let named = |challenge: String| {
                challenge.contains("error=\"invalid_token\"") || challenge.contains("error=invalid_token")
            };
            challenge(response).is_some_and(named)
        })
    }
    "the session is refreshed no more" => |world| {
        let refused = all(&world.shown, "a refusal: 4xx or 5xx", is_refusal);
        refused.map_err(|failure| failure.blaming(NOT_OF_REFRESHING).into())
    }
    "none of these bearers opens" => |world| {
        let refused = all(&seen(world).fresh, "a refusal: 4xx or 5xx", is_refusal);
        refused.map_err(|failure| failure.blaming(Blame::Only("LC-ISS-090")).into())
    }
    "these bearers open" => |world| {
        all(&seen(world).fresh, "2xx to a bearer that has just come", is_success).map_err(Stop::from)
    }
}

fn is_refusal(response: &Response) -> bool {
    (400..600).contains(&response.status)
}

/// Demands something of the answers to what was shown, of which there has to be one.
fn each(world: &World, expected: &str, fits: fn(&Response) -> bool) -> Result<(), Stop> {
    if world.shown.is_empty() {
        return Err(Stop::Harness("nothing was shown".to_owned()));
    }
    Ok(all(&world.shown, expected, fits)?)
}

fn all(
    answers: &[(Response, EventId)],
    expected: &str,
    fits: fn(&Response) -> bool,
) -> Result<(), Failure> {
    match answers.iter().find(|(response, _)| !fits(response)) {
        None => Ok(()),
        Some((response, event)) => {
            let challenge = challenge(response).map(|challenge| format!(", {challenge}"));
            let actual = format!("{}{}", describe(response), challenge.unwrap_or_default());
            Err(Failure::new(expected, actual, Some(*event)))
        }
    }
}
