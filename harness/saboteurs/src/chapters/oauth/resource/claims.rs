//! Saboteurs of what a token says.

use super::mend::blind;
use crate::Saboteur;
use serde_json::{Value, json};

/// Beyond the difference of clocks that the resource allows, in seconds.
const SKEW: i64 = 60;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_resource(
            "takes-jwts-of-every-issuer",
            "OA-RES-025",
            "Goes by the key that a token names, whoever it says it is of.",
            || {
                blind(|token, place| {
                    let named = token.claim("iss");
                    if place.issuers.iter().any(|issuer| issuer == named) {
                        return false;
                    }
                    let mut issuers = place.issuers.iter();
                    let issuer = issuers.find(|issuer| token.names_a_key_of(issuer));
                    if let Some(issuer) = issuer {
                        token.say("iss", json!(issuer));
                    }
                    issuer.is_some()
                })
            },
        ),
        Saboteur::of_the_resource(
            "takes-tokens-for-everybody",
            "OA-RES-026",
            "Does not look at the audience of a token.",
            || {
                blind(|token, place| {
                    let own = json!(place.identifier);
                    let fits = match token.claims.get("aud") {
                        Some(Value::Array(all)) => all.contains(&own),
                        audience => audience == Some(&own),
                    };
                    token.say("aud", own);
                    !fits && !token.repeats_in_its_claims()
                })
            },
        ),
        Saboteur::of_the_resource(
            "does-not-look-at-exp",
            "OA-RES-027",
            "Takes tokens that have expired.",
            || {
                blind(|token, _| {
                    let exp = token.claims.get("exp");
                    let end = match exp {
                        Some(Value::String(text)) => text.parse().ok(),
                        exp => exp.and_then(Value::as_i64),
                    };
                    let over = end.is_some_and(|end| end < token.now);
                    token.renew();
                    over && !token.repeats_in_its_claims()
                })
            },
        )
        .also(
            "OA-RES-010",
            &["whose time is over"],
            "a JWT ends with its exp and with nothing else",
        ),
        Saboteur::of_the_resource(
            "takes-what-has-just-ended",
            "OA-RES-010",
            "Takes tokens for some minutes after their end.",
            || {
                blind(|token, _| {
                    let end = token.claims.get("exp").and_then(Value::as_i64);
                    let just = end.is_some_and(|end| (1..600).contains(&(token.now - end)));
                    token.renew();
                    just
                })
            },
        )
        .also(
            "OA-RES-027",
            &["an exp that has just passed"],
            "a JWT ends with its exp and with nothing else",
        ),
        Saboteur::of_the_resource(
            "takes-jwts-that-are-not-valid-yet",
            "OA-RES-028",
            "Takes tokens that are not valid yet.",
            || {
                blind(|token, _| {
                    let beginning = token.claims.get("nbf").and_then(Value::as_i64);
                    let early = beginning.is_some_and(|nbf| nbf > token.now + SKEW);
                    token.claims.remove("nbf");
                    early
                })
            },
        ),
        Saboteur::of_the_resource(
            "makes-up-for-missing-claims",
            "OA-RES-035",
            "Asks for no claim but those that it has a use for.",
            || {
                blind(|token, _| {
                    let mut missing = false;
                    for name in ["exp", "sub", "client_id", "iat", "jti"] {
                        if token.claims.get(name).is_none_or(Value::is_null) {
                            missing = true;
                            let value = match name {
                                "exp" => json!(token.now + SKEW),
                                "iat" => json!(token.now),
                                _ => json!("somebody"),
                            };
                            token.say(name, value);
                        }
                    }
                    missing
                })
            },
        ),
    ]
}
