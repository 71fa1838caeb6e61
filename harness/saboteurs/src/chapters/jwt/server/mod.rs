//! Saboteurs of the authorization server that knows clients by their documents.
//!
//! An assertion with a fault that they do not see gets a token that they have made up.

pub mod blanket;
mod unlooked;

use crate::{
    Saboteur,
    chapters::oauth::{
        resource::opened::Opened,
        server::requests::{edit_form, is_metadata, is_token, parameter, take},
    },
    ledger::lock,
    message::{Asked, Told},
    sabotage::JwtServerSabotage,
};
use axum::http::header;
use btx_harness::embedded::Alterations;
use serde_json::{Value, json};
use std::{collections::HashSet, sync::Mutex};

/// The type of an assertion.
const ASSERTION: &str = "authorization-grant+jwt";
/// Beyond the difference of clocks that the server allows, in seconds.
const SKEW: i64 = 60;

/// All of them.
pub(super) fn all() -> Vec<Saboteur> {
    let mut all = of_assertions();
    all.extend(of_answers());
    all.extend(unlooked::saboteurs());
    all
}

fn of_assertions() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_server(
            "takes-assertions-for-everybody",
            "JW-AUS-003",
            "Does not look at the audience of an assertion.",
            || blind(|opened, issuer| opened.claims.get("aud") != Some(&json!(issuer))),
        ),
        Saboteur::of_the_jwt_server(
            "does-not-look-at-the-type-of-an-assertion",
            "JW-AUS-004",
            "Takes any JWT of a client for an assertion.",
            || blind(|opened, _| opened.header.get("typ") != Some(&json!(ASSERTION))),
        ),
        Saboteur::of_the_jwt_server(
            "takes-assertions-about-anybody",
            "JW-AUS-005",
            "Takes an assertion about somebody else.",
            || blind(|opened, _| opened.claims.get("sub") != opened.claims.get("iss")),
        ),
        Saboteur::of_the_jwt_server(
            "does-not-look-at-the-times-of-an-assertion",
            "JW-AUS-006",
            "Takes an assertion of any time.",
            || blind(|opened, _| !is_of_now(opened)),
        ),
        Saboteur::of_the_jwt_server(
            "takes-an-assertion-of-a-client-again",
            "JW-AUS-007",
            "Forgets which assertions it has seen.",
            || {
                let seen = Mutex::new(HashSet::new());
                JwtServerSabotage::new()
                    .instead(move |asked| {
                        let opened = assertion(asked)?;
                        let jti = opened.claim("jti").to_owned();
                        let known = !jti.is_empty() && !lock(&seen).insert(jti);
                        known.then(granted)
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_server(
            "takes-unsigned-assertions",
            "JW-AUS-010",
            "Takes an assertion of no algorithm, or of one with a secret.",
            || {
                blind(|opened, _| {
                    matches!(opened.head("alg"), "none" | "HS256") || opened.seal.is_empty()
                })
            },
        )
        .only(&[
            "of the algorithm none",
            "of HS256",
            "whose signature is empty",
        ]),
        Saboteur::of_the_jwt_server(
            "takes-assertions-without-a-jti",
            "JW-AUS-014",
            "Does not look at the length of a jti.",
            || blind(|opened, _| !(16..=128).contains(&opened.claim("jti").len())),
        )
        .only(&["without jti", "with a jti of"]),
    ]
}

fn of_answers() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_server(
            "does-not-say-that-it-knows-documents",
            "JW-AUS-001",
            "Says nothing of documents in its metadata.",
            || {
                JwtServerSabotage::new()
                    .told(|asked, told| {
                        if is_metadata(asked) {
                            told.edit(|members| {
                                members.remove("client_id_metadata_document_supported");
                            });
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_server(
            "refuses-unusual-assertions",
            "JW-AUS-002",
            "Refuses an assertion with members that it does not know, and one at the edge of what is allowed.",
            || {
                JwtServerSabotage::new()
                    .instead(|asked| {
                        let opened = assertion(asked)?;
                        is_unusual(&opened).then(|| refusal("invalid_grant"))
                    })
                    .alterations()
            },
        )
        .except(&["without fault", "Its own client_id"]),
        Saboteur::of_the_jwt_server(
            "issues-tokens-for-any-resource",
            "JW-AUS-008",
            "Does not look at the resource.",
            || without("resource"),
        ),
        Saboteur::of_the_jwt_server(
            "does-not-look-at-the-client-beside-an-assertion",
            "JW-AUS-009",
            "Does not look at a client_id beside an assertion.",
            || without("client_id"),
        ),
        Saboteur::of_the_jwt_server(
            "calls-refused-assertions-invalid-requests",
            "JW-AUS-011",
            "Answers an assertion that it refuses with another error.",
            || {
                JwtServerSabotage::new()
                    .told(|asked, told| {
                        if assertion(asked).is_some()
                            && told.text("error").as_deref() == Some("invalid_grant")
                        {
                            *told = refusal("invalid_request");
                        }
                    })
                    .alterations()
            },
        )
        .except(&["comes as an error 500", "as a connection that is closed"]),
        Saboteur::of_the_jwt_server(
            "issues-refresh-tokens-for-assertions",
            "JW-AUS-012",
            "Issues a refresh token for an assertion.",
            || {
                JwtServerSabotage::new()
                    .told(|asked, told| {
                        if assertion(asked).is_some() && told.is(200) {
                            told.edit(|members| {
                                members.insert("refresh_token".to_owned(), json!("parsnip"));
                            });
                        }
                    })
                    .alterations()
            },
        ),
    ]
}

/// A server that does not see a fault of assertions.
fn blind(is_faulty: fn(&Opened, &str) -> bool) -> Alterations {
    let issuer = std::sync::Arc::new(Mutex::new(String::new()));
    let known = issuer.clone();
    JwtServerSabotage::new()
        .config(move |config| config.issuer.as_str().clone_into(&mut lock(&known)))
        .instead(move |asked| {
            let opened = assertion(asked)?;
            let plain = opened.claim("iss").ends_with(".json");
            (plain && is_faulty(&opened, &lock(&issuer))).then(granted)
        })
        .alterations()
}

/// A server that does not see a parameter beside an assertion.
fn without(name: &'static str) -> Alterations {
    JwtServerSabotage::new()
        .asked(move |asked| {
            if assertion(asked).is_some() {
                edit_form(asked, |form| take(form, name));
            }
        })
        .alterations()
}

/// The assertion that a request shows.
fn assertion(asked: &Asked) -> Option<Opened> {
    let shown = is_token(asked).then(|| parameter(asked, "assertion"));
    Opened::of(&shown??)
}

fn is_of_now(opened: &Opened) -> bool {
    let time = |name: &str| opened.claims.get(name).and_then(Value::as_i64);
    match (time("iat"), time("exp")) {
        (Some(issued), Some(ends)) => {
            ends > opened.now - SKEW && issued < opened.now + SKEW && ends - issued <= 300
        }
        _ => false,
    }
}

/// Whether an assertion is allowed and yet not what most of them are.
fn is_unusual(opened: &Opened) -> bool {
    let time = |name: &str| opened.claims.get(name).and_then(Value::as_i64);
    let life = time("exp")
        .zip(time("iat"))
        .map(|(ends, issued)| ends - issued);
    let more = opened.header.len() > 3 || opened.claims.len() > 6;
    let edge = [16, 128].contains(&opened.claim("jti").len()) || life == Some(300);
    more || edge
}

/// An answer with a token that nobody has issued.
fn granted() -> Told {
    let body = json!({ "access_token": "turnip-turnip-turnip", "token_type": "Bearer" });
    answer(200, &body)
}

fn refusal(error: &str) -> Told {
    answer(400, &json!({ "error": error }))
}

fn answer(status: u16, body: &Value) -> Told {
    let mut told = Told::empty(status);
    told.set(header::CONTENT_TYPE, "application/json");
    told.body = body.to_string().into();
    told
}
