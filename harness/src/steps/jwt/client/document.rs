//! What the client publishes: its document and its keys.

use super::client;
use crate::{
    steps::{Failure, Stop, registry::steps},
    wire::{Fields, Response},
    world::{Answer, World},
};
use btx_spec::{
    jose::KeySet,
    jwt::{LARGEST_DOCUMENT, LARGEST_KEY_SET, MOST_KEYS, freshness},
};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use url::Url;

/// Members of a key that only its owner may have: those of private keys, and of symmetric ones.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

type Members = Map<String, Value>;

steps! {
    "the document of the client is fetched" => |world| {
        fetch_document(world).await
    }
    "the keys of the client are fetched" => |world| {
        fetch(world).await
    }
    "it comes with 200, as JSON and in 5120 octets at most" => |world| {
        let (answer, response) = document(world)?;
        let kind = media_type(response);
        match response.status == 200 && kind == "application/json" && response.body.len() <= LARGEST_DOCUMENT {
            true => Ok(()),
            false => fail("200, application/json, 5120 octets at most", in_short(response), answer),
        }
    }
    "its client_id is the URL that it was fetched from" => |world| {
        let id = client(world)?.id.to_string();
        let (members, answer) = members(world)?;
        match members.get("client_id") {
            Some(Value::String(said)) if *said == id => Ok(()),
            other => fail(&format!("client_id: {id}"), text(other), answer),
        }
    }
    "it has either jwks or jwks_uri" => |world| {
        let (members, answer) = members(world)?;
        match (members.contains_key("jwks"), members.contains_key("jwks_uri")) {
            (true, true) => fail("either jwks or jwks_uri", "both", answer),
            (false, false) => fail("either jwks or jwks_uri", "neither", answer),
            _ => Ok(()),
        }
    }
    "its jwks_uri has the origin of the client id" => |world| {
        let id = client(world)?.id.clone();
        let (members, answer) = members(world)?;
        let Some(said) = members.get("jwks_uri") else {
            return Err(in_the_document());
        };
        let place = said.as_str().and_then(|url| Url::parse(url).ok());
        match place.is_some_and(|url| url.origin() == id.origin()) {
            true => Ok(()),
            false => fail("a jwks_uri of the origin of the client id", text(Some(said)), answer),
        }
    }
    "there is no private key, no symmetric key and no secret in them" => |world| {
        let (document, answer) = members(world)?;
        let method = document.get("token_endpoint_auth_method").and_then(Value::as_str);
        let secret = document.contains_key("client_secret") || method.is_some_and(|m| m.starts_with("client_secret_"));
        if secret {
            return fail("no secret in the document", "one", answer);
        }
        for key in keys(world)? {
            let is_private = PRIVATE.iter().any(|name| key.contains_key(*name));
            if is_private || key.get("kty").and_then(Value::as_str) == Some("oct") {
                let kid = text(key.get("kid"));
                return fail("public keys alone", format!("one that is not, with the kid {kid}"), the_keys(world)?);
            }
        }
        Ok(())
    }
    "each published key has a kid of its own" => |world| {
        let mut names = BTreeSet::new();
        for key in keys(world)? {
            let kid = key.get("kid").and_then(Value::as_str).unwrap_or_default();
            if kid.is_empty() || !names.insert(kid.to_owned()) {
                let came = format!("one with the kid \"{kid}\"");
                return fail("keys with a kid of their own", came, the_keys(world)?);
            }
        }
        Ok(())
    }
    "the keys come with 200, as JSON, 16 at most and in 16384 octets" => |world| {
        let Some(answer) = world.jwt.client.keys.as_ref() else {
            return Err(in_the_document());
        };
        let response = response(answer)?;
        let kind = media_type(response);
        let json = kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"));
        let many = set(&response.body).map_or(usize::MAX, |keys| keys.len());
        let small = response.body.len() <= LARGEST_KEY_SET && many <= MOST_KEYS;
        match response.status == 200 && json && small {
            true => Ok(()),
            false => fail("200, JSON, 16 keys and 16384 octets at most", in_short(response), answer),
        }
    }
    "each answer says in Cache-Control how long it holds" => |world| {
        let seen = &world.jwt.client;
        for answer in seen.document.iter().chain(&seen.keys) {
            let response = response(answer)?;
            let said: Vec<&str> = response.fields.all("cache-control").collect();
            if freshness::lifetime(&said, None).is_none() {
                return fail("Cache-Control with how long the answer holds", said.join(", "), answer);
            }
        }
        Ok(())
    }
}

/// Fetches a file of the client, as a verifier does.
async fn get(world: &World, url: &Url) -> Answer {
    let fields = Fields::from([
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
    ]);
    world.ask(url, "GET", fields, Vec::new()).await
}

async fn fetch_document(world: &mut World) -> Result<(), Stop> {
    let id = client(world)?.id.clone();
    let answer = get(world, &id).await;
    response(&answer)?;
    world.jwt.client.document = Some(answer);
    Ok(())
}

/// Fetches the document and, where they are not in it, the keys.
pub(super) async fn fetch(world: &mut World) -> Result<(), Stop> {
    fetch_document(world).await?;
    let (document, _) = members(world)?;
    world.jwt.client.keys = None;
    let place = document.get("jwks_uri").and_then(Value::as_str);
    if let Some(url) = place.and_then(|url| Url::parse(url).ok()) {
        let answer = get(world, &url).await;
        response(&answer)?;
        world.jwt.client.keys = Some(answer);
    }
    Ok(())
}

/// The keys that were fetched last.
///
/// # Errors
/// When they are none that a verifier takes.
pub(super) fn key_set(world: &World) -> Result<KeySet, Stop> {
    let bytes = match world.jwt.client.keys.as_ref() {
        Some(answer) => response(answer)?.body.clone(),
        None => {
            let (document, _) = members(world)?;
            text(document.get("jwks")).into_bytes()
        }
    };
    KeySet::parse(&bytes).map_err(|e| Stop::Control(format!("the keys of the client: {e}")))
}

/// The keys that were fetched last, as they stand there.
fn keys(world: &World) -> Result<Vec<Members>, Stop> {
    let found = match world.jwt.client.keys.as_ref() {
        Some(answer) => set(&response(answer)?.body),
        None => set(text(members(world)?.0.get("jwks")).as_bytes()),
    };
    found.ok_or_else(|| Stop::Control("the keys of the client are no key set".to_owned()))
}

/// The keys of a set.
fn set(body: &[u8]) -> Option<Vec<Members>> {
    let set: Members = serde_json::from_slice(body).ok()?;
    let keys = set.get("keys")?.as_array()?;
    keys.iter().map(|key| key.as_object().cloned()).collect()
}

/// The answer in which the keys stand.
fn the_keys(world: &World) -> Result<&Answer, Stop> {
    match world.jwt.client.keys.as_ref() {
        Some(answer) => Ok(answer),
        None => Ok(document(world)?.0),
    }
}

fn document(world: &World) -> Result<(&Answer, &Response), Stop> {
    let answer = world.jwt.client.document.as_ref();
    let answer = answer.ok_or_else(|| Stop::Harness("no document was fetched".to_owned()))?;
    Ok((answer, response(answer)?))
}

/// The members of the document.
fn members(world: &World) -> Result<(Members, &Answer), Stop> {
    let (answer, response) = document(world)?;
    let members = serde_json::from_slice(&response.body);
    let members = members
        .map_err(|e| Stop::Control(format!("the document of the client is no JSON object: {e}")))?;
    Ok((members, answer))
}

fn response(answer: &Answer) -> Result<&Response, Stop> {
    answer.response().ok_or_else(|| {
        let words = answer.words();
        Stop::Control(format!("nothing came for document or keys: {words}"))
    })
}

fn media_type(response: &Response) -> String {
    let field = response.fields.get("content-type").unwrap_or_default();
    let essence = field.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn in_short(response: &Response) -> String {
    let kind = media_type(response);
    let octets = response.body.len();
    format!("{}, {kind}, {octets} octets", response.status)
}

fn in_the_document() -> Stop {
    Stop::NotExercised("the keys of the client stand in its document".to_owned())
}

/// A value as it stands in JSON, texts without their quotes.
fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "missing".to_owned(),
    }
}

fn fail(expected: &str, actual: impl Into<String>, answer: &Answer) -> Result<(), Stop> {
    Err(Failure::new(expected, actual, Some(answer.event)).into())
}
