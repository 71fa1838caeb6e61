//! What is demanded of the answers to assertions, and of the metadata.

use super::super::verifier::{JWT_BEARER, is_let_in, members, not_let_in};
use crate::{
    lab::jwt::DocPlace,
    steps::{Failure, Stop, registry::steps},
    wire::Response,
    world::{Answer, World},
};
use btx_spec::jose::SignedToken;
use serde_json::{Value, json};

steps! {
    "they say that clients are known by their documents" => |world| {
        let answer = metadata(world)?;
        let said = answer.response().map(members).unwrap_or_default();
        match said.get("client_id_metadata_document_supported") {
            Some(Value::Bool(true)) => Ok(()),
            other => fail("client_id_metadata_document_supported: true", shown(other), answer),
        }
    }
    "they name the grant for assertions" => |world| {
        let answer = metadata(world)?;
        let said = answer.response().map(members).unwrap_or_default();
        let grants = said.get("grant_types_supported");
        match grants.and_then(Value::as_array) {
            Some(grants) if grants.contains(&json!(JWT_BEARER)) => Ok(()),
            _ => fail(&format!("grant_types_supported with {JWT_BEARER}"), shown(grants), answer),
        }
    }
    "a token that can be read is about the client, and for the resource" => |world| {
        let answer = granted(world)?;
        let said = answer.response().map(members).unwrap_or_default();
        let text = said.get("access_token").and_then(Value::as_str).unwrap_or_default();
        let Ok(token) = SignedToken::parse(text) else {
            return Ok(());
        };
        let own = json!(world.published(0)?.id);
        for name in ["sub", "client_id"] {
            let claim = token.claims().get(name);
            if claim != Some(&own) {
                return fail(&format!("{name}: {own}"), shown(claim), answer);
            }
        }
        let server = super::super::verifier::server(world)?;
        let Some(resource) = server.resources.first().map(|resource| json!(resource)) else {
            return Ok(());
        };
        let aud = token.claims().get("aud");
        match aud {
            Some(aud) if *aud == resource || *aud == json!([resource]) => Ok(()),
            aud => fail(&format!("aud: {resource}"), shown(aud), answer),
        }
    }
    "it is refused with invalid_target" => |world| {
        let answer = last(world)?;
        match answer.response() {
            Some(response) if response.status == 400 && error(response) == "invalid_target" => Ok(()),
            Some(response) => fail("400 with invalid_target", words(response), answer),
            None => Err(unanswered(answer)),
        }
    }
    "each refusal is 400 with invalid_grant" => |world| {
        refusals(world, &[400])
    }
    "each refusal is 400 with invalid_grant, or 503" => |world| {
        refusals(world, &[400, 503])
    }
    "it is let in once, and not again" => |world| {
        let answers = &world.jwt.verifier.answers;
        let Some((first, others)) = answers.split_first() else {
            return Err(Stop::Harness("the scenario has shown nothing yet".to_owned()));
        };
        if !is_let_in(world, first) {
            return Err(Stop::Control(format!("the first was answered {}", first.words())));
        }
        others.iter().try_for_each(|answer| not_let_in(world, answer))
    }
    "there is no refresh token" => |world| {
        let answer = granted(world)?;
        let said = answer.response().map(members).unwrap_or_default();
        match said.get("refresh_token") {
            None => Ok(()),
            Some(_) => fail("no refresh_token", "one".to_owned(), answer),
        }
    }
    "nothing had been fetched by then" => |world| {
        match world.jwt.server.fetched {
            0 => Ok(()),
            count => {
                let visits = world.published(0)?.desk.visits(DocPlace::Document);
                let first = visits.first().map(|visit| visit.event);
                Err(Failure::new("nothing is fetched", format!("{count} fetches"), first).into())
            }
        }
    }
}

/// Judges that all that was refused was refused in the one way, whether something was granted beside it or not.
fn refusals(world: &World, statuses: &[u16]) -> Result<(), Stop> {
    let answers = &world.jwt.verifier.answers;
    for answer in answers.iter().filter(|a| !is_let_in(world, a)) {
        let response = answer.response().ok_or_else(|| unanswered(answer))?;
        let fits = match response.status {
            400 => error(response) == "invalid_grant",
            status => statuses.contains(&status),
        };
        if !fits {
            let also = if statuses.contains(&503) {
                ", or 503"
            } else {
                ""
            };
            return fail(
                &format!("400 with invalid_grant{also}"),
                words(response),
                answer,
            );
        }
    }
    Ok(())
}

/// The answer that came last.
fn last(world: &World) -> Result<&Answer, Stop> {
    let last = world.jwt.verifier.answers.last();
    last.ok_or_else(|| Stop::Harness("the scenario has shown nothing yet".to_owned()))
}

/// The answer that came last, with a token in it, without which nothing can be said.
fn granted(world: &World) -> Result<&Answer, Stop> {
    let answer = last(world)?;
    match is_let_in(world, answer) {
        true => Ok(answer),
        false => Err(Stop::Control(format!("no token came: {}", answer.words()))),
    }
}

fn metadata(world: &World) -> Result<&Answer, Stop> {
    let answer = world.oauth.server.metadata.as_ref();
    answer.ok_or_else(|| Stop::Harness("nobody has asked for the metadata".to_owned()))
}

fn error(response: &Response) -> String {
    let said = members(response);
    let error = said.get("error").and_then(Value::as_str);
    error.unwrap_or("no error").to_owned()
}

fn words(response: &Response) -> String {
    format!("{} with {}", response.status, error(response))
}

fn unanswered(answer: &Answer) -> Stop {
    Stop::Control(format!("no answer came: {}", answer.words()))
}

fn shown(value: Option<&Value>) -> String {
    value.map_or("no such member".to_owned(), Value::to_string)
}

fn fail(expected: &str, actual: String, answer: &Answer) -> Result<(), Stop> {
    Err(Failure::new(expected, actual, Some(answer.event)).into())
}
