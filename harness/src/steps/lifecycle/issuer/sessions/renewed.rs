//! What is demanded of new bearers, and of the answers that bring them.

use super::{
    bearer::{brought, parameter},
    clock, first, is_success, issuer, newest, seen, session,
};
use crate::{
    steps::{Blame, Failure, Stop, registry::steps},
    timeline::EventId,
    wire::Response,
    world::{World, describe},
};

steps! {
    "each answer lets in and brings a bearer" => |world| {
        each(&world.shown, "2xx with a new bearer", |response| {
            is_success(response) && brought(response).is_some()
        })
    }
    "each of these brings a bearer" => |world| {
        match world.shown.iter().find(|(response, _)| brought(response).is_none()) {
            None => Ok(()),
            Some((response, _)) => Err(Stop::Control(format!(
                "no bearer came with {}", describe(response)
            ))),
        }
    }
    "no answer brings a bearer" => |world| {
        each(&world.shown, "no new bearer", |response| brought(response).is_none())
    }
    "no answer but a success brings a bearer" => |world| {
        each(&world.shown, "no new bearer beside another status than 2xx", |response| {
            is_success(response) || brought(response).is_none()
        })
    }
    "the new bearer has the sub and sid of the old one" => |world| {
        same_claims(world, &["sub", "sid"])
    }
    "the bearers that came have the sub, sid and exp of the old one" => |world| {
        let old = newest(world, 0)?;
        let differs = |name: &&str| {
            seen(world).came.iter().find(|(new, _)| {
                new.claim(name) != old.claim(name) || new.second(name) != old.second(name)
            })
        };
        match ["sub", "sid", "exp"].into_iter().find_map(|name| Some((name, differs(&name)?.1))) {
            None => Ok(()),
            Some((name, event)) => {
                Err(Failure::new(format!("the same {name}"), "another", Some(event)).into())
            }
        }
    }
    "no bearer outlives the session" => |world| {
        let ends = session(world, 0)?.ends;
        let came = &seen(world).came;
        let outlives = |end: Option<i64>| end.is_none_or(|end| clock::exact(end) > ends + 0.5);
        match came.iter().find(|(bearer, _)| outlives(bearer.second("exp"))) {
            None => Ok(()),
            Some((_, event)) => {
                let failure = Failure::new("exp at the end of the session or before", "a later one", Some(*event));
                Err(failure.blaming(Blame::Only("LC-ISS-072")).into())
            }
        }
    }
    "the bearers that came end at the same time" => |world| {
        let answers = world.shown.iter().filter_map(|(response, event)| Some((brought(response)?, *event)));
        let mut ends = answers.map(|(bearer, event)| (bearer.second("exp"), event));
        let Some((one, _)) = ends.next() else {
            return Err(Stop::Control("no bearer came".to_owned()));
        };
        match ends.find(|(other, _)| *other != one) {
            None => Ok(()),
            Some((other, event)) => {
                let said = |end: Option<i64>| end.map_or("none".to_owned(), |end| end.to_string());
                Err(Failure::new(format!("exp {} in all of them", said(one)), said(other), Some(event)).into())
            }
        }
    }
    "the new bearer comes in one Authentication-Info field, with its lifetime" => |world| {
        let expected = "one Authentication-Info field with bearer_token and expires_in";
        each(&world.shown, expected, |response| {
            let one = response.fields.all("authentication-info").count() == 1;
            let lifetime = parameter(response, "expires_in").and_then(|value| value.parse::<u64>().ok());
            one && parameter(response, "bearer_token").is_some() && lifetime.is_some_and(|seconds| seconds > 0)
        })
    }
    "the answer with the new bearer forbids that it is stored" => |world| {
        each(&seen(world).renewals, "Cache-Control: no-store", |response| {
            response.fields.lists("cache-control", "no-store")
        })
    }
    "no answer has an Authorization field" => |world| {
        if issuer(world)?.authorization_field {
            return Ok(());
        }
        each(&seen(world).renewals, "no Authorization field", |response| {
            response.fields.get("authorization").is_none()
        })
    }
    "the new bearer comes in Authorization as well" => |world| {
        each(&seen(world).renewals, "the same bearer in Authorization", |response| {
            let named = parameter(response, "bearer_token").map(|bearer| format!("Bearer {bearer}"));
            named.is_some() && response.fields.get("authorization") == named.as_deref()
        })
    }
}

/// Demands that the newest bearer says the same as the first.
fn same_claims(world: &World, names: &[&str]) -> Result<(), Stop> {
    let (old, new) = (first(world, 0)?, newest(world, 0)?);
    let event = seen(world).renewals.last().map(|(_, event)| *event);
    match names.iter().find(|name| new.claim(name) != old.claim(name)) {
        None => Ok(()),
        Some(name) => {
            let expected = format!("the {name} of the old one");
            Err(Failure::new(expected, "another", event).into())
        }
    }
}

fn each(
    answers: &[(Response, EventId)],
    expected: &str,
    fits: fn(&Response) -> bool,
) -> Result<(), Stop> {
    if answers.is_empty() {
        return Err(Stop::Harness("nothing was answered".to_owned()));
    }
    match answers.iter().find(|(response, _)| !fits(response)) {
        None => Ok(()),
        Some((response, event)) => {
            let mut actual = describe(response);
            for name in ["authentication-info", "authorization", "cache-control"] {
                if response.fields.get(name).is_some() {
                    actual.push_str(&format!(", with {name}"));
                }
            }
            Err(Failure::new(expected, actual, Some(*event)).into())
        }
    }
}
