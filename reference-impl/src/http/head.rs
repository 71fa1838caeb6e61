//! Judges the head of a request: method first, then the type of the body.

use axum::http::{HeaderMap, HeaderValue, Method, header};
use btx_spec::ProblemType;

use super::refusal::Refusal;

/// Both messages are sent with POST, as `application/json` without a content coding.
///
/// `Authorization` and `Cookie` are not looked at: they prove nothing in an exchange (HT-ANY-016).
///
/// # Errors
/// The [`Refusal`] for another method, type or coding.
pub fn judge_message_head(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    // HT-ANY-001, HT-ANY-002
    if method != Method::POST {
        return Err(wrong_method("POST"));
    }
    // HT-ANY-003, HT-ANY-004
    if !is_json(headers) {
        return Err(Refusal::new(
            ProblemType::UnsupportedMediaType,
            "The message is to be sent as application/json.",
        )
        .with(header::ACCEPT, HeaderValue::from_static("application/json")));
    }
    // HT-ANY-006, HT-ANY-007
    if !is_uncoded(headers) {
        return Err(Refusal::new(
            ProblemType::UnsupportedMediaType,
            "The message is to be sent without a content coding.",
        )
        .with(header::ACCEPT, HeaderValue::from_static("application/json"))
        .with(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        ));
    }
    Ok(())
}

/// The refusal of a method; `allow` lists the methods that there are.
pub fn wrong_method(allow: &'static str) -> Refusal {
    Refusal::new(
        ProblemType::MethodNotAllowed,
        "This resource does not have that method.",
    )
    .with(header::ALLOW, HeaderValue::from_static(allow))
}

fn is_json(headers: &HeaderMap) -> bool {
    has_media_type(headers, "application/json")
}

/// Exactly one Content-Type field, of this type. Parameters and letter case do not matter (HT-ANY-005).
pub(crate) fn has_media_type(headers: &HeaderMap, wanted: &str) -> bool {
    let mut fields = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (fields.next(), fields.next()) else {
        return false;
    };
    only.to_str().is_ok_and(|value| {
        let media_type = value.split(';').next().unwrap_or_default();
        media_type.trim().eq_ignore_ascii_case(wanted)
    })
}

/// No coding is named, or only the one that changes nothing.
pub(crate) fn is_uncoded(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .all(|field| {
            field
                .to_str()
                .is_ok_and(|value| value.trim().eq_ignore_ascii_case("identity"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect()
    }

    fn judged(fields: &[(&'static str, &'static str)]) -> Option<ProblemType> {
        judge_message_head(&Method::POST, &head(fields))
            .err()
            .map(|refusal| refusal.problem)
    }

    #[test]
    fn parameters_and_letter_case_of_the_media_type_do_not_matter() {
        for value in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/json ;charset=latin1; x=\"y\"",
        ] {
            assert_eq!(judged(&[("content-type", value)]), None, "{value}");
        }
    }

    #[test]
    fn other_media_types_are_refused() {
        for value in [
            "text/plain",
            "application/problem+json",
            "application/jsonp",
            "",
        ] {
            assert_eq!(
                judged(&[("content-type", value)]),
                Some(ProblemType::UnsupportedMediaType),
                "{value}"
            );
        }
        assert_eq!(judged(&[]), Some(ProblemType::UnsupportedMediaType));
    }

    #[test]
    fn content_codings_are_refused() {
        let json = ("content-type", "application/json");
        assert_eq!(judged(&[json, ("content-encoding", "Identity")]), None);
        for coding in ["gzip", "br", "identity, gzip"] {
            assert_eq!(
                judged(&[json, ("content-encoding", coding)]),
                Some(ProblemType::UnsupportedMediaType),
                "{coding}"
            );
        }
    }

    #[test]
    fn the_method_is_judged_before_the_media_type() {
        let refusal = judge_message_head(&Method::PUT, &HeaderMap::new()).unwrap_err();
        assert_eq!(refusal.problem, ProblemType::MethodNotAllowed);
    }
}
