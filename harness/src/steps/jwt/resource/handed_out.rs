//! Access tokens that the resource hands out.

use super::{answered, door, fetches, granted, is_success, jwt, missing, resource, show};
use crate::{
    lab::jwt::Host,
    steps::{Failure, Stop, calls::unknown, registry::steps, resource as tokens},
    wire::Response,
    world::{World, describe},
};
use std::time::{Duration, Instant};
use url::Url;

/// The longest that the end of a token is waited for.
const LONGEST: u64 = 30;
/// How long after its end a token is shown.
const AFTER: Duration = Duration::from_millis(200);

/// An access token as the resource has handed it out, read without judging it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// The text of it.
    text: String,
    /// How long it lives, as it stands there.
    expires_in: String,
    /// When it was read.
    at: Instant,
}

steps! {
    "a client that has been handed out an access token" => |world| {
        resource(world)?;
        world.publish(Host::Main).await?;
        world.jwt.resource.handed_out = Some(handed_out(world).await?);
        world.jwt.resource.fetched = fetches(world);
        Ok(())
    }
    "an access token is handed out for one without fault" => |world| {
        handed_out(world).await?;
        Ok(())
    }
    "it shows a service JWT where tokens are handed out" => |world| {
        with(world, "without fault").await
    }
    "it shows a service JWT {words} where tokens are handed out" => |world, fault| {
        with(world, &fault).await
    }
    "it shows a service JWT at a place below that is not there" => |world| {
        let mut url = door_of_tokens(world, 0)?;
        let path = format!("{}/nothing-is-here", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let jwt = jwt(world, 0, "without fault")?;
        let shown = show(world, &url, &jwt).await?;
        world.shown.push(shown);
        Ok(())
    }
    "it shows the access token on each replica" => |world| {
        let token = token(world)?;
        for url in resource(world)?.hands_out.clone() {
            let shown = show(world, &url, &token.text).await?;
            world.shown.push(shown);
        }
        token.lives()
    }
    "it shows the access token {count} times" => |world, count| {
        let count: usize = count.parse().map_err(|_| unknown("number", &count))?;
        let token = token(world)?;
        for _ in 0..count {
            let shown = show(world, &door_of_tokens(world, 0)?, &token.text).await?;
            world.shown.push(shown);
        }
        token.lives()
    }
    "it shows the access token {words}" => |world, words| {
        let token = token(world)?;
        let words = format!("the token {words}");
        let shows = tokens::shows(&words, &token.text, &door_of_tokens(world, 0)?);
        let shows = shows.ok_or_else(|| unknown("way to show a token", &words))?;
        for (url, method, fields, body) in shows {
            let answer = world.ask(&url, method, fields, body).await;
            world.shown.push(answered(answer)?);
        }
        Ok(())
    }
    "its lifetime is over, and it shows the access token" => |world| {
        let token = token(world)?;
        let lifetime = token.expires_in.parse().ok().filter(|seconds| *seconds <= LONGEST);
        let lifetime = lifetime.ok_or_else(|| {
            Stop::NotExercised(format!("no access token that ends within {LONGEST} s is handed out"))
        })?;
        world.wait(Duration::from_secs(lifetime) + AFTER, "the access token ends").await;
        let shown = show(world, &door_of_tokens(world, 0)?, &token.text).await?;
        world.shown.push(shown);
        Ok(())
    }
    "the access token itself is taken" => |world| {
        let token = token(world)?;
        let (response, _) = show(world, &door_of_tokens(world, 0)?, &token.text).await?;
        granted(&response)
    }
    "each of these is granted" => |world| {
        world.shown.iter().try_for_each(|(response, _)| granted(response))
    }
    "the answer hands out an access token with its lifetime" => |world| {
        each(world, "2xx with access_token and expires_in in Authentication-Info", |response| {
            is_success(response) && Token::read(response).is_some_and(|t| !t.expires_in.is_empty())
        })
    }
    "the answer forbids that it is stored" => |world| {
        each(world, "Cache-Control: no-store", |response| {
            let mut said = response.fields.all("cache-control").flat_map(|value| value.split(','));
            said.any(|directive| directive.trim().eq_ignore_ascii_case("no-store"))
        })
    }
    "no answer hands out an access token" => |world| {
        each(world, "no access_token in Authentication-Info", |r| Token::read(r).is_none())
    }
    "no answer but a success hands out an access token" => |world| {
        each(world, "no access_token in Authentication-Info", |r| is_success(r) || Token::read(r).is_none())
    }
    "the access token has the form of one and lives for {count} to {count} seconds" => |world, least, most| {
        let (Ok(least), Ok(most)) = (least.parse::<u64>(), most.parse::<u64>()) else {
            return Err(unknown("number", &least));
        };
        for (response, event) in &world.shown {
            let token = Token::read(response);
            let token = token.ok_or_else(|| Stop::Control("no access token was handed out".to_owned()))?;
            if !is_token(&token.text) {
                let came = format!("one of {} characters", token.text.chars().count());
                return Err(Failure::new("an access token of 20 to 4096 characters of b64token", came, Some(*event)).into());
            }
            if !token.expires_in.parse().is_ok_and(|seconds| (least..=most).contains(&seconds)) {
                let expected = format!("expires_in from {least} to {most}");
                return Err(Failure::new(expected, token.expires_in, Some(*event)).into());
            }
        }
        Ok(())
    }
    "another access token is handed out" => |world| {
        let first = token(world)?;
        let (response, event) = world.shown.first().ok_or_else(nothing_shown)?;
        let second = Token::read(response);
        let second = second.ok_or_else(|| Stop::Control("no access token was handed out".to_owned()))?;
        if second.text != first.text {
            return Ok(());
        }
        Err(Failure::new("another access token", "the same one", Some(*event)).into())
    }
    "nothing more was fetched" => |world| {
        let (before, after) = (world.jwt.resource.fetched, fetches(world));
        if before == after {
            return Ok(());
        }
        Err(Failure::new("no fetch for an access token", format!("{}", after.saturating_sub(before)), None).into())
    }
}

/// Shows a service JWT where tokens are handed out.
async fn with(world: &mut World, fault: &str) -> Result<(), Stop> {
    let jwt = jwt(world, 0, fault)?;
    let shown = show(world, &door_of_tokens(world, 0)?, &jwt).await?;
    world.shown.push(shown);
    Ok(())
}

/// The access token that is handed out for a service JWT without fault.
async fn handed_out(world: &World) -> Result<Token, Stop> {
    let jwt = jwt(world, 0, "without fault")?;
    let (response, _) = show(world, &door_of_tokens(world, 0)?, &jwt).await?;
    granted(&response)?;
    Token::read(&response).ok_or_else(|| Stop::Control("no access token was handed out".to_owned()))
}

/// Where tokens are handed out, at a replica counted from 0, around.
fn door_of_tokens(world: &World, replica: usize) -> Result<Url, Stop> {
    let urls = &resource(world)?.hands_out;
    if urls.is_empty() {
        return door(world, replica);
    }
    world.replica(urls, replica)
}

fn token(world: &World) -> Result<Token, Stop> {
    let token = world.jwt.resource.handed_out.clone();
    token.ok_or_else(|| missing("access token that was handed out"))
}

fn nothing_shown() -> Stop {
    Stop::Harness("nothing was shown".to_owned())
}

fn each(world: &World, expected: &str, fits: fn(&Response) -> bool) -> Result<(), Stop> {
    match world.shown.iter().find(|(response, _)| !fits(response)) {
        None => Ok(()),
        Some((response, event)) => {
            Err(Failure::new(expected, describe(response), Some(*event)).into())
        }
    }
}

impl Token {
    /// The control of scenarios that show it while it lives: that it does. Its end may be one of whole seconds.
    fn lives(&self) -> Result<(), Stop> {
        let lifetime = self
            .expires_in
            .parse()
            .map_or(Duration::MAX, Duration::from_secs);
        if self.at.elapsed() + Duration::from_secs(1) < lifetime {
            return Ok(());
        }
        Err(Stop::Control(
            "the access token may have ended meanwhile".to_owned(),
        ))
    }

    /// The access token in an answer, if there is one, whatever is wrong with it.
    fn read(response: &Response) -> Option<Self> {
        let parameters = response.fields.all("authentication-info");
        let parameters = parameters.flat_map(|value| value.split(','));
        let mut token = Self {
            text: String::new(),
            expires_in: String::new(),
            at: Instant::now(),
        };
        for parameter in parameters {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "access_token" => value.clone_into(&mut token.text),
                "expires_in" => value.clone_into(&mut token.expires_in),
                _ => {}
            }
        }
        (!token.text.is_empty()).then_some(token)
    }
}

/// Whether a text has the form of RFC 6750 section 2.1, and a length with which one can live.
fn is_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let of_a_token = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    (20..=4096).contains(&text.len()) && !body.is_empty() && body.chars().all(of_a_token)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use crate::wire::Fields;

    fn read(value: &str) -> Option<(String, String)> {
        let fields = Fields::from([("authentication-info", value)]);
        let token = Token::read(&Response::new(200, fields, b""))?;
        Some((token.text, token.expires_in))
    }

    #[test]
    fn a_token_is_read_whatever_is_wrong_with_it() {
        let pair = |one: &str, other: &str| Some((one.to_owned(), other.to_owned()));
        assert_eq!(
            read(r#"access_token="a.b==", expires_in=300"#),
            pair("a.b==", "300")
        );
        assert_eq!(read("Expires_In=9,ACCESS_TOKEN=x"), pair("x", "9"));
        assert_eq!(read(r#"access_token="x""#), pair("x", ""));
        assert_eq!(read("nextnonce=\"1\""), None);
    }

    #[test]
    fn a_token_has_a_form_and_a_length() {
        assert!(is_token("abcdefghijklmnopqrs=="));
        assert!(!is_token("abcdefghijklmnopqrs"));
        assert!(!is_token("abcdefghij klmnopqrst"));
        assert!(!is_token(&"a".repeat(4097)));
    }
}
