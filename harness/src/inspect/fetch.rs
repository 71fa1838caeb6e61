//! Fetches a document or a key set as a verifier of the profile does, and says what is wrong with an answer
//! that is none.

use super::finding::Finding;
use super::telling::quoted;
use crate::caller::{Caller, ConnectError, Outcome, Outgoing, Pace, request_to};
use crate::wire::{Fields, ReadError, Response};
use btx_spec::address::is_special_use;
use std::time::Duration;
use url::Url;

/// From the first packet to the last octet.
const DEADLINE: Duration = Duration::from_secs(5);

/// What is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct What {
    /// What people call it.
    pub name: &'static str,
    /// The most octets.
    pub largest: usize,
    /// The requirement on the size.
    pub of_size: &'static str,
}

/// What came.
#[derive(Debug)]
pub(super) enum Fetched {
    /// Something that can be read.
    Came(Answer),
    /// Something that no verifier uses.
    Unusable(Finding),
    /// Nothing, and why.
    Absent(String),
}

/// An answer that may be a document or a key set.
#[derive(Debug)]
pub(super) struct Answer {
    /// The body.
    pub body: Vec<u8>,
    /// The fields `Cache-Control`.
    pub cache_control: Vec<String>,
    /// The field `Age`.
    pub age: Option<String>,
}

/// One GET, without credentials, and no other whatever the answer is (JW-ANY-002, JW-ANY-003).
pub(super) async fn fetch(caller: &Caller, url: &Url, what: What) -> Fetched {
    let fields = Fields::from([
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
    ]);
    let outgoing = Outgoing {
        request: request_to(url, "GET", fields, Vec::new()),
        url: url.clone(),
        pace: Pace::Whole,
    };
    match caller.call(outgoing, DEADLINE).await {
        Outcome::Answered(answer) => judged(answer, what),
        Outcome::NoAnswer(ReadError::TooLong("body", _)) => Fetched::Unusable(too_large(what)),
        Outcome::NoAnswer(error) => Fetched::Absent(error.to_string()),
        Outcome::NotConnected(ConnectError::Untrusted(place, why)) => {
            Fetched::Unusable(Finding::wrong(
                Some("JW-ANY-020"),
                format!(
                    "the certificate of {place} is not trusted: {}",
                    quoted(&why)
                ),
                "Get a certificate of a public authority for that host, and send it with the whole \
                 chain. For a laboratory's own authority there is --ca.",
            ))
        }
        Outcome::NotConnected(error) => Fetched::Absent(error.to_string()),
        Outcome::TimedOut => Fetched::Absent(format!(
            "it was not there after {} seconds",
            DEADLINE.as_secs()
        )),
    }
}

/// Whether an answer can hold what was asked for.
fn judged(answer: Response, what: What) -> Fetched {
    let name = what.name;
    let wrong =
        |id, says: String, advice: &str| Fetched::Unusable(Finding::wrong(Some(id), says, advice));
    match answer.status {
        200 => {}
        429 | 500..=599 => {
            return Fetched::Absent(format!("the answer is {}", answer.status));
        }
        status @ 300..=399 => {
            return wrong(
                "JW-ANY-003",
                format!("{name} is answered with the redirect {status}, which nobody follows"),
                "Answer at this address itself with 200.",
            );
        }
        status => {
            return wrong(
                "JW-ANY-005",
                format!("{name} is answered with {status}, and not with 200"),
                "Answer GET at this address with 200, to everybody.",
            );
        }
    }
    let media_type = answer.fields.get("content-type").unwrap_or_default();
    if !is_json(media_type) {
        return wrong(
            "JW-ANY-006",
            format!("{name} has the media type {}", quoted(media_type)),
            "Send it with Content-Type: application/json.",
        );
    }
    if let Some(coding) = answer.fields.get("content-encoding") {
        return wrong(
            "JW-ANY-019",
            format!("{name} has the content encoding {}", quoted(coding)),
            "Send it as it is: the request asks for Accept-Encoding: identity.",
        );
    }
    if answer.body.len() > what.largest {
        return Fetched::Unusable(too_large(what));
    }
    Fetched::Came(Answer {
        cache_control: answer
            .fields
            .all("cache-control")
            .map(str::to_owned)
            .collect(),
        age: answer.fields.get("age").map(str::to_owned),
        body: answer.body,
    })
}

fn too_large(what: What) -> Finding {
    Finding::wrong(
        Some(what.of_size),
        format!("{} has more than {} octets", what.name, what.largest),
        "Take out what is not needed: every verifier stops reading there.",
    )
}

/// `application/json` or `application/*+json`, with whatever parameters.
fn is_json(field: &str) -> bool {
    let media_type = field.split(';').next().unwrap_or_default().trim();
    let media_type = media_type.to_ascii_lowercase();
    let subtype = media_type.strip_prefix("application/");
    subtype.is_some_and(|subtype| {
        let suffixed = subtype.strip_suffix("+json");
        subtype == "json"
            || suffixed.is_some_and(|name| !name.is_empty() && !name.contains([',', ' ']))
    })
}

/// What is to be said of where the address leads: verifiers look at that before they connect (JW-ANY-021).
pub(super) async fn address(url: &Url) -> Option<Finding> {
    let host = url.host_str()?.trim_matches(['[', ']']);
    let port = url.port_or_known_default()?;
    let found = tokio::time::timeout(DEADLINE, tokio::net::lookup_host((host, port)));
    let special = found
        .await
        .ok()?
        .ok()?
        .map(|found| found.ip())
        .find(|ip| is_special_use(*ip));
    special.map(|ip| {
        Finding::open(
            Some("JW-ANY-021"),
            format!(
                "{host} is at {ip}, where only a verifier connects that has declared it public"
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_known_by_its_media_type() {
        for sound in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/jwk-set+json",
        ] {
            assert!(is_json(sound), "{sound}");
        }
        for other in [
            "",
            "text/json",
            "application/jsonp",
            "application/+json",
            "application/x, application/a+json",
        ] {
            assert!(!is_json(other), "{other}");
        }
    }
}
