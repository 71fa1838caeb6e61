//! The published key set, and what is demanded of it.

use super::{
    Fetched, issuer, outlook,
    rotating::{newest_key, seconds_of_the_first},
    seen, seen_mut,
};
use crate::{
    steps::{Failure, Stop, lifecycle::bearer::Read, registry::steps},
    wire::{Fields, Response},
    world::World,
};
use btx_spec::jose::{KeySet, PublicKey, SignedToken};
use serde_json::Value;

/// Members that only private keys have (RFC 7518 section 6), and the one that secret keys have.
const NOT_PUBLIC: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

steps! {
    "the key set is fetched" => |world| {
        let set = fetch(world).await?;
        seen_mut(world).set = Some(set);
        Ok(())
    }
    "the key set verifies each of these" => |world| {
        let fetched = fetched(world)?;
        match seen(world).begun.iter().find(|begun| !verifies(world, &begun.bearer)) {
            None => Ok(()),
            Some(_) => failure("a key that verifies the bearer", fetched),
        }
    }
    "the key set verifies its bearer" => |world| {
        match verifies(world, &outlook::bearer(world)?) {
            true => Ok(()),
            false => failure("the previous key", fetched(world)?),
        }
    }
    "the key set had the newest key" => |world| {
        let fetched = fetched(world)?;
        match key_of(fetched, Some(newest_key(world)?)) {
            Some(_) => Ok(()),
            None => failure("the key that the next rotation was to", fetched),
        }
    }
    "the key set has no key of its bearer" => |world| {
        let fetched = fetched(world)?;
        match key_of(fetched, outlook::bearer(world)?.parameter("kid")) {
            None => Ok(()),
            Some(_) => failure("a set without the key that is over", fetched),
        }
    }
    "the key of its bearer has the second of the rotation" => |world| {
        let fetched = fetched(world)?;
        let key = key_of(fetched, outlook::bearer(world)?.parameter("kid"));
        let (from, until) = seconds_of_the_first(world)?;
        let retired = key.and_then(|key| key.get("retired_at")?.as_i64());
        match retired {
            Some(second) if (from..=until).contains(&second) => Ok(()),
            _ => failure(&format!("a retired_at from {from} to {until}"), fetched),
        }
    }
    "no key of the set is private or secret" => |world| {
        let fetched = fetched(world)?;
        let not_public = |key: &&Value| {
            key.get("kty").and_then(Value::as_str) == Some("oct")
                || NOT_PUBLIC.iter().any(|name| key.get(name).is_some())
        };
        // What it has of the key is not repeated.
        match fetched.keys.iter().find(not_public) {
            None => Ok(()),
            Some(_) => {
                Err(Failure::new("public keys only", "a key that is not public", Some(fetched.event)).into())
            }
        }
    }
    "the key set is fresh for {count} seconds at most" => |world, count| {
        let most: u64 = count.parse().unwrap_or_default();
        let fetched = fetched(world)?;
        match max_age(&fetched.cache_control) {
            Some(seconds) if seconds <= most => Ok(()),
            _ => {
                let actual = format!("Cache-Control: {}", fetched.cache_control);
                Err(Failure::new(format!("a max-age of {most} at most"), actual, Some(fetched.event)).into())
            }
        }
    }
}

/// The published half of the key of that name.
pub(super) async fn published(world: &World, name: Option<&str>) -> Result<Value, Stop> {
    let fetched = fetch(world).await?;
    let key = key_of(&fetched, name).cloned();
    key.ok_or_else(|| Stop::Control("the key of the bearer is not published".to_owned()))
}

async fn fetch(world: &World) -> Result<Fetched, Stop> {
    let url = issuer(world)?.key_set.clone();
    let url = url
        .ok_or_else(|| Stop::NotExercised("the [[session_issuer]] has no `key_set`".to_owned()))?;
    let answer = world.ask(&url, "GET", Fields::default(), Vec::new()).await;
    let (response, event) = super::super::answered(answer)?;
    super::super::sessions::granted(&response)?;
    let keys = keys(&response);
    Ok(Fetched {
        keys: keys.ok_or_else(|| Stop::Control("the key set is none".to_owned()))?,
        cache_control: response
            .fields
            .all("cache-control")
            .collect::<Vec<_>>()
            .join(", "),
        event,
    })
}

fn keys(response: &Response) -> Option<Vec<Value>> {
    let set: Value = serde_json::from_slice(&response.body).ok()?;
    set.get("keys")?.as_array().cloned()
}

fn fetched(world: &World) -> Result<&Fetched, Stop> {
    let missing = || Stop::Harness("the key set was not fetched".to_owned());
    seen(world).set.as_ref().ok_or_else(missing)
}

/// The key of a name, if the set has one.
fn key_of<'s>(set: &'s Fetched, name: Option<&str>) -> Option<&'s Value> {
    let named = |key: &&Value| key.get("kid").and_then(Value::as_str) == name;
    set.keys.iter().find(named)
}

/// Whether the key that a bearer names is in the set, and has signed it.
fn verifies(world: &World, bearer: &Read) -> bool {
    let verifies = || {
        let mut jwk = key_of(fetched(world).ok()?, bearer.parameter("kid"))?.clone();
        jwk.as_object_mut()?.remove("retired_at");
        let keys = KeySet::of(vec![PublicKey::parse_jwk(&jwk.to_string()).ok()?]);
        let token = SignedToken::parse(&bearer.text).ok()?;
        let algorithm = token.algorithm().ok()?;
        keys.verify(&token, &[algorithm]).ok()
    };
    verifies().is_some()
}

/// The seconds for which an answer is fresh (RFC 9111 section 5.2.2.1).
fn max_age(cache_control: &str) -> Option<u64> {
    let mut directives = cache_control.split(',').map(str::trim);
    let value = directives.find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        name.eq_ignore_ascii_case("max-age").then_some(value)
    })?;
    value.trim_matches('"').parse().ok()
}

fn failure(expected: &str, set: &Fetched) -> Result<(), Stop> {
    let names = set.keys.iter().map(|key| {
        let name = key.get("kid").and_then(Value::as_str).unwrap_or("no name");
        match key.get("retired_at") {
            Some(retired) => format!("{name} (retired_at {retired})"),
            None => name.to_owned(),
        }
    });
    let actual = format!("the keys {}", names.collect::<Vec<_>>().join(", "));
    Err(Failure::new(expected, actual, Some(set.event)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_is_found_among_the_directives() {
        assert_eq!(max_age("max-age=60"), Some(60));
        assert_eq!(max_age("public, Max-Age=\"300\""), Some(300));
        assert_eq!(max_age("no-store"), None);
        assert_eq!(max_age("s-maxage=60"), None);
    }
}
