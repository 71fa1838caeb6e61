//! Shortens what must not be shown: keys, tokens, signatures.
//!
//! What the harness makes up itself is no secret of anybody, but reports are passed on, and tokens in
//! them may live longer than one thinks.

use crate::wire::Fields;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Members whose values are shortened.
const SECRET_MEMBERS: [&str; 8] = [
    "hmac_key",
    "bearer_token",
    "signature",
    "access_token",
    "refresh_token",
    "client_secret",
    "client_assertion",
    "assertion",
];
/// The longest spelling of one of these: six characters for each of its letters, and a quote.
const LONGEST_NAME: usize = 6 * 16 + 1;
/// Parameters of queries and forms whose values are shortened.
const SECRET_PARAMETERS: [&str; 7] = [
    "access_token",
    "refresh_token",
    "token",
    "client_secret",
    "client_assertion",
    "assertion",
    "password",
];
/// Fields whose values are shortened.
const SECRET_FIELDS: [&str; 5] = [
    "authorization",
    "cookie",
    "set-cookie",
    "x-access-token",
    "proxy-authorization",
];
/// The field in which a resource hands out a token, and the parameter that it is.
const HANDED_OUT: (&str, &str) = ("authentication-info", "access_token");
/// The longest body that is shown, in characters.
const LONGEST: usize = 2000;

/// A body for people: secrets shortened, what is no text counted, what is long cut.
#[must_use]
pub fn body(bytes: &[u8]) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => return format!("({} bytes that are not UTF-8)", bytes.len()),
    };
    let shown = target(&members(text));
    if shown.chars().count() > LONGEST {
        let start: String = shown.chars().take(LONGEST).collect();
        return format!("{start}… ({} bytes in all)", bytes.len());
    }
    shown
}

/// Shortens the values of secret members in a JSON text, also one that is not quite JSON, and leaves
/// all else as it is.
fn members(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut told = 0;
    for (quote, _) in text.match_indices('"') {
        // A quote within a value that was shortened begins nothing.
        let after = (quote >= told).then(|| end_of_secret_name(text, quote));
        let Some(value) = after.flatten().and_then(|after| string_after(text, after)) else {
            continue;
        };
        shown.push_str(text.get(told..value.start).unwrap_or_default());
        shown.push_str(&shorten(text.get(value.clone()).unwrap_or_default()));
        told = value.end;
    }
    shown.push_str(text.get(told..).unwrap_or_default());
    shown
}

/// Where the name ends that begins with that quote, if it is the one of a secret member, however it is
/// spelt: JSON may write each of its letters as an escape.
fn end_of_secret_name(text: &str, quote: usize) -> Option<usize> {
    let inside = text.get(quote + 1..)?;
    let length = inside.bytes().take(LONGEST_NAME).position(|b| b == b'"')?;
    let end = quote + 1 + length + 1;
    let name: String = serde_json::from_str(text.get(quote..end)?).ok()?;
    SECRET_MEMBERS.contains(&name.as_str()).then_some(end)
}

/// The place of the string that is the value after a member's name, without its quotes.
fn string_after(text: &str, after: usize) -> Option<std::ops::Range<usize>> {
    let rest = text.get(after..)?;
    let colon = rest
        .find(|c: char| !c.is_whitespace())
        .filter(|i| rest[*i..].starts_with(':'))?;
    let value = rest.get(colon + 1..)?;
    let quote = value
        .find(|c: char| !c.is_whitespace())
        .filter(|i| value[*i..].starts_with('"'))?;
    let start = after + colon + 1 + quote + 1;
    let mut escaped = false;
    for (index, c) in text.get(start..)?.char_indices() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return Some(start..start + index),
            _ => escaped = false,
        }
    }
    None
}

/// A field's value for people.
#[must_use]
pub fn field(name: &str, value: &str) -> String {
    if name.eq_ignore_ascii_case(HANDED_OUT.0) {
        return parameter(value, HANDED_OUT.1);
    }
    if !SECRET_FIELDS.iter().any(|s| s.eq_ignore_ascii_case(name)) {
        return value.to_owned();
    }
    match value.split_once(' ') {
        Some((scheme, secret)) if is_scheme(scheme) => format!("{scheme} {}", shorten(secret)),
        _ => shorten(value),
    }
}

/// The values of the parameters of that name in a list of authentication parameters, shortened.
fn parameter(value: &str, name: &str) -> String {
    let mut shown = String::with_capacity(value.len());
    let mut told = 0;
    let lower = value.to_ascii_lowercase();
    for (at, _) in lower.match_indices(name) {
        let after = at + name.len();
        let Some(start) = (at >= told).then(|| value_after(value, after)).flatten() else {
            continue;
        };
        let rest = value.get(start..).unwrap_or_default();
        let end = start + rest.find(['"', ',', ' ']).unwrap_or(rest.len());
        shown.push_str(value.get(told..start).unwrap_or_default());
        shown.push_str(&shorten(value.get(start..end).unwrap_or_default()));
        told = end;
    }
    shown.push_str(value.get(told..).unwrap_or_default());
    shown
}

/// Where the value of a parameter begins whose name has ended: after `=` and a quote, if there is one.
fn value_after(value: &str, after: usize) -> Option<usize> {
    let rest = value.get(after..)?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    let value = value.strip_prefix('"').unwrap_or(value);
    Some(after + rest.len() - value.len())
}

/// Whether a word says how credentials are meant, and is none itself.
fn is_scheme(word: &str) -> bool {
    ["basic", "bearer", "digest", "negotiate"]
        .iter()
        .any(|scheme| scheme.eq_ignore_ascii_case(word))
}

/// A URL, a request target or a form for people: the secrets in it are shortened.
#[must_use]
pub fn target(target: &str) -> String {
    let mut shown = String::with_capacity(target.len());
    for part in target.split_inclusive(['?', '&', '#']) {
        match part.split_once('=') {
            Some((name, value)) if is_secret_parameter(name) => {
                let end = value.len() - usize::from(value.ends_with(['?', '&', '#']));
                let (value, mark) = value.split_at(end);
                shown.push_str(&format!("{name}={}{mark}", shorten_value(value)));
            }
            _ => shown.push_str(part),
        }
    }
    shown
}

/// Whether a parameter has a secret for its value, however its name is encoded.
fn is_secret_parameter(name: &str) -> bool {
    let decoded = url::form_urlencoded::parse(name.trim().as_bytes()).next();
    decoded.is_some_and(|(name, _)| SECRET_PARAMETERS.contains(&name.as_ref()))
}

/// Fields for people, one line each.
pub fn fields(fields: &Fields) -> impl Iterator<Item = (String, String)> {
    fields
        .iter()
        .map(|(name, value)| (name.to_owned(), field(name, value)))
}

/// The beginning of a value; of a quoted one, what is between the quotes.
fn shorten_value(value: &str) -> String {
    let quoted = value.strip_prefix('"').and_then(|v| v.split_once('"'));
    match quoted {
        Some((secret, rest)) => format!("\"{}\"{rest}", shorten(secret)),
        None => shorten(value),
    }
}

/// The beginning of a secret. A signed token opens nothing without its signature, so that what it says
/// stays for those who look for the fault in it.
fn shorten(secret: &str) -> String {
    if let Some((signed, signature)) = secret.rsplit_once('.')
        && is_signed(signed)
    {
        return format!("{signed}.…({})", signature.chars().count());
    }
    let start: String = secret.chars().take(6).collect();
    match secret.chars().count() {
        0..=12 => secret.to_owned(),
        length => format!("{start}…({length})"),
    }
}

/// Whether this is what a token signs: the header of such a token, and something beside it.
fn is_signed(signed: &str) -> bool {
    let Some((header, claims)) = signed.split_once('.') else {
        return false;
    };
    let object = |part: &str| {
        let json = URL_SAFE_NO_PAD.decode(part).ok()?;
        serde_json::from_slice::<serde_json::Map<_, _>>(&json).ok()
    };
    object(header).is_some_and(|header| header.contains_key("alg")) && object(claims).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_are_shortened_and_the_rest_stays() {
        let text = r#"{"version":"BTX-1","hmac_key" : "5yf5yG+RiBDM6COj/RDMM3iYrGfTMUNtUNjFLT9DyPE=","issuer":"https://farm.example"}"#;
        let shown = body(text.as_bytes());
        assert_eq!(
            shown,
            r#"{"version":"BTX-1","hmac_key" : "5yf5yG…(44)","issuer":"https://farm.example"}"#
        );
        assert_eq!(
            field("Authorization", "Bearer abcdefghijklmnopqrstuvwxyz"),
            "Bearer abcdef…(26)"
        );
        assert_eq!(
            body(b"access_token=abcdefghijklmnopqrstuvwxyz"),
            "access_token=abcdef…(26)"
        );
        assert_eq!(field("accept", "application/json"), "application/json");
    }

    #[test]
    fn parameters_are_shortened_wherever_they_stand_and_however_they_are_named() {
        let secret = "abcdefghijklmnopqrstuvwxyz";
        for (text, shown) in [
            (
                format!("grant_type=client_credentials&client_secret={secret}&scope=read"),
                "grant_type=client_credentials&client_secret=abcdef…(26)&scope=read",
            ),
            (
                format!("client%5Fsecret={secret}"),
                "client%5Fsecret=abcdef…(26)",
            ),
            (
                format!("/api?token={secret}&x=1#access_token={secret}"),
                "/api?token=abcdef…(26)&x=1#access_token=abcdef…(26)",
            ),
        ] {
            assert_eq!(target(&text), shown);
        }
    }

    #[test]
    fn what_a_signed_token_says_is_shown_without_its_signature() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#);
        let claims = URL_SAFE_NO_PAD.encode(r#"{"iss":"shop"}"#);
        let signature = "c2lnbmF0dXJl".repeat(7);
        assert_eq!(
            field(
                "authorization",
                &format!("Bearer {header}.{claims}.{signature}")
            ),
            format!("Bearer {header}.{claims}.…(84)")
        );
        let unsigned = format!("{}.{}.{}", "a".repeat(20), "b".repeat(20), "c".repeat(20));
        assert_eq!(target(&format!("token={unsigned}")), "token=aaaaaa…(62)");
    }

    #[test]
    fn a_token_that_is_handed_out_is_shortened_and_the_rest_stays() {
        let token = "abcdefghijklmnopqrstuvwxyz";
        for (value, shown) in [
            (
                format!("access_token=\"{token}\", expires_in=300"),
                "access_token=\"abcdef…(26)\", expires_in=300",
            ),
            (
                format!("expires_in=300,Access_Token = {token}"),
                "expires_in=300,Access_Token = abcdef…(26)",
            ),
            ("nextnonce=\"x\"".to_owned(), "nextnonce=\"x\""),
        ] {
            assert_eq!(field("Authentication-Info", &value), shown);
            assert_eq!(target(&field("Authentication-Info", &value)), shown);
        }
    }

    #[test]
    fn a_cookie_has_no_scheme_and_a_first_word_may_be_the_secret() {
        let token = "abcdefghijklmnopqrstuvwxyz";
        for (name, value) in [
            ("cookie", format!("sid={token}; theme=dark")),
            ("Set-Cookie", format!("sid={token}; Path=/; HttpOnly")),
            ("authorization", format!("{token} Bearer")),
        ] {
            let shown = field(name, &value);
            assert!(!shown.contains(token), "{name}: {shown}");
        }
    }

    #[test]
    fn a_name_in_escapes_is_the_same_name() {
        let shown = body(br#"{"bearer\u005ftoken":"abcdefghijklmnopqrstuvwxyz"}"#);
        assert_eq!(shown, r#"{"bearer\u005ftoken":"abcdef…(26)"}"#);
    }

    #[test]
    fn broken_json_is_shortened_too() {
        let shown = body(br#"{"bearer_token":"abcdefghijklmnopqrstuvwxyz","#);
        assert_eq!(shown, r#"{"bearer_token":"abcdef…(26)","#);
    }

    proptest! {
        #[test]
        fn arbitrary_fields_never_panic(value in "(access_token|=|\"|,| |[a-zİ]){0,40}") {
            let _ = field("authentication-info", &value);
        }

        #[test]
        fn arbitrary_bodies_never_panic(text in "(\"hmac_key\"|\"|:|\\\\|[a-zä ]|\\{){0,40}") {
            let _ = body(text.as_bytes());
        }
    }
}
