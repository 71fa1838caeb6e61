//! Shortens what must not be shown: keys, tokens, signatures.
//!
//! What the harness makes up itself is no secret of anybody, but reports are passed on, and tokens in
//! them may live longer than one thinks.

use crate::wire::Fields;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Members whose values are shortened.
const SECRET_MEMBERS: [&str; 12] = [
    "hmac_key",
    "bearer_token",
    "session_token",
    PASSWORD,
    "k",
    "d",
    "signature",
    "access_token",
    "refresh_token",
    "client_secret",
    "client_assertion",
    "assertion",
];
/// What people choose themselves: of this nothing is shown but its length.
const PASSWORD: &str = "password";
/// The longest spelling of one of these: six characters for each of its letters, and a quote.
const LONGEST_NAME: usize = 6 * 16 + 1;
/// Parameters of queries and forms whose values are shortened.
const SECRET_PARAMETERS: [&str; 9] = [
    "access_token",
    "refresh_token",
    "bearer_token",
    "session_token",
    "token",
    "client_secret",
    "client_assertion",
    "assertion",
    PASSWORD,
];
/// Fields whose values are shortened.
const SECRET_FIELDS: [&str; 6] = [
    "authorization",
    "cookie",
    "set-cookie",
    "x-access-token",
    "x-session-token",
    "proxy-authorization",
];
/// The field in which a token is handed out, and the parameters that it may be.
const HANDED_OUT: (&str, [&str; 2]) = ("authentication-info", ["access_token", "bearer_token"]);
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
        let Some((name, value)) = after
            .flatten()
            .and_then(|(name, after)| Some((name, string_after(text, after)?)))
        else {
            continue;
        };
        shown.push_str(text.get(told..value.start).unwrap_or_default());
        let secret = text.get(value.clone()).unwrap_or_default();
        shown.push_str(&shorten_of(name, secret, shorten));
        told = value.end;
    }
    shown.push_str(text.get(told..).unwrap_or_default());
    shown
}

/// The name that begins with that quote, and where it ends, if it is the one of a secret member, however it is
/// spelt: JSON may write each of its letters as an escape.
fn end_of_secret_name(text: &str, quote: usize) -> Option<(&'static str, usize)> {
    let inside = text.get(quote + 1..)?;
    let length = inside.bytes().take(LONGEST_NAME).position(|b| b == b'"')?;
    let end = quote + 1 + length + 1;
    let name: String = serde_json::from_str(text.get(quote..end)?).ok()?;
    let known = SECRET_MEMBERS.into_iter().find(|known| *known == name)?;
    Some((known, end))
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
        let [access, bearer] = HANDED_OUT.1;
        return parameter(&parameter(value, access), bearer);
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
        let end = start + length_of(value, start);
        shown.push_str(value.get(told..start).unwrap_or_default());
        shown.push_str(&shorten(value.get(start..end).unwrap_or_default()));
        told = end;
    }
    shown.push_str(value.get(told..).unwrap_or_default());
    shown
}

/// How long the value of a parameter is that begins there: one in quotes goes on to the next quote that is not
/// escaped, whatever stands before that.
fn length_of(value: &str, start: usize) -> usize {
    let (before, rest) = value.split_at_checked(start).unwrap_or((value, ""));
    if !before.ends_with('"') {
        return rest.find(['"', ',', ' ']).unwrap_or(rest.len());
    }
    let mut escaped = false;
    let end = rest.char_indices().find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |(end, _)| end)
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
            Some((name, value)) if secret_parameter(name).is_some() => {
                let known = secret_parameter(name).unwrap_or_default();
                let end = value.len() - usize::from(value.ends_with(['?', '&', '#']));
                let (value, mark) = value.split_at(end);
                let value = shorten_of(known, value, shorten_value);
                shown.push_str(&format!("{name}={value}{mark}"));
            }
            _ => shown.push_str(part),
        }
    }
    shown
}

/// The parameter that has a secret for its value, if it is one, however its name is encoded. What belongs into a
/// field may stand in a query all the same.
fn secret_parameter(name: &str) -> Option<&'static str> {
    let (decoded, _) = url::form_urlencoded::parse(name.trim().as_bytes()).next()?;
    let mut known = SECRET_PARAMETERS.into_iter().chain(SECRET_FIELDS);
    known.find(|known| known.eq_ignore_ascii_case(&decoded))
}

/// Fields for people, one line each.
pub fn fields(fields: &Fields) -> impl Iterator<Item = (String, String)> {
    fields
        .iter()
        .map(|(name, value)| (name.to_owned(), field(name, value)))
}

/// What is shown of the secret of that name.
fn shorten_of(name: &str, secret: &str, shorten: fn(&str) -> String) -> String {
    match name {
        PASSWORD => format!("…({})", secret.chars().count()),
        _ => shorten(secret),
    }
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
mod tests;
