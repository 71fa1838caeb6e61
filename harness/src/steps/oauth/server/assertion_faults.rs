//! The faults of an assertion, by the words that scenarios have for them.

use super::{
    assertion::Assertion,
    draft::{Draft, Proof},
    faults::{Facts, swapped},
};
use crate::steps::{
    Stop,
    jose::{Seal, faults, stranger::Forger},
};
use serde_json::{Value, json};

/// Somebody else's identifier.
const ANOTHER: &str = "https://another.example";
/// The name of nobody.
const NOBODY: &str = "nobody-of-that-name";
/// More than any limit on how long an assertion is valid.
const YEAR: i64 = 365 * 24 * 3600;

/// Alters the assertion of the request, if the words are about one: `an assertion …`.
///
/// # Errors
/// When the request has none.
pub(super) fn alter(draft: &mut Draft, words: &str, facts: &Facts) -> Result<bool, Stop> {
    let Some(fault) = words.strip_prefix("an assertion ") else {
        return Ok(false);
    };
    let assertion = match (&mut draft.grant, &mut draft.proof) {
        (Some(grant), _) => grant,
        (None, Proof::Assertion(proof)) => proof,
        _ => return Err(Stop::Harness("the request has no assertion".to_owned())),
    };
    Ok(faults::alter(assertion, fault, &facts.elsewhere)?
        || alter_times(assertion, fault, facts)
        || alter_audience(assertion, fault, facts)
        || alter_parties(assertion, fault, facts)?
        || alter_form(assertion, fault, facts))
}

fn alter_times(assertion: &mut Assertion, fault: &str, facts: &Facts) -> bool {
    let claims = &mut assertion.claims;
    let (now, skew) = (facts.now, facts.skew);
    match fault {
        "that expired an hour ago" => {
            claims.set("iat", &json!(now - 3660));
            claims.set("exp", &json!(now - 3600));
        }
        "that expired just before the allowed difference of clocks" => {
            claims.set("iat", &json!(now - skew - 60));
            claims.set("exp", &json!(now - skew - 15));
        }
        "without exp" => claims.remove("exp"),
        "whose exp is a text" => claims.set("exp", &json!((now + 60).to_string())),
        "that is not valid yet" => {
            claims.set("nbf", &json!(now + skew + 60));
            claims.set("exp", &json!(now + skew + 120));
        }
        "valid since a minute ago" => claims.set("nbf", &json!(now - 60)),
        "valid for a year" => claims.set("exp", &json!(now + YEAR)),
        _ => return false,
    }
    true
}

fn alter_audience(assertion: &mut Assertion, fault: &str, facts: &Facts) -> bool {
    let own = facts.issuer.as_str();
    let mut shorter = own.to_owned();
    shorter.pop();
    let audience = match fault {
        "without an audience" => {
            assertion.claims.remove("aud");
            return true;
        }
        "for another server" => json!(ANOTHER),
        "for several other servers" => json!([ANOTHER, "https://a-third.example"]),
        "whose audience is a number" => json!(17),
        "whose audience is empty" => json!(""),
        "whose audience is a list of nothing" => json!([]),
        "whose audience is an object" => json!({ "iss": own }),
        "whose audience is a part of the right one" => json!(shorter),
        "whose audience begins like the right one" => json!(format!("{own}.another.example")),
        "whose audience has capital letters" => json!(own.to_ascii_uppercase()),
        "whose audience has a slash more" => json!(format!("{own}/")),
        "for the token endpoint" => json!(facts.token_endpoint),
        "for this server and another" => json!([own, ANOTHER]),
        "for another server and this one" => json!([ANOTHER, own]),
        "for this server and its token endpoint" => json!([own, facts.token_endpoint]),
        _ => return false,
    };
    assertion.claims.set("aud", &audience);
    true
}

fn alter_parties(assertion: &mut Assertion, fault: &str, facts: &Facts) -> Result<bool, Stop> {
    let other = facts.other.as_ref().map_or(NOBODY, |other| &other.id);
    let claims = &mut assertion.claims;
    match fault {
        "whose iss is another client" => claims.set("iss", &json!(other)),
        "whose sub is another client" => claims.set("sub", &json!(other)),
        "without iss" => claims.remove("iss"),
        "without sub" => claims.remove("sub"),
        "whose iss is a list" => claims.set("iss", &json!([facts.party.subject()])),
        "of an issuer that nobody trusts" => {
            claims.set("iss", &json!(ANOTHER));
            assertion.seal = Seal::With(Forger::beside(&assertion.key)?.key);
        }
        "in the name of an issuer that nobody trusts" => claims.set("iss", &json!(ANOTHER)),
        "about an account that nobody knows" => claims.set("sub", &json!(NOBODY)),
        "about the empty name" => claims.set("sub", &json!("")),
        "about an account whose name is a list" => {
            claims.set("sub", &json!([facts.party.subject()]))
        }
        "about an account in other case" => {
            let own = facts.party.subject();
            let other = swapped(own);
            if other == own {
                return Err(Stop::NotExercised("the account has no letters".to_owned()));
            }
            claims.set("sub", &json!(other));
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn alter_form(assertion: &mut Assertion, fault: &str, facts: &Facts) -> bool {
    let Assertion { header, claims, .. } = assertion;
    let another = json!(ANOTHER).to_string();
    match fault {
        "with a claim that nobody knows" => {
            claims.set("rutabagas", &json!({ "how many": [5000, null] }))
        }
        "with two audiences, the right one first" => claims.add("aud", &another),
        "with two audiences, the right one last" => claims.add_before("aud", &another),
        "with sub twice" => claims.add("sub", &json!(facts.party.subject()).to_string()),
        "with alg twice" => header.add_before("alg", &Value::from("none").to_string()),
        _ => return false,
    }
    true
}
