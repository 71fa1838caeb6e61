//! Whom the client asks for a token, and by whose word.

use super::{answers::elsewhere_path, at, desk, resources, visits};
use crate::{
    lab::jwt::PeerPlace,
    steps::{Failure, Stop, registry::steps},
    world::World,
};

steps! {
    "the client has fetched the metadata of the resource before it asked the server" => |world| {
        let all = visits(world, 0)?;
        let first = |place: PeerPlace| all.iter().position(|(p, _)| *p == place);
        let asked = first(PeerPlace::Token);
        let Some(asked) = asked else {
            return Err(Failure::new("a request for a token", "none", None).into());
        };
        // Whoever still knows the server from before need not look again.
        if first(PeerPlace::Api).is_none_or(|called| asked < called) {
            return Err(Stop::NotExercised("the client was not refused before it asked for a token".to_owned()));
        }
        match first(PeerPlace::ResourceMetadata).is_some_and(|fetched| fetched < asked) {
            true => Ok(()),
            false => {
                let event = all.get(asked).map(|(_, visit)| visit.event);
                let expected = "the metadata of the resource fetched before a token is asked for";
                Err(Failure::new(expected, "a request for a token before that", event).into())
            }
        }
    }
    "nothing was fetched at the other origin" => |world| {
        untouched(world, &[elsewhere_path(world)?])
    }
    "no assertion came to any server" => |world| {
        exercised(world)?;
        for resource in 0..resources(world) {
            if let Some(visit) = at(world, resource, PeerPlace::Token)?.first() {
                let expected = "no request for a token by metadata of somebody else";
                return Err(Failure::new(expected, "one", Some(visit.event)).into());
            }
        }
        Ok(())
    }
    "no server that is not allowed was asked for anything" => |world| {
        let path = elsewhere_path(world)?;
        let known = format!("/.well-known/oauth-authorization-server{path}");
        untouched(world, &[known, format!("{path}/token"), path])?;
        for place in [PeerPlace::ServerMetadata, PeerPlace::Token] {
            if let Some(visit) = at(world, 1, place)?.first() {
                let expected = "no request to the server of another resource";
                return Err(Failure::new(expected, "one", Some(visit.event)).into());
            }
        }
        Ok(())
    }
    "the server was asked for a token once" => |world| {
        if desk(world, 0)?.given().is_empty() {
            return Err(Stop::Control("the server has given no token".to_owned()));
        }
        let asked = at(world, 0, PeerPlace::Token)?;
        match asked.len() {
            0 | 1 => Ok(()),
            n => Err(Failure::new("one request for a token", n.to_string(), asked.get(1).map(|v| v.event)).into()),
        }
    }
    "the server was asked for a token no more than {count} times" => |world, count| {
        let most: usize = count.parse().map_err(|_| Stop::Harness("no number".to_owned()))?;
        let asked = at(world, 0, PeerPlace::Token)?;
        match asked.len() <= most {
            true => Ok(()),
            false => {
                let expected = format!("{count} requests for a token at most");
                Err(Failure::new(expected, asked.len().to_string(), asked.get(most).map(|v| v.event)).into())
            }
        }
    }
}

/// Nothing has come to these paths of the other origin.
fn untouched(world: &World, paths: &[String]) -> Result<(), Stop> {
    let lab = &world.context.lab;
    match paths.iter().any(|path| lab.was_reached_elsewhere(path)) {
        false => Ok(()),
        true => Err(Failure::new("no request to the other origin", "one", None).into()),
    }
}

/// The metadata that a scenario has altered were fetched: otherwise they have misled nobody.
fn exercised(world: &World) -> Result<(), Stop> {
    let place = world.jwt.client.altered;
    let place = place.ok_or_else(|| Stop::Harness("no metadata were altered".to_owned()))?;
    match at(world, 0, place)?.is_empty() {
        false => Ok(()),
        true => Err(Stop::NotExercised(
            "the client has not fetched the metadata".to_owned(),
        )),
    }
}
