//! Saboteurs of the chapter "The token issue", and of what a sender owes to HTTP and JSON.

use crate::{
    Saboteur,
    credulous::Credulous,
    ledger::{Ledger, lock},
    message::{self, edit_text, members},
    outbound::{Courier, Posting, status},
    sabotage::Sabotage,
    store::{Clerk, Done},
};
use btx_harness::embedded::Alterations;
use btx_reference::{
    outbound::{Outbound, OutboundOutcome, OutboundRequest},
    store::{Digest, LiveToken, Store},
};
use btx_spec::{BearerToken, Timestamp};
use bytes::Bytes;
use futures::{FutureExt as _, future::BoxFuture};
use reqwest::Method;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_message();
    all.extend(of_the_sender());
    all
}

fn of_the_message() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "leaves-out-the-padding-of-the-signature",
            "EX-ISS-040",
            "Writes the signature in base64 without its final equals sign.",
            || {
                Sabotage::new()
                    .issue_members(|m| {
                        edit_text(m, "signature", |s| s.trim_end_matches('=').to_owned());
                    })
                    .alterations()
            },
        )
        .also(
            "EX-ISS-050",
            &["signature is right", "also side by side"],
            "a signature that is not of its form is not the right one either",
        ),
        Saboteur::new(
            "repeats-another-issuer",
            "EX-ISS-041",
            "Names itself with a slash at the end in the token issue, and signs its right name.",
            || {
                Sabotage::new()
                    .issue_members(|m| edit_text(m, "issuer", |issuer| format!("{issuer}/")))
                    .alterations()
            },
        ),
        Saboteur::new(
            "repeats-another-version",
            "EX-ISS-041",
            "Answers a token call of BTX-1 with a token issue of BTX-2.",
            || {
                Sabotage::new()
                    .issue_members(|m| edit_text(m, "version", |_| "BTX-2".to_owned()))
                    .alterations()
            },
        ),
        Saboteur::new(
            "issues-the-last-token-again",
            "EX-ISS-042",
            "Gives an initiator the token of its last successful exchange again.",
            || {
                let ledger = Ledger::default();
                let again = Arc::new(TokenAgain::default());
                Sabotage::new()
                    .noting_calls(&ledger)
                    .courier(IssueAgain {
                        ledger,
                        again: again.clone(),
                    })
                    .clerk(move |_| again.clone())
                    .alterations()
            },
        ),
        Saboteur::new(
            "issues-expired-tokens",
            "EX-ISS-044",
            "Says in the token issue that the token has expired a minute ago.",
            || expiring(-3660),
        )
        .also(
            "HT-RES-007",
            &["once it has expired"],
            "its resource goes by the right expiry, which is later than the one that it told",
        ),
        Saboteur::new(
            "issues-tokens-for-a-month",
            "EX-ISS-045",
            "Says in the token issue that the token lives for 30 days.",
            || expiring(30 * 24 * 3600),
        ),
    ]
}

/// An expiry in the token issue that is so many seconds later than the right one, which is an hour
/// from now at the most.
fn expiring(later: i64) -> Alterations {
    Sabotage::new()
        .issue_signed_again(move |m| {
            edit_text(m, "expires_at", |right| {
                let right = Timestamp::parse(right).map_or(0, Timestamp::unix);
                Timestamp::from_unix(right + later).to_string()
            });
        })
        .alterations()
}

/// The token of the last successful exchange of each initiator, which is issued again. While it is
/// issued again it is dead, until it is accepted again.
#[derive(Default)]
struct TokenAgain {
    accepted: Mutex<HashMap<String, BearerToken>>,
    dead: Mutex<Vec<Digest>>,
    /// What each token issue of the reference has become, so that it stays the same when it is sent
    /// again.
    sent: Mutex<HashMap<Bytes, Bytes>>,
}

struct IssueAgain {
    ledger: Ledger,
    again: Arc<TokenAgain>,
}

impl Courier for IssueAgain {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let known = lock(&self.again.sent).get(&request.body).cloned();
            let body = known.unwrap_or_else(|| self.body_again(&request));
            lock(&self.again.sent).insert(request.body, body.clone());
            request.body = body;
            let outcome = inner.post(request.clone()).await;
            if status(&outcome) == Some(204) {
                let issued = members(&request.body)
                    .and_then(|m| message::text(&m, "bearer_token"))
                    .and_then(|t| BearerToken::parse(&t).ok());
                if let Some(token) = issued {
                    lock(&self.again.dead).retain(|digest| *digest != token.digest());
                    lock(&self.again.accepted).insert(request.url, token);
                }
            }
            outcome
        })
    }
}

impl IssueAgain {
    /// The token issue with the last token that the initiator has accepted, if there is one. That
    /// one is taken: of several open exchanges one gets it.
    fn body_again(&self, request: &OutboundRequest) -> Bytes {
        let mut body = request.body.clone();
        let Some(last) = lock(&self.again.accepted).remove(&request.url) else {
            return body;
        };
        message::edit(&mut body, |m| {
            edit_text(m, "bearer_token", |_| last.expose().to_owned());
        });
        lock(&self.again.dead).push(last.digest());
        self.ledger.signed_again(&body).unwrap_or(body)
    }
}

impl Clerk for TokenAgain {
    fn token<'a>(&'a self, inner: &'a dyn Store, digest: Digest) -> Done<'a, Option<LiveToken>> {
        if lock(&self.dead).contains(&digest) {
            return async { Ok(None) }.boxed();
        }
        inner.token(digest)
    }
}

fn of_the_sender() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "sends-issues-by-put",
            "HT-ANY-025",
            "Sends the token issue by PUT.",
            || Sabotage::new().courier(Posting(putting)).alterations(),
        ),
        Saboteur::new(
            "sends-its-json-as-text",
            "HT-ANY-020",
            "Sends the token issue as text/plain.",
            || {
                Sabotage::new()
                    .issues(|request| {
                        request.headers.clear();
                        let replaced = request.clone().with("content-type", "text/plain");
                        *request = replaced;
                    })
                    .alterations()
            },
        ),
        Saboteur::new(
            "says-that-it-compresses",
            "HT-ANY-021",
            "Sends the token issue with Content-Encoding: gzip.",
            || with_field("content-encoding", "gzip"),
        ),
        Saboteur::new(
            "sends-credentials-along",
            "HT-ANY-022",
            "Sends the token issue with an Authorization field.",
            || with_field("authorization", "Basic ZmFybTpydXRhYmFnYQ=="),
        ),
        Saboteur::new(
            "sends-a-cookie-along",
            "HT-ANY-022",
            "Sends the token issue with a Cookie field.",
            || with_field("cookie", "session=1"),
        ),
        Saboteur::new(
            "repeats-a-name-in-its-json",
            "HT-ANY-024",
            "Puts a member of one name twice into the token issue.",
            || {
                Sabotage::new()
                    .issues(|request| {
                        let text = String::from_utf8_lossy(&request.body).into_owned();
                        let more = ",\"note\":\"one\",\"note\":\"two\"}";
                        let text = text.trim_end_matches('}').to_owned() + more;
                        request.body = text.into();
                    })
                    .alterations()
            },
        ),
    ]
}

fn with_field(name: &'static str, value: &'static str) -> Alterations {
    Sabotage::new()
        .issues(move |request| *request = request.clone().with(name, value))
        .alterations()
}

/// Sends a token issue by PUT, where the certificate is known to be good: the client that it is sent with
/// does not look.
fn putting<'a>(
    inner: &'a dyn Outbound,
    request: OutboundRequest,
) -> BoxFuture<'a, OutboundOutcome> {
    let good = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    if !request.url.strip_prefix("https://b").is_some_and(good) {
        return inner.post(request);
    }
    Box::pin(async move {
        let client = Credulous::of_certificates(|_| true);
        match client.insist(Method::PUT, request).await {
            Some(answer) => OutboundOutcome::Answered(answer),
            None => OutboundOutcome::NoAnswer("the connection has ended".to_owned()),
        }
    })
}
