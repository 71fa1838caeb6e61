//! Refusals: that a call was refused, and what the refusal looks like.

use super::{Blame, Failure, Stop, calls::unknown, registry::steps};
use crate::{
    caller::Outcome,
    draft, lab,
    wire::Response,
    world::{Answer, World},
};
use btx_spec::{Problem, ProblemType};
use serde_json::Value;

/// That a call is not refused says nothing about these.
const REFUSED: Blame = Blame::AllBut(&["EX-ISS-013", "EX-ISS-063", "HT-ANY-023", "HT-ANY-041"]);

steps! {
    "the call is refused" => |world| {
        let answer = world.the_answer().await?;
        refused(&answer)
    }
    "the call is refused or cut off" => |world| {
        let answer = world.the_answer().await?;
        match answer.outcome {
            // A server may close the connection on what is too long for it (RFC 9110 15.5.14).
            Outcome::NoAnswer(_) => Ok(()),
            _ => refused(&answer),
        }
    }
    "the call is refused with {count} and {problem}" => |world, status, problem| {
        let answer = world.the_answer().await?;
        refused_with(&answer, &status, &problem)
    }
    "the call is not answered with 202" => |world| {
        let answer = world.the_answer().await?;
        match answer.status() {
            Some(202) => Err(Failure::new("anything but 202", "202 Accepted", Some(answer.event)).into()),
            Some(_) => Ok(()),
            None => Err(Stop::Control(format!("the call was not answered: {}", answer.words()))),
        }
    }
    "the refusal says when to try again" => |world| {
        let (response, event) = response(world).await?;
        let seconds = |value: &str| value.trim().parse::<u32>().is_ok();
        field(&response, event, "retry-after", seconds, "Retry-After in seconds").map_err(|stop| match stop {
            Stop::Failed(failure) => Stop::Failed(failure.blaming(Blame::Only("HT-ANY-033"))),
            other => other,
        })
    }
    "the refusal allows POST" => |world| {
        let (response, event) = response(world).await?;
        allows_post(&response, event)
    }
    "the refusal accepts application\\/json" => |world| {
        let (response, event) = response(world).await?;
        accepts_json(&response, event)
    }
    "the refusal is a problem of the registry" => |world| {
        let (response, event) = response(world).await?;
        problem_of_the_registry(&response, event)
    }
    "the refusal contains nothing of what was sent" => |world| {
        let (response, event) = response(world).await?;
        nothing_of_what_was_sent(&response, event)
    }
    "the refusal lists distinct versions, BTX-1 among them" => |world| {
        let (response, event) = response(world).await?;
        let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let listed = body.get("accept_versions");
        let versions: Option<Vec<&str>> = listed
            .and_then(Value::as_array)
            .and_then(|all| all.iter().map(Value::as_str).collect());
        let distinct = |v: &[&str]| v.iter().enumerate().all(|(i, a)| !v.iter().skip(i + 1).any(|b| a == b));
        match versions {
            Some(v) if distinct(&v) && v.contains(&btx_spec::VERSION) => Ok(()),
            _ => Err(Failure::new(
                "accept_versions: an array of distinct strings with BTX-1",
                listed.map_or("no accept_versions".to_owned(), Value::to_string),
                Some(event),
            ).into()),
        }
    }
    "the answer forbids to store it" => |world| {
        let (response, event) = response(world).await?;
        not_stored(&response, event)
    }
    "every answer forbids to store it" => |world| {
        let (response, event) = response(world).await?;
        not_stored(&response, event)?;
        for (response, event) in &world.statuses {
            not_stored(response, *event)?;
        }
        Ok(())
    }
    "the answer has no Access-Control-Allow-Origin field" => |world| {
        let (response, event) = response(world).await?;
        no_open_door(&response, event)
    }
}

/// The response to the call of the scenario, without which nothing can be said.
async fn response(world: &mut World) -> Result<(Response, usize), Stop> {
    let answer = world.the_answer().await?;
    match answer.response() {
        Some(response) => Ok((response.clone(), answer.event)),
        None => Err(Stop::Control(format!(
            "the call was not answered: {}",
            answer.words()
        ))),
    }
}

pub(super) fn refused(answer: &Answer) -> Result<(), Stop> {
    match answer.status() {
        Some(400..=599) => Ok(()),
        _ => Err(
            Failure::new("a refusal: 4xx or 5xx", answer.words(), Some(answer.event))
                .blaming(REFUSED)
                .into(),
        ),
    }
}

pub(super) fn refused_with(answer: &Answer, status: &str, problem: &str) -> Result<(), Stop> {
    let Some(kind) = ProblemType::ALL.iter().find(|kind| kind.name() == problem) else {
        return Err(unknown("problem", problem));
    };
    let actual = answer
        .response()
        .and_then(|r| Problem::parse(&r.body).ok())
        .and_then(|p| p.kind());
    if answer.status().is_some_and(|s| s.to_string() == status) && actual == Some(*kind) {
        return Ok(());
    }
    let failure = Failure::new(
        format!("{status} with {problem}"),
        answer.words(),
        Some(answer.event),
    );
    Err(failure.blaming(Blame::AllBut(&["HT-ANY-033"])).into())
}

pub(super) fn allows_post(response: &Response, event: usize) -> Result<(), Stop> {
    let post = |value: &str| lists(value, "POST");
    field(response, event, "allow", post, "Allow: POST")
}

pub(super) fn accepts_json(response: &Response, event: usize) -> Result<(), Stop> {
    let json = |value: &str| lists(value, "application/json");
    field(response, event, "accept", json, "Accept: application/json")
}

fn field(
    response: &Response,
    event: usize,
    name: &str,
    fits: fn(&str) -> bool,
    expected: &str,
) -> Result<(), Stop> {
    match response.fields.get(name) {
        Some(value) if fits(value) => Ok(()),
        Some(value) => Err(Failure::new(expected, format!("{name}: {value}"), Some(event)).into()),
        None => Err(Failure::new(expected, format!("no field {name}"), Some(event)).into()),
    }
}

fn lists(value: &str, element: &str) -> bool {
    value
        .split(',')
        .any(|part| part.trim().eq_ignore_ascii_case(element))
}

pub(super) fn not_stored(response: &Response, event: usize) -> Result<(), Stop> {
    if response.fields.lists("cache-control", "no-store") {
        return Ok(());
    }
    let actual = response
        .fields
        .get("cache-control")
        .unwrap_or("no such field");
    Err(Failure::new("Cache-Control: no-store", actual, Some(event)).into())
}

pub(super) fn problem_of_the_registry(response: &Response, event: usize) -> Result<(), Stop> {
    if response.status < 400 {
        let came = crate::world::describe(response);
        return Err(Stop::Control(format!("it was not refused: {came}")));
    }
    let media_type = response.fields.get("content-type").unwrap_or("none");
    if !media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .eq_ignore_ascii_case("application/problem+json")
    {
        return Err(Failure::new(
            "Content-Type: application/problem+json",
            media_type,
            Some(event),
        )
        .into());
    }
    match Problem::parse(&response.body) {
        Ok(problem) if problem.kind().is_some() => Ok(()),
        Ok(problem) => {
            Err(Failure::new("a type of the problem registry", problem.type_, Some(event)).into())
        }
        Err(error) => {
            Err(Failure::new("a problem of RFC 9457", error.to_string(), Some(event)).into())
        }
    }
}

pub(super) fn nothing_of_what_was_sent(response: &Response, event: usize) -> Result<(), Stop> {
    if response.status < 400 {
        return Err(Stop::Control(format!(
            "the call was not refused: {}",
            crate::world::describe(response)
        )));
    }
    let whole = String::from_utf8_lossy(&response.to_bytes()).to_ascii_lowercase();
    for mark in [draft::MARK, lab::answers::MARK] {
        if whole.contains(&mark.to_ascii_lowercase()) {
            return Err(Failure::new(
                "nothing of what was sent",
                format!("\"{mark}\", which was sent"),
                Some(event),
            )
            .into());
        }
    }
    Ok(())
}

pub(super) fn no_open_door(response: &Response, event: usize) -> Result<(), Stop> {
    match response.fields.get("access-control-allow-origin") {
        None => Ok(()),
        Some(value) => {
            Err(Failure::new("no Access-Control-Allow-Origin", value, Some(event)).into())
        }
    }
}
