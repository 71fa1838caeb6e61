//! A resource that wants tokens of an authorization server: its challenge, and its metadata.

use super::{answered, missing, resource};
use crate::{
    steps::{Failure, Stop, registry::steps, resource::challenge},
    wire::{Fields, Response},
    world::describe,
};
use serde_json::{Map, Value};
use url::Url;

steps! {
    "a client asks without a token where one of a server is wanted" => |world| {
        let url = resource(world)?.wants_token.clone();
        let url = url.ok_or_else(|| missing("[jwt_resource] wants_token"))?;
        let answer = world.ask(&url, "GET", Fields::default(), Vec::new()).await;
        world.shown.push(answered(answer)?);
        Ok(())
    }
    "fetches the metadata that the challenge names" => |world| {
        let named = world.shown.first().and_then(|(response, _)| named_in(response));
        let named = named.ok_or_else(|| Stop::Control("the challenge names no metadata".to_owned()))?;
        let answer = world.ask(&named, "GET", Fields::default(), Vec::new()).await;
        world.jwt.resource.metadata = Some(answer);
        Ok(())
    }
    "the answer is 401 and names metadata" => |world| {
        match world.shown.iter().find(|(r, _)| r.status != 401 || named_in(r).is_none()) {
            None => Ok(()),
            Some((response, event)) => {
                let challenge = challenge(response).unwrap_or_else(|| "no challenge".to_owned());
                let came = format!("{}, {challenge}", describe(response));
                Err(Failure::new("401 with Bearer and resource_metadata", came, Some(*event)).into())
            }
        }
    }
    "they name the resource and its authorization server" => |world| {
        let resource = resource(world)?;
        let server = resource.server.clone();
        let server = server.ok_or_else(|| missing("[jwt_resource] server"))?;
        let answer = world.jwt.resource.metadata.clone();
        let answer = answer.ok_or_else(|| Stop::Harness("nobody has fetched them".to_owned()))?;
        let members = answer.response().filter(|r| r.status == 200).and_then(members);
        let names = |name: &str| members.as_ref().and_then(|m| m.get(name)).cloned();
        let expected = Value::from(resource.identifier.as_str());
        let own = names("resource").unwrap_or_default();
        if own != expected {
            let expected = format!("resource: {expected}");
            return Err(Failure::new(expected, own.to_string(), Some(answer.event)).into());
        }
        let servers = names("authorization_servers").unwrap_or_default();
        if servers.as_array().is_some_and(|all| all.contains(&Value::from(server.as_str()))) {
            return Ok(());
        }
        let expected = format!("authorization_servers with {server}");
        Err(Failure::new(expected, servers.to_string(), Some(answer.event)).into())
    }
}

/// The metadata that a challenge names.
fn named_in(response: &Response) -> Option<Url> {
    let challenge = challenge(response)?;
    let (_, rest) = challenge.split_once("resource_metadata=\"")?;
    let (named, _) = rest.split_once('"')?;
    Url::parse(named).ok()
}

fn members(response: &Response) -> Option<Map<String, Value>> {
    serde_json::from_slice(&response.body).ok()
}
