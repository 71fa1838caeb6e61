//! Sessions that begin, and what their bearers say.

use super::{Begun, issuer, outlook, seen, seen_mut};
use crate::{
    steps::{Failure, Stop, calls::unknown, lifecycle::bearer::Read, registry::steps},
    world::World,
};
use std::collections::HashSet;

/// The members of a bearer that are text.
const TEXTS: [&str; 4] = ["iss", "aud", "sub", "sid"];
/// Those that are a second.
const SECONDS: [&str; 2] = ["iat", "exp"];

steps! {
    "an issuer" => |world| {
        world.lease_issuer().await
    }
    "a session begins on each replica" => |world| {
        begin(world, 1).await
    }
    "{count} sessions begin on each replica" => |world, count| {
        begin(world, count.parse().map_err(|_| unknown("number", &count))?).await
    }
    "each of these is shown on each replica" => |world| {
        let texts: Vec<String> = seen(world).begun.iter().map(|b| b.bearer.text.clone()).collect();
        for text in texts {
            for replica in 0..issuer(world)?.api.len() {
                let shown = outlook::show(world, &text, replica).await?;
                world.shown.push(shown);
            }
        }
        Ok(())
    }
    "a new session opens" => |world| {
        begin(world, 1).await?;
        let last = seen(world).begun.last().map(|begun| begun.bearer.text.clone());
        let (response, _) = outlook::show(world, &last.unwrap_or_default(), 0).await?;
        super::super::sessions::granted(&response)
    }
    "each bearer has the header of one" => |world| {
        let algorithm = issuer(world)?.algorithm.name();
        each(world, "the typ bearer+jwt, a kid, and the declared alg", |bearer| {
            let typ = bearer.parameter("typ").unwrap_or_default();
            let kid = bearer.parameter("kid").unwrap_or_default();
            typ.eq_ignore_ascii_case("bearer+jwt")
                && !kid.is_empty()
                && bearer.parameter("alg") == Some(algorithm)
        })
    }
    "each bearer says all that it has to" => |world| {
        let at = issuer(world)?;
        let own = [Some(at.identifier.as_str()), Some(at.audience.as_str())];
        each(world, "iss and aud of the issuer, sub, sid, iat and exp", |bearer| {
            TEXTS.iter().all(|name| bearer.claim(name).is_some_and(|text| !text.is_empty()))
                && SECONDS.iter().all(|name| bearer.second(name).is_some())
                && [bearer.claim("iss"), bearer.claim("aud")] == own
        })
    }
    "no bearer lives longer than declared" => |world| {
        let declared = super::seconds(world.context.target.limits.bearer_lifetime);
        each(world, "a life that is no longer than declared", |bearer| {
            let times = bearer.second("iat").zip(bearer.second("exp"));
            times.is_some_and(|(issued, ends)| ends - issued <= declared)
        })
    }
    "each bearer names another session" => |world| {
        let mut names = HashSet::new();
        let again = seen(world).begun.iter().find(|begun| !names.insert(begun.bearer.claim("sid")));
        match again {
            None => Ok(()),
            Some(begun) => {
                Err(Failure::new("another sid for each login", "one that was there", Some(begun.event)).into())
            }
        }
    }
    "no bearer contains the session token that came with it" => |world| {
        let begun = &seen(world).begun;
        let found = begun.iter().find(|begun| begun.bearer.said().contains(&begun.token));
        match found {
            None => Ok(()),
            Some(begun) => {
                Err(Failure::new("a bearer without the session token", "one with it", Some(begun.event)).into())
            }
        }
    }
    "the key of its bearer has signed each of these" => |world| {
        let own = outlook::bearer(world)?;
        let own = own.parameter("kid");
        each(world, "a bearer of the same key", |bearer| bearer.parameter("kid") == own)
    }
}

/// Begins so many sessions on each replica, and keeps what comes.
async fn begin(world: &mut World, count: usize) -> Result<(), Stop> {
    let account = match outlook::account(world) {
        Some(account) => account,
        None => world.lease_account().await?,
    };
    for replica in 0..issuer(world)?.replicas() {
        for _ in 0..count {
            let begun = outlook::begin(world, &account, replica).await?;
            seen_mut(world).begun.push(begun);
        }
    }
    Ok(())
}

/// Demands something of the bearers of the sessions that have begun, of which there has to be one.
pub(super) fn each(
    world: &World,
    expected: &str,
    fits: impl Fn(&Read) -> bool,
) -> Result<(), Stop> {
    let begun: &[Begun] = &seen(world).begun;
    if begun.is_empty() {
        return Err(Stop::Harness("no session has begun".to_owned()));
    }
    match begun.iter().find(|begun| !fits(&begun.bearer)) {
        None => Ok(()),
        Some(begun) => {
            let said = begun.bearer.said();
            Err(Failure::new(
                expected,
                format!("a bearer that says {said}"),
                Some(begun.event),
            )
            .into())
        }
    }
}
