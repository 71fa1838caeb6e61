//! Tells each message as it passes, and keeps a record of what has passed.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use anstyle::{AnsiColor, Style};
use axum::http::StatusCode;
use btx_reference::outbound::{HttpsOutbound, Outbound, OutboundOutcome, OutboundRequest};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use url::Url;

use super::{paper, script};

const SENTENCE: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// What has passed since the shop began its last call, each message in one line.
#[derive(Clone, Default)]
pub(super) struct Record(Arc<Mutex<Vec<String>>>);

impl Record {
    pub(super) fn begin(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    pub(super) fn passed(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.clone()
    }

    fn add(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(line);
    }
}

/// The way from one of them to the others, told aloud.
pub(super) struct Narrator {
    https: HttpsOutbound,
    sender: &'static str,
    record: Record,
}

impl Narrator {
    pub(super) fn new(https: HttpsOutbound, sender: &'static str, record: Record) -> Self {
        Self {
            https,
            sender,
            record,
        }
    }

    fn request(&self, method: &str, request: &OutboundRequest) {
        let (receiver, host, path) = place(&request.url);
        let sender = self.sender;
        (self.record).add(format!("{sender} → {receiver} {method} {path}"));
        let mut text = String::new();
        let sentence = script::before(request, &path);
        // Writing to a string does not fail.
        if !sentence.is_empty() {
            let _ = writeln!(text, "{SENTENCE}{sentence}{SENTENCE:#}");
        }
        let (style, arrow) = (colour(sender), format!("{sender} → {receiver}"));
        let _ = writeln!(
            text,
            "  {style}{arrow}{style:#}  {SENTENCE}{method}{SENTENCE:#} {path}"
        );
        text.push_str(&paper::request(&host, request));
        anstream::println!("{text}");
    }

    fn answer(&self, request: &OutboundRequest, outcome: &OutboundOutcome) {
        let (receiver, _, _) = place(&request.url);
        let mut text = String::new();
        let arrow = format!("{} ← {receiver}", self.sender);
        let style = colour(&receiver);
        match outcome {
            OutboundOutcome::Answered(answer) => {
                let sentence = script::after(answer);
                if !sentence.is_empty() {
                    let _ = writeln!(text, "{SENTENCE}{sentence}{SENTENCE:#}");
                }
                let status_style = if answer.status < 300 { GOOD } else { BAD };
                let status = StatusCode::from_u16(answer.status).unwrap_or_default();
                let _ = writeln!(
                    text,
                    "  {style}{arrow}{style:#}  {status_style}{status}{status_style:#}"
                );
                text.push_str(&paper::answer(answer));
            }
            OutboundOutcome::Unreachable(why) | OutboundOutcome::NoAnswer(why) => {
                let _ = writeln!(text, "  {style}{arrow}{style:#}  {BAD}{why}{BAD:#}");
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

/// The short name of a host, the host with its port, and the path.
fn place(url: &str) -> (String, String, String) {
    let Ok(url) = Url::parse(url) else {
        return Default::default();
    };
    let host = url.host_str().unwrap_or_default();
    let name = host.split('.').next().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}"));
    (
        name.to_owned(),
        format!("{host}{}", port.unwrap_or_default()),
        url.path().to_owned(),
    )
}

/// Each has its colour.
fn colour(party: &str) -> Style {
    let colour = match party {
        "shop" => AnsiColor::Cyan,
        "auth" => AnsiColor::Magenta,
        _ => AnsiColor::Yellow,
    };
    colour.on_default()
}
