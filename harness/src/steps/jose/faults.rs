//! The faults that any signed statement may have, by the words that scenarios have for them.

use super::{Alteration, Jws, NoSecret, Seal, stranger::Forger};
use crate::steps::Stop;
use serde_json::json;

/// The name of nobody.
const NOBODY: &str = "nobody-of-that-name";

/// Alters a statement, if the words are about its signature or its header. `elsewhere` is the URL of a key
/// that is not its own.
///
/// # Errors
/// When there is no key to forge it with.
pub(in crate::steps) fn alter(jws: &mut Jws, fault: &str, elsewhere: &str) -> Result<bool, Stop> {
    Ok(seal(jws, fault)?
        || algorithm(jws, fault)
        || key_of_its_own(jws, fault, elsewhere)?
        || typ(jws, fault)
        || critical(jws, fault))
}

fn seal(jws: &mut Jws, fault: &str) -> Result<bool, Stop> {
    jws.seal = match fault {
        "signed with another key" => Seal::With(Forger::beside(&jws.key)?.key),
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

fn algorithm(jws: &mut Jws, fault: &str) -> bool {
    if let Some(none) = fault.strip_prefix("of the algorithm ") {
        jws.header.set("alg", &json!(none));
        jws.seal = Seal::Empty;
        return true;
    }
    let own = jws.key.algorithm().to_owned();
    let (name, seal) = match fault {
        "of no algorithm, signed all the same" => ("none", Seal::Own),
        "of HS256, keyed with the public key in PEM" => ("HS256", Seal::Hmac(NoSecret::Pem)),
        "of HS256, keyed with the public key as a JWK" => ("HS256", Seal::Hmac(NoSecret::Jwk)),
        "of HS256, keyed with nothing" => ("HS256", Seal::Hmac(NoSecret::Nothing)),
        "under the name of another algorithm" => (another(&own), Seal::Own),
        "without alg" => {
            jws.header.remove("alg");
            return true;
        }
        _ => return false,
    };
    jws.header.set("alg", &json!(name));
    jws.seal = seal;
    true
}

/// The name of an algorithm of another kind of key.
fn another(own: &str) -> &'static str {
    match own {
        "ES256" => "PS256",
        _ => "ES256",
    }
}

fn key_of_its_own(jws: &mut Jws, fault: &str, elsewhere: &str) -> Result<bool, Stop> {
    let header = &mut jws.header;
    let elsewhere = json!(elsewhere);
    let stranger = Forger::beside(&jws.key)?;
    match fault {
        "that brings its own key" => header.set("jwk", &stranger.jwk),
        "that brings its own certificate" => header.set("x5c", &json!([stranger.certificate])),
        "that names its own key by jku" => header.set("jku", &elsewhere),
        "that names its own certificate by x5u" => header.set("x5u", &elsewhere),
        "whose kid is the URL of its own key" => header.set("kid", &elsewhere),
        "whose kid has 10000 characters" => header.set("kid", &json!("k".repeat(10_000))),
        "whose kid is nobody's" => header.set("kid", &json!(NOBODY)),
        _ => return Ok(leading_kid(jws, fault)),
    }
    jws.seal = Seal::With(stranger.key);
    Ok(true)
}

/// A key id that leads a careless server to a key of no bytes.
fn leading_kid(jws: &mut Jws, fault: &str) -> bool {
    let kid = match fault {
        "whose kid is a path" => "../../../../../../dev/null",
        "whose kid is a piece of SQL" => "x' UNION SELECT '' -- ",
        _ => return false,
    };
    jws.header.set("kid", &json!(kid));
    jws.header.set("alg", &json!("HS256"));
    jws.seal = Seal::Hmac(NoSecret::Nothing);
    true
}

fn typ(jws: &mut Jws, fault: &str) -> bool {
    if let Some(typ) = fault.strip_prefix("of the typ ") {
        jws.header.set("typ", &json!(typ));
        return true;
    }
    match fault {
        "without typ" => jws.header.remove("typ"),
        _ => return false,
    }
    true
}

/// What has to be understood, and is not (RFC 7515 section 4.1.11); and what may be passed over.
fn critical(jws: &mut Jws, fault: &str) -> bool {
    let header = &mut jws.header;
    match fault {
        "with a header parameter that nobody knows" => header.set("rutabagas", &json!(5000)),
        "with a critical parameter that nobody knows" => {
            header.set("rutabagas", &json!(5000));
            header.set("crit", &json!(["rutabagas"]));
        }
        "with a critical parameter that is not there" => {
            header.set("crit", &json!(["rutabagas"]));
        }
        "whose crit is no list" => header.set("crit", &json!("exp")),
        _ => return false,
    }
    true
}
