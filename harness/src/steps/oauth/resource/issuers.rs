//! JWT access tokens of issuers that the resource trusts, and the keys of these issuers.

use super::{
    About, Door, answers,
    jwt::{Facts, Jwt},
    send, shows, source,
};
use crate::{
    lab::oauth::{Place, ServerAnswer},
    steps::{Failure, Stop, calls::unknown, jose::stranger, registry::steps},
    target::PeerKind,
    world::{World, describe},
};
use serde_json::{Value, json};

/// The audience of a resource that a forged Host names.
const FORGED: &str = "another-resource.example";

steps! {
    "an issuer that the resource trusts" => |world| {
        world.oauth.resource.about = About::Jwts;
        world.lease_server(PeerKind::Good, 1).await
    }
    "two issuers that the resource trusts" => |world| {
        world.oauth.resource.about = About::Jwts;
        world.lease_server(PeerKind::Good, 2).await
    }
    "a client shows a JWT access token with {words}" => |world, words| {
        serve_the_trap(world, &words)?;
        let token = altered(world, &words)?;
        shows::at(world, Door::Reading, &token).await
    }
    "a client writes with a JWT access token with {words}" => |world, words| {
        let token = altered(world, &words)?;
        shows::at(world, Door::Writing, &token).await
    }
    "a client shows a JWT access token for another resource, with its name as Host" => |world| {
        let token = source::signed(world, 0, |jwt, facts| {
            jwt.claims.set("aud", json!(under_another_name(&facts.resource)));
            Ok(())
        })?;
        let mut draft = shows::in_the_field(&Door::Reading.url(world)?, "GET", &token);
        draft.fields.push("host", FORGED);
        send(world, vec![draft]).await
    }
    "a client shows {count} JWT access tokens" => |world, count| {
        let count: usize = count.parse().map_err(|_| unknown("count", &count))?;
        for _ in 0..count {
            let token = altered(world, "no fault")?;
            shows::at(world, Door::Reading, &token).await?;
        }
        Ok(())
    }
    "all of them are answered" => |world| {
        match world.shown.iter().find(|(r, _)| !(200..300).contains(&r.status)) {
            None => Ok(()),
            Some((refused, _)) => Err(Stop::Control(format!("a token without fault was answered {}", describe(refused)))),
        }
    }
    "a JWT access token of the issuer was taken" => |world| {
        taken(world, 0).await
    }
    "a JWT access token of the other issuer is answered" => |world| {
        taken(world, 1).await
    }
    "the issuer puts a new key beside the old one" => |world| {
        let key = new_key(world)?;
        let public = key.key.public().to_jwk();
        let with_both = ServerAnswer::members(move |members| {
            if let Some(Value::Array(keys)) = members.get_mut("keys") {
                keys.push(public.clone());
            }
        });
        world.server(0)?.lease.desk.answer_with(Place::Jwks, vec![with_both]);
        world.oauth.resource.new_key = Some(key);
        Ok(())
    }
    "the issuer answers for its key set with {words}" => |world, words| {
        let answer = answers::of_key_set(&words).ok_or_else(|| unknown("answer", &words))?;
        world.oauth.resource.new_key = Some(new_key(world)?);
        world.server(0)?.lease.desk.answer_with(Place::Jwks, vec![answer]);
        Ok(())
    }
    "a client shows a JWT access token of the new key" => |world| {
        let key = world.oauth.resource.new_key.clone();
        let key = key.ok_or_else(|| Stop::Harness("there is no new key".to_owned()))?;
        let token = source::signed_with(world, 0, &key.key)?;
        shows::at(world, Door::Reading, &token).await
    }
    "the key set was fetched at most {count} times" => |world, most| {
        let most: usize = most.parse().map_err(|_| unknown("count", &most))?;
        let fetches = world.server(0)?.lease.desk.visits(Place::Jwks);
        match fetches.get(most) {
            None => Ok(()),
            Some(one) => Err(Failure::new(
                format!("at most {most} requests for the key set"),
                format!("{}", fetches.len()),
                Some(one.event),
            ).into()),
        }
    }
    "nobody has asked for the key that it names" => |world| {
        for server in &world.servers {
            if let Some(visit) = server.lease.desk.visits(Place::Other).first() {
                return Err(Failure::new("no request for a URL that a token names", "one", Some(visit.event)).into());
            }
        }
        Ok(())
    }
}

/// A token of the first issuer, altered as the words say.
fn altered(world: &World, words: &str) -> Result<String, Stop> {
    source::signed(world, 0, |jwt: &mut Jwt, facts: &Facts| {
        let altered = jwt.alter(words, facts);
        altered.map_err(|words| unknown("fault of a token", &words))
    })
}

/// Serves the key of the stranger where a token may lead, in the form that is looked for there.
fn serve_the_trap(world: &World, words: &str) -> Result<(), Stop> {
    let Some(last) = world.servers.last().filter(|_| words.contains("at a URL")) else {
        return Ok(());
    };
    let own = &world.server(0)?.peer.key;
    let stranger = stranger::of(own.algorithm())?;
    let answer = if words.contains("x5u") {
        answers::certificate(&stranger.certificate)
    } else {
        answers::key_set(&stranger.jwk(own.key_id()))
    };
    last.lease.desk.answer_with(Place::Other, vec![answer]);
    Ok(())
}

/// Shows a sound token of an issuer of the scenario, which has to be taken.
async fn taken(world: &mut World, issuer: usize) -> Result<(), Stop> {
    let token = source::signed(world, issuer, |_, _| Ok(()))?;
    let before = world.shown.len();
    shows::at(world, Door::Reading, &token).await?;
    match world.shown.split_off(before).pop() {
        Some((response, _)) if (200..300).contains(&response.status) => Ok(()),
        Some((response, _)) => Err(Stop::Control(format!(
            "a token without fault was answered {}",
            describe(&response)
        ))),
        None => Err(Stop::Control("it was not answered".to_owned())),
    }
}

/// A key of the first issuer that the resource cannot know yet.
fn new_key(world: &World) -> Result<std::sync::Arc<stranger::Stranger>, Stop> {
    let algorithm = world.server(0)?.peer.key.algorithm();
    let key_id = format!("key-{}", uuid::Uuid::new_v4());
    Ok(std::sync::Arc::new(stranger::make(algorithm, &key_id)?))
}

/// An identifier with another host.
fn under_another_name(identifier: &str) -> String {
    let own = url::Url::parse(identifier);
    let path = own
        .as_ref()
        .map_or("", |url| url.path().trim_end_matches('/'));
    format!("https://{FORGED}{path}")
}
