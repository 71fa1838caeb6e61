//! What a saboteur of the initiator has seen of its exchanges: the calls and what became of them, and the
//! token issues that were accepted.

use crate::{ledger::lock, message::Members};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use btx_reference::outbound::{OutboundOutcome, OutboundRequest};
use btx_spec::{Identifier, TokenCall, TokenIssue, signature};
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use url::Url;

/// What was seen of all exchanges, shared by the layers of one saboteur.
#[derive(Clone, Default)]
pub struct Diary(Arc<Mutex<Pages>>);

#[derive(Default)]
struct Pages {
    /// Where the token issues of an issuer arrive, by its identifier.
    receives: HashMap<String, String>,
    entries: Vec<Entry>,
}

/// One exchange.
#[derive(Clone)]
pub struct Entry {
    /// Its call.
    pub call: TokenCall,
    /// Where the call went.
    pub url: String,
    /// The token issue that was accepted.
    pub issue: Option<TokenIssue>,
    /// What became of the call.
    pub fate: Fate,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It waits for its answer.
    Open,
    /// It was answered so.
    Answered(u16),
    /// It was answered with 202, and the status URL so.
    Polled(u16),
    /// Nobody knows.
    Unknown,
}

impl Diary {
    /// Notes where the token issues of an issuer arrive.
    pub fn note_path(&self, issuer: &str, url: &str) {
        let path = Url::parse(url).map(|url| url.path().to_owned());
        if let Ok(path) = path {
            lock(&self.0).receives.insert(issuer.to_owned(), path);
        }
    }

    /// Notes a call that is about to leave.
    pub fn note_call(&self, request: &OutboundRequest) {
        if let Ok(call) = TokenCall::parse(&request.body) {
            lock(&self.0).entries.push(Entry {
                call,
                url: request.url.clone(),
                issue: None,
                fate: Fate::Open,
            });
        }
    }

    /// Notes what became of a call.
    pub fn note_outcome(&self, request: &OutboundRequest, outcome: &OutboundOutcome) {
        let fate = match outcome {
            OutboundOutcome::Answered(answer) => Fate::Answered(answer.status),
            _ => Fate::Unknown,
        };
        let id = TokenCall::parse(&request.body).map(|call| call.exchange_id);
        let mut pages = lock(&self.0);
        let entries = pages.entries.iter_mut().rev();
        for entry in entries.filter(|e| id.as_ref().is_ok_and(|id| *id == e.call.exchange_id)) {
            entry.fate = fate;
        }
    }

    /// Notes what a poll has told.
    pub fn note_poll(&self, url: &str, outcome: &OutboundOutcome) {
        let fate = match outcome {
            // What breaks down tells nothing.
            OutboundOutcome::Answered(answer) if answer.status != 500 => {
                Fate::Polled(answer.status)
            }
            _ => Fate::Unknown,
        };
        let mut pages = lock(&self.0);
        let mut entries = pages.entries.iter_mut().rev();
        if let Some(entry) = entries.find(|e| base(&e.url) == base(url)) {
            entry.fate = fate;
        }
    }

    /// Notes a token issue that was accepted.
    pub fn note_issue(&self, body: &[u8]) {
        let Ok(issue) = TokenIssue::parse(body) else {
            return;
        };
        let mut pages = lock(&self.0);
        let mut entries = pages.entries.iter_mut().rev();
        if let Some(entry) = entries.find(|e| e.call.exchange_id == issue.exchange_id) {
            entry.issue.get_or_insert(issue);
        }
    }

    /// The last exchange of which this is true.
    #[must_use]
    pub fn last(&self, which: impl Fn(&Entry) -> bool) -> Option<Entry> {
        lock(&self.0)
            .entries
            .iter()
            .rev()
            .find(|e| which(e))
            .cloned()
    }

    /// How many calls wait for their answers.
    #[must_use]
    pub fn open(&self) -> usize {
        let pages = lock(&self.0);
        pages
            .entries
            .iter()
            .filter(|e| e.fate == Fate::Open)
            .count()
    }

    /// The exchange with that id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<Entry> {
        self.last(|entry| entry.call.exchange_id.as_str() == id)
    }

    /// The last exchange with the issuer whose token issues arrive at that path.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<Entry> {
        let pages = lock(&self.0);
        let receives = |e: &&Entry| {
            let known = pages.receives.get(e.call.issuer.as_str());
            known.is_some_and(|known| known == path)
        };
        pages.entries.iter().rev().find(receives).cloned()
    }

    /// Where the token issues of an issuer have to arrive; nothing of one that was registered later.
    #[must_use]
    pub fn path_of(&self, issuer: &Identifier) -> Option<String> {
        lock(&self.0).receives.get(issuer.as_str()).cloned()
    }
}

/// What the URLs of one issuer have in common: that of its calls, of its status URLs and of its API.
#[must_use]
pub fn base(url: &str) -> &str {
    ["/token-call", "/status/", "/api"]
        .iter()
        .find_map(|end| url.rsplit_once(end))
        .map_or(url, |(base, _)| base)
}

/// Whether a URL is one of the API of an issuer.
#[must_use]
pub fn is_api(url: &str) -> bool {
    url.ends_with("/api")
}

/// Whether this is the URL of token calls of a peer.
#[must_use]
pub fn is_call(url: &str) -> bool {
    url.ends_with("/token-call")
}

impl Entry {
    /// The token issue that this exchange is waiting for, with a token and an expiry that a message names,
    /// signed as it should be.
    #[must_use]
    pub fn right_issue(&self, token: &str, expires_at: &str) -> Option<Bytes> {
        let call = &self.call;
        let (token, expires_at) = (
            btx_spec::BearerToken::parse(token).ok()?,
            btx_spec::Timestamp::parse(expires_at).ok()?,
        );
        let signature = signature::sign(
            &call.hmac_key,
            &call.issuer,
            &call.initiator,
            &call.exchange_id,
            &expires_at,
            &token,
        );
        let issue = TokenIssue {
            version: call.version,
            exchange_id: call.exchange_id.clone(),
            issuer: call.issuer.clone(),
            initiator: call.initiator.clone(),
            bearer_token: token,
            expires_at,
            signature,
        };
        Some(issue.to_json().to_vec().into())
    }

    /// The same with the token and the expiry of that message.
    #[must_use]
    pub fn right_issue_like(&self, issue: &TokenIssue) -> Option<Bytes> {
        self.right_issue(issue.bearer_token.expose(), &issue.expires_at.to_string())
    }

    /// Whether a message is signed with the key of this exchange, over what it says itself.
    #[must_use]
    pub fn has_signed(&self, members: &Members) -> bool {
        signed_with(self.call.hmac_key.as_bytes(), members)
    }

    /// Whether a message names the parties of this exchange.
    #[must_use]
    pub fn is_between(&self, issue: &TokenIssue) -> bool {
        issue.issuer == self.call.issuer && issue.initiator == self.call.initiator
    }
}

/// Whether a message is signed with that key, over what it says itself.
#[must_use]
pub fn signed_with(key: &[u8], members: &Members) -> bool {
    let shown = STANDARD.decode(text(members, "signature")).ok();
    shown.is_some_and(|shown| shown == mac(key, &input(members)))
}

/// What is signed in a message, made of what it says.
#[must_use]
pub fn input(members: &Members) -> String {
    let names = [
        "issuer",
        "initiator",
        "exchange_id",
        "expires_at",
        "bearer_token",
    ];
    let values = names.iter().map(|name| text(members, name));
    std::iter::once(signature::LABEL)
        .chain(values)
        .collect::<Vec<_>>()
        .join("\n")
}

/// A member, empty if it is not there or no text.
#[must_use]
pub fn text<'a>(members: &'a Members, name: &str) -> &'a str {
    members
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// HMAC-SHA256 with any key over any text.
#[must_use]
pub fn mac(key: &[u8], text: &str) -> Vec<u8> {
    match Hmac::<sha2::Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
        Err(_) => Vec::new(),
    }
}
