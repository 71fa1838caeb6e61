//! Saboteurs of assertions about service accounts.

use super::{
    assertions::{Made, is_of_a_stranger, wary},
    requests::{JWT_BEARER, asks_for, calling, parameter},
    resign::{Of, blind},
    scopes::granting_accounts_all,
};
use crate::Saboteur;
use serde_json::json;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let blind_of = |name, breaks, does, made: Made| {
        Saboteur::of_the_authorization_server(name, breaks, does, made)
    };
    vec![
        blind_of(
            "wants-no-type-of-an-assertion",
            "OA-AUS-130",
            "Refuses an assertion that says that it is a JWT.",
            || {
                wary(Of::Account, |header, _| {
                    header.get("typ") == Some(&json!("JWT"))
                })
            },
        )
        .only(&["of the typ JWT"]),
        blind_of(
            "trusts-every-issuer",
            "OA-AUS-131",
            "Takes an assertion of whoever it is.",
            || {
                blind(Of::Account, |assertion| {
                    let unknown = assertion.text("iss").is_none() || is_of_a_stranger(assertion);
                    assertion.speak_for_its_key();
                    unknown
                })
            },
        ),
        blind_of(
            "knows-every-account",
            "OA-AUS-137",
            "Takes an assertion about an account that it does not know.",
            || {
                blind(Of::Account, |assertion| {
                    let iss = assertion.text("iss").map(str::to_owned);
                    let named = assertion.claims.get("sub").cloned();
                    assertion.speak_for_its_key();
                    let own = assertion.claims.get("sub").cloned();
                    let same = assertion.text("iss").map(str::to_owned) == iss;
                    assertion.is_signed() && same && named != own
                })
            },
        ),
        blind_of(
            "calls-a-wrong-assertion-a-wrong-request",
            "OA-AUS-140",
            "Refuses an assertion with the error invalid_request.",
            || {
                calling("invalid_grant", "invalid_request", |asked| {
                    asks_for(asked, JWT_BEARER)
                })
            },
        ),
        blind_of(
            "calls-no-assertion-a-wrong-grant",
            "OA-AUS-141",
            "Refuses a request without an assertion with the error invalid_grant.",
            || {
                calling("invalid_request", "invalid_grant", |asked| {
                    asks_for(asked, JWT_BEARER) && parameter(asked, "assertion").is_none()
                })
            },
        ),
        blind_of(
            "grants-accounts-every-scope",
            "OA-AUS-142",
            "Grants a service account whatever scope it asks for.",
            granting_accounts_all,
        ),
    ]
}
