//! What the token requests of the client look like.

use super::{at, given, visits};
use crate::{
    lab::{
        Visit,
        oauth::{Place, basic, decoded},
    },
    steps::{Blame, Failure, Stop, registry::steps},
    target::oauth::PeerAuth,
    world::World,
};

steps! {
    "each token request is a form, posted, for client credentials" => |world| {
        for visit in token_requests(world)? {
            let words = what_is_wrong(&visit);
            if let Some(words) = words {
                let expected = "a POST of a form with grant_type=client_credentials";
                return Err(Failure::new(expected, words, Some(visit.event)).into());
            }
        }
        Ok(())
    }
    "id and secret were encoded as values of a form" => |world| {
        let client = world.server(0)?.peer.client.clone();
        let PeerAuth::Secret(secret) = &client.auth else {
            return Err(Stop::NotExercised("the client has no secret at any server".to_owned()));
        };
        for visit in token_requests(world)? {
            // Who proves itself otherwise has nothing to encode.
            let Some((id, sent)) = visit.request.fields.get("authorization").and_then(basic) else { continue };
            if decoded(&id) != client.id || decoded(&sent) != *secret {
                let expected = "id and secret, each encoded as a value of a form before they are joined";
                return Err(Failure::new(expected, "something else", Some(visit.event)).into());
            }
        }
        Ok(())
    }
    "each token request has one proof of who the client is" => |world| {
        for visit in token_requests(world)? {
            let ways = ways(&visit);
            if ways.len() > 1 {
                let failure = Failure::new("one way of proving itself", ways.join(" and "), Some(visit.event));
                return Err(failure.blaming(Blame::Only("OA-CLI-003")).into());
            }
        }
        Ok(())
    }
    "no URI has a secret, an assertion or a token" => |world| {
        let client = world.server(0)?.peer.client.clone();
        let token = given(world, 0)?;
        let secret = match &client.auth {
            PeerAuth::Secret(secret) => Some(secret.clone()),
            PeerAuth::PrivateKeyJwt(_) => None,
        };
        for (_, visit) in visits(world, 0)? {
            let target = &visit.request.target;
            let texts = [Some(token.clone()), secret.clone(), form_value(&visit, "client_assertion")];
            let told = texts.iter().flatten().any(|text| is_in(target, text));
            if told || target.contains("client_assertion=") || target.contains("client_secret=") {
                let failure = Failure::new("a URI without secrets", "one with a secret, an assertion or a token", Some(visit.event));
                return Err(failure.blaming(Blame::Only("OA-CLI-004")).into());
            }
        }
        Ok(())
    }
    "it has asked by no other grant" => |world| {
        for visit in token_requests(world)? {
            let grant = form_value(&visit, "grant_type").unwrap_or_default();
            if grant != "client_credentials" {
                let came = format!("grant_type={grant}");
                return Err(Failure::new("no token request by another grant", came, Some(visit.event)).into());
            }
        }
        Ok(())
    }
    "it has asked for a token once" => |world| {
        asked_times(world, at(world, 0, Place::Token)?, 1)
    }
    "it has asked for a token once since then" => |world| {
        asked_times(world, super::since_mark(world, Place::Token)?, 1)
    }
    "it has not asked for a token since then" => |world| {
        asked_times(world, super::since_mark(world, Place::Token)?, 0)
    }
}

fn asked_times(world: &World, requests: Vec<Visit>, times: usize) -> Result<(), Stop> {
    world.server(0)?;
    if requests.len() == times {
        return Ok(());
    }
    let expected = format!("{times} token request(s)");
    let event = requests.get(times).map(|visit| visit.event);
    Err(Failure::new(expected, requests.len().to_string(), event).into())
}

/// The token requests of the scenario, of which there is one at least.
pub(super) fn token_requests(world: &World) -> Result<Vec<Visit>, Stop> {
    let requests = at(world, 0, Place::Token)?;
    match requests.is_empty() {
        true => Err(Stop::Control("no token request came".to_owned())),
        false => Ok(requests),
    }
}

fn what_is_wrong(visit: &Visit) -> Option<String> {
    let request = &visit.request;
    if request.method != "POST" {
        return Some(format!("the method {}", request.method));
    }
    let media_type = request.fields.get("content-type").unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Some(format!("the media type \"{media_type}\""));
    }
    match form_value(visit, "grant_type").as_deref() {
        Some("client_credentials") => None,
        Some(other) => Some(format!("grant_type={other}")),
        None => Some("no grant_type in the body".to_owned()),
    }
}

/// The ways in which a request proves who the client is.
fn ways(visit: &Visit) -> Vec<&'static str> {
    let field = visit.request.fields.get("authorization").is_some();
    let has = |name| form_value(visit, name).is_some();
    [
        (field, "the field Authorization"),
        (has("client_secret"), "client_secret"),
        (has("client_assertion"), "client_assertion"),
    ]
    .into_iter()
    .filter_map(|(there, way)| there.then_some(way))
    .collect()
}

/// A value of the form in a request.
pub(super) fn form_value(visit: &Visit, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(&visit.request.body);
    pairs
        .find(|(n, _)| n == name)
        .map(|(_, value)| value.into_owned())
}

/// Whether a URI has a text, as it is or encoded.
fn is_in(target: &str, text: &str) -> bool {
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    target.contains(text) || target.contains(&encoded)
}
