//! Tokens shown at the resource in all sorts of ways.

use super::{
    Blame, Failure, Stop,
    calls::{earlier, unknown},
    registry::steps,
};
use crate::{
    wire::{Fields, Response},
    world::{World, describe},
};
use url::Url;

steps! {
    "it shows {words}" => |world, words| {
        let token = token(world)?;
        let url = world.replica(&world.issuer()?.resource, 0)?;
        let shows = shows(&words, &token, &url).ok_or_else(|| unknown("way to show a token", &words))?;
        for (url, method, fields, body) in shows {
            let answer = world.ask(&url, method, fields, body).await;
            let Some(response) = answer.response() else {
                return Err(Stop::Control(format!("the resource gave no answer: {}", answer.words())));
            };
            world.shown.push((response.clone(), answer.event));
        }
        Ok(())
    }
    "the token opens the resource where it belongs" => |world| {
        let token = token(world)?;
        let answer = super::tokens::show(world, &token, 0).await?;
        match answer.status() {
            Some(200..=299) => Ok(()),
            _ => Err(Stop::Control(format!("the token opens nothing at all: {}", answer.words()))),
        }
    }
    "the resource opens" => |world| {
        each(world, |r| (200..300).contains(&r.status), "2xx")
    }
    "the resource opens each time" => |world| {
        each(world, |r| (200..300).contains(&r.status), "2xx each time")
    }
    "the resource stays shut" => |world| {
        each(world, |r| (400..500).contains(&r.status), "4xx")
    }
    "the resource answers 401" => |world| {
        each(world, |r| r.status == 401, "401")
    }
    "the resource answers 400" => |world| {
        each(world, |r| r.status == 400, "400")
    }
    "an answer of 401 offers the scheme Bearer" => |world| {
        each(world, |r| r.status != 401 || challenge(r).is_some(), "WWW-Authenticate: Bearer")
    }
    "the challenge has no error" => |world| {
        each(world, |r| challenge(r).is_none_or(|c| !c.contains("error=")), "a challenge without an error")
    }
    "the challenge has the error invalid_token" => |world| {
        each(world, |r| challenge(r).is_some_and(|c| c.contains("error=\"invalid_token\"") || c.contains("error=invalid_token")), "error=\"invalid_token\"")
    }
}

pub(super) type Shown = (Url, &'static str, Fields, Vec<u8>);

/// The requests that show a token in the way of the words.
pub(super) fn shows(words: &str, token: &str, url: &Url) -> Option<Vec<Shown>> {
    let plain = |fields: Fields| vec![(url.clone(), "GET", fields, Vec::new())];
    let authorization = |value: String| plain(Fields::from([("authorization", value.as_str())]));
    let bearer = |token: &str| authorization(format!("Bearer {token}"));
    let two = |first: &str, second: &str| {
        plain(Fields::from([
            ("authorization", format!("Bearer {first}").as_str()),
            ("authorization", format!("Bearer {second}").as_str()),
        ]))
    };
    let wrong = altered(token, |chars| chars.last_mut());
    if let Some(count) = words
        .strip_prefix("the token ")
        .and_then(|w| w.strip_suffix(" times"))
    {
        let count: usize = count.parse().ok()?;
        return Some((0..count).flat_map(|_| bearer(token)).collect());
    }
    if let Some(scheme) = words.strip_prefix("the token with the scheme ") {
        return Some(authorization(format!("{scheme} {token}")));
    }
    Some(match words {
        "no token" => plain(Fields::default()),
        "no token, by HEAD" => vec![(url.clone(), "HEAD", Fields::default(), Vec::new())],
        "no token, by POST" => vec![(url.clone(), "POST", Fields::default(), Vec::new())],
        "a token of its own making" => bearer("a-token-of-its-own-making-0123456789"),
        "an empty token" => authorization("Bearer ".to_owned()),
        "the token with its last character changed" => bearer(&wrong),
        "the token with its first character changed" => {
            bearer(&altered(token, |chars| chars.first_mut()))
        }
        "the token without its last character" => bearer(
            &token
                .chars()
                .take(token.chars().count().saturating_sub(1))
                .collect::<String>(),
        ),
        "the token with a character more" => bearer(&format!("{token}A")),
        "the token with its letters in other case" => {
            bearer(&token.chars().map(swap_case).collect::<String>())
        }
        "the token and then a wrong one" => two(token, &wrong),
        "a wrong token and then the right one" => two(&wrong, token),
        "the token twice" => two(token, token),
        "the token in the query as access_token" => {
            let mut with_query = url.clone();
            with_query
                .query_pairs_mut()
                .append_pair("access_token", token);
            vec![(with_query, "GET", Fields::default(), Vec::new())]
        }
        "the token in a form as access_token" => {
            let form = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("access_token", token)
                .finish();
            let fields = Fields::from([("content-type", "application/x-www-form-urlencoded")]);
            vec![(url.clone(), "POST", fields, form.into_bytes())]
        }
        "the token in a cookie" => plain(Fields::from([(
            "cookie",
            format!("access_token={token}; token={token}").as_str(),
        )])),
        "the token in a field X-Access-Token" => plain(Fields::from([("x-access-token", token)])),
        "the token under the scheme Basic" => authorization(format!("Basic {token}")),
        "the token without a scheme" => authorization(token.to_owned()),
        _ => return None,
    })
}

fn altered(token: &str, which: fn(&mut Vec<char>) -> Option<&mut char>) -> String {
    let mut chars: Vec<char> = token.chars().collect();
    if let Some(c) = which(&mut chars) {
        *c = if *c == 'A' { 'B' } else { 'A' };
    }
    chars.into_iter().collect()
}

fn swap_case(c: char) -> char {
    if c.is_ascii_lowercase() {
        c.to_ascii_uppercase()
    } else {
        c.to_ascii_lowercase()
    }
}

fn token(world: &World) -> Result<String, Stop> {
    earlier(world)?
        .token()
        .ok_or_else(|| Stop::Control("the earlier exchange brought no token".to_owned()))
}

/// The challenge of the scheme Bearer, if there is one.
pub(super) fn challenge(response: &Response) -> Option<String> {
    response
        .fields
        .all("www-authenticate")
        .find(|value| {
            value
                .split([' ', ','])
                .any(|word| word.eq_ignore_ascii_case("bearer"))
        })
        .map(str::to_owned)
}

fn each(world: &World, fits: fn(&Response) -> bool, expected: &str) -> Result<(), Stop> {
    match world.shown.iter().find(|(response, _)| !fits(response)) {
        None => Ok(()),
        Some((response, event)) => {
            let challenge = response
                .fields
                .get("www-authenticate")
                .map(|c| format!(", WWW-Authenticate: {c}"));
            let actual = format!("{}{}", describe(response), challenge.unwrap_or_default());
            Err(Failure::new(expected, actual, Some(*event))
                .blaming(Blame::All)
                .into())
        }
    }
}
