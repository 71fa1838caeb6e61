//! How the client asks an authorization server.

use super::{
    at, client, document,
    service_jwts::{claims, is_for, is_of_now, is_of_type, named, now, speaks_for, verified},
};
use crate::{
    lab::{Visit, jwt::PeerPlace},
    steps::{Failure, Stop, registry::steps},
    world::World,
};

/// The grant of an assertion.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

steps! {
    "each request for a token is the grant of an assertion, for the resource" => |world| {
        let resource = world.jwt_peer(0)?.peer.identifier();
        each(world, |visit| is_the_grant(visit, &resource))
    }
    "each assertion has the type and the audience of one, and the claims of a service JWT" => |world| {
        let id = client(world)?.id.to_string();
        let server = world.jwt_peer(0)?.peer.server().to_string();
        document::fetch(world).await?;
        let keys = document::key_set(world)?;
        let now = now();
        each(world, |visit| {
            let text = one(visit, "assertion")?;
            is_of_type(&text, "authorization-grant+jwt")?;
            let claims = claims(&text)?;
            is_for(&claims, &server)?;
            speaks_for(&claims, &id)?;
            is_of_now(&claims, now)?;
            named(&claims)?;
            verified(&text, &keys)
        })
    }
}

/// Judges each request for a token, of which there is one at least.
fn each(world: &World, wrong: impl Fn(&Visit) -> Result<(), String>) -> Result<(), Stop> {
    let requests = at(world, 0, PeerPlace::Token)?;
    if requests.is_empty() {
        return Err(Stop::Control("no request for a token came".to_owned()));
    }
    for visit in requests {
        if let Err(words) = wrong(&visit) {
            let expected = "a request for a token without that fault";
            return Err(Failure::new(expected, words, Some(visit.event)).into());
        }
    }
    Ok(())
}

fn is_the_grant(visit: &Visit, resource: &str) -> Result<(), String> {
    let request = &visit.request;
    let media_type = request.fields.get("content-type").unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if request.method != "POST"
        || !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    {
        return Err(format!("{} of \"{media_type}\"", request.method));
    }
    let grant = one(visit, "grant_type")?;
    let named = one(visit, "resource")?;
    match grant == GRANT && named == resource {
        true => Ok(()),
        false => Err(format!("grant_type={grant} and resource={named}")),
    }
}

/// The one value of a parameter.
fn one(visit: &Visit, name: &str) -> Result<String, String> {
    let mut values = url::form_urlencoded::parse(&visit.request.body)
        .filter(|(n, _)| n == name)
        .map(|(_, value)| value.into_owned());
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        (None, _) => Err(format!("no {name}")),
        (Some(_), Some(_)) => Err(format!("{name} twice")),
    }
}
