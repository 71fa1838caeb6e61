//! The messages of a client: forms, bearer tokens and JSON, as they go out and come in.

use crate::message::{Members, edit};
use btx_reference::outbound::{Answer, OutboundRequest};
use serde_json::Value;
use url::{Url, form_urlencoded};

/// The parameters of the form in a request, in their order.
pub(in crate::chapters) fn form(request: &OutboundRequest) -> Vec<(String, String)> {
    form_urlencoded::parse(&request.body).into_owned().collect()
}

/// A parameter of the form in a request.
pub(in crate::chapters) fn parameter(request: &OutboundRequest, name: &str) -> Option<String> {
    let mut all = form(request).into_iter();
    all.find(|(n, _)| n == name).map(|(_, value)| value)
}

/// Puts a parameter in the place of those of its name.
pub(in crate::chapters) fn put(request: &mut OutboundRequest, name: &str, value: &str) {
    let mut all = form(request);
    all.retain(|(n, _)| n != name);
    all.push((name.to_owned(), value.to_owned()));
    let mut text = form_urlencoded::Serializer::new(String::new());
    request.body = text.extend_pairs(all).finish().into();
}

/// A field of a request.
pub(in crate::chapters) fn field<'a>(request: &'a OutboundRequest, name: &str) -> Option<&'a str> {
    let mut all = request.headers.iter();
    all.find(|(n, _)| *n == name)
        .map(|(_, value)| value.as_str())
}

/// Puts a field in the place of all of its name.
pub(in crate::chapters) fn set(request: &mut OutboundRequest, name: &'static str, value: String) {
    request.headers.retain(|(n, _)| *n != name);
    request.headers.push((name, value.into()));
}

/// The token that a request shows.
pub(in crate::chapters) fn bearer(request: &OutboundRequest) -> Option<String> {
    let shown = field(request, "authorization")?.strip_prefix("Bearer ")?;
    Some(shown.to_owned())
}

/// The server of a URL, by its host.
pub(in crate::chapters) fn server(url: &str) -> String {
    let url = Url::parse(url).ok();
    let host = url.and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_default()
}

/// Alters the members of an answer.
pub(in crate::chapters) fn edit_answer(answer: &mut Answer, alter: impl FnOnce(&mut Members)) {
    edit(&mut answer.body, alter);
}

/// A member of an answer.
pub(in crate::chapters) fn member(answer: &Answer, name: &str) -> Option<Value> {
    crate::message::members(&answer.body)?.get(name).cloned()
}

/// The error that an answer names.
pub(in crate::chapters) fn error(answer: &Answer) -> Option<String> {
    Some(member(answer, "error")?.as_str()?.to_owned())
}
