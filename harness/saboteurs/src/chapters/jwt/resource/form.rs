//! Saboteurs of what a service JWT looks like.

use super::mend::{Shown, blind};
use crate::Saboteur;
use btx_spec::jwt::{LARGEST_JWT, SERVICE_TYPE};
use serde_json::json;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_resource(
            "does-not-look-at-the-type-of-a-service-jwt",
            "JW-RES-003",
            "Takes any signed JWT of the client for a service JWT.",
            || {
                blind(|shown| {
                    let typ = shown.opened.header.get("typ");
                    let wrong = typ != Some(&json!(SERVICE_TYPE));
                    wrong && (shown.is_signed() || typ.is_some_and(|typ| !typ.is_string()))
                })
            },
        ),
        Saboteur::of_the_jwt_resource(
            "passes-over-crit-in-a-service-jwt",
            "JW-RES-004",
            "Passes over what it should understand.",
            || blind(|shown| shown.opened.header.contains_key("crit")),
        ),
        Saboteur::of_the_jwt_resource(
            "reads-one-of-two-in-a-service-jwt",
            "JW-RES-019",
            "Takes one of two members of one name.",
            || {
                blind(|shown| {
                    let opened = &mut shown.opened;
                    let inside = opened.claims.contains_key("act");
                    let twice = opened.repeats_in_its_header() || opened.repeats_in_its_claims();
                    if opened.repeats_in_its_claims() {
                        opened.say("aud", json!(shown.place.identifier));
                    }
                    twice || inside
                })
            },
        ),
        Saboteur::of_the_jwt_resource(
            "reads-jwts-of-any-length",
            "JW-RES-020",
            "Takes a service JWT of any length.",
            || {
                blind(|shown| {
                    shown.opened.claims.remove("filler");
                    shown.text.len() > LARGEST_JWT
                })
            },
        )
        .only(&["longer than it may be"]),
        Saboteur::of_the_jwt_resource(
            "passes-over-what-follows-a-signature",
            "JW-RES-020",
            "Reads the first three parts, without padding, and nothing else.",
            || blind(followed),
        )
        .only(&["in five parts", "with padding"]),
    ]
}

/// Whether something follows the signature that should not.
fn followed(shown: &mut Shown) -> bool {
    let first: Vec<&str> = shown.text.split('.').take(3).collect();
    let first = first.join(".");
    let first = first.trim_end_matches('=');
    first != shown.text && shown.place.verified_by_any(&shown.client(), first)
}
