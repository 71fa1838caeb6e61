//! Faults of the times, by the words that scenarios have for them.

use super::Facts;
use crate::steps::{Stop, jose::Jws};
use serde_json::{Value, json};

/// How far beyond the allowed difference of clocks a time lies, in seconds.
const BEYOND: i64 = 15;
const HOUR: i64 = 3600;
const YEAR: i64 = 365 * 24 * HOUR;

/// Alters the times, if the words are about them.
///
/// # Errors
/// When the target allows no difference of clocks and the words are about one.
pub(super) fn alter(jws: &mut Jws, fault: &str, facts: &Facts) -> Result<bool, Stop> {
    Ok(remove(jws, fault) || put(jws, fault, facts) || shift(jws, fault, facts)?)
}

fn remove(jws: &mut Jws, fault: &str) -> bool {
    match fault {
        "without exp" => jws.claims.remove("exp"),
        "without iat" => jws.claims.remove("iat"),
        _ => return false,
    }
    true
}

/// One time that is none.
fn put(jws: &mut Jws, fault: &str, facts: &Facts) -> bool {
    let ends = facts.now + facts.lifetime;
    let (name, value) = match fault {
        "whose exp is a text" => ("exp", json!(ends.to_string())),
        "whose exp is null" => ("exp", Value::Null),
        "whose exp is a list" => ("exp", json!([ends])),
        "whose iat is a text" => ("iat", json!(facts.now.to_string())),
        "whose iat is null" => ("iat", Value::Null),
        _ => return false,
    };
    jws.claims.set(name, &value);
    true
}

/// A bearer of another time.
fn shift(jws: &mut Jws, fault: &str, facts: &Facts) -> Result<bool, Stop> {
    let Facts {
        now,
        skew,
        lifetime,
        ..
    } = *facts;
    let (issued, ends) = match fault {
        "that has just expired" => (now - lifetime, now),
        "that expired an hour ago" => (now - HOUR - lifetime, now - HOUR),
        "that ended in 1970" => (0, lifetime),
        "issued within the allowed difference of clocks ahead" => {
            let issued = now + some(skew)? / 2;
            (issued, issued + lifetime)
        }
        "issued beyond the allowed difference of clocks ahead" => {
            (now + skew + BEYOND, now + skew + BEYOND + lifetime)
        }
        "issued a year ahead" => (now + YEAR, now + YEAR + lifetime),
        "that lives a second longer than bearers do" => (now, now + lifetime + 1),
        "that lives for a year" => (now, now + YEAR),
        // It ends when a sound one ends that is issued now, so that only its length tells them apart.
        "issued an hour ago, for all that time and a minute" => {
            (now - HOUR, now + lifetime.min(60))
        }
        _ => return Ok(false),
    };
    jws.claims.set("iat", &json!(issued));
    jws.claims.set("exp", &json!(ends));
    Ok(true)
}

/// A difference of clocks that can be told from none on a busy machine.
fn some(skew: i64) -> Result<i64, Stop> {
    if skew >= BEYOND {
        return Ok(skew);
    }
    let words = format!("the target allows clocks to differ by less than {BEYOND} s");
    Err(Stop::NotExercised(words))
}
