//! Saboteurs of the answers that bring new bearers, and of those that come unasked.

use super::{
    requests::{INFO, Shown, add, bring, brought, is_api, now, session_token},
    swap::{saying, swapping},
};
use crate::{
    Saboteur,
    message::{Asked, Told},
    sabotage::LcIssuerSabotage,
};
use axum::http::header;
use btx_harness::embedded::Alterations;
use btx_reference::lifecycle::ring::Ring;
use btx_spec::lifecycle::BearerClaims;

/// A bearer of nobody.
const INVENTED: &str = "eyJhbGciOiJub25lIn0.e30.invented";
/// How long a bearer lives, as with the reference.
const LIFETIME: i64 = 2;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_fields();
    all.extend(of_what_comes_unasked());
    all
}

/// An issuer that alters the answers of its API that bring bearers: given is the bearer.
fn bringing(alter: impl Fn(&Asked, &mut Told, &str) + Send + Sync + 'static) -> Alterations {
    LcIssuerSabotage::new()
        .told(move |asked, told| {
            if let Some(bearer) = brought(told, "bearer_token") {
                alter(asked, told, &bearer);
            }
        })
        .alterations()
}

/// An issuer that invents bearers for some answers that bring none.
fn inventing(which: fn(&Asked, &Told) -> bool) -> Alterations {
    LcIssuerSabotage::new()
        .told(move |asked, told| {
            if is_api(asked) && which(asked, told) {
                bring(told, INVENTED);
            }
        })
        .alterations()
}

fn of_fields() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "brings-bearers-without-a-lifetime",
            "LC-ISS-100",
            "Does not say how long a new bearer lives.",
            || bringing(|_, told, bearer| told.set(INFO, &format!("bearer_token=\"{bearer}\""))),
        ),
        Saboteur::of_the_lifecycle_issuer(
            "brings-bearers-in-two-fields",
            "LC-ISS-100",
            "Sends a new bearer and its lifetime in a field each.",
            || {
                bringing(|_, told, bearer| {
                    told.set(INFO, &format!("bearer_token=\"{bearer}\""));
                    add(told, INFO, "expires_in=2");
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "lets-answers-with-bearers-be-stored",
            "LC-ISS-101",
            "Lets a cache keep an answer with a new bearer.",
            || bringing(|_, told, _| told.set(header::CACHE_CONTROL, "private, max-age=60")),
        ),
        Saboteur::of_the_lifecycle_issuer(
            "brings-bearers-where-nothing-is",
            "LC-ISS-102",
            "Brings a new bearer with an answer of 404.",
            || inventing(|_, told| told.is(404)),
        )
        .only(&["where nothing is"]),
        Saboteur::of_the_lifecycle_issuer(
            "brings-bearers-with-refusals",
            "LC-ISS-102",
            "Brings a new bearer with the refusal of a refresh.",
            || inventing(|asked, told| told.is(401) && session_token(asked).is_some()),
        )
        .only(&["that is refused"]),
        Saboteur::of_the_lifecycle_issuer(
            "sends-authorization-without-being-asked",
            "LC-ISS-103",
            "Sends new bearers in an Authorization field without the option for it.",
            || {
                LcIssuerSabotage::new()
                    .config(|config| config.authorization_field = true)
                    .alterations()
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "never-sends-authorization",
            "LC-ISS-104",
            "Sends no Authorization field, whatever its option says.",
            || {
                LcIssuerSabotage::new()
                    .config(|config| config.authorization_field = false)
                    .alterations()
            },
        ),
    ]
}

fn of_what_comes_unasked() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "brings-nothing-unasked",
            "LC-ISS-110",
            "Brings no bearer to a live one of the previous key.",
            || {
                bringing(|asked, told, _| {
                    if Shown::of(asked).is_some_and(|shown| !shown.has_expired()) {
                        told.remove(&INFO);
                        told.remove(&header::AUTHORIZATION);
                    }
                })
            },
        )
        .also(
            "LC-ISS-100",
            &["that comes unasked"],
            "what does not come does not come there",
        ),
        Saboteur::of_the_lifecycle_issuer(
            "signs-with-the-previous-key-what-comes-unasked",
            "LC-ISS-110",
            "Signs the bearers that come unasked with the key of the old ones.",
            || {
                swapping(|old: &BearerClaims, new: BearerClaims, ring: &Ring| {
                    let previous = ring.previous.as_ref().filter(|_| old.expires_at > now())?;
                    new.sign(&previous.key).ok()
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "gives-what-comes-unasked-a-whole-lifetime",
            "LC-ISS-111",
            "Lets a bearer that comes unasked live as long as one of a login.",
            || {
                saying(|old, new| {
                    if old.expires_at > now() {
                        new.expires_at = new.issued_at + LIFETIME;
                    }
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "gives-what-comes-unasked-another-session",
            "LC-ISS-111",
            "Gives each bearer that comes unasked another sid.",
            || {
                saying(|old, new| {
                    if old.expires_at > now() {
                        new.session = new.session.chars().rev().collect();
                    }
                })
            },
        ),
    ]
}
