//! Sets the target off to do what no message of the protocol makes it do.
//!
//! What a hook reports never passes a scenario: what counts is seen on the wire.

use crate::{
    caller::{Outcome, Outgoing, Pace, request_to},
    control::shown,
    run::Context,
    target::{Hook, Peer, Verb, jwt::JwtPeer, lifecycle::SessionPeer, oauth::ServerPeer},
    wire::Fields,
};
use btx_spec::hooks::{self as verbs, Order, StartOutcome};
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

/// The party that a hook is for: the values of its places.
#[derive(Debug, Clone, Default)]
pub struct Whom {
    /// Its name.
    pub peer: String,
    /// Its identifier.
    pub issuer: String,
    /// Its URL for token calls, or its token endpoint.
    pub token: String,
    /// The URL of its API.
    pub url: String,
}

impl From<&Peer> for Whom {
    fn from(peer: &Peer) -> Self {
        let issuer = peer.as_issuer.as_ref();
        Self {
            peer: peer.name.clone(),
            issuer: issuer.map(|i| i.identifier.clone()).unwrap_or_default(),
            token: issuer.map(|i| i.token_call.to_string()).unwrap_or_default(),
            url: issuer.map(|i| i.api().to_string()).unwrap_or_default(),
        }
    }
}

impl From<&ServerPeer> for Whom {
    fn from(peer: &ServerPeer) -> Self {
        Self {
            peer: peer.name.clone(),
            issuer: peer.identifier(),
            token: peer.token().to_string(),
            url: peer.api().to_string(),
        }
    }
}

impl From<&JwtPeer> for Whom {
    fn from(peer: &JwtPeer) -> Self {
        Self {
            peer: peer.name.clone(),
            issuer: peer.identifier(),
            token: peer.token().to_string(),
            url: peer.api().to_string(),
        }
    }
}

impl From<&SessionPeer> for Whom {
    fn from(peer: &SessionPeer) -> Self {
        Self {
            peer: peer.name.clone(),
            issuer: peer.issuer.to_string(),
            token: peer.login().to_string(),
            url: peer.api().to_string(),
        }
    }
}

impl Whom {
    /// Puts the values in the places that are kept for them.
    fn fill(&self, text: &str) -> String {
        text.replace("{peer}", &self.peer)
            .replace("{issuer}", &self.issuer)
            .replace("{token_call}", &self.token)
            .replace("{token}", &self.token)
            .replace("{url}", &self.url)
    }
}

/// Runs a hook for a party, no longer than `patience`. The verb is what the hook is for, if it is one of
/// the target's control.
pub async fn run(
    context: &Context,
    hook: &Hook,
    verb: Verb,
    whom: &Whom,
    patience: Duration,
) -> Report {
    match hook {
        Hook::Request {
            method,
            url,
            fields,
            body,
        } => {
            let url = match Url::parse(&whom.fill(url)) {
                Ok(url) => url,
                Err(error) => return Report::Failed(format!("the hook's URL is none: {error}")),
            };
            let mut all = Fields::default();
            for (name, value) in fields {
                all.push(name, whom.fill(value));
            }
            let body = body.as_ref().map(|b| whom.fill(b)).unwrap_or_default();
            if !body.is_empty() && all.get("content-type").is_none() {
                all.push("content-type", "application/json");
            }
            let request = request_to(&url, method, all, body.into_bytes());
            let outgoing = Outgoing {
                url,
                request,
                pace: Pace::Whole,
            };
            request_hook(context, outgoing, patience).await
        }
        Hook::Command(words) => command(words, whom, patience).await,
        Hook::Verb => verb_hook(context, verb, whom, patience).await,
    }
}

async fn request_hook(context: &Context, outgoing: Outgoing, patience: Duration) -> Report {
    match context.caller.call(outgoing, patience).await {
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

async fn verb_hook(context: &Context, verb: Verb, whom: &Whom, patience: Duration) -> Report {
    if whom.issuer.is_empty() && verb != Verb::Rotate {
        return Report::Failed(format!("the peer {} is no issuer", whom.peer));
    }
    let whom = whom.clone();
    let order = match verb {
        Verb::Use => Order::Use {
            peer: whom.peer,
            issuer: whom.issuer,
            url: whom.url,
        },
        Verb::Rotate => Order::Rotate {
            issuer: None,
            urgent: None,
            key: None,
        },
        Verb::Start | Verb::Peers => Order::Start {
            peer: whom.peer,
            issuer: whom.issuer,
            token_call: whom.token,
        },
    };
    match (verb, context.order(order, patience).await) {
        (_, Err(words)) => Report::Failed(words),
        (Verb::Start, Ok(verbs::Report::Started { outcome, reason })) => {
            let words = match outcome {
                StartOutcome::Active => "the target says that it holds a token",
                StartOutcome::Failed => "the target says that it got no token",
                StartOutcome::Pending => "the target says that the exchange goes on",
            };
            Report::Done(match reason {
                Some(reason) => format!("{words}: {}", shown(&reason)),
                None => words.to_owned(),
            })
        }
        (Verb::Use, Ok(verbs::Report::Used { token_sent, status })) => {
            let sent = if token_sent { "a" } else { "no" };
            let came = status.map_or("no answer came".to_owned(), |s| format!("{s} came"));
            Report::Done(format!(
                "the target says that it sent {sent} token, and {came}"
            ))
        }
        (Verb::Rotate, Ok(verbs::Report::Rotated { kid })) => Report::Done(format!(
            "the target says that it signs with {}",
            shown(&kid)
        )),
        (verb, Ok(_)) => Report::Failed(format!(
            "{}: the answer is that of another verb",
            verb.name()
        )),
    }
}

async fn command(words: &[String], whom: &Whom, patience: Duration) -> Report {
    let mut words = words.iter().map(|word| whom.fill(word));
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
