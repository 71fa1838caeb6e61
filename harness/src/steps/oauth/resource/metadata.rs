//! The metadata of the resource, and the challenge that leads to them.

use super::{missing, resource};
use crate::{
    steps::{Failure, Stop, registry::steps},
    wire::{Fields, Response},
    world::World,
};
use serde_json::Value;
use url::Url;

steps! {
    "a client asks for the metadata of the resource" => |world| {
        let answer = world.ask(&place(world)?, "GET", Fields::default(), Vec::new()).await;
        world.oauth.resource.metadata = Some(answer);
        Ok(())
    }
    "the answer is a JSON object" => |world| {
        let (response, event) = answer(world)?;
        let media_type = response.fields.get("content-type").unwrap_or("no media type");
        let is_json = media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json");
        if response.status == 200 && is_json && members(&response).is_some() {
            return Ok(());
        }
        let came = format!("{}, {media_type}", response.status);
        Err(Failure::new("200 with a JSON object of application/json", came, Some(event)).into())
    }
    "it names the resource" => |world| {
        let identifier = resource(world)?.identifier.clone();
        let identifier = identifier.ok_or_else(|| missing("[resource_server] identifier"))?;
        let (response, event) = answer(world)?;
        let members = members(&response);
        let named = members.as_ref().and_then(|m| m.get("resource"));
        if named.and_then(Value::as_str) == Some(identifier.as_str()) {
            return Ok(());
        }
        let came = named.map_or("no such member".to_owned(), Value::to_string);
        Err(Failure::new(format!("resource: {identifier:?}"), came, Some(event)).into())
    }
    "the challenge leads to the metadata" => |world| {
        let place = place(world)?;
        for (response, event) in &world.shown {
            let challenge = response.fields.get("www-authenticate").unwrap_or("no challenge");
            let named = format!("resource_metadata=\"{place}\"");
            if !challenge.contains(&named) {
                return Err(Failure::new(named, challenge, Some(*event)).into());
            }
        }
        Ok(())
    }
}

/// Where the metadata are: where the target file says, or where RFC 9728 section 3.1 has them.
fn place(world: &World) -> Result<Url, Stop> {
    let resource = resource(world)?;
    if let Some(url) = &resource.metadata {
        return Ok(url.clone());
    }
    let identifier = resource.identifier.as_deref();
    let identifier = identifier.ok_or_else(|| missing("[resource_server] identifier"))?;
    let url = Url::parse(identifier).map_err(|e| Stop::Harness(format!("{identifier}: {e}")))?;
    Ok(well_known(&url))
}

fn well_known(identifier: &Url) -> Url {
    let mut url = identifier.clone();
    let path = identifier.path().trim_end_matches('/');
    url.set_path(&format!("/.well-known/oauth-protected-resource{path}"));
    url
}

fn answer(world: &World) -> Result<(Response, usize), Stop> {
    let answer = world.oauth.resource.metadata.as_ref();
    let answer = answer.ok_or_else(|| Stop::Harness("nobody has asked for them".to_owned()))?;
    match answer.response() {
        Some(response) => Ok((response.clone(), answer.event)),
        None => Err(Failure::new("an answer", answer.words(), Some(answer.event)).into()),
    }
}

fn members(response: &Response) -> Option<serde_json::Map<String, Value>> {
    serde_json::from_slice(&response.body).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;

    #[test]
    fn the_path_of_the_identifier_comes_last() {
        let of = |identifier: &str| well_known(&identifier.parse().unwrap()).to_string();
        assert_eq!(
            of("https://farm.example/api"),
            "https://farm.example/.well-known/oauth-protected-resource/api"
        );
        assert_eq!(
            of("https://farm.example"),
            "https://farm.example/.well-known/oauth-protected-resource"
        );
    }
}
