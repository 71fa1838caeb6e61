//! The timeline of a scenario as lines of text: both legs in order of time, secrets shortened, and nothing
//! that a terminal would obey.

use super::{quoted, visible};
use crate::{
    redact,
    timeline::{Event, EventId, What},
    wire::{Fields, message::reason},
};

/// Fields that say nothing about the protocol.
const DULL: [&str; 5] = [
    "connection",
    "user-agent",
    "content-length",
    "date",
    "server",
];

/// One event, for people.
pub struct Entry {
    /// Whether this is the message that shows the failure.
    pub marked: bool,
    /// When, who, to whom and what, in one line.
    pub line: String,
    /// Fields and body, a line each.
    pub details: Vec<String>,
}

/// The events of a timeline, for people.
#[must_use]
pub fn entries(events: &[Event], marked: Option<EventId>) -> Vec<Entry> {
    let width = events
        .iter()
        .map(|e| e.from.chars().count() + e.to.chars().count())
        .max()
        .unwrap_or(0)
        + 4;
    events
        .iter()
        .enumerate()
        .map(|(id, event)| {
            let who = format!("{} → {}", event.from, event.to);
            let (what, details) = describe(&event.what);
            let line = match event.what {
                What::Heading(_) => format!("          ── {what} ──"),
                _ => format!("{:>7.3}s  {who:<width$} {what}", event.at.as_secs_f64()),
            };
            Entry {
                marked: marked == Some(id),
                line,
                details,
            }
        })
        .collect()
}

fn describe(what: &What) -> (String, Vec<String>) {
    match what {
        What::Note(words) => (format!("({})", quoted(words)), Vec::new()),
        What::Heading(words) => (quoted(words), Vec::new()),
        What::Request(url, request) => {
            let line = format!("{} {}", request.method, redact::target(url));
            (visible(&line), details(&request.fields, &request.body))
        }
        What::Response(response) => {
            let line = format!("{} {}", response.status, reason(response.status));
            (
                line.trim().to_owned(),
                details(&response.fields, &response.body),
            )
        }
    }
}

fn details(fields: &Fields, body: &[u8]) -> Vec<String> {
    let mut lines: Vec<String> = redact::fields(fields)
        .filter(|(name, _)| {
            !DULL.iter().any(|d| d.eq_ignore_ascii_case(name)) && !name.eq_ignore_ascii_case("host")
        })
        .map(|(name, value)| visible(&format!("{name}: {}", redact::target(&value))))
        .collect();
    if !body.is_empty() {
        lines.extend(redact::body(body).lines().map(visible));
    }
    lines
}
