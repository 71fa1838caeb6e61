//! Saboteurs of what a bearer says.

use super::mend::{Shown, blind};
use crate::{
    Saboteur,
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    sabotage::LcResourceSabotage,
};
use axum::middleware::Next;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_parties();
    all.extend(of_members());
    all.extend(of_times());
    all
}

fn of_parties() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_resource(
            "takes-bearers-of-any-type-from-elsewhere",
            "LC-RES-004",
            "Does not look at the type of a JWT.",
            || blind(|shown| shown.opened.header.get("typ") != Some(&json!("bearer+jwt"))),
        )
        .also(
            "HT-RES-010",
            &["of the typ JWT"],
            "what is taken gets no challenge",
        ),
        Saboteur::of_the_lc_resource(
            "takes-bearers-of-any-issuer-from-elsewhere",
            "LC-RES-005",
            "Looks for the key of a bearer among those of all issuers, and not at its issuer.",
            || {
                blind(|shown| {
                    let Some(signer) = shown.place.signer_of(shown.text).map(str::to_owned) else {
                        return false;
                    };
                    let wrong = shown.opened.claims.get("iss") != Some(&json!(signer));
                    shown.opened.say("iss", json!(signer));
                    wrong
                })
            },
        )
        .only(&["A bearer of another issuer"])
        .also(
            "LC-RES-002",
            &["The key of another issuer"],
            "whose key has signed is whose bearer it is",
        ),
        Saboteur::of_the_lc_resource(
            "takes-bearers-for-everybody-from-elsewhere",
            "LC-RES-005",
            "Does not look at the audience of a bearer.",
            || blind(|shown| addressed(shown, |_, _| true)),
        )
        .only(&["A bearer for another audience"])
        .also(
            "HT-RES-010",
            &["with invalid_token: for somebody else"],
            "what is taken gets no challenge",
        ),
        Saboteur::of_the_lc_resource(
            "takes-bearers-for-lists-of-audiences",
            "LC-RES-005",
            "Takes a list of audiences in which it stands.",
            || {
                blind(|shown| {
                    addressed(shown, |audience, own| {
                        audience
                            .as_array()
                            .is_some_and(|all| all.contains(&json!(own)))
                    })
                })
            },
        )
        .only(&[
            "a list of its audience alone",
            "for its audience and somebody else",
        ]),
        Saboteur::of_the_lc_resource(
            "compares-the-beginning-of-the-audience-of-a-bearer",
            "LC-RES-005",
            "Takes an audience that begins like its own.",
            || {
                blind(|shown| {
                    addressed(shown, |audience, own| {
                        audience.as_str().is_some_and(|text| text.starts_with(own))
                    })
                })
            },
        )
        .only(&[
            "its audience with a letter more",
            "its audience with a slash more",
        ]),
        Saboteur::of_the_lc_resource(
            "compares-the-audience-of-a-bearer-in-any-letter-case",
            "LC-RES-005",
            "Takes its own identifier in any letter case.",
            || {
                blind(|shown| {
                    addressed(shown, |audience, own| {
                        audience
                            .as_str()
                            .is_some_and(|text| text.eq_ignore_ascii_case(own))
                    })
                })
            },
        )
        .only(&["its audience in capital letters"]),
    ]
}

/// Addresses a bearer to the resource. Whether it was to somebody else, and to whom that fits.
fn addressed(shown: &mut Shown, fits: fn(&Value, &str) -> bool) -> bool {
    let own = shown.place.identifier.as_str();
    let audience = shown.opened.claims.get("aud").cloned().unwrap_or_default();
    let other = audience != json!(own) && fits(&audience, own);
    shown.opened.say("aud", json!(own));
    other
}

fn of_members() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_resource(
            "wants-no-subject-and-no-session-from-elsewhere",
            "LC-RES-006",
            "Takes a bearer about nobody, or about no session.",
            || {
                blind(|shown| {
                    let mut wrong = false;
                    for (name, value) in [("sub", "a1"), ("sid", "session-of-the-saboteur")] {
                        if shown.opened.claim(name).is_empty() {
                            shown.opened.say(name, json!(value));
                            wrong = true;
                        }
                    }
                    wrong
                })
            },
        )
        .only(&["sub", "sid"])
        .also(
            "HT-RES-010",
            &["with invalid_token: without sid"],
            "what is taken gets no challenge",
        ),
        Saboteur::of_the_lc_resource(
            "wants-no-times",
            "LC-RES-006",
            "Takes a bearer that does not say from when or until when it holds.",
            || {
                blind(|shown| {
                    let wrong = shown.time("iat").is_none() || shown.time("exp").is_none();
                    shown.renew();
                    wrong
                })
            },
        )
        .only(&["iat", "exp"]),
    ]
}

fn of_times() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_resource(
            "lets-bearers-from-elsewhere-live-long",
            "LC-RES-007",
            "Takes bearers that live longer than they may.",
            || {
                blind(|shown| {
                    let life = shown
                        .time("exp")
                        .zip(shown.time("iat"))
                        .map(|(exp, iat)| exp - iat);
                    let long = life.is_some_and(|life| life > shown.place.lifetime);
                    shown.renew();
                    long
                })
            },
        ),
        Saboteur::of_the_lc_resource(
            "takes-bearers-of-the-future-from-elsewhere",
            "LC-RES-008",
            "Takes bearers that have not been issued by now.",
            || {
                blind(|shown| {
                    let soon = shown.opened.now + shown.place.skew;
                    let early = shown.time("iat").is_some_and(|issued| issued > soon);
                    shown.renew();
                    early
                })
            },
        ),
        Saboteur::of_the_lc_resource(
            "does-not-look-at-the-exp-of-a-bearer",
            "LC-RES-009",
            "Takes bearers that have expired.",
            || blind(|shown| has_expired(shown) && !shown.with_session),
        )
        .also(
            "HT-RES-010",
            &["with invalid_token: that expired"],
            "what is taken gets no challenge",
        )
        .also(
            "HT-RES-011",
            &["with 401: that expired"],
            "what is taken is not refused with 401",
        ),
        Saboteur::of_the_lc_resource(
            "allows-clocks-to-differ-at-the-end-of-a-bearer",
            "LC-RES-009",
            "Takes a bearer for as long after its end as clocks may differ.",
            || {
                blind(|shown| {
                    let lately = shown.opened.now - shown.place.skew;
                    let late = shown.time("exp").is_some_and(|end| end > lately);
                    late && has_expired(shown) && !shown.with_session
                })
            },
        )
        .only(&["that has just expired", "A bearer that was taken"]),
        Saboteur::of_the_lc_resource(
            "remembers-what-it-has-verified",
            "LC-RES-009",
            "Takes a bearer again that it has taken, and does not look at it any more.",
            || {
                let known = Arc::new(Mutex::new(HashSet::new()));
                LcResourceSabotage::new()
                    .layer(Remembering(known))
                    .alterations()
            },
        )
        .only(&["A bearer that was taken"]),
    ]
}

/// Renews a bearer that has expired.
fn has_expired(shown: &mut Shown) -> bool {
    let over = shown.time("exp").is_some_and(|end| end <= shown.opened.now);
    shown.renew();
    over
}

/// Opens to every bearer to which it has opened.
struct Remembering(Arc<Mutex<HashSet<String>>>);

impl Layer for Remembering {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let known = self.0.clone();
        let shown = super::requests::bearer(&asked).map(str::to_owned);
        Box::pin(async move {
            if shown
                .as_ref()
                .is_some_and(|text| lock(&known).contains(text))
            {
                return Told::empty(200);
            }
            let told = pass(asked, next).await;
            if let Some(text) = shown.filter(|_| told.head.status.is_success()) {
                lock(&known).insert(text);
            }
            told
        })
    }
}
