//! Where bearers and session tokens went.

use super::{answers::elsewhere_path, at, bearer, issuers, session_token, since_mark, visits};
use crate::{
    lab::{Visit, lifecycle::SessionPlace},
    steps::{Failure, Stop, oauth::has, registry::steps},
    wire::Request,
    world::World,
};

steps! {
    "no bearer came to another place than the API" => |world| {
        let bearers: Vec<String> = shown(world, 0, bearer)?;
        if bearers.is_empty() {
            return Err(Stop::Control("the caller has shown no bearer".to_owned()));
        }
        let others = visits(world, 0)?.into_iter().filter(|(place, _)| *place != SessionPlace::Api);
        let shows = |request: &Request| bearers.iter().any(|one| has(request, one));
        match others.map(|(_, visit)| visit).find(|visit| shows(&visit.request)) {
            None => Ok(()),
            Some(visit) => Err(Failure::new("a bearer at the API alone", "one elsewhere", Some(visit.event)).into()),
        }
    }
    "neither issuer has seen a bearer of the other" => |world| {
        apart(world, bearer, "bearer")
    }
    "neither issuer has seen a session token of the other" => |world| {
        apart(world, session_token, "session token")
    }
    "no request had the session token" => |world| {
        had_it(world, 0)
    }
    "one request had the session token" => |world| {
        had_it(world, 1)
    }
    "no secret came to where the redirect led" => |world| {
        let peer = &world.session_peer(0)?.peer;
        let secrets = [peer.account.as_str(), peer.password.as_str()];
        let shows = |request: &Request| {
            request.fields.get("authorization").is_some()
                || session_token(request).is_some()
                || secrets.iter().any(|secret| has(request, secret))
        };
        let elsewhere = world.context.lab.asked_elsewhere(&elsewhere_path(world));
        let beside = at(world, 0, SessionPlace::Other)?;
        let beside = beside.iter().find(|visit| shows(&visit.request));
        match elsewhere.iter().any(shows) || beside.is_some() {
            false => Ok(()),
            true => {
                let expected = "no name, password or token where the redirect led";
                Err(Failure::new(expected, "one of them", beside.map(|visit| visit.event)).into())
            }
        }
    }
    "no byte of a request came to the issuer" => |world| {
        if let Some((_, visit)) = visits(world, 0)?.first() {
            let expected = "no request on a connection whose certificate is wrong";
            return Err(Failure::new(expected, "a request", Some(visit.event)).into());
        }
        // Whoever has not even connected has shown nothing about certificates.
        match world.session_peer(0)?.lease.connections() > world.lifecycle.caller_seen.connections {
            true => Ok(()),
            false => Err(Stop::Control("the caller has not connected to the issuer at all".to_owned())),
        }
    }
}

/// What an API of an issuer was shown in one way.
fn shown(world: &World, issuer: usize, read: Read) -> Result<Vec<String>, Stop> {
    let calls = at(world, issuer, SessionPlace::Api)?;
    let shown = calls.iter().filter_map(|visit| read(&visit.request));
    Ok(shown.map(str::to_owned).collect())
}

/// What a request shows in one way.
type Read = fn(&Request) -> Option<&str>;

/// Judges that no issuer has seen what another has seen. The one that a token is of sees it first, since each has
/// given out its own before the moment that the scenario is about.
fn apart(world: &World, read: Read, what: &str) -> Result<(), Stop> {
    let mut seen = Vec::new();
    for issuer in 0..issuers(world) {
        let here = shown(world, issuer, read)?;
        if here.is_empty() {
            return Err(Stop::Control(format!("an issuer has seen no {what}")));
        }
        seen.push(here);
    }
    for issuer in 0..seen.len() {
        let others: Vec<&String> = (seen.iter().enumerate())
            .filter(|(other, _)| *other != issuer)
            .flat_map(|(_, shown)| shown)
            .collect();
        let strange = |visit: &Visit| {
            let shows = |token: &&&String| has(&visit.request, token);
            others.iter().any(|token| shows(&token))
        };
        let all = visits(world, issuer)?;
        if let Some((_, visit)) = all.iter().find(|(_, visit)| strange(visit)) {
            let expected = format!("no {what} of another issuer");
            return Err(Failure::new(expected, "one", Some(visit.event)).into());
        }
    }
    Ok(())
}

/// Judges how many requests to the API had the session token.
fn had_it(world: &World, expected: usize) -> Result<(), Stop> {
    let calls = since_mark(world, SessionPlace::Api)?;
    if calls.len() < 2 {
        return Err(Stop::Control(
            "the caller has not called the API twice".to_owned(),
        ));
    }
    let with: Vec<&Visit> = calls
        .iter()
        .filter(|visit| session_token(&visit.request).is_some())
        .collect();
    match with.len() == expected {
        true => Ok(()),
        false => {
            let expected = format!("{expected} with the session token");
            let event = with.last().map(|visit| visit.event);
            Err(Failure::new(expected, with.len().to_string(), event).into())
        }
    }
}
