//! What the token calls look like, and what the token issues were answered.

use super::{desk, last_call};
use crate::{
    caller::Outcome,
    issue_draft::CallValues,
    lab::ReceivedCall,
    run::Absence,
    steps::{Blame, Failure, Stop, refusals, registry::steps},
    wire::{Request, Response},
    world::World,
};
use btx_spec::{FormError, TokenCall};
use std::{collections::HashSet, sync::Arc};

steps! {
    "the token call has five members, each in its form, and names both parties" => |world| {
        let call = last_call(world)?;
        let issuer = super::as_issuer(world, 0)?.identifier;
        let initiator = super::initiator(world)?.identifier.clone();
        let fails = |expected: &str, actual: String| Failure::new(expected, actual, Some(call.visit.event));
        match TokenCall::parse(&call.visit.request.body) {
            Err(error) => Err(fails("five members, each a string in its form", error.to_string()).into()),
            Ok(parsed) if parsed.issuer.as_str() != issuer => Err(fails(&issuer, parsed.issuer.to_string()).into()),
            Ok(parsed) if parsed.initiator.as_str() != initiator => Err(fails(&initiator, parsed.initiator.to_string()).into()),
            Ok(_) => Ok(()),
        }
    }
    "the call has a version of this specification" => |world| {
        let call = last_call(world)?;
        match TokenCall::parse(&call.visit.request.body) {
            Err(FormError::UnsupportedVersion) => Err(Failure::new("version = \"BTX-1\"", "another one", Some(call.visit.event)).into()),
            _ => Ok(()),
        }
    }
    "the calls to all of them have different ids and different keys" => |world| {
        all_different(&world.initiation.calls)
    }
    "all calls have different ids and different keys" => |world| {
        all_different(&desk(world, 0)?.calls())
    }
    "no call was sent twice" => |world| {
        let lease = world.party(0)?.lease.clone();
        sent_twice(&lease.desk.calls())?;
        world.absences.push(Absence::NoRepeatedCall { lease });
        Ok(())
    }
    "the token call has the media type application\\/json" => |world| {
        let call = last_call(world)?;
        let media_type = call.visit.request.fields.get("content-type").unwrap_or("none").to_owned();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/json") {
            return Ok(());
        }
        Err(Failure::new("Content-Type: application/json", media_type, Some(call.visit.event)).into())
    }
    "the token call is a POST" => |world| {
        let call = last_call(world)?;
        match call.visit.request.method.as_str() {
            "POST" => Ok(()),
            method => Err(Failure::new("POST", method, Some(call.visit.event)).into()),
        }
    }
    "the token call has no content coding" => |world| {
        let call = last_call(world)?;
        let coding = call.visit.request.fields.get("content-encoding");
        match coding.filter(|c| !c.eq_ignore_ascii_case("identity")) {
            None => Ok(()),
            Some(coding) => Err(Failure::new("no Content-Encoding", coding, Some(call.visit.event)).into()),
        }
    }
    "no token call has an Authorization or a Cookie field" => |world| {
        for call in desk(world, 0)?.calls() {
            no_credentials(&call.visit.request, call.visit.event)?;
        }
        Ok(())
    }
    "the body of the token call is one JSON object without repeated names" => |world| {
        let call = last_call(world)?;
        match TokenCall::parse(&call.visit.request.body) {
            Err(error @ (FormError::NotJson { .. } | FormError::NotAnObject | FormError::DuplicateMember { .. } | FormError::TooDeep)) => {
                Err(Failure::new("one JSON object of RFC 8259, each name once", error.to_string(), Some(call.visit.event)).into())
            }
            _ => Ok(()),
        }
    }
    "no request went to where the answer led" => |world| {
        let path = crate::steps::answers::elsewhere_path(world)?;
        let lease = world.party(0)?.lease.clone();
        if let Some(stray) = lease.strays().first() {
            return Err(Failure::new("no request to where the answer led", "a request", Some(stray.event)).into());
        }
        if world.context.lab.was_reached_elsewhere(&path) {
            return Err(Failure::new("no request to where the answer led", "a request", None).into());
        }
        world.absences.push(Absence::NotReached { lease, elsewhere: path });
        Ok(())
    }
    "the token issue is accepted" => |world| {
        accepted(world, 0)
    }
    "the first token issue is refused" => |world| {
        refused(world, 0)
    }
    "the first token issue is refused or cut off" => |world| {
        match issue_answer(world, 0)?.outcome {
            // A server may close the connection on what is too long for it (RFC 9110 15.5.14).
            Outcome::NoAnswer(_) => Ok(()),
            _ => refused(world, 0),
        }
    }
    "the first token issue is refused with {count} and {problem}" => |world, status, problem| {
        let answer = issue_answer(world, 0)?;
        about_the_refusal(refusals::refused_with(answer, &status, &problem))
    }
    "the second one is refused with {count} and {problem}" => |world, status, problem| {
        refusals::refused_with(issue_answer(world, 1)?, &status, &problem)
    }
    "the answer to it forbids to store it" => |world| {
        let (response, event) = issue_response(world)?;
        refusals::not_stored(&response, event)
    }
    "the answer to it has no Access-Control-Allow-Origin field" => |world| {
        let (response, event) = issue_response(world)?;
        refusals::no_open_door(&response, event)
    }
    "the answer to it allows POST" => |world| {
        let (response, event) = issue_response(world)?;
        about_the_refusal(refusals::allows_post(&response, event))
    }
    "the answer to it accepts application\\/json" => |world| {
        let (response, event) = issue_response(world)?;
        about_the_refusal(refusals::accepts_json(&response, event))
    }
    "the answer to it contains nothing of what was sent" => |world| {
        let (response, event) = issue_response(world)?;
        about_the_refusal(refusals::nothing_of_what_was_sent(&response, event))
    }
    "the answer to it contains neither the key nor the right signature" => |world| {
        let (response, event) = issue_response(world)?;
        let values = super::values(&*last_call(world)?)?;
        let secrets = world.initiation.issues.first().map(|issue| issue.draft.secrets(&values));
        let told = String::from_utf8_lossy(&response.to_bytes()).into_owned();
        let given_away = |secret: &String| told.contains(secret.as_str()) || told.contains(&secret.to_ascii_uppercase());
        match secrets.unwrap_or_default().iter().find(|s| given_away(s)) {
            None => Ok(()),
            Some(_) => about_the_refusal(Err(Failure::new("neither the key nor the right signature", "one of them", Some(event)).into())),
        }
    }
    "the answer to it is a problem of the registry" => |world| {
        let (response, event) = issue_response(world)?;
        about_the_refusal(refusals::problem_of_the_registry(&response, event))
    }
    "the right one is accepted" => |world| {
        accepted(world, 1).map_err(|stop| match stop {
            Stop::Failed(failure) if world.initiation.issues.len() > 1 => Stop::Failed(failure.blaming(Blame::Only("EX-INI-047"))),
            other => other,
        })
    }
    "the exchange went on with the right one" => |world| {
        // What a refusal looks like is a SHOULD, that the exchange goes on is a MUST of scenarios of its own.
        accepted(world, 1).map_err(|stop| match stop {
            Stop::Failed(_) => Stop::Control("the right token issue was refused as well".to_owned()),
            other => other,
        })
    }
    "the right one is accepted after it was cut off" => |world| {
        accepted(world, 1)
    }
    "the token issue that was sent again is accepted" => |world| {
        accepted(world, 1)
    }
    "the later one is refused" => |world| {
        refusals::refused(issue_answer(world, 1)?).map_err(|stop| match stop {
            Stop::Failed(failure) => Stop::Failed(failure.blaming(Blame::Only("EX-INI-042"))),
            other => other,
        })
    }
    "all but the last token issue are refused" => |world| {
        let last = world.initiation.issues.len().saturating_sub(1);
        for index in 0..last {
            refused(world, index)?;
        }
        accepted(world, last).map_err(|stop| match stop {
            Stop::Failed(failure) => Stop::Failed(failure.blaming(Blame::Only("EX-INI-047"))),
            other => other,
        })
    }
    "no token of a refused token issue was used" => |world| {
        let issues = &world.initiation.issues;
        let accepted: Vec<&str> = issues.iter().filter(|i| i.answer.status() == Some(204)).map(|i| i.draft.token.as_str()).collect();
        let refused = issues.iter().map(|i| i.draft.token.clone()).filter(|t| !accepted.contains(&t.as_str()));
        let refused: Vec<String> = refused.collect();
        for token in refused {
            super::uses::unused(world, &token)?;
        }
        Ok(())
    }
    "both token issues are accepted" => |world| {
        accepted(world, 0)?;
        accepted(world, 1)
    }
    "the second one is refused" => |world| {
        refused(world, 1)
    }
    "at most {count} call(s) came before it" => |world, most| {
        let most: usize = most.parse().unwrap_or_default();
        let before = world.initiation.before_control.map_or(0, |s| s.calls);
        if before <= most {
            return Ok(());
        }
        let event = desk(world, 0)?.calls().get(most).map(|c| c.visit.event);
        Err(Failure::new(format!("at most {most}"), format!("{before} token calls"), event).into())
    }
    "no call had a version of that list" => |world| {
        let listed = world.initiation.refused_with.clone().unwrap_or_default();
        for call in desk(world, 0)?.calls() {
            let body: serde_json::Value = serde_json::from_slice(&call.visit.request.body).unwrap_or_default();
            let version = body.get("version").and_then(|v| v.as_str()).unwrap_or_default();
            if listed.contains(&format!("\"{version}\"")) {
                return Err(Failure::new("no call with a version that only the refusal named", version, Some(call.visit.event)).into());
            }
        }
        Ok(())
    }
}

/// Judges that no two calls have an id or a key in common.
fn all_different(calls: &[Arc<ReceivedCall>]) -> Result<(), Stop> {
    let values: Vec<(usize, CallValues)> = calls
        .iter()
        .filter_map(|c| Some((c.visit.event, CallValues::read(&c.visit.request.body)?)))
        .collect();
    if values.len() < 2 {
        return Err(Stop::Control(
            "there are not two calls to compare".to_owned(),
        ));
    }
    let mut ids = HashSet::new();
    let mut keys = HashSet::new();
    for (event, value) in &values {
        if !ids.insert(&value.exchange_id) {
            let failure = Failure::new(
                "another exchange_id in each call",
                "one again",
                Some(*event),
            );
            return Err(failure.blaming(Blame::AllBut(&["EX-INI-012"])).into());
        }
        if !keys.insert(&value.key) {
            let failure = Failure::new("another hmac_key in each call", "one again", Some(*event));
            return Err(failure.blaming(Blame::AllBut(&["EX-INI-011"])).into());
        }
    }
    Ok(())
}

/// The first call whose values came before, if any.
pub(crate) fn sent_twice(calls: &[Arc<ReceivedCall>]) -> Result<(), Failure> {
    let mut ids = HashSet::new();
    for call in calls {
        let id = CallValues::read(&call.visit.request.body).map(|v| v.exchange_id);
        if id.is_some_and(|id| !ids.insert(id)) {
            return Err(Failure::new(
                "each token call once",
                "a token call with an id that came before",
                Some(call.visit.event),
            ));
        }
    }
    Ok(())
}

pub(super) fn no_credentials(request: &Request, event: usize) -> Result<(), Failure> {
    let mut names = ["authorization", "cookie"].into_iter();
    match names.find(|name| request.fields.get(name).is_some()) {
        None => Ok(()),
        Some(name) => {
            let actual = format!("a field {name}");
            Err(Failure::new("no credentials", actual, Some(event)))
        }
    }
}

fn accepted(world: &World, index: usize) -> Result<(), Stop> {
    let answer = issue_answer(world, index)?;
    if answer.status() == Some(204) {
        return Ok(());
    }
    Err(Failure::new("204 to the token issue", answer.words(), Some(answer.event)).into())
}

fn refused(world: &World, index: usize) -> Result<(), Stop> {
    about_the_refusal(refusals::refused(issue_answer(world, index)?))
}

/// What is wrong with a refusal says nothing of whether the exchange goes on.
fn about_the_refusal(judged: Result<(), Stop>) -> Result<(), Stop> {
    judged.map_err(|stop| match stop {
        Stop::Failed(failure) => Stop::Failed(failure.blaming(Blame::AllBut(&["EX-INI-047"]))),
        other => other,
    })
}

/// The response to the first token issue, without which nothing can be said.
fn issue_response(world: &World) -> Result<(Response, usize), Stop> {
    let answer = issue_answer(world, 0)?;
    match answer.response() {
        Some(response) => Ok((response.clone(), answer.event)),
        None => Err(Stop::Control(format!(
            "the token issue was not answered: {}",
            answer.words()
        ))),
    }
}

fn issue_answer(world: &World, index: usize) -> Result<&crate::world::Answer, Stop> {
    let issue = world.initiation.issues.get(index);
    issue
        .map(|i| &i.answer)
        .ok_or_else(|| Stop::Harness("no such token issue was sent".to_owned()))
}
