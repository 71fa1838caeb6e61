//! Values that are not quite of their form.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE},
};

/// An identifier that is not the given one, though some would take it for the same.
pub(super) fn faulty_identifier(fault: &str, own: &str) -> Option<String> {
    Some(match fault {
        "with capital letters in it" => with_host_in_capitals(own),
        "with a slash at its end" => format!("{own}/"),
        "with its port spelled out" => with_port_spelled_out(own),
        "followed by a space" => format!("{own} "),
        _ => return None,
    })
}

/// An exchange id that is not of its form.
pub(super) fn faulty_exchange_id(fault: &str, id: &str) -> Option<String> {
    Some(match fault {
        "in capitals" => with_a_letter(id).to_ascii_uppercase(),
        "in braces" => format!("{{{id}}}"),
        "in parentheses" => format!("({id})"),
        "without hyphens" => id.replace('-', ""),
        "as a URN" => format!("urn:uuid:{id}"),
        "of zeros" => "00000000-0000-0000-0000-000000000000".to_owned(),
        "of f's" => "ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned(),
        "with a leading space" => format!(" {id}"),
        "one digit short" => id.chars().take(35).collect(),
        "that is empty" => String::new(),
        "with a line feed" => format!("{id}\n"),
        _ => return None,
    })
}

/// A key that is not 32 bytes in canonical base64.
pub(super) fn faulty_key(fault: &str, key: &[u8; 32]) -> Option<String> {
    let text = STANDARD.encode(key);
    Some(match fault {
        "of 31 bytes" => STANDARD.encode(key.split_last().map_or(&[][..], |(_, rest)| rest)),
        "of 33 bytes" => STANDARD.encode([key.as_slice(), b"x"].concat()),
        "of 64 bytes" => STANDARD.encode([key.as_slice(), key.as_slice()].concat()),
        "that is empty" => String::new(),
        // The digits for 62 and 63 are those in which the alphabets differ.
        "in base64url" => URL_SAFE.encode(key.map(|b| b | 0xfb)),
        "without padding" => STANDARD_NO_PAD.encode(key),
        "with stray bits at its end" => with_stray_bits(&text),
        "in hexadecimal" => key.iter().map(|b| format!("{b:02x}")).collect(),
        "with a line feed inside" => {
            let (first, second) = text.split_at(text.len() / 2);
            format!("{first}\n{second}")
        }
        "with a space at its end" => format!("{text} "),
        "with a line feed at its end" => format!("{text}\n"),
        _ => return None,
    })
}

fn with_a_letter(id: &str) -> String {
    // The last digit becomes a letter, so that capitals differ from small letters at all.
    let mut id: String = id.chars().take(35).collect();
    id.push('a');
    id
}

fn with_host_in_capitals(identifier: &str) -> String {
    let (scheme, rest) = identifier
        .split_once("://")
        .unwrap_or(("https", identifier));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // A host of digits has no capitals; there the scheme has to serve.
    if host.chars().any(char::is_alphabetic) {
        format!("{scheme}://{}{path}", host.to_ascii_uppercase())
    } else {
        format!("{}://{host}{path}", scheme.to_ascii_uppercase())
    }
}

fn with_port_spelled_out(identifier: &str) -> String {
    let (scheme, rest) = identifier
        .split_once("://")
        .unwrap_or(("https", identifier));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => {
            format!("{scheme}://{name}:0{port}{path}")
        }
        _ => format!("{scheme}://{host}:443{path}"),
    }
}

/// The same bytes with the last digit before the padding one higher: its two spare bits are not zero.
pub(crate) fn with_stray_bits(text: &str) -> String {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=');
    let mut shown: String = digits.chars().take(digits.len() - 1).collect();
    let last = digits
        .chars()
        .last()
        .and_then(|c| DIGITS.find(c))
        .unwrap_or_default();
    shown.extend(DIGITS.chars().nth(last | 1));
    shown.push('=');
    shown
}
