//! What requests to the authorization server are about, and their forms.

use crate::{
    message::{Asked, Told},
    sabotage::ServerSabotage,
};
use axum::http::{Method, header};
use btx_harness::embedded::Alterations;
use bytes::Bytes;
use serde_json::json;
use url::form_urlencoded;

/// The media type of a form.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";
/// The grant by which a client gets a token for itself.
pub(super) const CLIENT_CREDENTIALS: &str = "client_credentials";
/// The grant by which an assertion is exchanged for a token.
pub(in crate::chapters) const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The parameters of a form, in their order.
pub(in crate::chapters) type Parameters = Vec<(String, String)>;

/// Whether it went to the token endpoint.
pub(in crate::chapters) fn is_token(asked: &Asked) -> bool {
    asked.head.uri.path() == "/oauth/token"
}

/// Whether it is a question about a token.
pub(super) fn is_question(asked: &Asked) -> bool {
    asked.head.uri.path() == "/oauth/introspect"
}

/// Whether it is a revocation.
pub(super) fn is_revocation(asked: &Asked) -> bool {
    asked.head.uri.path() == "/oauth/revoke"
}

/// Whether it went to the metadata.
pub(in crate::chapters) fn is_metadata(asked: &Asked) -> bool {
    asked.head.uri.path().starts_with("/.well-known/")
}

/// The form of a request.
pub(in crate::chapters) fn form(asked: &Asked) -> Parameters {
    parse(&asked.body)
}

/// Parameters as they stand in a form or in a query.
pub(in crate::chapters) fn parse(text: &[u8]) -> Parameters {
    form_urlencoded::parse(text).into_owned().collect()
}

/// A parameter of the form, if it has a value.
pub(in crate::chapters) fn parameter(asked: &Asked, name: &str) -> Option<String> {
    let mut all = form(asked).into_iter();
    let value = all.find(|(n, _)| n == name).map(|(_, value)| value);
    value.filter(|value| !value.is_empty())
}

/// Whether the form asks for that grant.
pub(in crate::chapters) fn asks_for(asked: &Asked, grant: &str) -> bool {
    is_token(asked) && parameter(asked, "grant_type").as_deref() == Some(grant)
}

/// Alters the form of a request. One that stays the same stays so byte for byte.
pub(in crate::chapters) fn edit_form(asked: &mut Asked, alter: impl FnOnce(&mut Parameters)) {
    let before = form(asked);
    let mut after = before.clone();
    alter(&mut after);
    if after != before {
        asked.body = written(&after);
    }
}

/// Puts a parameter in the place of all of its name.
pub(in crate::chapters) fn put(form: &mut Parameters, name: &str, value: &str) {
    form.retain(|(n, _)| n != name);
    form.push((name.to_owned(), value.to_owned()));
}

/// Takes a parameter out of a form.
pub(in crate::chapters) fn take(form: &mut Parameters, name: &str) {
    form.retain(|(n, _)| n != name);
}

fn written(form: &Parameters) -> Bytes {
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(form);
    text.finish().into()
}

/// Makes a form of what stands in the query, and a POST of the request.
pub(super) fn from_the_query(asked: &mut Asked) {
    let Some(query) = asked.head.uri.query().map(str::to_owned) else {
        return;
    };
    edit_form(asked, |form| {
        for (name, value) in parse(query.as_bytes()) {
            put(form, &name, &value);
        }
    });
    asked.head.method = Method::POST;
    asked.set(header::CONTENT_TYPE, FORM);
}

/// An error answer.
pub(in crate::chapters) fn refusal(status: u16, error: &str) -> Told {
    let mut told = Told::empty(status);
    told.set(header::CONTENT_TYPE, "application/json");
    if status == 401 {
        told.set(header::WWW_AUTHENTICATE, "Basic realm=\"oauth\"");
    }
    told.body = json!({ "error": error }).to_string().into();
    told
}

/// A server that refuses some token requests in the place of the reference.
pub(super) fn refusing(
    error: &'static str,
    which: impl Fn(&Asked) -> bool + Send + Sync + 'static,
) -> Alterations {
    let status = if error == "invalid_client" { 401 } else { 400 };
    ServerSabotage::new()
        .instead(move |asked| (is_token(asked) && which(asked)).then(|| refusal(status, error)))
        .alterations()
}

/// A server that alters token requests before it reads them.
pub(super) fn reading(alter: impl Fn(&mut Asked) + Send + Sync + 'static) -> Alterations {
    ServerSabotage::new()
        .asked(move |asked| {
            if is_token(asked) {
                alter(asked);
            }
        })
        .alterations()
}

/// A server that alters the forms of token requests before it reads them.
pub(super) fn reading_forms(
    alter: impl Fn(&mut Parameters) + Send + Sync + 'static,
) -> Alterations {
    reading(move |asked| edit_form(asked, &alter))
}

/// A server that alters its answers with a token.
pub(super) fn granting(alter: impl Fn(&mut Told) + Send + Sync + 'static) -> Alterations {
    ServerSabotage::new()
        .told(move |asked, told| {
            if is_token(asked) && told.is(200) {
                alter(told);
            }
        })
        .alterations()
}

/// A server that alters its error answers to token requests.
pub(super) fn complaining(
    alter: impl Fn(&Asked, &mut Told) + Send + Sync + 'static,
) -> Alterations {
    ServerSabotage::new()
        .told(move |asked, told| {
            if is_token(asked) && told.text("error").is_some() {
                alter(asked, told);
            }
        })
        .alterations()
}

/// A server that has another name for an error, in the answers to some requests.
pub(super) fn calling(
    error: &'static str,
    other: &'static str,
    which: impl Fn(&Asked) -> bool + Send + Sync + 'static,
) -> Alterations {
    complaining(move |asked, told| {
        if told.text("error").as_deref() == Some(error) && which(asked) {
            told.edit(|members| {
                members.insert("error".to_owned(), other.into());
            });
        }
    })
}
