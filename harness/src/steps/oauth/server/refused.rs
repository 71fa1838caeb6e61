//! Judges refusals of token requests.

use super::{
    asking::{Asked, all, the_last},
    granted::fail,
    parties::elsewhere_path,
    reading::{
        error_of, granted, holds_token, is_not_to_be_stored, media_type, members, offered_schemes,
        response, text, words,
    },
};
use crate::{
    draft::MARK,
    run::Absence,
    steps::{Stop, registry::steps},
    wire::Response,
    world::{Answer, World},
};

steps! {
    "the request is refused" => |world| {
        refused(&the_last(world)?.answer)
    }
    "the first gets a token, and the second is refused" => |world| {
        let [first, second] = all(world)? else {
            return Err(Stop::Harness("the scenario has not asked twice".to_owned()));
        };
        if granted(&first.answer).is_none() {
            return Err(Stop::Control(format!("the first was answered with {}", words(&first.answer))));
        }
        refused(&second.answer)
    }
    "the request is refused with the error {words}" => |world, error| {
        let answer = &the_last(world)?.answer;
        refused(answer)?;
        has_error(answer, &error)
    }
    "the refusal has the error {words}" => |world, error| {
        let (_, answer) = the_refusal(world)?;
        has_error(answer, &error)
    }
    "a refusal of it has the error {words}" => |world, error| {
        // Who grants less instead has nothing to name.
        match the_refusal(world) {
            Ok((_, answer)) => has_error(answer, &error),
            Err(Stop::Control(_)) if granted(&the_last(world)?.answer).is_some() => Ok(()),
            Err(stop) => Err(stop),
        }
    }
    "no token comes for a password" => |world| {
        let answer = &the_last(world)?.answer;
        let (response, _) = response(answer)?;
        let looked_at = error_of(response).as_deref() == Some("invalid_grant");
        if response.status >= 400 && !holds_token(response) && !looked_at {
            return Ok(());
        }
        let actual = if looked_at { "the password was looked at: invalid_grant".to_owned() } else { words(answer) };
        fail("a refusal of the grant", actual, answer)
    }
    "the refusal has the status 400" => |world| {
        let (refusal, answer) = the_refusal(world)?;
        if refusal.status == 400 || error_of(refusal).as_deref() == Some("invalid_client") {
            return Ok(());
        }
        fail("400", words(answer), answer)
    }
    "the refusal is a JSON object with an error" => |world| {
        let (refusal, answer) = the_refusal(world)?;
        match error_of(refusal) {
            Some(error) if !error.is_empty() => Ok(()),
            _ => fail("a JSON object with a string error", words(answer), answer),
        }
    }
    "the refusal is of the media type application\\/json" => |world| {
        let (refusal, answer) = the_refusal(world)?;
        match media_type(refusal) {
            kind if kind == "application/json" => Ok(()),
            kind => fail("Content-Type: application/json", kind, answer),
        }
    }
    "the refusal is not to be stored" => |world| {
        let (refusal, answer) = the_refusal(world)?;
        if is_not_to_be_stored(refusal) {
            return Ok(());
        }
        let actual = refusal.fields.get("cache-control").unwrap_or("no such field");
        fail("Cache-Control: no-store", actual.to_owned(), answer)
    }
    "the refusal describes itself in printable ASCII" => |world| {
        let (refusal, answer) = the_refusal(world)?;
        let members = members(refusal).unwrap_or_default();
        let Some(description) = members.get("error_description") else { return Ok(()) };
        let fits = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
        if description.as_str().is_some_and(|d| d.chars().all(fits)) {
            return Ok(());
        }
        fail("an error_description of printable ASCII", description.to_string(), answer)
    }
    "the refusal repeats nothing of the request" => |world| {
        let (refusal, answer) = the_refusal(world)?;
        let whole = String::from_utf8_lossy(&refusal.to_bytes()).to_ascii_lowercase();
        if whole.contains(&MARK.to_ascii_lowercase()) {
            return fail("nothing of what was sent", format!("\"{MARK}\", which was sent"), answer);
        }
        Ok(())
    }
    "the refusal is a 401 with a challenge of the scheme Basic" => |world| {
        let (refusal, answer) = the_refusal(world)?;
        let schemes = offered_schemes(refusal);
        if refusal.status == 401 && schemes.iter().any(|s| s == "basic") {
            return Ok(());
        }
        let challenge = refusal.fields.get("www-authenticate").unwrap_or("no challenge");
        fail("401 with WWW-Authenticate: Basic", format!("{} with {challenge}", refusal.status), answer)
    }
    "the refusal is a 405 that allows POST" => |world| {
        let (refusal, answer) = the_refusal(world)?;
        if refusal.status == 405 && refusal.fields.lists("allow", "POST") {
            return Ok(());
        }
        let allow = refusal.fields.get("allow").unwrap_or("nothing");
        fail("405 with Allow: POST", format!("{} that allows {allow}", refusal.status), answer)
    }
    "the two refusals are alike" => |world| {
        let [one, other] = all(world)? else {
            return Err(Stop::Harness("the scenario has not asked twice".to_owned()));
        };
        let (one, other) = (tells(one)?, (tells(other)?, &other.answer));
        if one == other.0 {
            return Ok(());
        }
        fail(&format!("the same answer: {one}"), other.0, other.1)
    }
    "nobody was asked for a key" => |world| {
        let path = elsewhere_path(world);
        if world.context.lab.was_reached_elsewhere(&path) {
            return Err(Absence::asked().into());
        }
        world.absences.push(Absence::NotAsked { elsewhere: path });
        Ok(())
    }
}

/// Judges that a request was refused, and that no token came.
pub(super) fn refused(answer: &Answer) -> Result<(), Stop> {
    let (response, _) = response(answer)?;
    if response.status >= 400 && !holds_token(response) {
        return Ok(());
    }
    fail("a refusal: 4xx, and no token", words(answer), answer)
}

/// The last answer, if it is a refusal: otherwise nothing can be said about one.
pub(super) fn the_refusal(world: &World) -> Result<(&Response, &Answer), Stop> {
    let answer = &the_last(world)?.answer;
    let (response, _) = response(answer)?;
    if response.status >= 400 {
        return Ok((response, answer));
    }
    Err(Stop::Control(format!(
        "it was not refused: {}",
        words(answer)
    )))
}

fn has_error(answer: &Answer, error: &str) -> Result<(), Stop> {
    if answer.response().and_then(error_of).as_deref() == Some(error) {
        return Ok(());
    }
    fail(&format!("the error {error}"), words(answer), answer)
}

/// What a refusal tells: all by which it could be told from another.
fn tells(asked: &Asked) -> Result<String, Stop> {
    let (response, _) = response(&asked.answer)?;
    if response.status < 400 {
        return Err(Stop::Control(format!(
            "it was not refused: {}",
            words(&asked.answer)
        )));
    }
    let members = members(response).unwrap_or_default();
    let said =
        ["error", "error_description"].map(|name| text(&members, name).unwrap_or("-").to_owned());
    let challenge = response.fields.get("www-authenticate").unwrap_or("-");
    Ok(format!(
        "{}, {}, challenge {challenge}",
        response.status,
        said.join(", ")
    ))
}
