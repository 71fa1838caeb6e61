//! Sessions of an issuer at which nobody logs in by HTTP: something that the target file names obtains them.

use super::{answered, granted, issuer, messages};
use crate::{
    caller::{Outcome, Outgoing, Pace, request_to},
    steps::Stop,
    target::{Hook, lifecycle::Account},
    timeline::EventId,
    wire::Fields,
    world::{Answer, World, describe},
};
use std::process::Stdio;
use tokio::process::Command;
use url::Url;

/// What began a session.
pub(super) struct Entered {
    /// The JSON object with both tokens.
    pub(super) body: Vec<u8>,
    /// Where the timeline has it.
    pub(super) event: EventId,
    /// What was answered, where somebody logged in.
    pub(super) answer: Option<Answer>,
}

/// Begins a session, which has to succeed: by a login at a replica, or in the way that the issuer has instead.
pub(super) async fn enter(
    world: &World,
    account: &Account,
    replica: usize,
) -> Result<Entered, Stop> {
    let at = issuer(world)?;
    if let (true, Some(hook)) = (at.login.is_empty(), &at.obtain) {
        let body = obtain(world, hook, account, replica).await?;
        let event = world
            .timeline
            .note("target", "btx", "`obtain` brought a session");
        return Ok(Entered {
            body,
            event,
            answer: None,
        });
    }
    let answer = messages::log_in(world, account, replica).await?;
    let (response, event) = answered(answer.clone())?;
    granted(&response)?;
    Ok(Entered {
        body: response.body,
        event,
        answer: Some(answer),
    })
}

/// What the hook answers or prints: the same JSON object as a login. It is told at which replica, counted from 0
/// here and from 1 there; if it does not use that, the session begins at any of them.
pub(crate) async fn obtain(
    world: &World,
    hook: &Hook,
    account: &Account,
    replica: usize,
) -> Result<Vec<u8>, Stop> {
    let fill = |text: &str| fill(text, account, replica);
    let words = format!("asks `obtain` for a session of {}", account.name);
    world.timeline.note("btx", "target", words);
    match hook {
        Hook::Request {
            method,
            url,
            fields,
            body,
        } => {
            let url = Url::parse(&fill(url))
                .map_err(|error| Stop::Control(format!("the URL of `obtain` is none: {error}")))?;
            let mut all = Fields::from([("content-type", "application/json")]);
            for (name, value) in fields {
                all.set(name, fill(value));
            }
            let body = body.as_ref().map(|body| fill(body));
            let body = body.unwrap_or_default().into_bytes();
            asked(world, url, (method, all, body)).await
        }
        Hook::Command(words) => printed(world, words.iter().map(|word| fill(word))).await,
        Hook::Verb => Err(Stop::Harness("no verb obtains a session".to_owned())),
    }
}

/// What is answered. Where the password stands in the request nobody knows, so that the timeline has nothing of it.
async fn asked(
    world: &World,
    url: Url,
    (method, fields, body): (&str, Fields, Vec<u8>),
) -> Result<Vec<u8>, Stop> {
    let request = request_to(&url, method, fields, body);
    let outgoing = Outgoing {
        url,
        request,
        pace: Pace::Whole,
    };
    let patience = world.context.patience;
    let words = match world.context.caller.call(outgoing, patience).await {
        Outcome::Answered(response) if response.status < 300 => return Ok(response.body),
        Outcome::Answered(response) => format!("was answered {}", describe(&response)),
        Outcome::NoAnswer(error) => error.to_string(),
        Outcome::NotConnected(error) => error.to_string(),
        Outcome::TimedOut => "gave no answer in time".to_owned(),
    };
    Err(Stop::Control(format!("`obtain`: {words}")))
}

async fn printed(world: &World, mut words: impl Iterator<Item = String>) -> Result<Vec<u8>, Stop> {
    let program = words.next().unwrap_or_default();
    let child = Command::new(&program)
        .args(words)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    match tokio::time::timeout(world.context.patience, child).await {
        Ok(Ok(output)) if output.status.success() => Ok(output.stdout),
        Ok(Ok(output)) => Err(Stop::Control(format!(
            "{program} ended with {}",
            output.status
        ))),
        Ok(Err(error)) => Err(Stop::Control(format!(
            "{program} could not be started: {error}"
        ))),
        Err(_) => Err(Stop::Control(format!("{program} did not end in time"))),
    }
}

fn fill(text: &str, account: &Account, replica: usize) -> String {
    text.replace("{replica}", &(replica + 1).to_string())
        .replace("{account}", &account.name)
        .replace("{password}", &account.password)
}
