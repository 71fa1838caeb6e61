//! Where JWTs and tokens went, and how often.

use super::{
    answers::elsewhere_path, at, bearer, resources, service_jwts::identifiers, since_mark, visits,
};
use crate::{
    lab::{Visit, jwt::PeerPlace},
    steps::{Failure, Stop, oauth::has, registry::steps},
    wire::Request,
    world::World,
};
use btx_spec::jose::{Claims, SignedToken};

steps! {
    "no JWT and no token came to where the redirect led" => |world| {
        let shown = credentials(world)?;
        let shows = |request: &Request| {
            request.fields.get("authorization").is_some() || shown.iter().any(|text| has(request, text))
        };
        let elsewhere = world.context.lab.asked_elsewhere(&elsewhere_path(world)?);
        let beside = at(world, 0, PeerPlace::Other)?;
        let beside = beside.iter().find(|visit| shows(&visit.request));
        match elsewhere.iter().any(shows) || beside.is_some() {
            false => Ok(()),
            true => {
                let expected = "no JWT and no token where the redirect led";
                Err(Failure::new(expected, "one of them", beside.map(|visit| visit.event)).into())
            }
        }
    }
    "no byte of a request came to the resource" => |world| {
        if let Some((_, visit)) = visits(world, 0)?.first() {
            let expected = "no request on a connection whose certificate is wrong";
            return Err(Failure::new(expected, "a request", Some(visit.event)).into());
        }
        // Whoever has not even connected has shown nothing about certificates.
        match world.jwt_peer(0)?.lease.connections() > world.jwt.client.connections {
            true => Ok(()),
            false => Err(Stop::Control("the client has not connected to the resource at all".to_owned())),
        }
    }
    "no JWT has another audience than the one that is configured" => |world| {
        let identifiers = identifiers(world)?;
        for resource in 0..resources(world) {
            for visit in at(world, resource, PeerPlace::Api)? {
                let named = audiences(&visit.request);
                let others = identifiers.iter().enumerate().filter(|(index, _)| *index != resource);
                if others.map(|(_, other)| other).any(|other| named.contains(other)) {
                    let expected = "no JWT for another resource than the one that it came to";
                    return Err(Failure::new(expected, named.join(", "), Some(visit.event)).into());
                }
            }
        }
        Ok(())
    }
    "the resource was called no more than {count} times" => |world, count| {
        no_more_than(&count, at(world, 0, PeerPlace::Api)?)
    }
    "the resource was called no more than {count} times since the answer" => |world, count| {
        no_more_than(&count, since_mark(world, PeerPlace::Api)?)
    }
}

/// The JWTs and tokens that the first resource was shown.
fn credentials(world: &World) -> Result<Vec<String>, Stop> {
    let calls = at(world, 0, PeerPlace::Api)?;
    let shown = calls.iter().filter_map(|visit| bearer(&visit.request));
    Ok(shown.map(str::to_owned).collect())
}

/// For whom the JWT in a request is, if there is one.
fn audiences(request: &Request) -> Vec<String> {
    let token = bearer(request).and_then(|text| SignedToken::parse(text).ok());
    let claims = token.and_then(|token| Claims::read(token.claims()).ok());
    let audience = claims.and_then(|claims| claims.aud);
    audience.map_or_else(Vec::new, |audience| audience.parties().to_vec())
}

fn no_more_than(count: &str, calls: Vec<Visit>) -> Result<(), Stop> {
    let most: usize = count
        .parse()
        .map_err(|_| Stop::Harness("no number".to_owned()))?;
    match calls.len() <= most {
        true => Ok(()),
        false => {
            let expected = format!("{most} request(s) to the API at most");
            let event = calls.get(most).map(|visit| visit.event);
            Err(Failure::new(expected, calls.len().to_string(), event).into())
        }
    }
}
