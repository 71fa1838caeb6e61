//! Reads the form that every endpoint takes.

use axum::http::HeaderMap;
use btx_spec::oauth::form::Form;

use super::refusal::Refusal;
use crate::http::head::{has_media_type, is_uncoded};

/// The largest form that is read, in octets. A signed token is by far the largest thing in one.
pub const LARGEST: usize = 16 * 1024;

/// The type of a form.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// The form in the body of a request. Parameters of the URI are not looked at (OA-AUS-004), and those
/// that nobody knows are left alone (OA-AUS-005).
///
/// # Errors
/// The [`Refusal`] of another media type, of a coded or malformed body, and of a repeated parameter.
pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Form, Refusal> {
    // OA-AUS-008
    if !has_media_type(headers, FORM) {
        return Err(Refusal::request(
            "The request is to be sent as application/x-www-form-urlencoded.",
        ));
    }
    if !is_uncoded(headers) {
        return Err(Refusal::request(
            "The request is to be sent without a content coding.",
        ));
    }
    let form = Form::parse(body).map_err(|_| Refusal::request("The form is malformed."))?;
    // OA-AUS-007, OA-AUS-055: those that nobody knows too.
    if !form.repeated().is_empty() {
        return Err(twice());
    }
    Ok(form)
}

/// One parameter of a form. One without a value is not there (OA-AUS-006).
///
/// # Errors
/// The [`Refusal`] of a parameter that is repeated.
pub fn parameter<'a>(form: &'a Form, name: &str) -> Result<Option<&'a str>, Refusal> {
    form.get(name).map_err(|_| twice())
}

fn twice() -> Refusal {
    Refusal::request("A parameter of the request stands twice.")
}

/// A parameter that has to be there.
///
/// # Errors
/// The [`Refusal`] of a request without it, or with several of it.
pub fn needed<'a>(form: &'a Form, name: &str, missing: &'static str) -> Result<&'a str, Refusal> {
    parameter(form, name)?.ok_or(Refusal::request(missing))
}
