//! Which tokens the client shows, and to whom.

use super::{at, bearer, desk, is_jwt, resources, since_mark, visits};
use crate::{
    lab::{Visit, jwt::PeerPlace},
    steps::{Failure, Stop, oauth::has, registry::steps},
    world::World,
};

steps! {
    "the resource was shown the token that it had handed out" => |world| {
        shown_given(world, 1)
    }
    "the resource was shown an access token of its server" => |world| {
        shown_given(world, 1)
    }
    "the resource was shown an access token of its server twice" => |world| {
        shown_given(world, 2)
    }
    "neither resource has seen a token of the other" => |world| {
        let all = resources(world);
        for (owner, other) in (0..all).flat_map(|a| (0..all).map(move |b| (a, b))) {
            let given = desk(world, owner)?.given();
            let mut came = visits(world, other)?.into_iter();
            let seen = came.find(|(_, visit)| given.iter().any(|token| has(&visit.request, token)));
            if let Some((_, visit)) = seen.filter(|_| owner != other) {
                let expected = "no request with a token of another resource";
                return Err(Failure::new(expected, "one", Some(visit.event)).into());
            }
        }
        given(world).map(drop)
    }
    "the resource was not shown that token since its end" => |world| {
        let token = given(world)?;
        match since_mark(world, PeerPlace::Api)?.iter().find(|visit| has(&visit.request, &token)) {
            None => Ok(()),
            Some(visit) => Err(Failure::new("no request with a token that has ended", "one", Some(visit.event)).into()),
        }
    }
    "the resource was shown that token once at most after it had been told to refuse it" => |world| {
        let token = given(world)?;
        let came = since_mark(world, PeerPlace::Api)?;
        let showing: Vec<&Visit> = came.iter().filter(|visit| has(&visit.request, &token)).collect();
        match (showing.first(), showing.get(1)) {
            (None, _) => Err(Stop::Control("the token was not shown, so it was not refused".to_owned())),
            (_, None) => Ok(()),
            (_, Some(visit)) => {
                let expected = "no further request with a token that was refused";
                Err(Failure::new(expected, "one", Some(visit.event)).into())
            }
        }
    }
    "the resource was shown a service JWT after that" => |world| {
        let came = since_mark(world, PeerPlace::Api)?;
        match came.iter().any(|visit| bearer(&visit.request).is_some_and(is_jwt)) {
            true => Ok(()),
            false => Err(Failure::new("a request with a service JWT", "none", came.last().map(|v| v.event)).into()),
        }
    }
    "the resource was shown service JWTs alone" => |world| {
        for visit in at(world, 0, PeerPlace::Api)? {
            if !bearer(&visit.request).is_some_and(is_jwt) {
                let expected = "a service JWT, since no token came as it has to";
                return Err(Failure::new(expected, "something else", Some(visit.event)).into());
            }
        }
        Ok(())
    }
}

/// The first token that the first resource, or its server, has made.
fn given(world: &World) -> Result<String, Stop> {
    let token = desk(world, 0)?.given().first().cloned();
    token.ok_or_else(|| Stop::Control("no token was handed out".to_owned()))
}

/// The API was shown tokens that were given, so many times at least.
fn shown_given(world: &World, times: usize) -> Result<(), Stop> {
    given(world)?;
    let given = desk(world, 0)?.given();
    let came = at(world, 0, PeerPlace::Api)?;
    let shows = |visit: &&Visit| {
        let shown = bearer(&visit.request);
        shown.is_some_and(|shown| given.iter().any(|token| token == shown))
    };
    let shown = came.iter().filter(shows).count();
    match shown >= times {
        true => Ok(()),
        false => {
            let expected = format!("{times} request(s) with a token that was given");
            let last = came.last().map(|visit| visit.event);
            Err(Failure::new(expected, format!("{shown}, of {}", came.len()), last).into())
        }
    }
}
