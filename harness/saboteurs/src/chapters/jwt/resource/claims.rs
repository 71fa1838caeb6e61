//! Saboteurs of what a service JWT says.

use super::mend::{Shown, blind, fresh};
use crate::Saboteur;
use serde_json::{Value, json};

/// Beyond the difference of clocks that the resource allows, in seconds.
const SKEW: i64 = 60;
/// How many characters a `jti` has.
const JTI: std::ops::RangeInclusive<usize> = 16..=128;
/// The longest that a service JWT lives, in seconds.
const LONGEST: i64 = 300;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_parties();
    all.extend(of_times());
    all
}

fn of_parties() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_resource(
            "does-not-look-at-sub",
            "JW-RES-008",
            "Takes a service JWT about anybody.",
            || {
                blind(|shown| {
                    let client = json!(shown.client());
                    let wrong = shown.opened.claims.get("sub") != Some(&client);
                    shown.opened.say("sub", client);
                    wrong && !shown.opened.repeats_in_its_claims()
                })
            },
        ),
        Saboteur::of_the_jwt_resource(
            "takes-service-jwts-for-everybody",
            "JW-RES-009",
            "Does not look at the audience of a service JWT.",
            || blind(|shown| addressed(shown, |_, _| true)),
        )
        .also(
            "JW-RES-010",
            &["A Host that names another"],
            "it takes the audience of that Host, as any other",
        ),
        Saboteur::of_the_jwt_resource(
            "takes-lists-of-audiences",
            "JW-RES-009",
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
        Saboteur::of_the_jwt_resource(
            "compares-the-beginning-of-an-audience",
            "JW-RES-009",
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
            "with a letter more",
            "with a slash more",
            "with a path",
            "with a query",
            "that is only the beginning",
        ]),
        Saboteur::of_the_jwt_resource(
            "compares-audiences-in-any-letter-case",
            "JW-RES-009",
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
        .only(&["in capital letters"]),
        Saboteur::of_the_jwt_resource(
            "believes-the-host-of-a-request",
            "JW-RES-010",
            "Takes the Host of a request for its own name.",
            || {
                blind(|shown| {
                    let called = format!("https://{}", shown.host);
                    let fits = shown.opened.claim("aud") == called;
                    fits && addressed(shown, |_, _| true)
                })
            },
        ),
    ]
}

/// Addresses a JWT to the resource. Whether it was to somebody else, and to whom that fits.
fn addressed(shown: &mut Shown, fits: fn(&Value, &str) -> bool) -> bool {
    let own = shown.place.identifier.as_str();
    let audience = shown.opened.claims.get("aud").cloned().unwrap_or_default();
    let other = audience != json!(own) && fits(&audience, own);
    shown.opened.say("aud", json!(own));
    other && !shown.opened.repeats_in_its_claims()
}

fn of_times() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_resource(
            "does-not-look-at-the-exp-of-a-service-jwt",
            "JW-RES-011",
            "Takes service JWTs that have expired.",
            || {
                blind(|shown| {
                    let end = shown.opened.claims.get("exp").and_then(Value::as_f64);
                    let now = shown.opened.now as f64;
                    shown.renew();
                    end.is_none_or(|end| end < now - SKEW as f64)
                        && !shown.opened.repeats_in_its_claims()
                })
            },
        ),
        Saboteur::of_the_jwt_resource(
            "does-not-look-at-iat",
            "JW-RES-012",
            "Takes service JWTs that are not of now.",
            || {
                blind(|shown| {
                    let issued = shown.opened.claims.get("iat").and_then(Value::as_f64);
                    let now = shown.opened.now as f64;
                    shown.renew();
                    issued.is_none_or(|issued| issued > now + SKEW as f64)
                })
            },
        ),
        Saboteur::of_the_jwt_resource(
            "lets-service-jwts-live-long",
            "JW-RES-013",
            "Takes service JWTs that live for more than five minutes.",
            || {
                blind(|shown| {
                    let time = |name: &str| shown.opened.claims.get(name).and_then(Value::as_i64);
                    let life = time("exp").zip(time("iat")).map(|(exp, iat)| exp - iat);
                    shown.renew();
                    life.is_some_and(|life| life > LONGEST)
                })
            },
        ),
        Saboteur::of_the_jwt_resource(
            "wants-no-jti",
            "JW-RES-014",
            "Takes a service JWT whose jti is missing, or of any length.",
            || {
                blind(|shown| {
                    let length = shown.opened.claim("jti").len();
                    shown.opened.say("jti", json!(fresh()));
                    !JTI.contains(&length)
                })
            },
        ),
    ]
}
