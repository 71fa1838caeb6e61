//! What reports show of bodies and fields: a secret is put into them, and must not be seen.
#![no_main]

use btx_harness::redact;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const SECRET: &str = "Zq7xW2vK9pLm4RtY8sNb3HcJ6dFg1AeU5iOo0TzXkQw";
const MEMBERS: [&str; 11] = [
    "hmac_key",
    "bearer_token",
    "session_token",
    "password",
    "k",
    "d",
    "signature",
    "access_token",
    "refresh_token",
    "client_secret",
    "client_assertion",
];
const FIELDS: [&str; 6] = [
    "Authorization",
    "cookie",
    "Set-Cookie",
    "x-access-token",
    "X-Session-Token",
    "proxy-authorization",
];
/// The most characters that are shown, with the words about what is left out.
const LONGEST: usize = 2100;

fuzz_target!(|data: &[u8]| {
    assert!(redact::body(data).chars().count() <= LONGEST);
    let (Some((choice, data)), Ok(_)) = (data.split_first(), std::str::from_utf8(data)) else {
        return;
    };
    let text = String::from_utf8_lossy(data);
    // `~` is where the secret comes; a text without one has it at its end.
    let text = match text.contains('~') {
        true => text.replace('~', SECRET),
        false => format!("{text}{SECRET}"),
    };
    // What a signed token says is shown, and a secret may be among it.
    if text.contains("eyJ") {
        return;
    }
    check_member(&text);
    let name = FIELDS[usize::from(*choice) % FIELDS.len()];
    assert!(
        !redact::field(name, &text).contains(SECRET),
        "{name}: {text}"
    );
    let target = format!("/api?{text}&access_token={SECRET}");
    let shown = redact::target(&target);
    let value = shown.rsplit_once("access_token=").map(|(_, value)| value);
    assert!(!value.unwrap_or(&shown).contains(SECRET), "{shown}");
});

/// Whatever JSON takes for the value of a secret member is not shown.
fn check_member(text: &str) {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return;
    };
    // The same text in a member that nobody calls secret stays.
    if text.matches(SECRET).count() != in_secret_members(&value, false) {
        return;
    }
    let shown = redact::body(text.as_bytes());
    assert!(!shown.contains(SECRET), "{text} is shown as {shown}");
}

/// How often the secret stands in the values of secret members.
fn in_secret_members(value: &Value, is_secret: bool) -> usize {
    match value {
        Value::String(text) if is_secret => text.matches(SECRET).count(),
        Value::Array(values) => values.iter().map(|v| in_secret_members(v, false)).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, v)| in_secret_members(v, MEMBERS.contains(&name.as_str())))
            .sum(),
        _ => 0,
    }
}
