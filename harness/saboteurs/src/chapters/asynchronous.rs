//! Saboteurs of the chapter "The asynchronous form".

use crate::{
    Saboteur,
    ledger::{Ledger, lock},
    message::{Asked, Told, edit_text, members, text},
    sabotage::Sabotage,
};
use axum::http::{Method, header};
use btx_harness::embedded::Alterations;
use btx_reference::random::{Random, RandomError};
use btx_spec::{ProblemType, Timestamp};
use serde_json::json;
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

const EARLY: &str = "a final status comes before its time";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_asking();
    all.extend(of_the_pending_answer());
    all.extend(of_the_status());
    all.extend(of_the_final_status());
    all
}

fn of_asking() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "lets-everybody-wait",
            "EX-ISS-081",
            "Claims the asynchronous form, and answers nobody with 202.",
            || {
                Sabotage::new()
                    .calls(|call| {
                        call.head.headers.remove("prefer");
                    })
                    .alterations()
            },
        ),
        Saboteur::new(
            "takes-every-preference-for-this-one",
            "EX-ISS-080",
            "Answers 202 to every call that has a preference.",
            || {
                Sabotage::new()
                    .calls(|call| {
                        if call.field("prefer").is_some() {
                            call.set(header::HeaderName::from_static("prefer"), "respond-async");
                        }
                    })
                    .alterations()
            },
        )
        .only(&["Another preference"]),
        Saboteur::new(
            "compares-the-preference-as-a-string",
            "EX-ISS-081",
            "Knows the preference respond-async in this one spelling, alone in its field.",
            || {
                Sabotage::new()
                    .calls(|call| {
                        if call.field("prefer") != Some("respond-async") {
                            call.head.headers.remove("prefer");
                        }
                    })
                    .alterations()
            },
        )
        .only(&["The preference is read"]),
        Saboteur::new(
            "refuses-what-it-does-not-offer",
            "EX-ISS-082",
            "Does not claim the asynchronous form, and refuses a token call that asks for it.",
            || {
                Sabotage::new()
                    .config(|config| config.asynchronous = false)
                    .refusing(ProblemType::MalformedMessage, asks)
                    .alterations()
            },
        ),
        Saboteur::new(
            "promises-first-and-judges-later",
            "EX-ISS-083",
            "Answers every token call that asks for it with 202, and judges it then.",
            || {
                Sabotage::new()
                    .call_answers(|asked, told| {
                        if asks(asked) && told.head.status.is_client_error() {
                            *told = promise(asked);
                        }
                    })
                    .alterations()
            },
        )
        .also(
            "EX-ISS-016",
            &["in the asynchronous form"],
            "a repeat is judged later as well",
        )
        .also(
            "EX-ISS-020",
            &["that nobody waits for"],
            "the limit is judged later as well",
        ),
    ]
}

fn asks(asked: &Asked) -> bool {
    asked
        .field("prefer")
        .is_some_and(|p| p.contains("respond-async"))
}

/// A 202 for an exchange that there is not.
fn promise(asked: &Asked) -> Told {
    let host = asked.field("host").unwrap_or_default();
    let mut told = Told::empty(202);
    told.set(header::CONTENT_TYPE, "application/json");
    told.body = json!({
        "status_url": format!("https://{host}/btx/exchange/{}", "A".repeat(43)),
        "exchange_expires_at": "2044-01-01T00:00:00Z",
    })
    .to_string()
    .into();
    told
}

fn of_the_pending_answer() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "gives-the-expiry-as-a-number",
            "EX-ISS-084",
            "Gives exchange_expires_at as a number of seconds.",
            || {
                pending(|_, told| {
                    told.edit(|m| {
                        let seconds = text(m, "exchange_expires_at")
                            .and_then(|t| Timestamp::parse(&t).ok())
                            .map_or(0, Timestamp::unix);
                        m.insert("exchange_expires_at".to_owned(), seconds.into());
                    });
                })
            },
        ),
        Saboteur::new(
            "gives-no-location",
            "EX-ISS-085",
            "Answers 202 without a Location field.",
            || pending(|_, told| told.remove(&header::LOCATION)),
        ),
        Saboteur::new(
            "gives-a-relative-location",
            "EX-ISS-085",
            "Gives the path of the status URL in its Location field.",
            || {
                pending(|_, told| {
                    let url = told.text("status_url").unwrap_or_default();
                    let path = url.splitn(4, '/').last().unwrap_or_default().to_owned();
                    told.set(header::LOCATION, &format!("/{path}"));
                })
            },
        ),
        Saboteur::new(
            "says-not-when-to-ask-again",
            "EX-ISS-086",
            "Answers 202 without a Retry-After field.",
            || pending(|_, told| told.remove(&header::RETRY_AFTER)),
        ),
        Saboteur::new(
            "says-by-the-calendar-when-to-ask-again",
            "EX-ISS-086",
            "Answers 202 with a Retry-After field that is a date.",
            || pending(|_, told| told.set(header::RETRY_AFTER, "Sun, 22 Nov 2026 13:00:00 GMT")),
        ),
        Saboteur::new(
            "gives-the-status-url-of-another-replica",
            "EX-ISS-087",
            "Gives status URLs at the origin of its last replica.",
            || {
                let last = Arc::new(Mutex::new(String::new()));
                let told_last = last.clone();
                Sabotage::new()
                    .config(move |config| {
                        *lock(&told_last) = config
                            .origins
                            .last()
                            .map(ToString::to_string)
                            .unwrap_or_default();
                    })
                    .pending(move |_, told| {
                        let mut url = String::new();
                        told.edit(|m| {
                            edit_text(m, "status_url", |own| {
                                let path = own.splitn(4, '/').last().unwrap_or_default();
                                url = format!("{}/{path}", lock(&last));
                                url.clone()
                            });
                        });
                        told.set(header::LOCATION, &url);
                    })
                    .alterations()
            },
        ),
        Saboteur::new(
            "counts-its-status-urls",
            "EX-ISS-088",
            "Makes its random bytes of a counter.",
            || {
                let counter = Arc::new(Counter::default());
                Sabotage::new()
                    .parts(move |_, mut parts| {
                        parts.random = counter.clone();
                        parts
                    })
                    .alterations()
            },
        ),
        Saboteur::new(
            "forgets-before-the-deadline",
            "EX-ISS-089",
            "Gives an exchange_expires_at that is a second from now.",
            || {
                pending(|_, told| {
                    told.edit(|m| {
                        edit_text(m, "exchange_expires_at", |end| {
                            let end = Timestamp::parse(end).map_or(0, Timestamp::unix);
                            // The deadline of 3 seconds and the retention of 600 are in it.
                            Timestamp::from_unix(end - 602).to_string()
                        });
                    });
                })
            },
        ),
    ]
}

/// Alters pending answers, to calls and at status URLs.
fn pending(alter: fn(&Asked, &mut Told)) -> Alterations {
    Sabotage::new().pending(alter).alterations()
}

/// No randomness at all: the same bytes but for a number in their middle.
#[derive(Default)]
struct Counter(AtomicU64);

impl Random for Counter {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        let number = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.fill(0x5a);
        let middle = bytes.len() / 2;
        for (byte, digit) in bytes.iter_mut().skip(middle).zip(number.iter().skip(5)) {
            *byte = *digit;
        }
        Ok(())
    }
}

fn of_the_status() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "denies-open-exchanges",
            "EX-ISS-090",
            "Answers the status URL of an open exchange with 404.",
            || {
                statuses(|_, told| {
                    if told.is(202) {
                        *told = Told::refusal(ProblemType::UnknownExchange);
                    }
                })
            },
        ),
        Saboteur::new(
            "gives-another-body-each-time",
            "EX-ISS-090",
            "Gives the time left in the place of exchange_expires_at when it is asked again.",
            || {
                statuses(|_, told| {
                    told.edit(|m| {
                        if m.remove("exchange_expires_at").is_some() {
                            m.insert("seconds_left".to_owned(), 600.into());
                        }
                    });
                })
            },
        ),
        Saboteur::new(
            "ends-with-200",
            "EX-ISS-091",
            "Answers the status URL of a live token with 200.",
            || {
                statuses(|_, told| {
                    if told.is(204) {
                        told.status(200);
                    }
                })
            },
        ),
        Saboteur::new(
            "calls-open-exchanges-live",
            "EX-ISS-092",
            "Answers the status URL of an open exchange with 204.",
            || {
                statuses(|_, told| {
                    if told.is(202) {
                        *told = Told::empty(204);
                    }
                })
            },
        )
        .also("EX-ISS-090", &["While the exchange is open"], EARLY)
        .also("EX-ISS-099", &["A silent initiator"], EARLY),
        Saboteur::new(
            "waits-for-ever",
            "EX-ISS-099",
            "Answers the status URL of an exchange that came to no answer with 202.",
            || {
                statuses(|_, told| {
                    if told.problem() == Some(ProblemType::TokenIssueTimeout) {
                        told.status(202);
                    }
                })
            },
        ),
        Saboteur::new(
            "hides-failures",
            "EX-ISS-093",
            "Answers the status URL of a refused token with 204.",
            || {
                statuses(|_, told| {
                    if told.problem() == Some(ProblemType::TokenIssueRefused) {
                        *told = Told::empty(204);
                    }
                })
            },
        ),
        Saboteur::new(
            "shows-the-token-at-the-status-url",
            "EX-ISS-096",
            "Gives the token in a field of its answer at the status URL.",
            shows_the_token,
        )
        .except(&["tells nothing of the token: "]),
        Saboteur::new(
            "shows-the-token-to-the-caller",
            "EX-ISS-096",
            "Gives the token in a field of its answer to the token call.",
            || {
                let ledger = Ledger::default();
                let issued = ledger.clone();
                Sabotage::new()
                    .noting_issues(&ledger)
                    .call_answers(move |asked, told| {
                        let call = members(&asked.body);
                        let owner = call.and_then(|call| {
                            text(&call, "initiator").zip(text(&call, "exchange_id"))
                        });
                        let issue = owner.and_then(|(initiator, id)| issued.issue(&initiator, &id));
                        // A 202 may be told before there is a token, and says it at the status URL.
                        if let Some(issue) = issue
                            && !told.is(202)
                        {
                            let name = header::HeaderName::from_static("x-bearer-token");
                            told.set(name, issue.bearer_token.expose());
                        }
                    })
                    .alterations()
            },
        )
        .only(&["tells nothing of the token: "]),
        Saboteur::new(
            "knows-every-status-url",
            "EX-ISS-097",
            "Answers a status URL that it has not handed out with 204.",
            || {
                statuses(|_, told| {
                    if told.problem() == Some(ProblemType::UnknownExchange) {
                        *told = Told::empty(204);
                    }
                })
            },
        )
        .also(
            "EX-ISS-038",
            &["is answered 404"],
            "what is not refused is not answered with 404",
        ),
        Saboteur::new(
            "does-not-know-head",
            "EX-ISS-098",
            "Answers HEAD at a status URL with 405.",
            || {
                Sabotage::new()
                    .instead(|asked| {
                        (asked.is_status() && asked.head.method == Method::HEAD)
                            .then(|| Told::refusal(ProblemType::MethodNotAllowed))
                    })
                    .alterations()
            },
        ),
    ]
}

/// Alters the answers of status URLs.
fn statuses(alter: fn(&Asked, &mut Told)) -> Alterations {
    Sabotage::new().statuses(alter).alterations()
}

/// Remembers whose status URL is whose, and adds the token once it is issued.
fn shows_the_token() -> Alterations {
    let ledger = Ledger::default();
    let issued = ledger.clone();
    let owners: Mutex<HashMap<String, (String, String)>> = Mutex::default();
    Sabotage::new()
        .noting_issues(&ledger)
        .told(move |asked, told| {
            if asked.is_call()
                && let Some(url) = told.text("status_url")
                && let Some(call) = members(&asked.body)
                && let Some(owner) = text(&call, "initiator").zip(text(&call, "exchange_id"))
            {
                lock(&owners).insert(url, owner);
            }
            if asked.is_status() {
                let path = asked.head.uri.path();
                let owners = lock(&owners);
                let owner = owners.iter().find(|(url, _)| url.ends_with(path));
                let issue = owner.and_then(|(_, (initiator, id))| issued.issue(initiator, id));
                if let Some(issue) = issue {
                    let name = header::HeaderName::from_static("x-bearer-token");
                    told.set(name, issue.bearer_token.expose());
                }
            }
        })
        .alterations()
}

fn of_the_final_status() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "tells-the-outcome-once",
            "EX-ISS-094",
            "Answers a status URL with 404 once it has told the outcome.",
            || {
                let told_once: Mutex<HashSet<String>> = Mutex::default();
                Sabotage::new()
                    .statuses(move |asked, told| {
                        let first = told.is(202)
                            || asked.head.method == Method::HEAD
                            || lock(&told_once).insert(asked.head.uri.path().to_owned());
                        if !first {
                            *told = Told::refusal(ProblemType::UnknownExchange);
                        }
                    })
                    .alterations()
            },
        )
        .also(
            "EX-ISS-095",
            &["Every replica"],
            "each replica is asked for the outcome again",
        ),
        Saboteur::new(
            "knows-exchanges-on-one-replica",
            "EX-ISS-095",
            "Answers the status URL of an exchange that another replica began with 404.",
            || {
                Sabotage::new()
                    .statuses(|asked, told| {
                        if asked.replica > 0 {
                            *told = Told::refusal(ProblemType::UnknownExchange);
                        }
                    })
                    .alterations()
            },
        ),
    ]
}
