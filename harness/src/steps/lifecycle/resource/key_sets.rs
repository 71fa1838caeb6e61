//! What a key set holds, and how it comes, by the words that scenarios have for it.

use super::{
    MOMENT, bearer, door, elsewhere, number, playing, published, rotating::change, show, signer,
};
use crate::{
    lab::{PeerAnswer, lifecycle::HostAnswer},
    steps::{Stop, calls::unknown, jose::stranger, registry::steps},
    wire::{Fields, Response},
    world::World,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use btx_spec::jose::Algorithm;
use futures::future::{join, join_all};
use serde_json::{Value, json};
use std::time::Duration;

/// The longest that is waited for the first fetch.
const FIRST: Duration = Duration::from_secs(1);

steps! {
    "the issuer has a new key, in a set with {words}" => |world, words| {
        change(world)?;
        let set = faulty(&published(&playing(world, 0)?.key), &words)?;
        signer(world, 0)?.desk.set_keys(set);
        Ok(())
    }
    "the issuer has a new key, and its key set is answered with a redirect {count} to another place" => |world, status| {
        change(world)?;
        let location = format!("{}{}", world.context.lab.elsewhere(), elsewhere(world));
        let fields = Fields::from([("location", location.as_str()), ("cache-control", "no-store")]);
        let status = status.parse().map_err(|_| unknown("status", &status))?;
        let redirect = PeerAnswer::Respond(Response::new(status, fields, b""));
        signer(world, 0)?.desk.answers(vec![HostAnswer::Fixed(redirect)]);
        Ok(())
    }
    "the set has the new key alone" => |world| {
        let set = vec![published(&playing(world, 0)?.key)];
        let desk = &signer(world, 0)?.desk;
        desk.set_keys(set);
        desk.answers(vec![HostAnswer::Sound]);
        Ok(())
    }
    "the key set cannot be had any more: {words}" => |world, words| {
        let answer = match words.as_str() {
            "an error 503" => PeerAnswer::status(503),
            "a connection that is closed" => PeerAnswer::Close,
            _ => return Err(unknown("way not to come", &words)),
        };
        signer(world, 0)?.desk.answers(vec![HostAnswer::Fixed(answer)]);
        Ok(())
    }
    "the key set can be had again" => |world| {
        signer(world, 0)?.desk.answers(vec![HostAnswer::Sound]);
        Ok(())
    }
    "{count} bearers of a new key come at once, while the key set is on its way" => |world, count| {
        let count = number(&count)?;
        at_once(world, count).await
    }
}

/// A set with a key in which something is wrong.
fn faulty(own: &Value, words: &str) -> Result<Vec<Value>, Stop> {
    let other = stranger::make(Algorithm::ES256, "beside")?.jwk("beside");
    let with = |key: &Value, name: &str, value: Value| {
        let mut key = key.clone();
        if let Some(members) = key.as_object_mut() {
            members.insert(name.to_owned(), value);
        }
        key
    };
    let secret = || json!(URL_SAFE_NO_PAD.encode([7; 32]));
    Ok(match words {
        "the private half of the key" => vec![with(own, "d", secret())],
        "a private key beside it" => vec![own.clone(), with(&other, "d", secret())],
        "a secret key beside it" => {
            let oct =
                json!({"kty": "oct", "kid": "secret", "alg": "HS256", "use": "sig", "k": secret()});
            vec![own.clone(), oct]
        }
        "a second key of its name" => {
            let name = own.get("kid").cloned().unwrap_or_default();
            vec![own.clone(), with(&other, "kid", name)]
        }
        "a key without a name beside it" => {
            let mut other = other;
            if let Some(members) = other.as_object_mut() {
                members.remove("kid");
            }
            vec![own.clone(), other]
        }
        _ => return Err(unknown("content of a key set", words)),
    })
}

/// Shows bearers of a new key at once, and lets the key set come when the first of them is waiting for it and the
/// others have had time to wait as well.
async fn at_once(world: &mut World, count: usize) -> Result<(), Stop> {
    change(world)?;
    let set = vec![published(&playing(world, 0)?.key)];
    let desk = signer(world, 0)?.desk.clone();
    desk.set_keys(set);
    desk.max_age(Some(300));
    desk.answers(vec![HostAnswer::Held]);
    let before = desk.fetches();
    world.lifecycle.resource_seen.fetched = before;
    let url = door(world, 0)?;
    let token = bearer(world, 0, "without fault")?;
    let there: &World = world;
    let asking = join_all((0..count).map(|_| show(there, &url, &token)));
    let letting = async {
        let began =
            |desk: &crate::lab::lifecycle::SignerDesk| (desk.fetches() > before).then_some(());
        desk.wait_for(FIRST, began).await;
        there.wait(MOMENT, "the others come as well").await;
        desk.release();
    };
    let (answers, ()) = join(asking, letting).await;
    for answer in answers {
        world.shown.push(answer?);
    }
    Ok(())
}
