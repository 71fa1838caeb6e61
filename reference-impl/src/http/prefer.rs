//! Finds `respond-async` in the Prefer fields of a request (RFC 7240, section 2 and 4.1).

use axum::http::HeaderMap;

/// Whether the request prefers an answer before the outcome.
///
/// Several fields are one list; names have no letter case. The preference is known by its name alone:
/// what stands behind it, as a value or as parameters, is not ours to read (EX-ISS-081).
pub fn wants_async(headers: &HeaderMap) -> bool {
    headers
        .get_all("prefer")
        .iter()
        .filter_map(|field| field.to_str().ok())
        .flat_map(|list| split_outside_quotes(list, ','))
        .any(is_respond_async)
}

fn is_respond_async(preference: &str) -> bool {
    let name = preference.split([';', '=']).next().unwrap_or_default();
    name.trim().eq_ignore_ascii_case("respond-async")
}

/// Splits at a separator that does not stand inside a quoted string.
fn split_outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |character| {
        if escaped {
            escaped = false;
        } else if quoted && character == '\\' {
            escaped = true;
        } else if character == '"' {
            quoted = !quoted;
        } else {
            return !quoted && character == separator;
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn asked(fields: &[&'static str]) -> bool {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append("prefer", HeaderValue::from_static(field));
        }
        wants_async(&headers)
    }

    #[test]
    fn respond_async_is_found_wherever_it_stands() {
        for fields in [
            &["respond-async"][..],
            &["Respond-Async"],
            &["wait=10, respond-async"],
            &["respond-async, wait=10"],
            &["respond-async; why=\"a, b\""],
            &["handling=lenient", "respond-async"],
            &["x=\"\\\",\", respond-async"],
            &["respond-async=\"\""],
            &["respond-async=1; why"],
        ] {
            assert!(asked(fields), "{fields:?}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_not_taken() {
        for fields in [
            &[][..],
            &["wait=10"],
            &["respond-asynchronously"],
            &["x=\"y, respond-async\""],
            &["wait=10; respond-async"],
            &["x=respond-async"],
        ] {
            assert!(!asked(fields), "{fields:?}");
        }
    }
}
