//! Sets the target off to do what no message of the protocol makes it do.
//!
//! What a hook reports never passes a scenario: what counts is seen on the wire.

use crate::{
    caller::{Caller, Outcome, Outgoing, Pace, request_to},
    target::{Hook, Peer},
    wire::Fields,
};
use std::{process::Stdio, time::Duration};
use tokio::process::Command;
use url::Url;

/// What came of a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// It says that it has done it.
    Done(String),
    /// It says that it has not, or could not be asked.
    Failed(String),
}

impl Report {
    /// What came of it, in words.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Done(words) | Self::Failed(words) => words,
        }
    }
}

/// Runs a hook for a peer, no longer than `patience`.
pub async fn run(caller: &Caller, hook: &Hook, peer: &Peer, patience: Duration) -> Report {
    match hook {
        Hook::Request {
            method,
            url,
            fields,
            body,
        } => {
            let url = match Url::parse(&fill(url, peer)) {
                Ok(url) => url,
                Err(error) => return Report::Failed(format!("the hook's URL is none: {error}")),
            };
            let mut all = Fields::default();
            for (name, value) in fields {
                all.push(name, fill(value, peer));
            }
            let body = body.as_ref().map(|b| fill(b, peer)).unwrap_or_default();
            if !body.is_empty() && all.get("content-type").is_none() {
                all.push("content-type", "application/json");
            }
            let request = request_to(&url, method, all, body.into_bytes());
            let outgoing = Outgoing {
                url,
                request,
                pace: Pace::Whole,
            };
            match caller.call(outgoing, patience).await {
                Outcome::Answered(response) if response.status < 300 => {
                    Report::Done(format!("the hook was answered with {}", response.status))
                }
                Outcome::Answered(response) => {
                    Report::Failed(format!("the hook was answered with {}", response.status))
                }
                Outcome::NoAnswer(error) => Report::Failed(format!("the hook: {error}")),
                Outcome::NotConnected(error) => Report::Failed(format!("the hook: {error}")),
                Outcome::TimedOut => Report::Failed("the hook gave no answer in time".to_owned()),
            }
        }
        Hook::Command(words) => command(words, peer, patience).await,
    }
}

async fn command(words: &[String], peer: &Peer, patience: Duration) -> Report {
    let mut words = words.iter().map(|word| fill(word, peer));
    let program = words.next().unwrap_or_default();
    let child = Command::new(&program)
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A hook that hangs ends with the time that it was given.
        .kill_on_drop(true)
        .status();
    match tokio::time::timeout(patience, child).await {
        Ok(Ok(status)) if status.success() => Report::Done(format!("{program} ended well")),
        Ok(Ok(status)) => Report::Failed(format!("{program} ended with {status}")),
        Ok(Err(error)) => Report::Failed(format!("{program} could not be started: {error}")),
        Err(_) => Report::Failed(format!("{program} did not end in time")),
    }
}

/// Puts the values of the peer in the places that are kept for them.
fn fill(text: &str, peer: &Peer) -> String {
    let issuer = peer.as_issuer.as_ref();
    text.replace("{peer}", &peer.name)
        .replace("{issuer}", issuer.map_or("", |i| &i.identifier))
        .replace("{token_call}", issuer.map_or("", |i| i.token_call.as_str()))
        .replace(
            "{url}",
            issuer.map(|i| i.api().to_string()).as_deref().unwrap_or(""),
        )
}
