//! Saboteurs of the service JWT.

use super::sign::{Of, jwt, show, signing};
use crate::{Saboteur, ledger::lock, sabotage::JwtClientSabotage};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Mutex};

/// A name that is long enough for a `jti`.
const ALWAYS: &str = "always-the-same-name";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_header();
    all.extend(of_the_parties());
    all.extend(of_time_and_name());
    all.extend(of_showing());
    all
}

fn of_the_header() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_client(
            "signs-with-an-algorithm-of-its-own",
            "JW-CLI-001",
            "Says that its JWTs are signed with HS256.",
            || signing(Of::Resource, |jwt| jwt.head("alg", json!("HS256"))),
        )
        .also(
            "JW-CLI-003",
            &["The key that it names is published"],
            "no published key verifies what is signed so",
        ),
        Saboteur::of_the_jwt_client(
            "calls-its-jwts-any-jwt",
            "JW-CLI-002",
            "Gives its JWTs the type that any JWT has.",
            || signing(Of::Resource, |jwt| jwt.head("typ", json!("JWT"))),
        ),
        Saboteur::of_the_jwt_client(
            "names-a-key-that-is-not-published",
            "JW-CLI-003",
            "Names a key that it has published nowhere.",
            || signing(Of::Resource, |jwt| jwt.head("kid", json!("unheard-of"))),
        )
        .except(&["is told to change its key"]),
    ]
}

fn of_the_parties() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_client(
            "speaks-of-somebody-else",
            "JW-CLI-004",
            "Puts the name of a user into sub.",
            || signing(Of::Resource, |jwt| jwt.say("sub", json!("user-17"))),
        ),
        Saboteur::of_the_jwt_client(
            "puts-its-audience-into-a-list",
            "JW-CLI-005",
            "Makes a list of the one audience.",
            || {
                signing(Of::Resource, |jwt| {
                    let audience = jwt.claims.get("aud").cloned().unwrap_or_default();
                    jwt.say("aud", json!([audience]));
                })
            },
        ),
        Saboteur::of_the_jwt_client(
            "takes-the-address-for-the-audience",
            "JW-CLI-005",
            "Puts the URL that it calls into aud.",
            || {
                signing(Of::Resource, |jwt| {
                    let url = jwt.url.to_owned();
                    jwt.say("aud", json!(url));
                })
            },
        ),
    ]
}

fn of_time_and_name() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_client(
            "lets-jwts-live-for-an-hour",
            "JW-CLI-006",
            "Lets its JWTs live for an hour.",
            || {
                signing(Of::Resource, |jwt| {
                    let begins = jwt.claims.get("iat").and_then(Value::as_i64);
                    jwt.say("exp", json!(begins.unwrap_or_default() + 3600));
                })
            },
        ),
        Saboteur::of_the_jwt_client(
            "does-not-say-when-a-jwt-begins",
            "JW-CLI-006",
            "Leaves iat out.",
            || {
                signing(Of::Resource, |jwt| {
                    jwt.claims.remove("iat");
                })
            },
        ),
        Saboteur::of_the_jwt_client(
            "gives-every-jwt-one-jti",
            "JW-CLI-007",
            "Gives all of its JWTs the same jti.",
            || signing(Of::Resource, |jwt| jwt.say("jti", json!(ALWAYS))),
        ),
        Saboteur::of_the_jwt_client(
            "counts-its-jwts",
            "JW-CLI-007",
            "Cuts the jti to eight characters.",
            || {
                signing(Of::Resource, |jwt| {
                    let name = jwt.claims.get("jti").and_then(Value::as_str);
                    let brief: String = name.unwrap_or_default().chars().take(8).collect();
                    jwt.say("jti", json!(brief));
                })
            },
        ),
    ]
}

fn of_showing() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_client(
            "shows-a-jwt-for-as-long-as-it-lives",
            "JW-CLI-008",
            "Keeps the first JWT for a resource, and shows it with each request.",
            || {
                let kept = Mutex::new(HashMap::<String, String>::new());
                JwtClientSabotage::new()
                    .calling(move |request| {
                        if let Some(new) = jwt(request) {
                            let mut kept = lock(&kept);
                            let first = kept.entry(request.url.clone()).or_insert(new).clone();
                            show(request, &first);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_client(
            "puts-its-jwt-into-the-uri",
            "JW-CLI-009",
            "Puts its JWT into the URI as well.",
            || {
                JwtClientSabotage::new()
                    .calling(|request| {
                        if let Some(shown) = jwt(request) {
                            request.url = format!("{}?access_token={shown}", request.url);
                        }
                    })
                    .alterations()
            },
        ),
    ]
}
