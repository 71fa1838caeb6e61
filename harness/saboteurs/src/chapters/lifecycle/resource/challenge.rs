//! Saboteurs of how a resource elsewhere refuses.

use super::requests::{bearer, is_at_the_door, is_bare, is_opaque, refusal};
use crate::{
    Saboteur,
    message::{Asked, Told},
    sabotage::LcResourceSabotage,
};
use axum::http::header;
use btx_harness::embedded::Alterations;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_resource(
            "refuses-who-shows-no-bearer-without-a-challenge",
            "HT-RES-008",
            "Answers a request without a bearer with 401 and no challenge.",
            || refusing(is_bare, |told| told.remove(&header::WWW_AUTHENTICATE)),
        )
        .only(&["no token"]),
        Saboteur::of_the_lc_resource(
            "refuses-tokens-of-nobody-without-a-challenge",
            "HT-RES-008",
            "Answers a token that is no bearer with 401 and no challenge.",
            || refusing(is_opaque, |told| told.remove(&header::WWW_AUTHENTICATE)),
        )
        .only(&["of its own making"]),
        Saboteur::of_the_lc_resource(
            "tells-who-shows-no-bearer-of-an-error",
            "HT-RES-009",
            "Has an error in the challenge to a request without a bearer.",
            || refusing(is_bare, |told| *told = refusal()),
        ),
        Saboteur::of_the_lc_resource(
            "does-not-tell-what-is-wrong-with-a-bearer",
            "HT-RES-010",
            "Has no error in the challenge to a wrong bearer.",
            || {
                refusing(
                    |asked| bearer(asked).is_some(),
                    |told| told.set(header::WWW_AUTHENTICATE, "Bearer realm=\"resource\""),
                )
            },
        ),
        Saboteur::of_the_lc_resource(
            "forbids-who-shows-a-wrong-bearer",
            "HT-RES-011",
            "Answers a wrong bearer with 403.",
            || refusing(|asked| bearer(asked).is_some(), |told| told.status(403)),
        )
        .only(&["A refused bearer"]),
        Saboteur::of_the_lc_resource(
            "forbids-who-shows-no-bearer",
            "HT-RES-011",
            "Answers a request without a bearer with 403.",
            || refusing(is_bare, |told| told.status(403)),
        )
        .only(&["Somebody who shows no bearer"]),
    ]
}

/// A resource that refuses some requests in a way of its own.
fn refusing(which: fn(&Asked) -> bool, alter: fn(&mut Told)) -> Alterations {
    LcResourceSabotage::new()
        .told(move |asked, told| {
            if told.is(401) && is_at_the_door(asked) && which(asked) {
                alter(told);
            }
        })
        .alterations()
}
