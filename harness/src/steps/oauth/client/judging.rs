//! What became of the tokens.

use super::{at, desk, given, has, since_mark, visits};
use crate::{
    lab::{Visit, oauth::Place},
    steps::{Failure, Stop, registry::steps},
};

steps! {
    "the API was shown the token" => |world| {
        let token = given(world, 0)?;
        let shown = at(world, 0, Place::Api)?;
        match shown.iter().any(|visit| is_shown(visit, &token)) {
            true => Ok(()),
            false => Err(Failure::new("a request to the API with the token", came(&shown), None).into()),
        }
    }
    "the API was not shown what came" => |world| {
        let token = desk(world, 0)?.given().first().cloned();
        for (place, visit) in visits(world, 0)? {
            // Whoever got no token has nothing to show.
            let shown = place == Place::Api && visit.request.fields.get("authorization").is_some();
            let used = token.as_ref().is_some_and(|token| place != Place::Token && has(&visit.request, token));
            if shown || used {
                let expected = "no request with what was no token";
                return Err(Failure::new(expected, "a request with it", Some(visit.event)).into());
            }
        }
        Ok(())
    }
    "the token stood in the field that is there for it, and nowhere else" => |world| {
        let token = given(world, 0)?;
        let shown = at(world, 0, Place::Api)?;
        if shown.is_empty() {
            return Err(Stop::Control("the client has not called the API".to_owned()));
        }
        for visit in shown {
            let mut rest = visit.request.clone();
            rest.fields.remove("authorization");
            let fields = visit.request.fields.all("authorization").count();
            if !is_shown(&visit, &token) || fields != 1 || has(&rest, &token) {
                let expected = "one field Authorization with the scheme Bearer, and the token in no other place";
                return Err(Failure::new(expected, "something else", Some(visit.event)).into());
            }
        }
        Ok(())
    }
    "the second server has not seen the token of the first" => |world| {
        let token = given(world, 0)?;
        match visits(world, 1)?.iter().find(|(_, visit)| has(&visit.request, &token)) {
            None => Ok(()),
            Some((_, visit)) => Err(Failure::new("no request with the token of the first server", "one", Some(visit.event)).into()),
        }
    }
    "the API was called {count} times since then" => |world, count| {
        let called = since_mark(world, Place::Api)?;
        match called.len().to_string() == count {
            true => Ok(()),
            false => Err(Failure::new(format!("{count} request(s) to the API"), called.len().to_string(), None).into()),
        }
    }
    "the API was called no more than {count} times since then" => |world, count| {
        let called = since_mark(world, Place::Api)?;
        let most: usize = count.parse().map_err(|_| Stop::Harness("no number".to_owned()))?;
        match called.len() <= most {
            true => Ok(()),
            false => Err(Failure::new(format!("{count} request(s) to the API at most"), called.len().to_string(), called.get(most).map(|v| v.event)).into()),
        }
    }
    "the API was shown the new token" => |world| {
        let tokens = desk(world, 0)?.given();
        let shown = since_mark(world, Place::Api)?;
        let new = tokens.iter().skip(1);
        let shows = |token: &String| shown.iter().any(|visit| is_shown(visit, token));
        match new.clone().any(shows) {
            true => Ok(()),
            false => Err(Failure::new("a request to the API with a new token", came(&shown), None).into()),
        }
    }
    "the API was not shown the old token since then" => |world| {
        let token = given(world, 0)?;
        let shown = since_mark(world, Place::Api)?;
        match shown.iter().find(|visit| has(&visit.request, &token)) {
            None => Ok(()),
            Some(visit) => Err(Failure::new("no request with a token that has ended", "one", Some(visit.event)).into()),
        }
    }
    "it was asked for its metadata where the issuer identifier leads" => |world| {
        if !at(world, 0, Place::Metadata)?.is_empty() {
            return Ok(());
        }
        let other = at(world, 0, Place::Other)?;
        let came = other.first().map_or("none".to_owned(), |visit| visit.request.target.clone());
        Err(Failure::new("a request for the metadata at the well-known address", came, other.first().map(|v| v.event)).into())
    }
    "no credentials came to any endpoint of the metadata" => |world| {
        if at(world, 0, Place::Metadata)?.is_empty() {
            return Err(Stop::NotExercised("the client has not asked for the metadata".to_owned()));
        }
        match at(world, 0, Place::Token)?.first() {
            None => Ok(()),
            Some(visit) => Err(Failure::new("no token request by metadata of somebody else", "a token request", Some(visit.event)).into()),
        }
    }
}

/// Whether a request shows that token as a bearer token.
fn is_shown(visit: &Visit, token: &str) -> bool {
    let field = visit.request.fields.get("authorization");
    let parts = field.and_then(|field| field.split_once(' '));
    parts.is_some_and(|(scheme, shown)| {
        scheme.eq_ignore_ascii_case("bearer") && shown.trim_start() == token
    })
}

fn came(shown: &[Visit]) -> String {
    match shown.len() {
        0 => "no request".to_owned(),
        n => format!("{n} request(s), none with it"),
    }
}
