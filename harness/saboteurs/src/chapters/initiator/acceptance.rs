//! Saboteurs of the chapters "Acceptance" and "Using the token", as initiators: when a token is used, and
//! where.

use crate::{
    Saboteur,
    diary::{Diary, Entry, Fate, base, is_api},
    ledger::lock,
    outbound::altered,
    sabotage::Sabotage,
    store::{Clerk, Done},
};
use btx_harness::embedded::Alterations;
use btx_reference::{
    outbound::{OutboundOutcome, OutboundRequest},
    store::{ExchangeKey, HeldToken, Store},
};
use btx_spec::{Identifier, Pending};
use std::{sync::Mutex, time::Duration};

const FAILED: &str = "a token of a failed call is used, whatever has made it fail";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_outcome();
    all.extend(of_the_time());
    all.extend(of_other_places());
    all
}

fn of_the_outcome() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "uses-tokens-early",
            "EX-INI-061",
            "Uses a token as soon as it has come, before the answer to its call.",
            || using(|entry| entry.fate == Fate::Open),
        )
        .except(&["while its exchange is pending"]),
        Saboteur::of_the_initiator(
            "uses-pending-tokens",
            "EX-INI-061",
            "Uses a token as soon as its call was answered with 202.",
            || using(|entry| matches!(entry.fate, Fate::Answered(202) | Fate::Polled(202))),
        )
        .only(&["while its exchange is pending"])
        .also("EX-INI-084", &["that was not asked for"], "it does not wait for a status at all")
        .also(
            "EX-INI-072",
            &["pending answer is lost is not used: within its body"],
            "its status line has arrived",
        ),
        Saboteur::of_the_initiator(
            "holds-tokens-by-issuer",
            "EX-INI-062",
            "Finds a token that a failed exchange has left, when the next one brings none.",
            || {
                let diary = Diary::default();
                Sabotage::of_the_initiator()
                    .keeping(&diary)
                    .gets(move |request| {
                        let here = |entry: &Entry| base(&entry.url) == base(&request.url);
                        let last = diary.last(here);
                        let none = last.is_some_and(|entry| {
                            entry.fate == Fate::Answered(204) && entry.issue.is_none()
                        });
                        let left = diary.last(|entry| here(entry) && entry.issue.is_some());
                        if let Some(issue) = left.and_then(|entry| entry.issue)
                            && none
                            && is_api(&request.url)
                        {
                            show(request, issue.bearer_token.expose());
                        }
                    })
                    .alterations()
            },
        )
        .only(&["does not come back"])
        .also("EX-INI-064", &[], "the second success has no token of its own"),
        Saboteur::of_the_initiator(
            "uses-tokens-of-failed-calls",
            "EX-INI-062",
            "Uses a token whatever its call was answered.",
            || using(|entry| matches!(entry.fate, Fate::Answered(status) if !matches!(status, 202 | 204))),
        )
        .except(&["does not come back"])
        .also("EX-INI-065", &[], FAILED),
        Saboteur::of_the_initiator(
            "uses-tokens-whose-status-is-a-failure",
            "EX-INI-085",
            "Uses a token whatever its status URL has said in the end.",
            || using(|entry| matches!(entry.fate, Fate::Polled(status) if !matches!(status, 202 | 204))),
        )
        .also("HT-ANY-023", &[], "the scenario is about redirects as well"),
        Saboteur::of_the_initiator(
            "makes-up-a-token",
            "EX-INI-064",
            "Uses a token of its own making when the call has succeeded and none has come.",
            || {
                let diary = Diary::default();
                Sabotage::of_the_initiator()
                    .keeping(&diary)
                    .gets(move |request| {
                        let entry = diary.last(|entry| base(&entry.url) == base(&request.url));
                        let none = entry.is_some_and(|entry| {
                            entry.fate == Fate::Answered(204) && entry.issue.is_none()
                        });
                        if none && is_api(&request.url) {
                            show(request, "a-token-of-its-own-making");
                        }
                    })
                    .alterations()
            },
        )
        .except(&["does not come back"]),
        Saboteur::of_the_initiator(
            "takes-every-2xx-for-success",
            "EX-INI-065",
            "Takes every answer to a token call from 200 to 299, but 202, for 204.",
            || {
                Sabotage::of_the_initiator()
                    .outcomes(|_, outcome| {
                        altered(outcome, |answer| {
                            if (200..300).contains(&answer.status) && answer.status != 202 {
                                answer.status = 204;
                            }
                        })
                    })
                    .alterations()
            },
        )
        .only(&["is not used: 20"])
        .also("EX-INI-062", &[], FAILED),
        Saboteur::of_the_initiator(
            "tries-tokens-whose-fate-is-unknown",
            "EX-INI-072",
            "Tries a token at the API when nobody knows what became of its call.",
            || using(|entry| entry.fate == Fate::Unknown),
        )
        .except(&["pending answer is lost is not used: within its body"])
        .also("EX-INI-067", &[], "one scenario is about the time limit as well"),
        Saboteur::of_the_initiator(
            "takes-half-a-202-for-success",
            "EX-INI-072",
            "Takes a 202 whose body it cannot read for a success.",
            || {
                Sabotage::of_the_initiator()
                    .posting(|inner, request| {
                        Box::pin(async move {
                            altered(inner.post(request).await, |answer| {
                                if answer.status == 202 && Pending::parse(&answer.body).is_err() {
                                    answer.status = 204;
                                }
                            })
                        })
                    })
                    .alterations()
            },
        )
        .only(&["pending answer is lost is not used: within its body"]),
    ]
}

/// Uses the token of the last exchange with an issuer if that one is like this.
fn using(which: fn(&Entry) -> bool) -> Alterations {
    let diary = Diary::default();
    Sabotage::of_the_initiator()
        .keeping(&diary)
        .gets(move |request| {
            let last = diary.last(|entry| base(&entry.url) == base(&request.url));
            let issue = last.filter(which).and_then(|entry| entry.issue);
            if let Some(issue) = issue.filter(|_| is_api(&request.url)) {
                show(request, issue.bearer_token.expose());
            }
        })
        .alterations()
}

/// Puts a token into a request, in the place of one that is there already.
fn show(request: &mut OutboundRequest, token: &str) {
    request.headers.retain(|(name, _)| *name != "authorization");
    let bearer = format!("Bearer {token}");
    *request = request.clone().with("authorization", bearer);
}

fn of_the_time() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "uses-expired-tokens",
            "EX-INI-063",
            "Does not look at the expiry of the token that it uses.",
            || {
                Sabotage::of_the_initiator()
                    .one_clerk(Timeless)
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "gives-up-early",
            "EX-INI-016",
            "Waits for the answer to its call a little less long than an exchange may take.",
            || {
                Sabotage::of_the_initiator()
                    .initiator_config(|config| {
                        config.limits.call_deadline = Duration::from_millis(2200);
                    })
                    .alterations()
            },
        ),
    ]
}

struct Timeless;

impl Clerk for Timeless {
    fn in_use<'a>(
        &'a self,
        inner: &'a dyn Store,
        issuer: Identifier,
    ) -> Done<'a, Option<HeldToken>> {
        Box::pin(async move {
            let held = inner.in_use(issuer).await?;
            Ok(held.map(|token| HeldToken {
                expires_at: i64::MAX,
                ..token
            }))
        })
    }
}

fn of_other_places() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "shows-its-newest-token-to-everybody",
            "EX-INI-066",
            "Keeps one token, and shows it to every issuer.",
            || {
                Sabotage::of_the_initiator()
                    .one_clerk(Newest::default())
                    .alterations()
            },
        )
        .only(&[
            "to its own issuer only",
            "several issuers at once",
            "that names another issuer",
        ])
        .also(
            "EX-INI-046",
            &["several issuers at once"],
            "the scenario is about the tokens as well",
        )
        .one_by_one(),
        Saboteur::of_the_initiator(
            "shows-the-token-that-a-challenge-asks-for",
            "EX-INI-066",
            "Shows the token of the issuer that a 401 names, whoever has answered so.",
            || {
                let diary = Diary::default();
                Sabotage::of_the_initiator()
                    .keeping(&diary)
                    .getting(move |inner, request| {
                        let diary = diary.clone();
                        Box::pin(async move {
                            let outcome = inner.get(request.clone()).await;
                            let named = named(&outcome, "issuer");
                            let named = named.and_then(|named| {
                                diary.last(|entry| entry.call.issuer.as_str() == named)
                            });
                            let Some(issue) = named.and_then(|entry| entry.issue) else {
                                return outcome;
                            };
                            let mut again = OutboundRequest::bare(request.url, request.deadline);
                            show(&mut again, issue.bearer_token.expose());
                            inner.get(again).await
                        })
                    })
                    .alterations()
            },
        )
        .only(&["that names another issuer"]),
        Saboteur::of_the_initiator(
            "carries-its-token-along",
            "EX-INI-066",
            "Follows the redirects of an API, and takes the token along.",
            || {
                Sabotage::of_the_initiator()
                    .getting(|inner, request| {
                        Box::pin(async move {
                            let outcome = inner.get(request.clone()).await;
                            match super::location(&outcome).filter(|_| is_api(&request.url)) {
                                Some(url) => inner.get(OutboundRequest { url, ..request }).await,
                                None => outcome,
                            }
                        })
                    })
                    .alterations()
            },
        )
        .only(&["where a redirect leads"])
        .also("HT-ANY-023", &[], "it has followed a redirect"),
    ]
}

/// The value of a parameter in the challenge of a 401.
pub(super) fn named(outcome: &OutboundOutcome, parameter: &str) -> Option<String> {
    let OutboundOutcome::Answered(answer) = outcome else {
        return None;
    };
    let challenge = answer.www_authenticate.as_deref()?;
    let (_, rest) = challenge.split_once(&format!(" {parameter}=\""))?;
    Some(rest.split('"').next()?.to_owned())
}

#[derive(Default)]
struct Newest(Mutex<Option<Identifier>>);

impl Clerk for Newest {
    fn adopt<'a>(&'a self, inner: &'a dyn Store, key: ExchangeKey) -> Done<'a, ()> {
        *lock(&self.0) = Some(key.peer.clone());
        inner.adopt(key)
    }

    fn in_use<'a>(
        &'a self,
        inner: &'a dyn Store,
        issuer: Identifier,
    ) -> Done<'a, Option<HeldToken>> {
        let newest = lock(&self.0).clone();
        inner.in_use(newest.unwrap_or(issuer))
    }
}
