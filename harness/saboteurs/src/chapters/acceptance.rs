//! Saboteurs of the chapter "Acceptance".

use crate::{
    Saboteur,
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    outbound::{Courier, accepted, status},
    sabotage::Sabotage,
    store::{Clerk, Done},
};
use axum::middleware::Next;
use btx_harness::embedded::Alterations;
use btx_reference::{
    outbound::{Outbound, OutboundOutcome, OutboundRequest},
    store::{Digest, ExchangeKey, LiveToken, Store},
};
use btx_spec::{ProblemType, TokenIssue};
use futures::{FutureExt as _, future::BoxFuture};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

const SUCCESS: &str = "what it takes as acceptance it answers with success";
const STATUS: &str = "its status URL says the same";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_answer();
    all.extend(of_the_token());
    all.extend(of_the_deadline());
    all
}

fn of_the_answer() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "loses-what-was-accepted-late",
            "EX-ISS-060",
            "Forgets the token of a token issue that was accepted when it was sent again.",
            || {
                let resent = Arc::new(Resent::default());
                let clerk = resent.clone();
                Sabotage::new()
                    .courier(Counts(resent))
                    .clerk(move |_| clerk.clone())
                    .alterations()
            },
        )
        .only(&["lost once"]),
        Saboteur::new(
            "takes-200-as-acceptance",
            "EX-ISS-061",
            "Takes an answer of 200 as acceptance.",
            || accepting(|status| status == 200),
        )
        .only(&["refuses the token: 200"])
        .also("EX-ISS-065", &[], SUCCESS)
        .also("EX-ISS-093", &["200"], STATUS),
        Saboteur::new(
            "takes-any-success-as-acceptance",
            "EX-ISS-061",
            "Takes any answer between 201 and 299 as acceptance.",
            || accepting(|status| (201..300).contains(&status)),
        )
        .only(&[
            "token: 201",
            "202",
            "token: 203",
            "205",
            "206",
            "226",
            "299",
        ])
        .also("EX-ISS-065", &[], SUCCESS),
        Saboteur::new(
            "takes-any-3xx-as-acceptance",
            "EX-ISS-061",
            "Takes any answer between 300 and 399 as acceptance.",
            || accepting(|status| (300..400).contains(&status)),
        )
        .only(&["300", "304", "redirect 30"])
        .also("EX-ISS-065", &[], SUCCESS),
        Saboteur::new(
            "takes-a-conflict-as-acceptance",
            "EX-ISS-061",
            "Takes an answer of 409 as the acceptance of something that the initiator has already.",
            || accepting(|status| status == 409),
        )
        .only(&["409"])
        .also("EX-ISS-065", &[], SUCCESS),
        Saboteur::new(
            "takes-a-client-error-as-acceptance",
            "EX-ISS-061",
            "Takes 400, 401, 403, 404 and 429 as acceptance.",
            || accepting(|status| (400..500).contains(&status) && status != 409),
        )
        .only(&["400", "401", "403", "404", "429"])
        .also("EX-ISS-065", &[], SUCCESS)
        .also("EX-ISS-035", &["refused token issue"], SUCCESS)
        .also(
            "EX-ISS-063",
            &["nobody has read the pending answer"],
            "the token that it takes as accepted is live",
        )
        .also("EX-ISS-093", &["404"], STATUS),
        Saboteur::new(
            "takes-a-server-error-as-acceptance",
            "EX-ISS-061",
            "Takes an answer of 500 or more as acceptance.",
            || accepting(|status| status >= 500),
        )
        .only(&["500", "503"])
        .also("EX-ISS-065", &[], SUCCESS)
        .also(
            "EX-ISS-063",
            &["after it was held"],
            "the token that it takes as accepted is live",
        )
        .also("EX-ISS-093", &["500"], STATUS),
        Saboteur::new(
            "reports-success-without-reaching-anyone",
            "EX-ISS-065",
            "Answers the token call with 204 when the initiator could not be reached.",
            || {
                Sabotage::new()
                    .call_answers(|_, told| {
                        if told.problem() == Some(ProblemType::InitiatorUnreachable) {
                            *told = Told::empty(204);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["whose certificate is"])
        .also(
            "EX-ISS-036",
            &["cannot be reached"],
            "a success is no refusal",
        )
        .also(
            "EX-ISS-005",
            &["special-use address in it"],
            "a success is no refusal",
        ),
    ]
}

fn accepting(which: fn(u16) -> bool) -> Alterations {
    Sabotage::new()
        .issue_answers(move |_, outcome| match status(&outcome) {
            Some(status) if which(status) => accepted(outcome),
            _ => outcome,
        })
        .alterations()
}

/// The exchanges whose token issue was sent more than once.
#[derive(Default)]
struct Resent {
    sent: Mutex<HashMap<String, usize>>,
}

struct Counts(Arc<Resent>);

impl Courier for Counts {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        if let Ok(issue) = TokenIssue::parse(&request.body) {
            *lock(&self.0.sent)
                .entry(issue.exchange_id.as_str().to_owned())
                .or_default() += 1;
        }
        inner.post(request)
    }
}

impl Clerk for Resent {
    fn activate<'a>(
        &'a self,
        inner: &'a dyn Store,
        key: ExchangeKey,
        token: LiveToken,
    ) -> Done<'a, ()> {
        let mut token = token;
        let times = lock(&self.sent).get(key.id.as_str()).copied();
        if times.is_some_and(|times| times > 1) {
            // The exchange has to end all the same, or it would count among the open ones of its peer.
            token.expires_at = 0;
        }
        inner.activate(key, token)
    }
}

fn of_the_token() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "activates-before-it-asks",
            "EX-ISS-062",
            "Lets a token live while its token issue is not answered yet.",
            || living(|living| living.while_sent = true),
        ),
        Saboteur::new(
            "keeps-refused-tokens-alive",
            "EX-ISS-063",
            "Lets a token live although its initiator has refused it.",
            || living(|living| living.after = |outcome| status(outcome).is_some_and(|s| s != 204)),
        )
        .also(
            "EX-ISS-061",
            &[],
            "a token that lives in spite of a refusal is blamed on both",
        )
        .also(
            "EX-ISS-093",
            &[
                "is a refusal: 200",
                "is a refusal: 404",
                "is a refusal: 500",
            ],
            "the scenario looks at the token as well",
        ),
        Saboteur::new(
            "revives-refused-tokens",
            "EX-ISS-063",
            "Lets a refused token live when it is shown for the third time, at the end of the run.",
            || {
                living(|living| {
                    living.after = |outcome| status(outcome).is_some_and(|s| s != 204);
                    living.refused_first = 2;
                })
            },
        )
        .also(
            "EX-ISS-093",
            &[
                "is a refusal: 200",
                "is a refusal: 404",
                "is a refusal: 500",
            ],
            "the scenario looks at the token as well",
        ),
        Saboteur::new(
            "keeps-unanswered-tokens-alive",
            "EX-ISS-069",
            "Lets a token live when nobody answered its token issue.",
            || {
                living(|living| {
                    living.after = |outcome| matches!(outcome, OutboundOutcome::NoAnswer(_))
                })
            },
        )
        .only(&["at the deadline is dead", "comes after the deadline"])
        .also(
            "EX-ISS-099",
            &["does not keep an exchange open"],
            "the scenario looks at the token as well",
        ),
        Saboteur::new(
            "tells-its-first-replica-later",
            "EX-ISS-064",
            "Lets a token that its second replica made live on the first one two seconds later.",
            || {
                let made = Arc::new(Mutex::default());
                Sabotage::new()
                    .clerk(move |replica| {
                        Arc::new(Late {
                            replica,
                            made: made.clone(),
                        })
                    })
                    .alterations()
            },
        ),
    ]
}

/// Tokens that live outside the store of the reference.
#[derive(Clone)]
struct Living {
    /// The tokens, and how often each was shown.
    tokens: Arc<Mutex<HashMap<Digest, (LiveToken, usize)>>>,
    /// Whether a token lives until its token issue is answered.
    while_sent: bool,
    /// Which outcomes let it live from then on.
    after: fn(&OutboundOutcome) -> bool,
    /// How often it is refused first.
    refused_first: usize,
}

fn living(alter: fn(&mut Living)) -> Alterations {
    let mut living = Living {
        tokens: Arc::default(),
        while_sent: false,
        after: |_| false,
        refused_first: 0,
    };
    alter(&mut living);
    Sabotage::new()
        .courier(living.clone())
        .one_clerk(living)
        .alterations()
}

impl Courier for Living {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let Ok(issue) = TokenIssue::parse(&request.body) else {
                return inner.post(request).await;
            };
            let digest = issue.bearer_token.digest();
            let token = LiveToken {
                digest,
                initiator: issue.initiator,
                expires_at: issue.expires_at.unix(),
            };
            if self.while_sent {
                lock(&self.tokens).insert(digest, (token.clone(), 0));
            }
            let outcome = inner.post(request).await;
            lock(&self.tokens).remove(&digest);
            if (self.after)(&outcome) {
                lock(&self.tokens).insert(digest, (token, 0));
            }
            outcome
        })
    }
}

impl Clerk for Living {
    fn token<'a>(&'a self, inner: &'a dyn Store, digest: Digest) -> Done<'a, Option<LiveToken>> {
        let mut tokens = lock(&self.tokens);
        let Some((token, shown)) = tokens.get_mut(&digest) else {
            return inner.token(digest);
        };
        *shown += 1;
        let live = (*shown > self.refused_first).then(|| token.clone());
        async { Ok(live) }.boxed()
    }
}

/// How long the first replica does not know what the second one made.
const LAG: Duration = Duration::from_secs(2);

struct Late {
    replica: usize,
    made: Arc<Mutex<HashMap<Digest, Instant>>>,
}

impl Clerk for Late {
    fn activate<'a>(
        &'a self,
        inner: &'a dyn Store,
        key: ExchangeKey,
        token: LiveToken,
    ) -> Done<'a, ()> {
        if self.replica > 0 {
            lock(&self.made).insert(token.digest, Instant::now());
        }
        inner.activate(key, token)
    }

    fn token<'a>(&'a self, inner: &'a dyn Store, digest: Digest) -> Done<'a, Option<LiveToken>> {
        let lately = lock(&self.made)
            .get(&digest)
            .is_some_and(|made| made.elapsed() < LAG);
        if self.replica == 0 && lately {
            return async { Ok(None) }.boxed();
        }
        inner.token(digest)
    }
}

fn of_the_deadline() -> Vec<Saboteur> {
    vec![Saboteur::new(
        "takes-longer-than-it-declares",
        "EX-ISS-068",
        "Answers a token call after its deadline when the initiator was slow or silent.",
        || Sabotage::new().layer(BeyondTheDeadline).alterations(),
    )]
}

/// The deadline that the harness gives the reference, and the slack of the scenario, and a little.
const BEYOND: Duration = Duration::from_millis(4500);

struct BeyondTheDeadline;

impl Layer for BeyondTheDeadline {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        Box::pin(async move {
            let start = tokio::time::Instant::now();
            let told = pass(asked, next).await;
            let late = match told.problem() {
                Some(ProblemType::TokenIssueTimeout) => true,
                Some(ProblemType::TokenIssueRefused | ProblemType::InitiatorUnreachable) => {
                    start.elapsed() > Duration::from_secs(1)
                }
                _ => false,
            };
            if late {
                tokio::time::sleep_until(start + BEYOND).await;
            }
            told
        })
    }
}
