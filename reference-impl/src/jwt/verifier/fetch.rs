//! Fetches documents and key sets, one GET at a time, and lets nothing through that is not one.

use std::sync::Arc;
use std::time::Duration;

use btx_spec::HttpsUrl;
use btx_spec::jose::KeySet;
use btx_spec::jwt::{
    ClientDocument, ClientId, LARGEST_DOCUMENT, LARGEST_KEY_SET, freshness, key_set,
};
use tokio::time::Instant;

use super::config::Limits;
use super::turns::Turns;
use crate::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};

/// Why there is no document, or no key set, in words for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// It has come and is wrong, or nothing is ever fetched from there.
    Wrong(String),
    /// It has not come.
    Absent(String),
}

/// What has come.
pub(crate) struct Fetched<T> {
    /// The document, or the keys.
    pub(crate) what: T,
    /// How long it is fresh, if the answer says so.
    pub(crate) stated: Option<Duration>,
    /// When it was asked for: it is as old as that (RFC 9111 section 4.2.3).
    pub(crate) asked: Instant,
}

/// The way to the hosts of clients.
pub(super) struct Fetcher {
    outbound: Arc<dyn Outbound>,
    turns: Turns,
}

impl Fetcher {
    pub(super) fn new(outbound: Arc<dyn Outbound>, limits: &Limits) -> Self {
        Self {
            outbound,
            turns: Turns::new(limits.at_once, limits.at_once_per_origin),
        }
    }

    /// The document of this client.
    pub(super) async fn document(
        &self,
        client: &ClientId,
        deadline: Instant,
    ) -> Result<Fetched<ClientDocument>, Missed> {
        let read = |body: &[u8]| {
            ClientDocument::parse(body, client).map_err(|fault| Missed::Wrong(fault.to_string()))
        };
        let origin = client.origin();
        // JW-ANY-008
        self.fetch(client.as_str(), &origin, LARGEST_DOCUMENT, deadline, read)
            .await
    }

    /// The keys at this address.
    pub(super) async fn keys(
        &self,
        at: &HttpsUrl,
        deadline: Instant,
    ) -> Result<Fetched<Arc<KeySet>>, Missed> {
        let read = |body: &[u8]| {
            let keys = key_set(body).map_err(|fault| Missed::Wrong(fault.to_string()));
            keys.map(Arc::new)
        };
        let origin = at.origin().to_string();
        // JW-ANY-010
        self.fetch(at.as_str(), &origin, LARGEST_KEY_SET, deadline, read)
            .await
    }

    async fn fetch<T>(
        &self,
        url: &str,
        origin: &str,
        largest: usize,
        deadline: Instant,
        read: impl Fn(&[u8]) -> Result<T, Missed>,
    ) -> Result<Fetched<T>, Missed> {
        // JW-ANY-021: where that can be said of the address as it stands, nobody waits for a turn.
        if let Some(why) = self.outbound.refuses(url) {
            return Err(Missed::Wrong(why));
        }
        let turn = self.turns.take(origin, deadline).await;
        let _turn = turn.ok_or_else(|| Missed::Absent("too much is under way".to_owned()))?;
        get_json(&*self.outbound, url, largest, deadline, read).await
    }
}

/// One GET for JSON of this size at most.
pub(crate) async fn get_json<T>(
    outbound: &dyn Outbound,
    url: &str,
    largest: usize,
    deadline: Instant,
    read: impl Fn(&[u8]) -> Result<T, Missed>,
) -> Result<Fetched<T>, Missed> {
    let asked = Instant::now();
    // JW-ANY-002, and one byte more than there may be, which shows that there is more.
    let request = OutboundRequest::bare(url, deadline)
        .with("accept", "application/json")
        .with("accept-encoding", "identity")
        .at_most(largest + 1);
    let answer = match outbound.get(request).await {
        OutboundOutcome::Answered(answer) => answer,
        OutboundOutcome::Unreachable(why) | OutboundOutcome::NoAnswer(why) => {
            return Err(Missed::Absent(why));
        }
    };
    judge_answer(&answer, largest)?;
    let cache_control = answer.cache_control.as_deref();
    Ok(Fetched {
        what: read(&answer.body)?,
        stated: freshness::lifetime(cache_control.as_slice(), answer.age.as_deref()),
        asked,
    })
}

/// Whether an answer can hold a document or a key set.
fn judge_answer(answer: &Answer, largest: usize) -> Result<(), Missed> {
    // JW-ANY-003, JW-ANY-005
    match answer.status {
        200 => {}
        429 | 500..=599 => return Err(Missed::Absent(format!("the answer is {}", answer.status))),
        status => return Err(Missed::Wrong(format!("the answer is {status}"))),
    }
    let wrong = |why: &str| Err(Missed::Wrong(why.to_owned()));
    // JW-ANY-006
    if !answer.content_type.as_deref().is_some_and(is_json) {
        return wrong("the answer is not JSON");
    }
    // JW-ANY-019
    if answer.content_encoding.is_some() {
        return wrong("the answer is encoded");
    }
    if answer.body.len() > largest {
        return wrong("the answer is too large");
    }
    if answer.cut {
        return Err(Missed::Absent("the answer did not come whole".to_owned()));
    }
    Ok(())
}

/// `application/json` or `application/*+json`, with whatever parameters.
fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let media_type = media_type.to_ascii_lowercase();
    media_type
        .strip_prefix("application/")
        .is_some_and(|name| name == "json" || name.strip_suffix("+json").is_some_and(is_token))
}

/// RFC 9110 section 5.6.2; a comma is none of these, so that a list of types is no type.
fn is_token(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
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
            "application/x+json ;a=b",
        ] {
            assert!(is_json(sound), "{sound}");
        }
        for other in [
            "",
            "text/json",
            "application/jsonp",
            "application/+json",
            "application/json, application/json",
            "text/html, application/x+json",
            "application/octet-stream, application/x+json",
            "json",
        ] {
            assert!(!is_json(other), "{other}");
        }
    }
}
