//! Saboteurs of assertions by which a client proves itself.

use super::{
    assertions::{Made, wary},
    requests::{calling, edit_form, form, is_token, parameter, put, refusing, take},
    resign::{Of, blind},
};
use crate::{Saboteur, message::Asked, sabotage::ServerSabotage};
use serde_json::{Value, json};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let blind_of = |name, breaks, does, made: Made| {
        Saboteur::of_the_authorization_server(name, breaks, does, made)
    };
    vec![
        blind_of(
            "knows-every-header-parameter",
            "OA-AUS-100",
            "Refuses an assertion with a header parameter that it does not know.",
            || {
                wary(Of::Client, |header, _| {
                    header.get("rutabagas").is_some() && header.get("crit").is_none()
                })
            },
        )
        .only(&["a header parameter that nobody knows"]),
        blind_of(
            "wants-no-id-beside-a-proof",
            "OA-AUS-100",
            "Refuses an assertion beside a client_id.",
            || {
                refusing("invalid_client", |asked| {
                    form(asked).iter().any(|(name, _)| name == "client_id") && is_signed(asked)
                })
            },
        )
        .only(&["its client_id beside"]),
        blind_of(
            "does-not-look-at-nbf",
            "OA-AUS-105",
            "Does not look at the nbf of an assertion.",
            || {
                blind(Of::Client, |assertion| {
                    let signed = assertion.is_signed();
                    let early = assertion.claims.get("nbf").and_then(Value::as_i64);
                    let early = early.is_some_and(|nbf| nbf > assertion.now);
                    assertion.renew();
                    signed && early
                })
            },
        ),
        blind_of(
            "takes-proofs-for-its-endpoint",
            "OA-AUS-107",
            "Takes an assertion for its token endpoint, or for others beside it.",
            || {
                blind(Of::Client, |assertion| {
                    let own = assertion.issuer.clone();
                    let endpoint = json!(format!("{own}/oauth/token"));
                    let audience = assertion.claims.get("aud").cloned().unwrap_or_default();
                    let beside = audience
                        .as_array()
                        .is_some_and(|all| all.contains(&json!(own)));
                    assertion.say("aud", json!(own));
                    assertion.is_signed() && (beside || audience == endpoint)
                })
            },
        ),
        blind_of(
            "takes-proofs-of-one-about-another",
            "OA-AUS-108",
            "Believes whose key an assertion is signed with, whatever iss and sub say.",
            || {
                blind(Of::Client, |assertion| {
                    let named = (
                        assertion.text("iss").map(str::to_owned),
                        assertion.text("sub").map(str::to_owned),
                    );
                    assertion.speak_for_its_key();
                    let right = (
                        assertion.text("iss").map(str::to_owned),
                        assertion.text("sub").map(str::to_owned),
                    );
                    assertion.is_signed() && named != right && !assertion.repeats
                })
            },
        ),
        blind_of(
            "does-not-look-at-the-id-beside-a-proof",
            "OA-AUS-109",
            "Does not look at the client_id beside an assertion.",
            || {
                ServerSabotage::new()
                    .asked(|asked| {
                        if is_token(asked)
                            && is_signed(asked)
                            && parameter(asked, "client_secret").is_none()
                        {
                            edit_form(asked, |form| take(form, "client_id"));
                        }
                    })
                    .alterations()
            },
        ),
        blind_of(
            "takes-proofs-that-live-long",
            "OA-AUS-111",
            "Takes an assertion however long it is valid.",
            || {
                blind(Of::Client, |assertion| {
                    let exp = assertion.claims.get("exp").and_then(Value::as_i64);
                    let long = exp.is_some_and(|exp| exp > assertion.now + 3600);
                    assertion.renew();
                    assertion.is_signed() && long
                })
            },
        ),
        blind_of(
            "wants-no-type",
            "OA-AUS-112",
            "Refuses an assertion that says that it is one.",
            || {
                wary(Of::Client, |header, _| {
                    header.get("typ") == Some(&json!("client-authentication+jwt"))
                })
            },
        )
        .only(&["of the typ client-authentication+jwt"]),
        blind_of(
            "does-not-look-at-crit",
            "OA-AUS-114",
            "Does not look at the crit of an assertion.",
            || {
                blind(Of::Client, |assertion| {
                    assertion.brings("crit") && assertion.has_the_algorithm_of_its_key()
                })
            },
        ),
        blind_of(
            "reads-the-last-of-two-members",
            "OA-AUS-115",
            "Takes the last of two members of one name.",
            || {
                blind(Of::Client, |assertion| {
                    assertion.repeats && assertion.has_the_algorithm_of_its_key()
                })
            },
        )
        .except(&["the right one first"]),
        blind_of(
            "reads-the-first-of-two-audiences",
            "OA-AUS-115",
            "Takes the first of two audiences.",
            || {
                blind(Of::Client, |assertion| {
                    if let Some(first) = assertion.first_audience.clone() {
                        assertion.say("aud", first);
                    }
                    let alg_once = assertion.text("iss").is_some();
                    assertion.repeats && alg_once && assertion.has_the_algorithm_of_its_key()
                })
            },
        )
        .only(&["the right one first", "with sub twice", "with alg twice"]),
        blind_of(
            "calls-a-wrong-proof-a-wrong-request",
            "OA-AUS-116",
            "Refuses an assertion of a client with the error invalid_request.",
            || calling("invalid_client", "invalid_request", is_signed),
        ),
        blind_of(
            "does-not-look-at-the-type-of-a-proof",
            "OA-AUS-117",
            "Does not look at the client_assertion_type.",
            || {
                ServerSabotage::new()
                    .asked(|asked| {
                        let type_count = form(asked)
                            .iter()
                            .filter(|(n, _)| n == "client_assertion_type")
                            .count();
                        if is_token(asked) && is_signed(asked) && type_count < 2 {
                            edit_form(asked, |form| {
                                put(
                                    form,
                                    "client_assertion_type",
                                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                                );
                            });
                        }
                    })
                    .alterations()
            },
        ),
    ]
}

fn is_signed(asked: &Asked) -> bool {
    parameter(asked, "client_assertion").is_some()
}
