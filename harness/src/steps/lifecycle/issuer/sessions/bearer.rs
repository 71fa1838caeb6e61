//! New bearers, as they come with an answer, and forged ones that take no key.

use crate::{
    steps::{
        Stop,
        lifecycle::bearer::{Draft, Facts, Read},
    },
    wire::Response,
};

/// The new bearer that an answer brings, in whichever field, and whatever is wrong with it.
pub(super) fn brought(response: &Response) -> Option<Read> {
    let named = parameter(response, "bearer_token");
    let plain = || {
        let mut fields = response.fields.all("authorization");
        let (_, token) = fields.next()?.split_once(' ')?;
        Some(token.trim().to_owned())
    };
    let text = named.or_else(plain)?;
    Some(Read::from(&text))
}

/// A parameter of what an answer brings in `Authentication-Info`.
pub(super) fn parameter(response: &Response, name: &str) -> Option<String> {
    let parameters = response.fields.all("authentication-info");
    let mut parameters = parameters.flat_map(|value| value.split(','));
    parameters.find_map(|parameter| {
        let (found, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (found.trim().eq_ignore_ascii_case(name) && !value.is_empty()).then(|| value.to_owned())
    })
}

/// A bearer that its key has not signed, made of one that it has.
///
/// # Errors
/// When the words mean no forgery.
pub(super) fn forged(bearer: &Read, fault: &str) -> Result<String, Stop> {
    let facts = Facts {
        issuer: String::new(),
        audience: String::new(),
        key: bearer.key(None),
        elsewhere: String::new(),
        now: 0,
        skew: 0,
        lifetime: 0,
    };
    Draft::of(bearer, &facts).altered(fault, &facts)?.text()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use crate::wire::Fields;
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    fn bearer() -> Read {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let header = encode(r#"{"alg":"ES256","kid":"k1"}"#);
        let claims = encode(r#"{"sub":"anna","exp":1800000420}"#);
        Read::from(&format!("{header}.{claims}.{}", encode("signature")))
    }

    #[test]
    fn each_forgery_alters_one_thing() {
        let own = bearer();
        let none = forged(&own, "of the algorithm none").unwrap();
        assert_eq!(Read::from(&none).parameter("alg"), Some("none"));
        let last = |text: &str| text.rsplit_once('.').map(|(_, last)| last.to_owned());
        let altered = forged(&own, "whose claims were altered").unwrap();
        assert_ne!(altered, own.text);
        assert_eq!(last(&altered), last(&own.text));
        assert!(forged(&own, "with a turnip").is_err());
    }

    #[test]
    fn a_new_bearer_is_found_in_either_field() {
        let found = |name: &str, value: &str| {
            let response = Response::new(200, Fields::from([(name, value)]), b"");
            brought(&response).map(|bearer| bearer.text)
        };
        let info = r#"bearer_token="a.b.c", expires_in=420"#;
        assert_eq!(found("Authentication-Info", info).as_deref(), Some("a.b.c"));
        assert_eq!(
            found("authorization", "Bearer x.y.z").as_deref(),
            Some("x.y.z")
        );
        assert_eq!(found("authentication-info", "nextnonce=\"1\""), None);
        assert_eq!(found("www-authenticate", "Bearer"), None);
    }
}
