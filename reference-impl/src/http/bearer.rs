//! Reads the bearer token of a request to a resource (RFC 6750, section 2.1 and 3).

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use btx_spec::BearerToken;

use super::refusal::answer;

/// Why a request does not open the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// It shows no bearer token. That is no error: the client may not have known.
    NoToken,
    /// The token that it shows opens nothing, or not any more.
    InvalidToken,
    /// It shows credentials more than once.
    InvalidRequest,
}

/// The one token of the one Authorization field. A token anywhere else does not count
/// (HT-RES-001 to HT-RES-005).
///
/// # Errors
/// [`Denied`] when there is none, or no single one.
pub fn token(headers: &HeaderMap) -> Result<BearerToken, Denied> {
    BearerToken::parse(credentials(headers)?).map_err(|_| Denied::InvalidToken)
}

/// What stands behind the scheme in the one Authorization field, whatever it is.
///
/// # Errors
/// [`Denied`] when there is none, or no single one.
pub fn credentials(headers: &HeaderMap) -> Result<&str, Denied> {
    let mut fields = headers.get_all(header::AUTHORIZATION).iter();
    let Some(only) = fields.next() else {
        return Err(Denied::NoToken);
    };
    if fields.next().is_some() {
        return Err(Denied::InvalidRequest);
    }
    let (scheme, credentials) = only
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .ok_or(Denied::NoToken)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Denied::NoToken);
    }
    Ok(credentials.trim_start_matches(' '))
}

/// The answer with its challenge (HT-RES-008 to HT-RES-012). `realm` holds neither quotes nor backslashes.
pub fn challenge(denied: Denied, realm: &str) -> Response {
    let (status, error) = match denied {
        Denied::NoToken => (StatusCode::UNAUTHORIZED, ""),
        Denied::InvalidToken => (StatusCode::UNAUTHORIZED, ", error=\"invalid_token\""),
        Denied::InvalidRequest => (StatusCode::BAD_REQUEST, ", error=\"invalid_request\""),
    };
    let mut response = answer(status, Body::empty());
    let value = HeaderValue::from_str(&format!("Bearer realm=\"{realm}\"{error}"))
        .unwrap_or(HeaderValue::from_static("Bearer"));
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, value);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz";

    fn shown(fields: &[&str]) -> Result<String, Denied> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(field).unwrap());
        }
        token(&headers).map(|token| token.expose().to_owned())
    }

    #[test]
    fn the_scheme_has_no_letter_case() {
        for scheme in ["Bearer", "bearer", "BEARER"] {
            assert_eq!(shown(&[&format!("{scheme} {TOKEN}")]), Ok(TOKEN.to_owned()));
        }
    }

    #[test]
    fn everything_else_is_denied_for_its_own_reason() {
        assert_eq!(shown(&[]), Err(Denied::NoToken));
        assert_eq!(shown(&["Basic YTpi"]), Err(Denied::NoToken));
        assert_eq!(shown(&["Bearer"]), Err(Denied::NoToken));
        assert_eq!(shown(&["Bearer a b"]), Err(Denied::InvalidToken));
        let one = format!("Bearer {TOKEN}");
        assert_eq!(shown(&[&one, &one]), Err(Denied::InvalidRequest));
    }
}
