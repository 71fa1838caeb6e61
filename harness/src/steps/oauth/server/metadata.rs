//! What the server tells about itself (RFC 8414).

use super::{
    granted::fail,
    parties::{claims, lacks, server},
    reading::{Members, media_type, members, response, text, words},
};
use crate::{
    steps::{Stop, registry::steps},
    target::{Claim, oauth::ClientAuth},
    wire::Fields,
    world::{Answer, World},
};
use serde_json::Value;
use url::Url;

/// Where the metadata of an issuer stand, between its host and its path.
const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";

steps! {
    "the metadata of the server are asked for" => |world| {
        let answer = ask(world).await?;
        world.oauth.server.metadata = Some(answer);
        Ok(())
    }
    "they come as a JSON object" => |world| {
        let answer = the_answer(world)?;
        let (response, _) = response(answer)?;
        let kind = media_type(response);
        if response.status == 200 && kind == "application/json" && members(response).is_some() {
            return Ok(());
        }
        fail("200 with a JSON object, application/json", format!("{}, {kind}", words(answer)), answer)
    }
    "they name the issuer of the server" => |world| {
        let own = server(world)?.issuer.clone().ok_or_else(|| lacks("issuer in [authorization_server]"))?;
        let (members, answer) = the_metadata(world)?;
        match text(&members, "issuer") {
            Some(issuer) if issuer == own => Ok(()),
            other => fail(&format!("issuer: {own}"), format!("issuer: {}", other.unwrap_or("none")), answer),
        }
    }
    "they name the token endpoint of the server" => |world| {
        let own = server(world)?.token.clone();
        let (members, answer) = the_metadata(world)?;
        let named = text(&members, "token_endpoint").and_then(|url| Url::parse(url).ok());
        match named {
            Some(url) if own.contains(&url) => Ok(()),
            other => {
                let other = other.map_or("none".to_owned(), |url| url.to_string());
                fail("the token endpoint of the target file", format!("token_endpoint: {other}"), answer)
            }
        }
    }
    "they name every grant that it claims" => |world| {
        let mut grants = vec!["client_credentials"];
        if claims(world, Claim::JwtBearer) {
            grants.push("urn:ietf:params:oauth:grant-type:jwt-bearer");
        }
        let (members, answer) = the_metadata(world)?;
        // Without the member they are those of a server with a page for users.
        lists(&members, "grant_types_supported", &grants, answer)
    }
    "they name every way of authentication that it claims" => |world| {
        let mut ways = Vec::new();
        let basic = |auth: &ClientAuth| matches!(auth, ClientAuth::SecretBasic(_));
        if server(world)?.clients.iter().any(|c| basic(&c.auth)) {
            ways.push("client_secret_basic");
        }
        if claims(world, Claim::ClientSecretPost) {
            ways.push("client_secret_post");
        }
        if claims(world, Claim::PrivateKeyJwt) {
            ways.push("private_key_jwt");
        }
        let (members, answer) = the_metadata(world)?;
        if !members.contains_key("token_endpoint_auth_methods_supported") && ways == ["client_secret_basic"] {
            return Ok(());
        }
        lists(&members, "token_endpoint_auth_methods_supported", &ways, answer)
    }
    "they name the algorithms for signed assertions" => |world| {
        let (members, answer) = the_metadata(world)?;
        let named = list(&members, "token_endpoint_auth_methods_supported").contains(&"private_key_jwt");
        if !named || !list(&members, ALGORITHMS).is_empty() {
            return Ok(());
        }
        fail(ALGORITHMS, "no algorithms".to_owned(), answer)
    }
    "no algorithm among them is none" => |world| {
        let (members, answer) = the_metadata(world)?;
        let of_algorithms = members.iter().filter(|(name, _)| name.ends_with("_signing_alg_values_supported"));
        let none = of_algorithms.filter(|(_, values)| {
            values.as_array().into_iter().flatten().any(|v| v.as_str().is_some_and(|v| v.eq_ignore_ascii_case("none")))
        });
        let named: Vec<&str> = none.map(|(name, _)| name.as_str()).collect();
        if named.is_empty() {
            return Ok(());
        }
        fail("algorithms without none", format!("none in {}", named.join(", ")), answer)
    }
}

const ALGORITHMS: &str = "token_endpoint_auth_signing_alg_values_supported";

async fn ask(world: &World) -> Result<Answer, Stop> {
    let server = server(world)?;
    let url = match (&server.metadata, &server.issuer) {
        (Some(url), _) => url.clone(),
        (None, Some(issuer)) => address(issuer)
            .ok_or_else(|| Stop::NotExercised(format!("the issuer {issuer} is no URL")))?,
        (None, None) => return Err(lacks("issuer in [authorization_server]")),
    };
    Ok(world.ask(&url, "GET", Fields::default(), Vec::new()).await)
}

/// The members of the metadata, for those who need an address in them.
///
/// # Errors
/// When there are none.
pub(super) async fn of_the_server(world: &World) -> Result<Members, Stop> {
    if !claims(world, Claim::ServerMetadata) {
        return Err(Stop::NotExercised(
            "where its keys are is only known where `server-metadata` is claimed".to_owned(),
        ));
    }
    let answer = ask(world).await?;
    Ok(sound(&answer)?.0)
}

/// The address of the metadata of an issuer (RFC 8414 section 3.1).
fn address(issuer: &str) -> Option<Url> {
    let mut url = Url::parse(issuer).ok()?;
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{WELL_KNOWN}{path}"));
    Some(url)
}

fn the_answer(world: &World) -> Result<&Answer, Stop> {
    let answer = world.oauth.server.metadata.as_ref();
    answer.ok_or_else(|| Stop::Harness("the metadata were not asked for".to_owned()))
}

/// The metadata, without which nothing can be said.
fn the_metadata(world: &World) -> Result<(Members, &Answer), Stop> {
    sound(the_answer(world)?)
}

fn sound(answer: &Answer) -> Result<(Members, &Answer), Stop> {
    let (response, _) = response(answer)?;
    let members = members(response).filter(|_| response.status == 200);
    let members = members
        .ok_or_else(|| Stop::Control(format!("there are no metadata: {}", words(answer))))?;
    Ok((members, answer))
}

fn list<'a>(members: &'a Members, name: &str) -> Vec<&'a str> {
    let values = members.get(name).and_then(Value::as_array);
    values
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn lists(members: &Members, name: &str, needed: &[&str], answer: &Answer) -> Result<(), Stop> {
    let there = list(members, name);
    let missing: Vec<&str> = needed
        .iter()
        .filter(|n| !there.contains(n))
        .copied()
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    fail(
        &format!("{name} with {}", needed.join(", ")),
        format!("no {}", missing.join(", ")),
        answer,
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;

    #[test]
    fn the_address_stands_between_host_and_path() {
        for (issuer, expected) in [
            (
                "https://as.example",
                "https://as.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://as.example:8443/tenant/one",
                "https://as.example:8443/.well-known/oauth-authorization-server/tenant/one",
            ),
        ] {
            assert_eq!(address(issuer).unwrap().as_str(), expected);
        }
    }
}
