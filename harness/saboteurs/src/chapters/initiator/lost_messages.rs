//! Saboteurs of the chapter "Lost messages", as initiators: what arrives again, and how long to wait.

use crate::{
    Saboteur,
    credulous::Credulous,
    diary::Diary,
    ledger::lock,
    message::Told,
    outbound::Courier,
    sabotage::Sabotage,
    store::{Clerk, Done},
};
use btx_reference::{
    outbound::{Outbound, OutboundOutcome, OutboundRequest},
    store::{ExchangeKey, HeldToken, Store},
};
use btx_spec::{ProblemType, TokenIssue};
use futures::future::BoxFuture;
use reqwest::Method;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

/// Longer than any scenario lasts.
const FOR_EVER: Duration = Duration::from_secs(3600);

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_repeated_issues();
    all.extend(of_time_limits());
    all
}

fn of_repeated_issues() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "refuses-the-same-issue-again",
            "EX-INI-070",
            "Answers a token issue that it has accepted before with 409.",
            || {
                let seen: Mutex<HashSet<Vec<u8>>> = Mutex::default();
                let noted = Arc::new(seen);
                let known = noted.clone();
                Sabotage::of_the_initiator()
                    .issue_verdicts(move |asked, told| {
                        if told.is(204) && lock(&known).contains(&key(asked, "again")) {
                            *told = Told::refusal(ProblemType::ConflictingIssue);
                        }
                    })
                    // Outside of the layer above: the first arrival is noted before the second is judged.
                    .arriving(move |issue| {
                        let mut seen = lock(&noted);
                        if !seen.insert(issue.body.to_vec()) {
                            seen.insert(key(issue, "again"));
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "thanks-for-every-token",
            "EX-INI-071",
            "Answers another token for the same exchange with 204, and keeps the first.",
            || {
                Sabotage::of_the_initiator()
                    .issue_verdicts(|_, told| {
                        if told.problem() == Some(ProblemType::ConflictingIssue) {
                            *told = Told::empty(204);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["the first one kept"])
        .also(
            "EX-INI-035",
            &["answered 409"],
            "what is accepted is not refused",
        ),
        Saboteur::of_the_initiator(
            "lets-the-second-token-win",
            "EX-INI-071",
            "Refuses another token for the same exchange, and yet keeps that one.",
            || {
                let (diary, second) = (Diary::default(), Arc::new(Second::default()));
                let noted = second.clone();
                Sabotage::of_the_initiator()
                    .keeping(&diary)
                    .issue_verdicts(move |asked, told| {
                        let issue = TokenIssue::parse(&asked.body).ok();
                        let conflicts = told.problem() == Some(ProblemType::ConflictingIssue);
                        if let Some(issue) = issue.filter(|_| conflicts) {
                            let token = HeldToken {
                                token: issue.bearer_token,
                                expires_at: issue.expires_at.unix(),
                            };
                            let id = issue.exchange_id.as_str().to_owned();
                            lock(&noted.0).insert(id, token);
                        }
                    })
                    .clerk(move |_| second.clone())
                    .alterations()
            },
        )
        .only(&["the first one kept: another token"]),
    ]
}

/// What a token issue is known by when it has come a second time.
fn key(asked: &crate::message::Asked, mark: &str) -> Vec<u8> {
    [mark.as_bytes(), &asked.body].concat()
}

/// The tokens that came second, by the ids of their exchanges.
#[derive(Default)]
struct Second(Mutex<HashMap<String, HeldToken>>);

impl Clerk for Second {
    fn adopt<'a>(&'a self, inner: &'a dyn Store, key: ExchangeKey) -> Done<'a, ()> {
        Box::pin(async move {
            let second = lock(&self.0).remove(key.id.as_str());
            if let Some(token) = second {
                inner.hold(key.clone(), token).await?;
            }
            inner.adopt(key).await
        })
    }
}

fn of_time_limits() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "waits-for-answers-for-ever",
            "EX-INI-067",
            "Waits for the answer to a token call until it comes, or the connection ends.",
            || {
                Sabotage::of_the_initiator()
                    .initiator_config(|config| config.limits.call_deadline = FOR_EVER)
                    .alterations()
            },
        )
        .except(&["handshake"])
        .also("EX-INI-072", &[], "what comes too late is used as well"),
        Saboteur::of_the_initiator(
            "waits-for-handshakes-for-ever",
            "EX-INI-067",
            "Waits for the end of a TLS handshake without a limit.",
            || Sabotage::of_the_initiator().courier(Patient).alterations(),
        )
        .only(&["handshake"]),
    ]
}

/// Has all the time in the world for those who leave handshakes hanging.
struct Patient;

impl Courier for Patient {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        if !request.url.contains("stalled") {
            return inner.post(request);
        }
        Box::pin(async move {
            let client = Credulous {
                with: |_| true,
                loosen: |builder| builder,
            };
            let never = OutboundRequest {
                deadline: Instant::now() + FOR_EVER,
                ..request
            };
            client.insist(Method::POST, never).await;
            OutboundOutcome::NoAnswer("the handshake has ended".to_owned())
        })
    }
}
