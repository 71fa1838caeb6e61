//! The faults of an assertion, by the words that scenarios have for them.

use super::{
    assertion::Assertion,
    draft::{Draft, Proof},
    faults::{Facts, swapped},
    forgery::{Alteration, NoSecret, Seal, stranger},
};
use crate::steps::Stop;
use btx_spec::jose::Algorithm;
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
    Ok(alter_signature(assertion, fault)?
        || alter_algorithm(assertion, fault)
        || alter_header(assertion, fault, facts)?
        || alter_times(assertion, fault, facts)
        || alter_audience(assertion, fault, facts)
        || alter_parties(assertion, fault, facts)?
        || alter_form(assertion, fault, facts))
}

fn alter_signature(assertion: &mut Assertion, fault: &str) -> Result<bool, Stop> {
    assertion.seal = match fault {
        "signed with another key" => Seal::With(stranger(assertion.key.algorithm())?.key.clone()),
        "whose signature is altered" => Seal::Altered(Alteration::Signature),
        "whose signature is cut" => Seal::Altered(Alteration::Cut),
        "whose signature is empty" => Seal::Empty,
        "without a third part" => Seal::Missing,
        "whose claims were altered" => Seal::Altered(Alteration::Claims),
        "whose header was altered" => Seal::Altered(Alteration::Header),
        _ => return Ok(false),
    };
    Ok(true)
}

fn alter_algorithm(assertion: &mut Assertion, fault: &str) -> bool {
    if let Some(none) = fault.strip_prefix("of the algorithm ") {
        assertion.header.set("alg", &json!(none));
        assertion.seal = Seal::Empty;
        return true;
    }
    let own = assertion.key.algorithm();
    let (name, seal) = match fault {
        "of no algorithm, signed all the same" => ("none", Seal::Own),
        "of HS256, keyed with the public key in PEM" => ("HS256", Seal::Hmac(NoSecret::Pem)),
        "of HS256, keyed with the public key as a JWK" => ("HS256", Seal::Hmac(NoSecret::Jwk)),
        "of HS256, keyed with nothing" => ("HS256", Seal::Hmac(NoSecret::Nothing)),
        "under the name of another algorithm" => (another(own), Seal::Own),
        "without alg" => {
            assertion.header.remove("alg");
            return true;
        }
        _ => return false,
    };
    assertion.header.set("alg", &json!(name));
    assertion.seal = seal;
    true
}

/// The name of an algorithm of another kind of key.
fn another(own: Algorithm) -> &'static str {
    match own {
        Algorithm::ES256 => "PS256",
        _ => "ES256",
    }
}

fn alter_header(assertion: &mut Assertion, fault: &str, facts: &Facts) -> Result<bool, Stop> {
    let header = &mut assertion.header;
    let elsewhere = json!(facts.elsewhere);
    let stranger = stranger(assertion.key.algorithm())?;
    match fault {
        "that brings its own key" => header.set("jwk", &stranger.key.public().to_jwk()),
        "that brings its own certificate" => header.set("x5c", &json!([stranger.certificate])),
        "that names its own key by jku" => header.set("jku", &elsewhere),
        "that names its own certificate by x5u" => header.set("x5u", &elsewhere),
        "whose kid is the URL of its own key" => header.set("kid", &elsewhere),
        "whose kid has 10000 characters" => header.set("kid", &json!("k".repeat(10_000))),
        "whose kid is nobody's" => header.set("kid", &json!(NOBODY)),
        _ => return Ok(alter_kid(assertion, fault)),
    }
    assertion.seal = Seal::With(stranger.key.clone());
    Ok(true)
}

/// A key id that leads a careless server to a key of no bytes.
fn alter_kid(assertion: &mut Assertion, fault: &str) -> bool {
    let kid = match fault {
        "whose kid is a path" => "../../../../../../dev/null",
        "whose kid is a piece of SQL" => "x' UNION SELECT '' -- ",
        _ => return false,
    };
    assertion.header.set("kid", &json!(kid));
    assertion.header.set("alg", &json!("HS256"));
    assertion.seal = Seal::Hmac(NoSecret::Nothing);
    true
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
            assertion.seal = Seal::With(stranger(assertion.key.algorithm())?.key.clone());
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
    if let Some(typ) = fault.strip_prefix("of the typ ") {
        assertion.header.set("typ", &json!(typ));
        return true;
    }
    let Assertion { header, claims, .. } = assertion;
    let another = json!(ANOTHER).to_string();
    match fault {
        "without typ" => header.remove("typ"),
        "with a claim that nobody knows" => {
            claims.set("rutabagas", &json!({ "how many": [5000, null] }))
        }
        "with a header parameter that nobody knows" => header.set("rutabagas", &json!(5000)),
        "with a critical parameter that nobody knows" => {
            header.set("rutabagas", &json!(5000));
            header.set("crit", &json!(["rutabagas"]));
        }
        "with a critical parameter that is not there" => {
            header.set("crit", &json!(["rutabagas"]));
        }
        "whose crit is no list" => header.set("crit", &json!("exp")),
        "with two audiences, the right one first" => claims.add("aud", &another),
        "with two audiences, the right one last" => claims.add_before("aud", &another),
        "with sub twice" => claims.add("sub", &json!(facts.party.subject()).to_string()),
        "with alg twice" => header.add_before("alg", &Value::from("none").to_string()),
        _ => return false,
    }
    true
}
