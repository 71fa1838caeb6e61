//! Tells each message as it passes: a client that speaks while it works.

use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style};
use axum::http::StatusCode;
use btx_reference::outbound::{HttpsOutbound, Outbound, OutboundOutcome, OutboundRequest};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::script;

const SENTENCE: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// The members of messages that are secrets.
const SECRETS: [&str; 3] = ["hmac_key", "bearer_token", "signature"];

/// How many characters of a secret are shown.
const SHOWN: usize = 6;

/// The way from one party to the other, told aloud.
pub(super) struct Narrator {
    https: HttpsOutbound,
    sender: &'static str,
    receiver: &'static str,
}

impl Narrator {
    pub(super) fn new(https: HttpsOutbound, sender: &'static str, receiver: &'static str) -> Self {
        Self {
            https,
            sender,
            receiver,
        }
    }

    fn request(&self, method: &str, request: &OutboundRequest) {
        let (sender, receiver) = (self.sender, self.receiver);
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = writeln!(text, "{SENTENCE}{}{SENTENCE:#}", script::before(request));
        let arrow = format!(
            "{}{sender} → {receiver}{:#}",
            colour(sender),
            colour(sender)
        );
        let _ = writeln!(
            text,
            "  {arrow}  {SENTENCE}{method}{SENTENCE:#} {}",
            request.url
        );
        for (name, value) in &request.headers {
            let _ = writeln!(
                text,
                "      {QUIET}{name}: {}{QUIET:#}",
                header_value(name, value)
            );
        }
        text.push_str(&body(&request.body));
        anstream::println!("{text}");
    }

    fn answer(&self, request: &OutboundRequest, outcome: &OutboundOutcome) {
        let (sender, receiver) = (self.sender, self.receiver);
        let mut text = String::new();
        let sentence = script::after(request, outcome);
        let _ = writeln!(text, "{SENTENCE}{sentence}{SENTENCE:#}");
        let arrow = format!(
            "{}{sender} ← {receiver}{:#}",
            colour(receiver),
            colour(receiver)
        );
        match outcome {
            OutboundOutcome::Answered(answer) => {
                let style = if answer.status < 300 { GOOD } else { BAD };
                let status = StatusCode::from_u16(answer.status).unwrap_or_default();
                let _ = writeln!(text, "  {arrow}  {style}{status}{style:#}");
                if let Some(challenge) = &answer.www_authenticate {
                    let _ = writeln!(text, "      {QUIET}www-authenticate: {challenge}{QUIET:#}");
                }
                text.push_str(&body(&answer.body));
            }
            OutboundOutcome::Unreachable(why) | OutboundOutcome::NoAnswer(why) => {
                let _ = writeln!(text, "  {arrow}  {BAD}{why}{BAD:#}");
            }
        }
        anstream::println!("{text}");
    }
}

impl Outbound for Narrator {
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        async move {
            self.request("POST", &request);
            let outcome = self.https.post(request.clone()).await;
            self.answer(&request, &outcome);
            outcome
        }
        .boxed()
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        async move {
            self.request("GET", &request);
            let outcome = self.https.get(request.clone()).await;
            self.answer(&request, &outcome);
            outcome
        }
        .boxed()
    }
}

/// A paragraph of the story.
pub(super) fn say(text: &str) {
    anstream::println!("{text}\n");
}

/// Each party has its colour.
fn colour(party: &str) -> Style {
    if party == "farm" {
        AnsiColor::Yellow.on_default()
    } else {
        AnsiColor::Cyan.on_default()
    }
}

/// A header value, the token in it shortened.
fn header_value(name: &str, value: &str) -> String {
    match value.split_once(' ') {
        Some((scheme, token)) if name == "authorization" => {
            format!("{scheme} {}", shortened(token))
        }
        _ => value.to_owned(),
    }
}

/// A JSON body as people read it, secrets shortened; nothing for an empty one.
fn body(bytes: &[u8]) -> String {
    let Ok(Members(members)) = serde_json::from_slice(bytes) else {
        return String::new();
    };
    let mut text = String::new();
    for (name, value) in members {
        let value = match value {
            Value::String(secret) if SECRETS.contains(&name.as_str()) => {
                Value::String(shortened(&secret))
            }
            other => other,
        };
        let _ = writeln!(text, "      {name}: {value}");
    }
    text
}

/// The members of an object, in the order in which they were sent.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

fn shortened(secret: &str) -> String {
    let shown: String = secret.chars().take(SHOWN).collect();
    format!("{shown}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_shortened_wherever_they_stand() {
        let text = body(br#"{"issuer":"https://farm.example","hmac_key":"0123456789abcdef"}"#);
        assert!(text.contains("hmac_key: \"012345…\""), "{text}");
        assert!(text.contains("issuer: \"https://farm.example\""), "{text}");
        assert_eq!(
            header_value("authorization", "Bearer 0123456789"),
            "Bearer 012345…"
        );
    }
}
