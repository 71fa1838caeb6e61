//! Faults of who says it and to whom, by the words that scenarios have for them.

use super::Facts;
use crate::steps::jose::Jws;
use serde_json::{Value, json};

/// The identifier of somebody else.
const ANOTHER: &str = "https://another.example";

/// Alters client or audience, if the words are about them.
pub(super) fn alter(jws: &mut Jws, fault: &str, facts: &Facts) -> bool {
    if let Some(claim) = ["iss", "sub", "aud"]
        .into_iter()
        .find(|claim| fault.strip_prefix("without ") == Some(*claim))
    {
        jws.claims.remove(claim);
        return true;
    }
    let altered = issuer(fault, &facts.client).map(|value| ("iss", value));
    let altered = altered.or_else(|| Some(("sub", subject(fault, &facts.client)?)));
    let altered = altered.or_else(|| Some(("aud", audience(fault, facts)?)));
    match altered {
        Some((claim, value)) => jws.claims.set(claim, &value),
        None => return false,
    }
    true
}

fn issuer(fault: &str, client: &str) -> Option<Value> {
    Some(match fault {
        "whose iss is a list" => json!([client]),
        "whose iss is a number" => json!(17),
        "whose iss is empty" => json!(""),
        _ => return None,
    })
}

fn subject(fault: &str, client: &str) -> Option<Value> {
    Some(match fault {
        "whose sub is another client" => json!(format!("{ANOTHER}/client.json")),
        "whose sub has a slash more" => json!(format!("{client}/")),
        "whose sub has a letter less" => json!(shorter(client)),
        "whose sub is in capital letters" => json!(client.to_ascii_uppercase()),
        "whose sub is empty" => json!(""),
        "whose sub is a list" => json!([client]),
        _ => return None,
    })
}

fn audience(fault: &str, facts: &Facts) -> Option<Value> {
    let own = facts.audience.as_str();
    Some(match fault {
        "for somebody else" => json!(ANOTHER),
        "for a list of its audience alone" => json!([own]),
        "for its audience and somebody else" => json!([own, ANOTHER]),
        "for a list of nobody" => json!([]),
        "for its audience with a letter more" => json!(format!("{own}x")),
        "for its audience with a letter less" => json!(shorter(own)),
        "for its audience with a slash more" => json!(format!("{own}/")),
        "for its audience with a path" => json!(format!("{own}/counter")),
        "for its audience with a query" => json!(format!("{own}?resource=counter")),
        "for its audience in capital letters" => json!(own.to_ascii_uppercase()),
        "for its audience as a host that is only the beginning" => {
            json!(format!("{own}.another.example"))
        }
        "for the client itself" => json!(facts.client),
        "for nobody" => json!(""),
        "for a number" => json!(17),
        "for null" => Value::Null,
        _ => return None,
    })
}

fn shorter(text: &str) -> String {
    let mut shorter = text.to_owned();
    shorter.pop();
    shorter
}
