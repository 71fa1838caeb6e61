//! What is demanded of the answers of a resource.

use crate::{
    steps::{Failure, Stop, registry::steps, resource::challenge},
    wire::Response,
    world::{World, describe},
};

steps! {
    "it opens nothing" => |world| {
        each(world, "a refusal: 4xx or 5xx", |r| (400..600).contains(&r.status))
    }
    "it is refused with 403 and insufficient_scope" => |world| {
        each(world, "403 with error=\"insufficient_scope\"", |r| {
            r.status == 403 && challenge(r).is_some_and(|c| has_error(&c, "insufficient_scope"))
        })
    }
    "the refusal offers the scheme Bearer" => |world| {
        each(world, "a challenge of the scheme Bearer", |r| challenge(r).is_some())
    }
    "no answer repeats what was shown" => |world| {
        for (response, event) in &world.shown {
            let whole = String::from_utf8_lossy(&response.to_bytes()).into_owned();
            let seen = &world.oauth.resource;
            if seen.credentials.iter().any(|shown| whole.contains(shown)) {
                return Err(Failure::new("an answer without the token", "one that repeats it", Some(*event)).into());
            }
        }
        Ok(())
    }
}

fn has_error(challenge: &str, name: &str) -> bool {
    challenge.contains(&format!("error=\"{name}\"")) || challenge.contains(&format!("error={name}"))
}

fn each(world: &World, expected: &str, fits: fn(&Response) -> bool) -> Result<(), Stop> {
    match world.shown.iter().find(|(response, _)| !fits(response)) {
        None => Ok(()),
        Some((response, event)) => {
            let challenge = response.fields.get("www-authenticate");
            let challenge = challenge.map(|c| format!(", WWW-Authenticate: {c}"));
            let actual = format!("{}{}", describe(response), challenge.unwrap_or_default());
            Err(Failure::new(expected, actual, Some(*event)).into())
        }
    }
}
