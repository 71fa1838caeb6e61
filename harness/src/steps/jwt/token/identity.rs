//! Faults of what tells one JWT and one key from another, `jti`, `kid` and `typ`, by the words that
//! scenarios have for them.

use crate::steps::jose::Jws;
use serde_json::{Value, json};

/// Alters one of them, if the words are about it.
pub(super) fn alter(jws: &mut Jws, fault: &str) -> bool {
    id(jws, fault) || header(jws, fault)
}

fn id(jws: &mut Jws, fault: &str) -> bool {
    let value = match fault {
        "without jti" => {
            jws.claims.remove("jti");
            return true;
        }
        "with a jti of 16 characters" => json!(of_length(16)),
        "with a jti of 128 characters" => json!(of_length(128)),
        "with a jti of 15 characters" => json!(of_length(15)),
        "with a jti of 129 characters" => json!(of_length(129)),
        "whose jti is a number" => json!(1_234_567_890_123_456_789_u64),
        "whose jti is a list" => json!([of_length(32)]),
        "whose jti is null" => Value::Null,
        "whose jti is empty" => json!(""),
        _ => return false,
    };
    jws.claims.set("jti", &value);
    true
}

fn header(jws: &mut Jws, fault: &str) -> bool {
    let (name, value) = match fault {
        "without kid" => {
            jws.header.remove("kid");
            return true;
        }
        "whose kid is a number" => ("kid", json!(1)),
        "whose kid is a list" => ("kid", json!([jws.key.key_id()])),
        "whose kid is empty" => ("kid", json!("")),
        "whose kid is not its own" => ("kid", json!("a-name-that-no-key-has")),
        "whose kid has 4000 characters" => ("kid", json!("k".repeat(4000))),
        "whose kid is a part of its own" => ("kid", json!(format!("{}x", jws.key.key_id()))),
        "whose typ is empty" => ("typ", json!("")),
        "whose typ is a number" => ("typ", json!(7)),
        "whose typ is a list" => ("typ", json!(["service+jwt", "authorization-grant+jwt"])),
        _ => return false,
    };
    jws.header.set(name, &value);
    true
}

/// An id of that many characters that nobody has used.
fn of_length(length: usize) -> String {
    let random = || uuid::Uuid::new_v4().simple().to_string();
    let long: String = std::iter::repeat_with(random)
        .take(length / 32 + 1)
        .collect();
    long.chars().take(length).collect()
}
