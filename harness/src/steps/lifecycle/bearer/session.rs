//! Faults of whom and which session it is about, by the words that scenarios have for them.

use crate::steps::jose::Jws;
use serde_json::{Value, json};

/// Alters subject or session, if the words are about them.
pub(super) fn alter(jws: &mut Jws, fault: &str) -> bool {
    let (claim, value) = match fault {
        "without sub" => ("sub", None),
        "without sid" => ("sid", None),
        "whose sub is empty" => ("sub", Some(json!(""))),
        "whose sub is a list" => ("sub", Some(json!(["somebody"]))),
        "whose sub is null" => ("sub", Some(Value::Null)),
        "whose sid is empty" => ("sid", Some(json!(""))),
        "whose sid is a list" => ("sid", Some(json!(["a-session"]))),
        "whose sid is null" => ("sid", Some(Value::Null)),
        _ => return false,
    };
    match value {
        Some(value) => jws.claims.set(claim, &value),
        None => jws.claims.remove(claim),
    }
    true
}
