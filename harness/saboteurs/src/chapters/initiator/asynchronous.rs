//! Saboteurs of the chapter "The asynchronous form", as initiators: how they poll, and what they make of the
//! answers.

use super::location;
use crate::{
    Saboteur,
    diary::is_api,
    message::{edit, edit_text, members, text},
    outbound::{altered, status},
    sabotage::Sabotage,
};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{OutboundOutcome, OutboundRequest};
use btx_spec::Timestamp;
use std::time::Duration;
use url::Url;

const BOTH: &str = "the same scenario is about both";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_pauses();
    all.extend(of_the_place());
    all.extend(of_the_request());
    all.extend(of_the_outcome());
    all
}

fn of_the_pauses() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "polls-when-it-likes",
            "EX-INI-080",
            "Polls three times a second, whatever the Retry-After.",
            || {
                Sabotage::of_the_initiator()
                    .initiator_config(|c| c.limits.longest_pause = Duration::from_millis(330))
                    .alterations()
            },
        )
        .also(
            "EX-INI-088",
            &["Retry-After is 0"],
            "it does not wait a second either",
        ),
        Saboteur::of_the_initiator(
            "goes-on-polling",
            "EX-INI-082",
            "Polls for an hour after the end of the exchange that it was told.",
            || {
                Sabotage::of_the_initiator()
                    .outcomes(|_, outcome| an_hour_later(outcome))
                    .getting(|inner, request| {
                        Box::pin(async move { an_hour_later(inner.get(request).await) })
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "waits-as-long-as-it-is-told",
            "EX-INI-083",
            "Waits as long as a Retry-After tells it, be it thirty years.",
            || {
                Sabotage::of_the_initiator()
                    .initiator_config(|c| c.limits.longest_pause = Duration::from_secs(86_400))
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "asks-again-at-once",
            "EX-INI-088",
            "Polls without a pause when the Retry-After says nothing useful.",
            || {
                Sabotage::of_the_initiator()
                    .getting(|inner, request| {
                        Box::pin(async move {
                            let mut outcome = inner.get(request.clone()).await;
                            for _ in 0..5 {
                                if !is_pending_without_pause(&outcome) {
                                    break;
                                }
                                outcome = inner.get(request.clone()).await;
                            }
                            outcome
                        })
                    })
                    .alterations()
            },
        ),
    ]
}

/// The outcome, with an end of the exchange that is an hour later.
fn an_hour_later(outcome: OutboundOutcome) -> OutboundOutcome {
    altered(outcome, |answer| {
        edit(&mut answer.body, |m| {
            edit_text(m, "exchange_expires_at", |end| {
                let end = Timestamp::parse(end).map_or(0, Timestamp::unix);
                Timestamp::from_unix(end + 3600).to_string()
            });
        });
    })
}

fn is_pending_without_pause(outcome: &OutboundOutcome) -> bool {
    matches!(outcome, OutboundOutcome::Answered(answer)
        if answer.status == 202 && answer.retry_after.unwrap_or(0) == 0)
}

fn of_the_place() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "polls-wherever-it-is-told",
            "EX-INI-081",
            "Asks for the status once wherever a 202 to its call says.",
            || {
                Sabotage::of_the_initiator()
                    .posting(|inner, request| {
                        Box::pin(async move {
                            let outcome = inner.post(request.clone()).await;
                            visit(inner, &request, &outcome).await;
                            outcome
                        })
                    })
                    .alterations()
            },
        )
        .except(&["A later answer", "with http", "at another port"]),
        Saboteur::of_the_initiator(
            "polls-where-a-later-answer-says",
            "EX-INI-081",
            "Asks for the status once wherever a 202 of the status URL says.",
            || {
                Sabotage::of_the_initiator()
                    .getting(|inner, request| {
                        Box::pin(async move {
                            let outcome = inner.get(request.clone()).await;
                            visit(inner, &request, &outcome).await;
                            outcome
                        })
                    })
                    .alterations()
            },
        )
        .only(&["A later answer"]),
        Saboteur::of_the_initiator(
            "follows-redirects-of-polls",
            "HT-ANY-023",
            "Follows a redirect in the place of a status.",
            || {
                Sabotage::of_the_initiator()
                    .getting(|inner, request| {
                        Box::pin(async move {
                            let outcome = inner.get(request.clone()).await;
                            match location(&outcome).filter(|_| !is_api(&request.url)) {
                                Some(url) => inner.get(OutboundRequest { url, ..request }).await,
                                None => outcome,
                            }
                        })
                    })
                    .alterations()
            },
        )
        .only(&["in place of a status"])
        .also("EX-INI-085", &[], BOTH),
    ]
}

/// Goes once to the status URL of a 202, if that is not of the origin of the request.
async fn visit(
    inner: &dyn btx_reference::outbound::Outbound,
    request: &OutboundRequest,
    outcome: &OutboundOutcome,
) {
    let OutboundOutcome::Answered(answer) = outcome else {
        return;
    };
    let told = members(&answer.body).and_then(|m| text(&m, "status_url"));
    let here = Url::parse(&request.url).ok();
    let there = here
        .as_ref()
        .zip(told)
        .and_then(|(here, told)| here.join(&told).ok());
    let Some((here, there)) = here.zip(there).filter(|_| answer.status == 202) else {
        return;
    };
    if here.origin() != there.origin() || !there.username().is_empty() {
        let request = OutboundRequest::bare(there.as_str(), request.deadline);
        inner.get(request).await;
    }
}

fn of_the_request() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "polls-by-post",
            "EX-INI-086",
            "Asks for the status by POST.",
            || {
                Sabotage::of_the_initiator()
                    .getting(|inner, request| {
                        if is_api(&request.url) {
                            inner.get(request)
                        } else {
                            inner.post(request)
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "polls-with-credentials",
            "EX-INI-087",
            "Puts an Authorization field into its polls.",
            || polling_with("authorization", "Basic c2hvcDpydXRhYmFnYQ=="),
        ),
        Saboteur::of_the_initiator(
            "polls-with-a-cookie",
            "EX-INI-087",
            "Puts a Cookie field into its polls.",
            || polling_with("cookie", "session=1"),
        ),
    ]
}

fn polling_with(name: &'static str, value: &'static str) -> Alterations {
    Sabotage::of_the_initiator()
        .gets(move |request| {
            if !is_api(&request.url) {
                *request = request.clone().with(name, value);
            }
        })
        .alterations()
}

fn of_the_outcome() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "takes-a-202-for-success",
            "EX-INI-084",
            "Takes a 202 that it did not ask for as 204.",
            || {
                Sabotage::of_the_initiator()
                    .outcomes(|request, outcome| {
                        let unasked = !asks(request) && status(&outcome) == Some(202);
                        if unasked {
                            crate::outbound::accepted(outcome)
                        } else {
                            outcome
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "polls-unasked",
            "EX-INI-084",
            "Asks for the status once after a 202 that it did not ask for.",
            || {
                Sabotage::of_the_initiator()
                    .posting(|inner, request| {
                        Box::pin(async move {
                            let outcome = inner.post(request.clone()).await;
                            let OutboundOutcome::Answered(answer) = &outcome else {
                                return outcome;
                            };
                            let told = members(&answer.body).and_then(|m| text(&m, "status_url"));
                            if let Some(url) = told.filter(|_| !asks(&request)) {
                                inner
                                    .get(OutboundRequest::bare(url, request.deadline))
                                    .await;
                            }
                            outcome
                        })
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "takes-every-status-for-success",
            "EX-INI-085",
            "Takes every answer of a status URL but 202 and 500 as 204.",
            || {
                Sabotage::of_the_initiator()
                    .getting(|inner, request| {
                        Box::pin(async move {
                            let is_poll = !is_api(&request.url);
                            let outcome = inner.get(request).await;
                            altered(outcome, |answer| {
                                if is_poll && !matches!(answer.status, 202 | 500) {
                                    answer.status = 204;
                                }
                            })
                        })
                    })
                    .alterations()
            },
        )
        .also("HT-ANY-023", &[], "the scenario is about redirects as well"),
    ]
}

fn asks(request: &OutboundRequest) -> bool {
    request.headers.iter().any(|(name, _)| *name == "prefer")
}
