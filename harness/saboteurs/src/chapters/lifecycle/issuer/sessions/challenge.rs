//! Saboteurs of how the API takes a bearer, and of how it refuses.

use super::requests::{SESSION, Shown, fields, is_api, is_success, refusal, show, token};
use crate::{
    Saboteur,
    ledger::lock,
    message::{Asked, Told},
    sabotage::LcIssuerSabotage,
};
use axum::http::header;
use btx_harness::embedded::Alterations;
use std::{collections::HashMap, sync::Mutex};
use url::form_urlencoded;

/// How often a bearer opens for the saboteur that wears it out.
const TIMES: usize = 5;

const ONE: &str = "of two it sees one, which is right or wrong";
const OPEN: &str = "what is opened is not refused, and gets no challenge";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_showing();
    all.extend(of_places());
    all.extend(of_challenges());
    all
}

/// An issuer that opens its API to some requests without a session token.
fn opening(which: fn(&Asked) -> bool) -> Alterations {
    LcIssuerSabotage::new()
        .instead(move |asked| {
            let bare = is_api(asked) && !asked.head.headers.contains_key(SESSION);
            (bare && which(asked)).then(|| Told::empty(200))
        })
        .alterations()
}

/// An issuer that looks for the bearer where none is in its place.
fn looking(elsewhere: fn(&Asked) -> Option<String>) -> Alterations {
    LcIssuerSabotage::new()
        .asked(move |asked| {
            if let Some(found) =
                elsewhere(asked).filter(|_| is_api(asked) && token(asked).is_none())
            {
                show(asked, &found);
            }
        })
        .alterations()
}

fn of_showing() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "wears-bearers-out",
            "HT-RES-001",
            "Takes a live bearer five times.",
            || {
                let times: Mutex<HashMap<String, usize>> = Mutex::default();
                LcIssuerSabotage::new()
                    .instead(move |asked| {
                        let shown = Shown::of(asked).filter(|shown| !shown.has_expired())?;
                        let mut times = lock(&times);
                        let times = times.entry(shown.text).or_default();
                        *times += 1;
                        (*times > TIMES).then(refusal)
                    })
                    .alterations()
            },
        )
        .only(&["as often as it is shown"]),
        Saboteur::of_the_lifecycle_issuer(
            "compares-the-scheme-of-own-bearers-as-a-string",
            "HT-RES-002",
            "Takes the scheme Bearer in this one spelling only.",
            || {
                LcIssuerSabotage::new()
                    .asked(|asked| {
                        let shown = asked.field("authorization").unwrap_or_default();
                        if !shown.starts_with("Bearer ") {
                            asked.head.headers.remove(header::AUTHORIZATION);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "takes-the-first-of-two-own-bearers",
            "HT-RES-004",
            "Looks at the first Authorization field only.",
            || one_of(|all| all.first().cloned()),
        )
        .only(&["the token and then a wrong one", "the token twice"])
        .also("HT-RES-012", &["Two bearers are answered 400"], ONE),
        Saboteur::of_the_lifecycle_issuer(
            "takes-the-last-of-two-own-bearers",
            "HT-RES-004",
            "Looks at the last Authorization field only.",
            || one_of(|all| all.last().cloned()),
        )
        .only(&["a wrong token and then the right one", "the token twice"])
        .also("HT-RES-012", &["Two bearers are answered 400"], ONE),
        Saboteur::of_the_lifecycle_issuer(
            "opens-its-api-to-who-shows-no-bearer",
            "HT-RES-005",
            "Opens the API to a request that shows nothing.",
            || {
                opening(|asked| {
                    asked.field("authorization").is_none()
                        && asked.head.uri.query().is_none()
                        && asked.field("cookie").is_none()
                        && asked.body.is_empty()
                })
            },
        )
        .also("HT-RES-011", &["no token"], OPEN),
        Saboteur::of_the_lifecycle_issuer(
            "opens-to-tokens-of-no-issuer",
            "HT-RES-006",
            "Opens the API to every short token.",
            || {
                opening(|asked| {
                    token(asked).is_some_and(|t| !t.contains('.') && (1..40).contains(&t.len()))
                })
            },
        )
        .only(&["of its own making"])
        .also("HT-RES-010", &["a token of its own making"], OPEN)
        .also("HT-RES-011", &["of its own making"], OPEN),
        Saboteur::of_the_lifecycle_issuer(
            "opens-its-api-to-an-empty-bearer",
            "HT-RES-006",
            "Opens the API to an empty token.",
            || {
                opening(|asked| {
                    asked
                        .field("authorization")
                        .is_some_and(|f| f.trim().eq_ignore_ascii_case("bearer"))
                })
            },
        )
        .only(&["an empty token"]),
    ]
}

/// An issuer that looks at one of several Authorization fields.
fn one_of(which: fn(&[String]) -> Option<String>) -> Alterations {
    LcIssuerSabotage::new()
        .asked(move |asked| {
            let all = asked.head.headers.get_all(header::AUTHORIZATION).iter();
            let all: Vec<String> = all
                .filter_map(|v| v.to_str().ok().map(str::to_owned))
                .collect();
            if let Some(one) = which(&all).filter(|_| fields(asked) > 1) {
                asked.set(header::AUTHORIZATION, &one);
            }
        })
        .alterations()
}

/// A value of a query or a form.
fn value(pairs: &[u8]) -> Option<String> {
    let mut pairs = form_urlencoded::parse(pairs);
    let found = pairs.find(|(name, _)| name == "access_token");
    found.map(|(_, value)| value.into_owned())
}

fn of_places() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "takes-bearers-from-the-query",
            "HT-RES-003",
            "Takes a bearer from the query.",
            || looking(|asked| value(asked.head.uri.query()?.as_bytes())),
        )
        .only(&["in the query"]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-bearers-from-a-form",
            "HT-RES-003",
            "Takes a bearer from a form.",
            || looking(|asked| value(&asked.body)),
        )
        .only(&["in a form"]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-bearers-from-a-cookie",
            "HT-RES-003",
            "Takes a bearer from a cookie.",
            || {
                looking(|asked| {
                    let mut cookies = asked.field("cookie")?.split("; ");
                    cookies.find_map(|one| one.strip_prefix("access_token=").map(str::to_owned))
                })
            },
        )
        .only(&["in a cookie"]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-bearers-under-another-scheme",
            "HT-RES-003",
            "Takes a bearer under the scheme Basic.",
            || {
                looking(|asked| {
                    let shown = asked.field("authorization")?.strip_prefix("Basic ");
                    shown.map(str::to_owned)
                })
            },
        )
        .only(&["under the scheme Basic"]),
    ]
}

/// An issuer that alters the refusals of its API.
fn refusing(alter: impl Fn(&Asked, &mut Told) + Send + Sync + 'static) -> Alterations {
    LcIssuerSabotage::new()
        .told(move |asked, told| {
            if is_api(asked) && !is_success(told) {
                alter(asked, told);
            }
        })
        .alterations()
}

fn of_challenges() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "refuses-without-a-challenge-of-its-own",
            "HT-RES-008",
            "Refuses without saying what it wants.",
            || refusing(|_, told| told.remove(&header::WWW_AUTHENTICATE)),
        )
        .also(
            "HT-RES-010",
            &["to a wrong token says so", "to an expired bearer says so"],
            "without a challenge there is no error in it",
        ),
        Saboteur::of_the_lifecycle_issuer(
            "names-an-error-to-who-showed-no-bearer",
            "HT-RES-009",
            "Names an error to a request that shows no bearer.",
            || {
                refusing(|asked, told| {
                    if told.is(401) && asked.field("authorization").is_none() {
                        told.set(
                            header::WWW_AUTHENTICATE,
                            "Bearer realm=\"session\", error=\"invalid_request\"",
                        );
                    }
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "names-no-error-of-a-bearer",
            "HT-RES-010",
            "Names no error to a request with a token that opens nothing.",
            || {
                refusing(|_, told| {
                    if told.is(401) {
                        told.set(header::WWW_AUTHENTICATE, "Bearer realm=\"session\"");
                    }
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "refuses-bearers-with-403",
            "HT-RES-011",
            "Answers with 403 where nothing is shown, or nothing that opens.",
            || {
                refusing(|_, told| {
                    if told.is(401) {
                        told.status(403);
                    }
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "answers-two-bearers-with-401",
            "HT-RES-012",
            "Answers two Authorization fields as it does a token that opens nothing.",
            || {
                refusing(|_, told| {
                    if told.is(400) {
                        *told = refusal();
                    }
                })
            },
        ),
    ]
}
