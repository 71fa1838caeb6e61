//! Bearers and session tokens, shown in all sorts of ways.

use super::{
    answered, api, bearer::forged, clock, fields, first, granted, issuer, newest, refresh,
    replicas, seen, seen_mut, session, show,
};
use crate::{
    steps::{Stop, calls::unknown, lifecycle::bearer::Read, registry::steps, resource as tokens},
    timeline::EventId,
    wire::{Fields, Response},
    world::World,
};

/// A bearer of nobody, and a session token of nobody.
pub(super) const MADE_UP: &str = "a-token-of-its-own-making-0123456789";

steps! {
    "its bearer is shown {count} times, over all replicas" => |world, count| {
        let count: usize = count.parse().map_err(|_| unknown("number", &count))?;
        let bearer = newest(world, 0)?;
        for replica in 0..count {
            let shown = show(world, &bearer.text, &[], replica).await?;
            world.shown.push(shown);
        }
        lives(world, &bearer)
    }
    "its API is asked with {words}" => |world, words| {
        let bearer = newest(world, 0)?;
        let shows = tokens::shows(&words, &bearer.text, &api(world, 0)?);
        let shows = shows.ok_or_else(|| unknown("way to show a token", &words))?;
        for (url, method, fields, body) in shows {
            let answer = world.ask(&url, method, fields, body).await;
            world.shown.push(answered(answer)?);
        }
        lives(world, &bearer)
    }
    "its bearer is shown {words}" => |world, words| {
        let bearer = newest(world, 0)?;
        shown(world, &bearer, &words, 0).await
    }
    "its new bearer is shown {words}" => |world, words| {
        let bearer = newest(world, 0)?;
        shown(world, &bearer, &words, 0).await
    }
    "its first bearer is shown {words}" => |world, words| {
        let bearer = first(world, 0)?;
        shown(world, &bearer, &words, 0).await
    }
    "its bearer is shown, on each replica" => |world| {
        let bearer = newest(world, 0)?;
        on_each_replica(world, &bearer, "alone").await
    }
    "the other is shown, on each replica" => |world| {
        let bearer = newest(world, 1)?;
        on_each_replica(world, &bearer, "alone").await
    }
    "its bearer is shown {words}, on each replica" => |world, words| {
        let bearer = newest(world, 0)?;
        on_each_replica(world, &bearer, &words).await
    }
    "its first bearer is shown {words}, on each replica" => |world, words| {
        let bearer = first(world, 0)?;
        on_each_replica(world, &bearer, &words).await
    }
    "its bearer is shown {words} once the session is over" => |world, words| {
        let ends = session(world, 0)?.ends;
        clock::until_after(world, ends, "the session ends").await?;
        let bearer = newest(world, 0)?;
        shown(world, &bearer, &words, 0).await
    }
    "its first bearer is shown {words} once its refresh window is over" => |world, words| {
        let bearer = first(world, 0)?;
        let window = world.context.target.limits.refresh_window.as_secs_f64();
        let over = clock::exact(bearer.second("exp").unwrap_or_default()) + window;
        clock::until_after(world, over, "the refresh window ends").await?;
        shown(world, &bearer, &words, 0).await
    }
    "one like its bearer, but {words}, is shown with its session token" => |world, fault| {
        let forged = forged(&newest(world, 0)?, &fault)?;
        let token = session(world, 0)?.token.clone();
        let shown = show(world, &forged, &[&token], 0).await?;
        world.shown.push(shown);
        Ok(())
    }
    "its session token is shown as a bearer {words}" => |world, way| {
        let token = session(world, 0)?.token.clone();
        let beside: &[&str] = match way.as_str() {
            "alone" => &[],
            "with itself as session token" => &[&token],
            _ => return Err(unknown("way to show a session token", &way)),
        };
        let shown = show(world, &token, beside, 0).await?;
        world.shown.push(shown);
        Ok(())
    }
    "its session token is shown {words}" => |world, way| {
        let token = session(world, 0)?.token.clone();
        let mut fields = fields(MADE_UP, &[&token]);
        match way.as_str() {
            "without a bearer" => fields.remove("authorization"),
            "with an empty bearer" => fields.set("authorization", "Bearer "),
            "beside a bearer of its own making" => {}
            _ => return Err(unknown("way to show a session token", &way)),
        }
        let answer = world.ask(&api(world, 0)?, "GET", fields, Vec::new()).await;
        world.shown.push(answered(answer)?);
        Ok(())
    }
    "its bearer opens where it belongs" => |world| {
        opens(world, 0, 1).await
    }
    "its bearer opens on each replica" => |world| {
        opens(world, 0, replicas(world)?).await
    }
    "the other opens" => |world| {
        opens(world, 1, 1).await
    }
    "each of these is let in" => |world| {
        world.shown.iter().try_for_each(|(response, _)| granted(response))
    }
    "it is refreshed" => |world| {
        let bearer = newest(world, 0)?;
        refresh(world, 0, &bearer).await
    }
    "its first bearer is refreshed" => |world| {
        let bearer = first(world, 0)?;
        refresh(world, 0, &bearer).await
    }
    "the other is refreshed" => |world| {
        let bearer = newest(world, 1)?;
        refresh(world, 1, &bearer).await
    }
    "its session lives on" => |world| {
        let bearer = newest(world, 0)?;
        let token = session(world, 0)?.token.clone();
        let (response, _) = show(world, &bearer.text, &[&token], 0).await?;
        granted(&response)
    }
    "it is refreshed again and again until shortly before its session ends" => |world| {
        until_shortly_before_the_end(world).await
    }
}

/// Shows a bearer in the way of the words, at a replica.
pub(super) async fn shown(
    world: &mut World,
    bearer: &Read,
    words: &str,
    replica: usize,
) -> Result<(), Stop> {
    let shown = ask(world, bearer, words, replica).await?;
    world.shown.push(shown);
    Ok(())
}

async fn on_each_replica(world: &mut World, bearer: &Read, words: &str) -> Result<(), Stop> {
    for replica in 0..replicas(world)? {
        shown(world, bearer, words, replica).await?;
    }
    Ok(())
}

/// Shows a bearer in the way of the words, and gives what is answered.
pub(super) async fn ask(
    world: &World,
    bearer: &Read,
    words: &str,
    replica: usize,
) -> Result<(Response, EventId), Stop> {
    let mut url = api(world, replica)?;
    let with = words.strip_suffix("where nothing is").map(str::trim_end);
    if with.is_some() {
        let missing = issuer(world)?.missing.clone();
        let hint = "the [[session_issuer]] has no `missing`: a protected URL that answers 404";
        url = missing.ok_or_else(|| Stop::NotExercised(hint.to_owned()))?;
    }
    let fields = match with.unwrap_or(words) {
        "with its session token in the query" => {
            let token = session(world, 0)?.token.clone();
            for name in ["session_token", "X-Session-Token"] {
                url.query_pairs_mut().append_pair(name, &token);
            }
            fields(&bearer.text, &[])
        }
        "with its session token in a cookie" => {
            let token = session(world, 0)?.token.clone();
            let mut fields: Fields = fields(&bearer.text, &[]);
            fields.push(
                "cookie",
                format!("session_token={token}; X-Session-Token={token}"),
            );
            fields
        }
        with => {
            let tokens = session_tokens(world, bearer, with)?;
            let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
            fields(&bearer.text, &tokens)
        }
    };
    answered(world.ask(&url, "GET", fields, Vec::new()).await)
}

/// The session tokens that come with a bearer.
fn session_tokens(world: &World, bearer: &Read, words: &str) -> Result<Vec<String>, Stop> {
    let own = || Ok::<_, Stop>(session(world, 0)?.token.clone());
    let other = || Ok::<_, Stop>(session(world, 1)?.token.clone());
    Ok(match words {
        "" | "alone" => Vec::new(),
        "with its session token" => vec![own()?],
        "with an empty session token" => vec![String::new()],
        "with the session token of the other" => vec![other()?],
        "with its session token twice" => vec![own()?, own()?],
        "with its session token and then that of the other" => vec![own()?, other()?],
        "with the session token of the other and then its own" => vec![other()?, own()?],
        "with itself as session token" => vec![bearer.text.clone()],
        "with its new bearer as session token" => vec![newest(world, 0)?.text],
        "with the name of its session as session token" => {
            vec![bearer.claim("sid").unwrap_or_default().to_owned()]
        }
        _ => return Err(unknown("way to show a bearer", words)),
    })
}

/// The control of a scenario: the newest bearer of a session opens on so many replicas.
async fn opens(world: &World, index: usize, replicas: usize) -> Result<(), Stop> {
    let bearer = newest(world, index)?;
    for replica in 0..replicas {
        let (response, _) = show(world, &bearer.text, &[], replica).await?;
        granted(&response)?;
    }
    Ok(())
}

/// What was shown while a bearer lived says nothing if that has ended meanwhile.
fn lives(world: &World, bearer: &Read) -> Result<(), Stop> {
    let end = clock::exact(bearer.second("exp").unwrap_or(i64::MAX));
    match seen(world).clock.now() < end {
        true => Ok(()),
        false => Err(Stop::Control("the bearer has ended meanwhile".to_owned())),
    }
}

/// Refreshes as late as that goes, and the last time so late that a bearer of the usual length would outlive the
/// session.
async fn until_shortly_before_the_end(world: &mut World) -> Result<(), Stop> {
    let limits = &world.context.target.limits;
    let window = limits.refresh_window.as_secs_f64();
    let late = limits.bearer_lifetime.as_secs_f64() / 2.0;
    let last = session(world, 0)?.ends - late;
    loop {
        let bearer = newest(world, 0)?;
        let end = clock::exact(bearer.second("exp").unwrap_or_default());
        let middle = end + window / 2.0;
        let at = if end + window > last + 0.5 {
            last.max(end)
        } else {
            middle
        };
        clock::until_after(world, at, "a bearer can be refreshed").await?;
        refresh(world, 0, &bearer).await?;
        let came = newest(world, 0)?;
        let seen = seen_mut(world);
        let event = seen.renewals.last().map_or(0, |(_, event)| *event);
        seen.came.push((came, event));
        if at >= last {
            return Ok(());
        }
    }
}
