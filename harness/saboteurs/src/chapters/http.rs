//! Saboteurs of the chapter "HTTP", on the receiving side; what a sender owes stands with the token
//! issue, what belongs to JSON in `json.rs`.

use crate::{Saboteur, message::Told, sabotage::Sabotage};
use axum::http::{Method, header};
use btx_spec::ProblemType;

const DOUBLE: &str = "the fault is the first of two there, and is not seen";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_methods();
    all.extend(of_media_types());
    all.extend(of_codings_and_sizes());
    all.extend(of_fields());
    all
}

fn of_methods() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "takes-any-method",
            "HT-ANY-001",
            "Takes a token call with any method that has a body.",
            || {
                Sabotage::new()
                    .calls(|call| {
                        if !call.body.is_empty() {
                            call.head.method = Method::POST;
                        }
                    })
                    .alterations()
            },
        )
        .only(&["Another method is refused"])
        .also(
            "HT-ANY-002",
            &["answered 405"],
            "a method that is taken is not answered with 405",
        )
        .also("EX-ISS-015", &["the method PUT, and"], DOUBLE),
        Saboteur::new(
            "takes-any-method-at-the-status-url",
            "HT-ANY-001",
            "Answers every method at a status URL as it answers GET.",
            || {
                Sabotage::new()
                    .asked(|asked| {
                        if asked.is_status() && asked.head.method != Method::HEAD {
                            asked.head.method = Method::GET;
                        }
                    })
                    .alterations()
            },
        )
        .only(&["method at the status URL"]),
        Saboteur::new(
            "hides-its-methods",
            "HT-ANY-002",
            "Answers 405 without an Allow field.",
            || {
                Sabotage::new()
                    .told(|_, told| told.remove(&header::ALLOW))
                    .alterations()
            },
        ),
    ]
}

fn of_media_types() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "takes-any-media-type",
            "HT-ANY-003",
            "Does not look at the media type of a token call.",
            || {
                Sabotage::new()
                    .calls(|call| call.set(header::CONTENT_TYPE, "application/json"))
                    .alterations()
            },
        )
        .also(
            "HT-ANY-004",
            &["answered 415"],
            "a media type that is taken is not answered with 415",
        )
        .also("EX-ISS-015", &["the media type text/plain, and"], DOUBLE),
        Saboteur::new(
            "takes-what-begins-like-json",
            "HT-ANY-003",
            "Takes every media type that begins with application/json.",
            || {
                Sabotage::new()
                    .calls(|call| {
                        if call
                            .field("content-type")
                            .is_some_and(|t| t.starts_with("application/json"))
                        {
                            call.set(header::CONTENT_TYPE, "application/json");
                        }
                    })
                    .alterations()
            },
        )
        .only(&["application/jsonp"]),
        Saboteur::new(
            "takes-whatever-is-some-json",
            "HT-ANY-003",
            "Takes every media type with the suffix +json.",
            || {
                Sabotage::new()
                    .calls(|call| {
                        if call
                            .field("content-type")
                            .is_some_and(|t| t.ends_with("+json"))
                        {
                            call.set(header::CONTENT_TYPE, "application/json");
                        }
                    })
                    .alterations()
            },
        )
        .only(&["application/problem+json"]),
        Saboteur::new(
            "assumes-json",
            "HT-ANY-003",
            "Takes a token call without a media type.",
            || {
                Sabotage::new()
                    .calls(|call| {
                        if call.head.method == Method::POST && call.field("content-type").is_none()
                        {
                            call.set(header::CONTENT_TYPE, "application/json");
                        }
                    })
                    .alterations()
            },
        )
        .only(&["no media type"])
        .also(
            "HT-ANY-004",
            &["no media type"],
            "a media type that is assumed is not answered with 415",
        ),
        Saboteur::new(
            "hides-its-media-type",
            "HT-ANY-004",
            "Answers 415 without an Accept field.",
            || {
                Sabotage::new()
                    .told(|_, told| told.remove(&header::ACCEPT))
                    .alterations()
            },
        ),
        Saboteur::new(
            "compares-the-media-type-as-a-string",
            "HT-ANY-005",
            "Takes application/json in this one spelling only.",
            || {
                Sabotage::new()
                    .refusing(ProblemType::UnsupportedMediaType, |call| {
                        call.field("content-type").is_some_and(|t| {
                            t != "application/json"
                                && t.to_ascii_lowercase().starts_with("application/json")
                                && !t.ends_with("jsonp")
                        })
                    })
                    .alterations()
            },
        ),
        Saboteur::new(
            "tells-media-types-apart-by-case",
            "HT-ANY-005",
            "Takes application/json in small letters only.",
            || {
                Sabotage::new()
                    .refusing(ProblemType::UnsupportedMediaType, |call| {
                        call.field("content-type")
                            .is_some_and(|t| t.starts_with("Application/JSON"))
                    })
                    .alterations()
            },
        )
        .only(&["Application/JSON"]),
    ]
}

fn of_codings_and_sizes() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "overlooks-content-codings",
            "HT-ANY-006",
            "Reads a token call as if it had no Content-Encoding.",
            || {
                Sabotage::new()
                    .calls(|call| {
                        call.head.headers.remove(header::CONTENT_ENCODING);
                    })
                    .alterations()
            },
        )
        .also(
            "HT-ANY-007",
            &["answered 415"],
            "a content coding that is taken is not answered with 415",
        ),
        Saboteur::new(
            "calls-a-content-coding-malformed",
            "HT-ANY-007",
            "Answers a content coding with 400.",
            || {
                Sabotage::new()
                    .refusing(ProblemType::MalformedMessage, |call| {
                        call.field("content-encoding").is_some()
                    })
                    .alterations()
            },
        ),
        Saboteur::new(
            "takes-messages-of-any-size",
            "HT-ANY-014",
            "Reads token calls of a megabyte.",
            || {
                Sabotage::new()
                    .call_members(|m| {
                        if m.get("padding")
                            .is_some_and(|p| p.to_string().len() > 50_000)
                        {
                            m.remove("padding");
                        }
                    })
                    .alterations()
            },
        )
        .also(
            "HT-ANY-015",
            &["answered 413"],
            "a size that is taken is not answered with 413",
        ),
        Saboteur::new(
            "trusts-the-announced-length",
            "HT-ANY-014",
            "Judges the size by Content-Length, and reads what comes in chunks to its end.",
            || {
                Sabotage::new()
                    .calls(|call| {
                        if call.field("content-length").is_none() {
                            call.edit(|m| {
                                m.remove("padding");
                            });
                        }
                    })
                    .alterations()
            },
        )
        .only(&["unannounced length"]),
        Saboteur::new(
            "calls-a-large-message-malformed",
            "HT-ANY-015",
            "Answers a message that is too large with 400.",
            || {
                Sabotage::new()
                    .status_of(ProblemType::MessageTooLarge, 400)
                    .alterations()
            },
        ),
    ]
}

fn of_fields() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "takes-authorization-seriously",
            "HT-ANY-016",
            "Refuses a token call with an Authorization field that it does not know.",
            || {
                Sabotage::new()
                    .instead(|asked| {
                        (asked.is_call() && asked.field("authorization").is_some())
                            .then(|| Told::empty(401))
                    })
                    .alterations()
            },
        )
        .only(&["authorization", "Bearer token"]),
        Saboteur::new(
            "takes-cookies-seriously",
            "HT-ANY-016",
            "Refuses a token call with a session that it does not know.",
            || {
                Sabotage::new()
                    .instead(|asked| {
                        (asked.is_call() && asked.field("cookie").is_some())
                            .then(|| Told::empty(403))
                    })
                    .alterations()
            },
        )
        .only(&["a cookie"]),
        Saboteur::new(
            "lets-caches-keep-answers",
            "HT-ANY-030",
            "Answers token calls without Cache-Control.",
            || {
                Sabotage::new()
                    .call_answers(|_, told| told.remove(&header::CACHE_CONTROL))
                    .alterations()
            },
        ),
        Saboteur::new(
            "lets-caches-keep-refusals",
            "HT-ANY-030",
            "Refuses token calls without Cache-Control.",
            || {
                Sabotage::new()
                    .call_answers(|_, told| {
                        if told.head.status.is_client_error() {
                            told.remove(&header::CACHE_CONTROL);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["no hmac_key", "another issuer"]),
        Saboteur::new(
            "lets-caches-keep-the-status",
            "HT-ANY-030",
            "Answers status URLs with Cache-Control: max-age=60.",
            || {
                Sabotage::new()
                    .statuses(|_, told| told.set(header::CACHE_CONTROL, "max-age=60"))
                    .alterations()
            },
        )
        .only(&["No status may be kept"]),
        Saboteur::new(
            "lets-any-page-read-its-answers",
            "HT-ANY-034",
            "Answers with Access-Control-Allow-Origin: *.",
            || {
                Sabotage::new()
                    .told(|_, told| told.set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
                    .alterations()
            },
        ),
        Saboteur::new(
            "answers-preflight-requests",
            "HT-ANY-034",
            "Answers OPTIONS with the origin that was sent.",
            || {
                Sabotage::new()
                    .told(|asked, told| {
                        if asked.head.method == Method::OPTIONS
                            && let Some(origin) = asked.field("origin")
                        {
                            told.set(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["preflight"]),
    ]
}
