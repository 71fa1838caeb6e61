//! Saboteurs of how the resource refuses.

use super::{
    faulty::{Own, client_of_a_faulty_one},
    requests::{is_at_the_counter, is_success, jwt, opaque, refusal},
};
use crate::{
    Saboteur,
    ledger::lock,
    message::{Asked, Told},
    sabotage::JwtResourceSabotage,
};
use axum::http::header;
use btx_harness::embedded::Alterations;
use std::{collections::HashSet, sync::Mutex};

const OPEN: &str = "what is opened is not refused with 401, and gets no challenge";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_service_jwts();
    all.extend(of_showing());
    all.extend(of_challenges());
    all
}

fn of_service_jwts() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_resource(
            "refuses-faulty-service-jwts-with-403",
            "JW-RES-024",
            "Answers a service JWT with 403 that is wrong without a key.",
            || {
                let own = Own::default();
                let named = own.clone();
                JwtResourceSabotage::new()
                    .config(move |config| *lock(&named) = config.identifier.as_str().to_owned())
                    .told(move |asked, told| {
                        let faulty = jwt(asked).is_some_and(|text| {
                            client_of_a_faulty_one(text, &lock(&own)).is_some()
                        });
                        if told.is(401) && faulty {
                            told.status(403);
                        }
                    })
                    .alterations()
            },
        )
        .only(&[
            "of the algorithm none",
            "of the typ JWT",
            "without kid",
            "for somebody else",
            "that expired",
            "without jti",
            "with iss twice",
            "longer than it may be",
        ]),
        Saboteur::of_the_jwt_resource(
            "answers-a-repeated-service-jwt-with-409",
            "JW-RES-024",
            "Answers a service JWT with 409 that it has accepted before.",
            || {
                let taken: Mutex<HashSet<String>> = Mutex::default();
                JwtResourceSabotage::new()
                    .told(move |asked, told| {
                        let Some(text) = jwt(asked) else { return };
                        if is_success(told) {
                            lock(&taken).insert(text.to_owned());
                        } else if told.is(401) && lock(&taken).contains(text) {
                            told.status(409);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["that is shown again"]),
    ]
}

/// A resource that opens to some requests.
fn opening(which: fn(&Asked) -> bool) -> Alterations {
    JwtResourceSabotage::new()
        .instead(move |asked| (is_at_the_counter(asked) && which(asked)).then(|| Told::empty(200)))
        .alterations()
}

fn of_showing() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_resource(
            "compares-the-scheme-of-service-jwts-as-a-string",
            "HT-RES-002",
            "Takes the scheme Bearer in this one spelling only.",
            || {
                JwtResourceSabotage::new()
                    .asked(|asked| {
                        let shown = asked.field("authorization").unwrap_or_default();
                        if !shown.starts_with("Bearer ") {
                            asked.head.headers.remove(header::AUTHORIZATION);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_resource(
            "opens-to-who-shows-no-service-jwt",
            "HT-RES-005",
            "Opens the resource to a request that shows nothing.",
            || opening(|asked| asked.field("authorization").is_none()),
        )
        .also("HT-RES-011", &["no token"], OPEN),
        Saboteur::of_the_jwt_resource(
            "opens-to-tokens-of-no-service",
            "HT-RES-006",
            "Opens the resource to every short token.",
            || opening(|asked| opaque(asked).is_some_and(|t| !t.is_empty() && t.len() < 40)),
        )
        .only(&["of its own making"])
        .also("HT-RES-010", &["with a wrong token"], OPEN),
        Saboteur::of_the_jwt_resource(
            "opens-to-an-empty-token-of-a-service",
            "HT-RES-006",
            "Opens the resource to the scheme Bearer without a token.",
            || {
                opening(|asked| {
                    asked
                        .field("authorization")
                        .is_some_and(|a| a.trim() == "Bearer")
                })
            },
        )
        .only(&["an empty token"]),
    ]
}

fn of_challenges() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_resource(
            "refuses-a-service-without-a-challenge",
            "HT-RES-008",
            "Answers a request without a service JWT with 401 and no challenge.",
            || {
                JwtResourceSabotage::new()
                    .told(|asked, told| {
                        if is_at_the_counter(asked) && asked.field("authorization").is_none() {
                            told.remove(&header::WWW_AUTHENTICATE);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["no token"]),
        Saboteur::of_the_jwt_resource(
            "refuses-a-wrong-token-of-a-service-without-a-challenge",
            "HT-RES-008",
            "Answers a request with a token that is none with 401 and no challenge.",
            || {
                JwtResourceSabotage::new()
                    .told(|asked, told| {
                        if opaque(asked).is_some() {
                            told.remove(&header::WWW_AUTHENTICATE);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["of its own making"])
        .also(
            "HT-RES-010",
            &["with a wrong token"],
            "without a challenge there is no error in it",
        ),
        Saboteur::of_the_jwt_resource(
            "tells-a-service-that-shows-nothing-of-an-error",
            "HT-RES-009",
            "Has an error in the challenge to a request without a service JWT.",
            || {
                JwtResourceSabotage::new()
                    .told(|asked, told| {
                        if is_at_the_counter(asked)
                            && asked.field("authorization").is_none()
                            && told.is(401)
                        {
                            *told = refusal();
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_resource(
            "does-not-tell-a-service-what-is-wrong",
            "HT-RES-010",
            "Has no error in the challenge to a token that is none.",
            || {
                JwtResourceSabotage::new()
                    .told(|asked, told| {
                        if opaque(asked).is_some() && told.is(401) {
                            told.set(header::WWW_AUTHENTICATE, "Bearer realm=\"resource\"");
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_resource(
            "forbids-a-service-that-shows-nothing",
            "HT-RES-011",
            "Answers a request without a service JWT with 403.",
            || {
                JwtResourceSabotage::new()
                    .told(|asked, told| {
                        if is_at_the_counter(asked) && asked.field("authorization").is_none() {
                            told.status(403);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["no token"]),
        Saboteur::of_the_jwt_resource(
            "takes-a-service-jwt-for-a-password",
            "HT-RES-011",
            "Answers a service JWT under the scheme Basic with 403.",
            || {
                JwtResourceSabotage::new()
                    .told(|asked, told| {
                        let shown = asked.field("authorization").unwrap_or_default();
                        if is_at_the_counter(asked) && shown.starts_with("Basic ") {
                            told.status(403);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["under the scheme Basic"]),
    ]
}
