//! Judges answers with a token.

use super::{
    asking::{Asked, all, the_last},
    parties::the_party,
    reading::{
        Granted, error_of, granted, is_not_to_be_stored, media_type, no_answer, response, scopes,
        text, words,
    },
};
use crate::{
    steps::{Failure, Stop, registry::steps},
    world::{Answer, World},
};
use std::collections::BTreeSet;

/// The fewest characters of a `b64token` that can hold 128 bits.
const SHORTEST: usize = 22;
/// In how many places two tokens differ at least that have nothing to do with each other. Of 32
/// hexadecimal digits that are drawn by chance, 30 do on average.
const DIFFERENT: usize = 12;

steps! {
    "it gets a token" => |world| {
        got_token(&the_last(world)?.answer)
    }
    "it gets a token each time" => |world| {
        all(world)?.iter().try_for_each(|asked| got_token(&asked.answer))
    }
    "it gets a token, or is told that the scope is wrong" => |world| {
        let answer = &the_last(world)?.answer;
        let (response, _) = response(answer)?;
        match error_of(response).as_deref() {
            Some("invalid_scope") => Ok(()),
            Some(_) => failed("a token, or the error invalid_scope", answer),
            None => got_token(answer),
        }
    }
    "the answer has an access_token and a token_type" => |world| {
        let answer = &the_last(world)?.answer;
        let (response, _) = response(answer)?;
        let members = super::reading::members(response).unwrap_or_default();
        let both = ["access_token", "token_type"].iter().all(|name| text(&members, name).is_some_and(|t| !t.is_empty()));
        if response.status >= 400 {
            return Err(Stop::Control(format!("no token came: {}", words(answer))));
        }
        if both {
            return Ok(());
        }
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        fail("a JSON object with the strings access_token and token_type", format!("the members {}", names.join(", ")), answer)
    }
    "the answer says how many seconds the token lives" => |world| {
        let (granted, answer) = the_token(world)?;
        let seconds = granted.members.get("expires_in");
        if seconds.and_then(serde_json::Value::as_u64).is_some_and(|s| s > 0) {
            return Ok(());
        }
        let actual = seconds.map_or("no expires_in".to_owned(), |s| format!("expires_in: {s}"));
        fail("expires_in: a whole number above zero", actual, answer)
    }
    "the answer with the token is not to be stored" => |world| {
        let (_, answer) = the_token(world)?;
        let (response, _) = response(answer)?;
        if is_not_to_be_stored(response) {
            return Ok(());
        }
        let actual = response.fields.get("cache-control").unwrap_or("no such field");
        fail("Cache-Control: no-store", actual.to_owned(), answer)
    }
    "the answer with the token is application\\/json" => |world| {
        let (_, answer) = the_token(world)?;
        let (response, _) = response(answer)?;
        match media_type(response) {
            kind if kind == "application/json" => Ok(()),
            kind => fail("Content-Type: application/json", kind, answer),
        }
    }
    "the answer has no refresh token" => |world| {
        let (granted, answer) = the_token(world)?;
        match granted.members.get("refresh_token") {
            None => Ok(()),
            Some(_) => fail("no refresh_token", "one".to_owned(), answer),
        }
    }
    "the token can be shown in a field" => |world| {
        let (granted, answer) = the_token(world)?;
        if is_b64token(&granted.token) {
            return Ok(());
        }
        fail("a b64token", "an access_token with other characters in it".to_owned(), answer)
    }
    "none of the tokens can be guessed from another" => |world| {
        let asked = all(world)?;
        let tokens: Option<Vec<Granted>> = asked.iter().map(|a| granted(&a.answer)).collect();
        let (Some(tokens), Some(last)) = (tokens, asked.last()) else {
            return Err(Stop::Control("not every request got a token".to_owned()));
        };
        let tokens: Vec<&str> = tokens.iter().map(|t| t.token.as_str()).collect();
        match resemblance(&tokens) {
            None => Ok(()),
            Some(what) => fail("tokens that have nothing to do with each other", what, &last.answer),
        }
    }
    "a token of another scope than was asked for comes with its scope" => |world| {
        let asked = the_last(world)?;
        let Some(granted) = granted(&asked.answer) else {
            // Who refuses has nothing to say about what was granted.
            return Ok(());
        };
        match text(&granted.members, "scope") {
            Some(_) => Ok(()),
            None => fail("the member scope, or a refusal", "a token without a scope".to_owned(), &asked.answer),
        }
    }
    "no scope is granted beyond its own" => |world| {
        let own: BTreeSet<&str> = the_party(world)?.scopes().iter().map(String::as_str).collect();
        let asked = the_last(world)?;
        if asked.answer.response().is_none() {
            return Err(no_answer(&asked.answer));
        }
        let Some(scope) = granted_scope(asked) else { return Ok(()) };
        let beyond: Vec<&str> = scopes(&scope).difference(&own).copied().collect();
        if beyond.is_empty() {
            return Ok(());
        }
        fail("no scope beyond those of who asks", format!("a token for {}", beyond.join(" ")), &asked.answer)
    }
    "both are granted the same scopes" => |world| {
        let granted: Vec<Option<String>> = all(world)?.iter().map(granted_scope).collect();
        let last = &the_last(world)?.answer;
        match granted.as_slice() {
            [Some(one), Some(other)] if scopes(one) == scopes(other) => Ok(()),
            [Some(one), Some(other)] => fail(&format!("the scopes {one}"), other.clone(), last),
            [Some(_), None] => failed("a token in any order of the scopes", last),
            _ => Err(Stop::Control("the scopes in their order were not granted".to_owned())),
        }
    }
    "the second is as little its own as the first" => |world| {
        let own: BTreeSet<&str> = the_party(world)?.scopes().iter().map(String::as_str).collect();
        let [first, second] = all(world)? else {
            return Err(Stop::Harness("the scenario has not asked twice".to_owned()));
        };
        // Who grants less than was asked for does so for a scope that nobody has as well.
        let of_its_own = |asked: &Asked| granted_scope(asked).map(|scope| {
            scopes(&scope).intersection(&own).map(|scope| (*scope).to_owned()).collect::<BTreeSet<_>>()
        });
        if of_its_own(first) == of_its_own(second) {
            return Ok(());
        }
        fail(&words(&first.answer), words(&second.answer), &second.answer)
    }
    "both are answered alike" => |world| {
        let [.., one, other] = all(world)? else {
            return Err(Stop::Harness("the scenario has not asked twice".to_owned()));
        };
        if outcome(one) == outcome(other) {
            return Ok(());
        }
        fail(&words(&one.answer), words(&other.answer), &other.answer)
    }
}

/// What came of a request: the scopes that were granted, or the error.
fn outcome(asked: &Asked) -> Result<BTreeSet<String>, Option<String>> {
    match granted_scope(asked) {
        Some(scope) => Ok(scopes(&scope).into_iter().map(str::to_owned).collect()),
        None => Err(asked.answer.response().and_then(error_of)),
    }
}

/// The scope of the token that came: what the answer says, or what was asked for.
pub(super) fn granted_scope(asked: &Asked) -> Option<String> {
    let granted = granted(&asked.answer)?;
    let told = text(&granted.members, "scope").map(str::to_owned);
    Some(told.or_else(|| asked.scope.clone()).unwrap_or_default())
}

/// The token that came last, without which nothing can be said.
///
/// # Errors
/// When none came.
pub(super) fn the_token(world: &World) -> Result<(Granted, &Answer), Stop> {
    let answer = &the_last(world)?.answer;
    match granted(answer) {
        Some(granted) => Ok((granted, answer)),
        None => Err(Stop::Control(format!("no token came: {}", words(answer)))),
    }
}

fn got_token(answer: &Answer) -> Result<(), Stop> {
    match granted(answer) {
        Some(_) => Ok(()),
        None => failed("200 with a token", answer),
    }
}

fn failed(expected: &str, answer: &Answer) -> Result<(), Stop> {
    fail(expected, words(answer), answer)
}

/// What was expected, and what came instead.
pub(super) fn fail(expected: &str, actual: String, answer: &Answer) -> Result<(), Stop> {
    Err(Failure::new(expected, actual, Some(answer.event)).into())
}

/// Whether a token is of the form that RFC 6750 section 2.1 has for the field.
fn is_b64token(token: &str) -> bool {
    let digits = token.trim_end_matches('=');
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    !digits.is_empty() && digits.chars().all(fits)
}

/// What tokens have in common that they should not have.
fn resemblance(tokens: &[&str]) -> Option<String> {
    if let Some(short) = tokens.iter().find(|t| t.len() < SHORTEST) {
        return Some(format!("a token of {} characters", short.len()));
    }
    let pairs = tokens
        .iter()
        .enumerate()
        .flat_map(|(place, one)| tokens.iter().skip(place + 1).map(move |other| (one, other)));
    let fewest = pairs.map(|(one, other)| differing(one, other)).min()?;
    match fewest {
        0 => Some("a token that came before".to_owned()),
        few if few < DIFFERENT => Some(format!("two tokens that differ in {few} characters")),
        _ => None,
    }
}

fn differing(one: &str, other: &str) -> usize {
    let longer = one.len().abs_diff(other.len());
    let places = one.bytes().zip(other.bytes());
    places.filter(|(a, b)| a != b).count() + longer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_that_count_are_like_each_other() {
        let first = "f3b1c9aa5d7e42d08c6f9e2b7a1d4c00";
        let second = "f3b1c9aa5d7e42d08c6f9e2b7a1d4c01";
        let other = "07d95ee3b8a44f1f9a5a3cc0d162b9f7";
        assert!(resemblance(&[first, second]).is_some());
        assert!(resemblance(&[first, first]).is_some());
        assert!(resemblance(&[first, other]).is_none());
        assert!(resemblance(&["short-and-sweet", other]).is_some());
    }

    #[test]
    fn a_b64token_is_of_its_characters() {
        assert!(is_b64token("abc-._~+/123=="));
        for wrong in ["", "==", "a b", "a=b", "a,b", "a\u{e9}"] {
            assert!(!is_b64token(wrong), "{wrong}");
        }
    }
}
