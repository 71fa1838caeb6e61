//! Notifications of a rotation, by somebody who has nothing to say about it.

use super::{elsewhere, given, issuer, outlook, seen_mut};
use crate::{
    run::Absence,
    steps::{Stop, calls::unknown, jose::Key, registry::steps},
    wire::Fields,
    world::World,
};
use serde_json::{Value, json};
use url::Url;

steps! {
    "the issuer is notified of {words}" => |world, news| {
        let body = told(world, &news)?;
        notify(world, place(world)?, Fields::default(), &body).await
    }
    "the issuer is notified with a URL in {words}" => |world, words| {
        let url = format!("{}{}", world.context.lab.elsewhere(), elsewhere(world));
        let (mut place, mut fields, mut body) = (place(world)?, Fields::default(), json!({}));
        match words.as_str() {
            "the keys, as jku" => body = json!({ "keys": [{ "kid": "new", "jku": url }] }),
            "the query" => {
                place.query_pairs_mut().append_pair("url", &url).append_pair("jwks_uri", &url);
            }
            _ => match (words.strip_prefix("the member "), words.strip_prefix("the field ")) {
                (Some(name), _) => body = json!({ "type": "SubscriptionConfirmation", name: url }),
                (_, Some("Link")) => fields.push("link", format!("<{url}>; rel=\"jwks_uri\"")),
                (_, Some(name)) => fields.push(name.to_ascii_lowercase(), url),
                _ => return Err(unknown("place in a notification", &words)),
            },
        }
        notify(world, place, fields, &body).await
    }
    "nobody asks for the URL of the notification" => |world| {
        let elsewhere = elsewhere(world);
        world.absences.push(Absence::NotAsked { elsewhere });
        Ok(())
    }
}

/// What the notification says.
fn told(world: &mut World, news: &str) -> Result<Value, Stop> {
    let own = outlook::bearer(world)?;
    let own = own.parameter("kid").unwrap_or_default();
    Ok(match news {
        "a new key" => {
            let name = given::name();
            of_a_key(world, &name)?
        }
        "another key under the name of its own" => of_a_key(world, own)?,
        "its earlier key" => json!({ "current": own, "previous": own, "kid": own }),
        "an emergency" => json!({ "urgent": true, "revoked": [own], "retired": own }),
        "a rotation without more" => json!({}),
        _ => return Err(unknown("notification", news)),
    })
}

/// A notification that names a key of a stranger, in all ways that somebody might read.
fn of_a_key(world: &mut World, name: &str) -> Result<Value, Stop> {
    let key = given::make(issuer(world)?.algorithm, name)?.key;
    let jwk = match &key {
        Key::Secret(secret) => secret.to_jwk(),
        _ => key.public()?,
    };
    seen_mut(world).notified = Some(key);
    Ok(json!({ "current": name, "kid": name, "key": jwk, "jwk": jwk, "keys": [jwk] }))
}

/// Where the issuer is told of rotations.
fn place(world: &World) -> Result<Url, Stop> {
    let place = issuer(world)?.notify.clone();
    place.ok_or_else(|| Stop::NotExercised("the [[session_issuer]] has no `notify`".to_owned()))
}

/// Whatever is answered, the notification has come.
async fn notify(world: &World, place: Url, mut fields: Fields, body: &Value) -> Result<(), Stop> {
    fields.push("content-type", "application/json");
    let body = body.to_string().into_bytes();
    let answer = world.ask(&place, "POST", fields, body).await;
    super::super::answered(answer).map(drop)
}
