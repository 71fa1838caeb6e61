//! Saboteurs of the chapter "Errors".

use crate::{Saboteur, ledger::lock, message::Asked, outbound::status, sabotage::Sabotage};
use axum::http::header;
use btx_harness::embedded::Alterations;
use btx_reference::outbound::OutboundOutcome;
use btx_spec::ProblemType;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

const ORDER: &str = "the scenario expects the same status of the first of two faults";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_status();
    all.extend(of_the_body());
    all
}

fn of_the_status() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "answers-malformed-calls-with-422",
            "EX-ISS-030",
            "Answers a malformed token call with 422.",
            || status_of(ProblemType::MalformedMessage, 422),
        )
        .also(
            "EX-ISS-015",
            &[
                "that is not JSON, and a version",
                "in capitals, and another issuer",
            ],
            ORDER,
        ),
        Saboteur::new(
            "answers-the-wrong-issuer-with-421",
            "EX-ISS-031",
            "Answers a token call for another issuer with 421.",
            || status_of(ProblemType::WrongIssuer, 421),
        )
        .also(
            "EX-ISS-015",
            &["another issuer's identifier, and the identifier"],
            ORDER,
        ),
        Saboteur::new(
            "answers-strangers-with-403",
            "EX-ISS-032",
            "Answers the token call of a stranger with 403.",
            || status_of(ProblemType::UnknownInitiator, 403),
        ),
        Saboteur::new(
            "answers-repeats-with-400",
            "EX-ISS-033",
            "Answers a used exchange_id with 400.",
            || status_of(ProblemType::DuplicateExchange, 400),
        ),
        Saboteur::new(
            "answers-too-many-with-503",
            "EX-ISS-034",
            "Answers one exchange too many with 503.",
            || status_of(ProblemType::TooManyRequests, 503),
        ),
        Saboteur::new(
            "answers-a-refused-issue-with-500",
            "EX-ISS-035",
            "Answers 500 when the token issue was refused.",
            || status_of(ProblemType::TokenIssueRefused, 500),
        ),
        Saboteur::new(
            "answers-an-unreachable-initiator-with-504",
            "EX-ISS-036",
            "Answers 504 when the initiator could not be reached.",
            || status_of(ProblemType::InitiatorUnreachable, 504),
        ),
        Saboteur::new(
            "answers-a-silent-initiator-with-502",
            "EX-ISS-037",
            "Answers 502 when the token issue was not answered.",
            || status_of(ProblemType::TokenIssueTimeout, 502),
        ),
        Saboteur::new(
            "answers-an-unknown-status-url-with-410",
            "EX-ISS-038",
            "Answers a status URL that was not handed out with 410.",
            || status_of(ProblemType::UnknownExchange, 410),
        ),
        Saboteur::new(
            "says-not-when-to-try-again",
            "HT-ANY-033",
            "Answers 429 without Retry-After.",
            || {
                Sabotage::new()
                    .told(|_, told| {
                        if told.is(429) {
                            told.remove(&header::RETRY_AFTER);
                        }
                    })
                    .alterations()
            },
        ),
    ]
}

fn status_of(problem: ProblemType, status: u16) -> Alterations {
    Sabotage::new().status_of(problem, status).alterations()
}

fn of_the_body() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "gives-its-problems-as-plain-json",
            "HT-ANY-031",
            "Sends its problems as application/json.",
            || {
                Sabotage::new()
                    .told(|_, told| {
                        if told.problem().is_some() {
                            told.set(header::CONTENT_TYPE, "application/json");
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::new(
            "echoes-the-call",
            "HT-ANY-032",
            "Puts the body of a refused token call into its problem.",
            || echoing(|asked| String::from_utf8_lossy(&asked.body).into_owned()),
        )
        .only(&["a marked value", "a marked name", "a marked body that"]),
        Saboteur::new(
            "echoes-the-media-type",
            "HT-ANY-032",
            "Puts the media type of a refused token call into its problem.",
            || echoing(|asked| asked.field("content-type").unwrap_or_default().to_owned()),
        )
        .only(&["a marked media type"]),
        Saboteur::new(
            "passes-on-what-the-initiator-said",
            "HT-ANY-032",
            "Puts what the initiator answered to the token issue into its problem.",
            || {
                let answers = Answers::default();
                let heard = answers.clone();
                Sabotage::new()
                    .issue_answers(move |request, outcome| {
                        if let (Some(400..), OutboundOutcome::Answered(answer)) =
                            (status(&outcome), &outcome)
                            && let Some(id) = exchange_id(&request.body)
                        {
                            let text = String::from_utf8_lossy(&answer.body).into_owned();
                            lock(&heard).insert(id, text);
                        }
                        outcome
                    })
                    .call_answers(move |asked, told| {
                        let id = exchange_id(&asked.body).unwrap_or_default();
                        if let Some(answer) = lock(&answers).remove(&id) {
                            told.edit(|m| {
                                m.insert("detail".to_owned(), answer.into());
                            });
                        }
                    })
                    .alterations()
            },
        )
        .only(&["what the initiator answered"]),
    ]
}

/// Puts something of the request into the detail of each refusal of a token call.
fn echoing(what: fn(&Asked) -> String) -> Alterations {
    Sabotage::new()
        .call_answers(move |asked, told| {
            let detail = format!("I cannot take this: {}", what(asked));
            told.edit(|m| {
                if m.contains_key("detail") {
                    m.insert("detail".to_owned(), detail.into());
                }
            });
        })
        .alterations()
}

fn exchange_id(body: &[u8]) -> Option<String> {
    crate::message::text(&crate::message::members(body)?, "exchange_id")
}

type Answers = Arc<Mutex<HashMap<String, String>>>;
