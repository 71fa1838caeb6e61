//! Faults of the times, by the words that scenarios have for them.

use super::Facts;
use crate::steps::{Stop, jose::Jws};
use serde_json::{Value, json};

/// How far beyond the allowed difference of clocks a time lies, in seconds.
const BEYOND: i64 = 15;
const HOUR: i64 = 3600;
const YEAR: i64 = 365 * 24 * HOUR;
/// The longest that a service JWT may live, in seconds.
const LONGEST: i64 = 300;

/// Alters the times, if the words are about them.
///
/// # Errors
/// When the target allows no difference of clocks and the words are about one.
pub(super) fn alter(jws: &mut Jws, fault: &str, facts: &Facts) -> Result<bool, Stop> {
    Ok(remove(jws, fault) || put(jws, fault, facts.now) || shift(jws, fault, facts)?)
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
fn put(jws: &mut Jws, fault: &str, now: i64) -> bool {
    let (name, value) = match fault {
        "whose exp is a text" => ("exp", json!((now + 60).to_string())),
        "whose exp is null" => ("exp", Value::Null),
        "whose exp is a list" => ("exp", json!([now + 60])),
        "whose iat is a text" => ("iat", json!(now.to_string())),
        "whose iat is null" => ("iat", Value::Null),
        _ => return false,
    };
    jws.claims.set(name, &value);
    true
}

/// A JWT of another time.
fn shift(jws: &mut Jws, fault: &str, facts: &Facts) -> Result<bool, Stop> {
    let Facts { now, skew, .. } = *facts;
    let (issued, ends) = match fault {
        "that expired an hour ago" => (now - HOUR - 60, now - HOUR),
        "that expired just before the allowed difference of clocks" => {
            (now - skew - BEYOND - 60, now - skew - BEYOND)
        }
        "that expired within the allowed difference of clocks" => {
            let ended = now - some(skew)? / 2;
            (ended - 60, ended)
        }
        "that ended in 1970" => (0, 60),
        "issued within the allowed difference of clocks ahead" => {
            let issued = now + some(skew)? / 2;
            (issued, issued + 60)
        }
        "issued beyond the allowed difference of clocks ahead" => {
            (now + skew + BEYOND, now + skew + BEYOND + 60)
        }
        "issued a year ahead" => (now + YEAR, now + YEAR + 60),
        "that lives for 300 seconds" => (now, now + LONGEST),
        "that lives for 301 seconds" => (now, now + LONGEST + 1),
        "that lives for a year" => (now, now + YEAR),
        "issued an hour ago, for all that time and a minute" => (now - HOUR, now + 60),
        "that ends in a second" => (now - 30, now + 1),
        "with times in fractions of a second" => {
            jws.claims.set_raw("iat", &format!("{}.25", now - 1));
            jws.claims.set_raw("exp", &format!("{}.5", now + 60));
            return Ok(true);
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
