//! Saboteurs of the chapter "HTTP", as initiators that receive token issues; what belongs to JSON stands in
//! `json.rs`, what a sender owes with the token call.

use crate::{Saboteur, message::Told, old_tls, sabotage::Sabotage};
use axum::http::{Method, header};
use btx_harness::embedded::Alterations;
use btx_spec::ProblemType;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_handshake();
    all.extend(of_the_request_line());
    all.extend(of_media_types());
    all.extend(of_the_body());
    all.extend(of_fields());
    all
}

fn of_the_request_line() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "takes-issues-by-any-method",
            "HT-ANY-001",
            "Takes a token issue with any method.",
            || {
                Sabotage::of_the_initiator()
                    .arriving(|issue| issue.head.method = Method::POST)
                    .alterations()
            },
        )
        .also(
            "HT-ANY-002",
            &["answered 405"],
            "a method that is taken is not answered with 405",
        ),
        Saboteur::of_the_initiator(
            "answers-another-method-with-400",
            "HT-ANY-002",
            "Answers another method with 400.",
            || status_of(ProblemType::MethodNotAllowed, 400),
        ),
        Saboteur::of_the_initiator(
            "hides-the-method-of-issues",
            "HT-ANY-002",
            "Answers a token issue by another method with 405 without an Allow field.",
            || hiding(header::ALLOW),
        ),
    ]
}

fn of_the_handshake() -> Vec<Saboteur> {
    vec![Saboteur::of_the_initiator(
        "goes-on-with-old-tls-as-an-initiator",
        "HT-ANY-040",
        "Answers a ClientHello of TLS 1.0 or 1.1 with a ServerHello, where token issues arrive.",
        || {
            Sabotage::of_the_initiator()
                .door(old_tls::in_front_of)
                .alterations()
        },
    )]
}

fn of_media_types() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "takes-issues-of-any-media-type",
            "HT-ANY-003",
            "Does not look at the media type of a token issue.",
            || {
                Sabotage::of_the_initiator()
                    .arriving(|issue| issue.set(header::CONTENT_TYPE, "application/json"))
                    .alterations()
            },
        )
        .also(
            "HT-ANY-004",
            &["answered 415"],
            "a media type that is taken is not answered with 415",
        ),
        Saboteur::of_the_initiator(
            "assumes-that-issues-are-json",
            "HT-ANY-003",
            "Takes a token issue without a media type.",
            || {
                Sabotage::of_the_initiator()
                    .arriving(|issue| {
                        if issue.field("content-type").is_none() {
                            issue.set(header::CONTENT_TYPE, "application/json");
                        }
                    })
                    .alterations()
            },
        )
        .only(&["no media type"]),
        Saboteur::of_the_initiator(
            "answers-another-media-type-with-400",
            "HT-ANY-004",
            "Answers another media type with 400.",
            || status_of(ProblemType::UnsupportedMediaType, 400),
        )
        .also(
            "HT-ANY-007",
            &["content coding is answered 415"],
            "the two share their problem",
        ),
        Saboteur::of_the_initiator(
            "hides-the-media-type-of-issues",
            "HT-ANY-004",
            "Answers a token issue of another media type with 415 without an Accept field.",
            || hiding(header::ACCEPT),
        ),
        Saboteur::of_the_initiator(
            "takes-one-spelling-of-the-media-type",
            "HT-ANY-005",
            "Takes application/json in this one spelling only.",
            || {
                Sabotage::of_the_initiator()
                    .refusing_issues(ProblemType::UnsupportedMediaType, |issue| {
                        issue.field("content-type").is_some_and(|t| {
                            t != "application/json"
                                && t.to_ascii_lowercase().starts_with("application/json")
                        })
                    })
                    .alterations()
            },
        ),
    ]
}

fn hiding(name: header::HeaderName) -> Alterations {
    Sabotage::of_the_initiator()
        .issue_verdicts(move |_, told| told.remove(&name))
        .alterations()
}

fn status_of(problem: ProblemType, status: u16) -> Alterations {
    Sabotage::of_the_initiator()
        .status_of(problem, status)
        .alterations()
}

fn of_the_body() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "overlooks-the-coding-of-issues",
            "HT-ANY-006",
            "Reads a token issue as if it had no Content-Encoding.",
            || {
                Sabotage::of_the_initiator()
                    .arriving(|issue| {
                        issue.head.headers.remove(header::CONTENT_ENCODING);
                    })
                    .alterations()
            },
        )
        .also(
            "HT-ANY-007",
            &["answered 415"],
            "a content coding that is taken is not answered with 415",
        ),
        Saboteur::of_the_initiator(
            "calls-the-coding-of-issues-malformed",
            "HT-ANY-007",
            "Answers a token issue with a content coding with 400.",
            || {
                Sabotage::of_the_initiator()
                    .refusing_issues(ProblemType::MalformedMessage, |issue| {
                        issue.field("content-encoding").is_some()
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "calls-large-issues-malformed",
            "HT-ANY-015",
            "Answers a token issue that is too large with 400.",
            || status_of(ProblemType::MessageTooLarge, 400),
        ),
        Saboteur::of_the_initiator(
            "takes-issues-of-any-size",
            "HT-ANY-014",
            "Reads token issues of a megabyte.",
            || large(|_| true),
        )
        .also(
            "HT-ANY-015",
            &["answered 413"],
            "a size that is taken is not answered with 413",
        ),
        Saboteur::of_the_initiator(
            "trusts-the-announced-length-of-issues",
            "HT-ANY-014",
            "Judges the size by Content-Length, and reads what comes in chunks to its end.",
            || large(|announced| !announced),
        )
        .only(&["unannounced length"]),
    ]
}

/// Takes large token issues, if their length is announced or not as it says.
fn large(which: fn(bool) -> bool) -> Alterations {
    Sabotage::of_the_initiator()
        .arriving(move |issue| {
            let announced = issue.field("content-length").is_some();
            if which(announced) && issue.body.len() > 65_536 {
                issue.edit(|m| {
                    m.remove("padding");
                });
            }
        })
        .alterations()
}

fn of_fields() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "wants-credentials-that-it-knows",
            "HT-ANY-016",
            "Refuses a token issue with an Authorization or a Cookie field.",
            || {
                Sabotage::of_the_initiator()
                    .instead(|asked| {
                        let names = ["authorization", "cookie"];
                        let has = names.iter().any(|name| asked.field(name).is_some());
                        (asked.is_issue() && has).then(|| Told::empty(401))
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "lets-caches-keep-acceptances",
            "HT-ANY-030",
            "Answers token issues without Cache-Control.",
            || {
                Sabotage::of_the_initiator()
                    .issue_verdicts(|_, told| told.remove(&header::CACHE_CONTROL))
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "lets-any-page-read-its-verdicts",
            "HT-ANY-034",
            "Answers token issues with Access-Control-Allow-Origin: *.",
            || {
                Sabotage::of_the_initiator()
                    .issue_verdicts(|_, told| told.set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
                    .alterations()
            },
        ),
    ]
}
