//! What a request shows to prove who it is: pure.

use axum::http::{HeaderMap, HeaderName, header};
use btx_spec::oauth::AccessToken;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// The field of an API key.
pub const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The parameter that RFC 6750 sections 2.2 and 2.3 put a token into.
const PARAMETER: &str = "access_token";

/// The one thing that a request shows.
#[derive(Debug)]
pub enum Shown {
    /// An access token.
    Token(AccessToken),
    /// An API key.
    ApiKey(Zeroizing<String>),
}

/// Why nothing can be read from a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It shows nothing. That is no error: the client may not have known.
    Nothing,
    /// It shows something that no token and no API key can be.
    Malformed,
    /// It shows more than one thing, or one thing in more than one way (OA-RES-003, OA-RES-006).
    Several,
}

/// Reads the fields and the query. A token in the query is not taken (OA-RES-004), and yet it is one way
/// too many beside another.
///
/// # Errors
/// [`Unread`] when there is nothing, or no single thing.
pub fn read(fields: &HeaderMap, query: Option<&str>) -> Result<Shown, Unread> {
    let authorization = single(fields, &header::AUTHORIZATION)?;
    let api_key = single(fields, &API_KEY)?;
    let shown = match (authorization.and_then(bearer), api_key) {
        (None, None) => return Err(Unread::Nothing),
        (Some(_), Some(_)) => return Err(Unread::Several),
        (Some(credentials), None) => text(credentials)
            .and_then(AccessToken::parse)
            .map(Shown::Token),
        (None, Some(key)) => text(key).map(|key| Shown::ApiKey(Zeroizing::new(key.to_owned()))),
    };
    if query.is_some_and(|query| has_token(query.as_bytes())) {
        return Err(Unread::Several);
    }
    shown.ok_or(Unread::Malformed)
}

/// Whether a form, or a query, has a token among its parameters.
pub fn has_token(form: &[u8]) -> bool {
    form_urlencoded::parse(form).any(|(name, _)| name == PARAMETER)
}

/// Whether the body of a request with these fields is a form.
pub fn is_form(fields: &HeaderMap) -> bool {
    fields.get_all(header::CONTENT_TYPE).iter().any(|field| {
        let text = field.to_str().unwrap_or_default();
        let media_type = text.split(';').next().unwrap_or_default();
        (media_type.trim()).eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

/// The value of a field that may stand once.
fn single<'f>(fields: &'f HeaderMap, name: &HeaderName) -> Result<Option<&'f [u8]>, Unread> {
    let mut values = fields.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(only), None) => Ok(Some(only.as_bytes())),
        (None, _) => Ok(None),
        _ => Err(Unread::Several),
    }
}

/// The credentials, if the scheme is `Bearer` in whatever letters (HT-RES-002).
fn bearer(field: &[u8]) -> Option<&[u8]> {
    let end = field.iter().position(|byte| *byte == b' ');
    let (scheme, credentials) = field.split_at(end.unwrap_or(field.len()));
    let is_bearer = scheme.eq_ignore_ascii_case(b"bearer");
    is_bearer.then(|| credentials.trim_ascii_start())
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn shown(fields: &[(&'static str, &str)], query: Option<&str>) -> Result<String, Unread> {
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            let value = HeaderValue::from_str(value).unwrap();
            map.append(HeaderName::from_static(name), value);
        }
        read(&map, query).map(|shown| match shown {
            Shown::Token(token) => format!("token {}", token.expose()),
            Shown::ApiKey(key) => format!("key {}", key.as_str()),
        })
    }

    const TOKEN: (&str, &str) = ("authorization", "Bearer abc");
    const KEY: (&str, &str) = ("x-api-key", "abc");

    #[test]
    fn one_thing_is_read() {
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let field = format!("{scheme} abc");
            let read = shown(&[("authorization", &field)], Some("x=1"));
            assert_eq!(read, Ok("token abc".to_owned()));
        }
        assert_eq!(shown(&[KEY], None), Ok("key abc".to_owned()));
    }

    #[test]
    fn nothing_is_no_error_and_two_things_are_one() {
        assert_eq!(shown(&[], None), Err(Unread::Nothing));
        assert_eq!(
            shown(&[], Some("access_token=abc&api_key=abc")),
            Err(Unread::Nothing)
        );
        let other = ("authorization", "Basic YTpi");
        assert_eq!(shown(&[other], None), Err(Unread::Nothing));
        for fields in [
            &[TOKEN, TOKEN][..],
            &[TOKEN, other],
            &[TOKEN, KEY],
            &[KEY, KEY],
        ] {
            assert_eq!(shown(fields, None), Err(Unread::Several), "{fields:?}");
        }
        for query in ["access_token=abc", "x=1&access%5Ftoken=abc", "access_token"] {
            assert_eq!(
                shown(&[TOKEN], Some(query)),
                Err(Unread::Several),
                "{query}"
            );
        }
    }

    #[test]
    fn what_no_token_can_be_is_shown_all_the_same() {
        for field in [
            "Bearer",
            "Bearer ",
            "Bearer a b",
            "Bearer ä",
            "Bearer \"a\"",
        ] {
            let read = shown(&[("authorization", field)], None);
            assert_eq!(read, Err(Unread::Malformed), "{field}");
        }
    }
}
