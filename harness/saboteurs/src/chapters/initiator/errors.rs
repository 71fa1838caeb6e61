//! Saboteurs of the chapter "Errors", as initiators: how they refuse token issues.

use crate::{
    Saboteur,
    diary::{Diary, Entry},
    message::{self, Asked, members},
    sabotage::Sabotage,
};
use axum::http::header;
use btx_harness::embedded::Alterations;
use btx_spec::{ProblemType, TokenIssue};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_status();
    all.extend(of_the_body());
    all.extend(of_what_is_given_away());
    all
}

fn of_the_status() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "answers-malformed-issues-with-422",
            "EX-INI-030",
            "Answers a malformed token issue with 422.",
            || status_of(ProblemType::MalformedMessage, 422),
        ),
        Saboteur::of_the_initiator(
            "answers-unknown-exchanges-with-410",
            "EX-INI-031",
            "Answers a token issue for an exchange that it does not know with 410.",
            || status_of(ProblemType::UnknownExchange, 410),
        ),
        Saboteur::of_the_initiator(
            "answers-other-parties-with-400",
            "EX-INI-032",
            "Answers a token issue that names other parties with 400.",
            || status_of(ProblemType::ExchangeMismatch, 400),
        ),
        Saboteur::of_the_initiator(
            "answers-wrong-signatures-with-401",
            "EX-INI-033",
            "Answers a token issue with a wrong signature with 401.",
            || status_of(ProblemType::SignatureMismatch, 401),
        ),
        Saboteur::of_the_initiator(
            "answers-expired-tokens-with-410",
            "EX-INI-034",
            "Answers a token issue that has expired with 410.",
            || status_of(ProblemType::TokenExpired, 410),
        ),
        Saboteur::of_the_initiator(
            "answers-other-tokens-with-403",
            "EX-INI-035",
            "Answers another token for the same exchange with 403.",
            || status_of(ProblemType::ConflictingIssue, 403),
        ),
    ]
}

fn status_of(problem: ProblemType, status: u16) -> Alterations {
    Sabotage::of_the_initiator()
        .status_of(problem, status)
        .alterations()
}

fn of_the_body() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "gives-its-refusals-as-plain-json",
            "HT-ANY-031",
            "Sends its problems as application/json.",
            || {
                Sabotage::of_the_initiator()
                    .issue_verdicts(|_, told| {
                        if told.problem().is_some() {
                            told.set(header::CONTENT_TYPE, "application/json");
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "echoes-the-issue",
            "HT-ANY-032",
            "Puts the body of a refused token issue into its problem.",
            || echoing(|asked| String::from_utf8_lossy(&asked.body).into_owned()),
        )
        .except(&["a marked media type"]),
        Saboteur::of_the_initiator(
            "echoes-the-media-type-of-issues",
            "HT-ANY-032",
            "Puts the media type of a refused token issue into its problem.",
            || echoing(|asked| asked.field("content-type").unwrap_or_default().to_owned()),
        )
        .only(&["a marked media type"]),
    ]
}

fn of_what_is_given_away() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "tells-the-signature-that-it-expected",
            "EX-INI-052",
            "Says in its refusals which signature is right.",
            || {
                giving_away(|entry, asked| {
                    let issue = TokenIssue::parse(&asked.body).ok()?;
                    let right = entry.right_issue_like(&issue)?;
                    message::text(&members(&right)?, "signature")
                })
            },
        ),
        Saboteur::of_the_initiator(
            "tells-what-it-has-stored",
            "EX-INI-052",
            "Puts all that it has stored of the exchange into its refusals.",
            || giving_away(|entry, _| Some(entry.call.hmac_key.to_base64().to_string())),
        ),
    ]
}

/// Puts something of an exchange into the detail of each refusal of a token issue for it.
fn giving_away(what: fn(&Entry, &Asked) -> Option<String>) -> Alterations {
    let diary = Diary::default();
    Sabotage::of_the_initiator()
        .keeping(&diary)
        .issue_verdicts(move |asked, told| {
            let id = members(&asked.body).and_then(|m| message::text(&m, "exchange_id"));
            let entry = id.and_then(|id| diary.by_id(&id));
            let Some(detail) = entry.and_then(|entry| what(&entry, asked)) else {
                return;
            };
            told.edit(|m| {
                if m.contains_key("detail") {
                    m.insert("detail".to_owned(), detail.into());
                }
            });
        })
        .alterations()
}

/// Puts something of the request into the detail of each refusal.
fn echoing(what: fn(&Asked) -> String) -> Alterations {
    Sabotage::of_the_initiator()
        .issue_verdicts(move |asked, told| {
            let detail = format!("I cannot take this: {}", what(asked));
            told.edit(|m| {
                if m.contains_key("detail") {
                    m.insert("detail".to_owned(), detail.into());
                }
            });
        })
        .alterations()
}
