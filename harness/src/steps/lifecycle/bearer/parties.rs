//! Faults of who says it and to whom, by the words that scenarios have for them.

use super::Facts;
use crate::steps::jose::Jws;
use serde_json::{Value, json};

/// The identifier of somebody else.
const ANOTHER: &str = "https://another.example";

/// Alters issuer or audience, if the words are about them.
pub(super) fn alter(jws: &mut Jws, fault: &str, facts: &Facts) -> bool {
    match fault {
        "without iss" => jws.claims.remove("iss"),
        "without aud" => jws.claims.remove("aud"),
        _ => {
            let altered = issuer(fault, &facts.issuer).map(|value| ("iss", value));
            let altered = altered.or_else(|| Some(("aud", audience(fault, facts)?)));
            match altered {
                Some((claim, value)) => jws.claims.set(claim, &value),
                None => return false,
            }
        }
    }
    true
}

fn issuer(fault: &str, own: &str) -> Option<Value> {
    Some(match fault {
        "whose iss is another" => json!(ANOTHER),
        "whose iss has a slash more" => json!(format!("{own}/")),
        "whose iss has a letter less" => json!(shorter(own)),
        "whose iss is in capital letters" => json!(own.to_ascii_uppercase()),
        "whose iss is a list" => json!([own]),
        _ => return None,
    })
}

fn audience(fault: &str, facts: &Facts) -> Option<Value> {
    let own = facts.audience.as_str();
    Some(match fault {
        "for somebody else" => json!(ANOTHER),
        "for a list of its audience alone" => json!([own]),
        "for its audience and somebody else" => json!([own, ANOTHER]),
        "for its audience with a letter more" => json!(format!("{own}x")),
        "for its audience with a slash more" => json!(format!("{own}/")),
        "for its audience in capital letters" => json!(own.to_ascii_uppercase()),
        "for the issuer itself" => json!(facts.issuer),
        "for a number" => json!(17),
        _ => return None,
    })
}

fn shorter(text: &str) -> String {
    let mut shorter = text.to_owned();
    shorter.pop();
    shorter
}
