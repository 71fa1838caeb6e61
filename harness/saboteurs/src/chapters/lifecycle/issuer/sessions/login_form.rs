//! Saboteurs of the form of a login.

use super::{diary::Diary, requests::is_login};
use crate::{Saboteur, message::Asked, sabotage::LcIssuerSabotage};
use axum::http::header;
use btx_harness::embedded::Alterations;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "takes-logins-in-forms",
            "LC-ISS-060",
            "Takes name and password from a form.",
            || rewriting(form),
        )
        .only(&["a form instead of JSON"]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-a-login-without-a-password",
            "LC-ISS-060",
            "Lets in whoever gives no password at all.",
            without_password,
        )
        .only(&["no password"]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-the-last-of-two-members-of-a-login",
            "LC-ISS-060",
            "Takes the last of two members of one name.",
            || {
                rewriting(|body| {
                    serde_json::from_slice::<Value>(body)
                        .ok()
                        .map(|value| value.to_string())
                })
            },
        )
        .only(&[
            "a wrong password and the right one",
            "a wrong username and the right one",
        ]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-the-first-of-two-members-of-a-login",
            "LC-ISS-060",
            "Takes the first of two members of one name.",
            || rewriting(first),
        )
        .only(&["the right password and a wrong one"]),
        Saboteur::of_the_lifecycle_issuer(
            "reads-a-login-up-to-its-end",
            "LC-ISS-060",
            "Does not look at what follows the object.",
            || {
                rewriting(|body| {
                    let mut values = serde_json::Deserializer::from_slice(body)
                        .into_iter::<Map<String, Value>>();
                    let members = values.next()?.ok()?;
                    values.next().map(|_| Value::Object(members).to_string())
                })
            },
        )
        .only(&["something after the object"]),
    ]
}

/// An issuer that reads the bodies of logins in a way of its own.
fn rewriting(rewrite: fn(&[u8]) -> Option<String>) -> Alterations {
    LcIssuerSabotage::new()
        .asked(move |asked| {
            if let Some(body) = rewrite(&asked.body).filter(|_| is_login(asked)) {
                replace(asked, body);
            }
        })
        .alterations()
}

fn replace(asked: &mut Asked, body: String) {
    let length = body.len().to_string();
    asked.body = body.into();
    asked.set(header::CONTENT_LENGTH, &length);
    asked.set(header::CONTENT_TYPE, "application/json");
}

/// The object that a form stands for.
fn form(body: &[u8]) -> Option<String> {
    if body.first() == Some(&b'{') {
        return None;
    }
    let pairs = form_urlencoded::parse(body);
    let members: Map<String, Value> = pairs
        .map(|(name, value)| (name.into_owned(), json!(value)))
        .collect();
    members
        .contains_key("username")
        .then(|| Value::Object(members).to_string())
}

/// The object without its second member `password`.
fn first(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (before, after) = text.split_once(",\"password\":")?;
    let (kept, _) = after.split_once(",\"password\":")?;
    Some(format!("{before},\"password\":{kept}}}"))
}

fn without_password() -> Alterations {
    let diary = Diary::default();
    let known = diary.clone();
    diary
        .kept()
        .asked(move |asked| {
            // A password in the URL is another fault.
            let none = asked.head.uri.query().is_none() && asked.text("password").is_none();
            let missing = asked.text("username").filter(|_| is_login(asked) && none);
            if let Some(password) = missing.and_then(|name| known.password(&name)) {
                asked.edit(|members| {
                    members.insert("password".to_owned(), json!(password));
                });
                let length = asked.body.len().to_string();
                asked.set(header::CONTENT_LENGTH, &length);
            }
        })
        .alterations()
}
