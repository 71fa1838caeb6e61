//! Saboteurs of who is let in at a login, and of what he gets.

use super::{
    diary::Diary,
    requests::{is_login, session_token, with_session},
};
use crate::{
    Saboteur,
    ledger::lock,
    message::{Asked, Told, edit_text, members},
    sabotage::LcIssuerSabotage,
};
use axum::http::{Method, header};
use btx_harness::embedded::Alterations;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use url::form_urlencoded;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_answers();
    all.extend(of_ways());
    all.extend(of_credentials());
    all
}

/// An issuer that alters the answers to logins.
fn telling(alter: impl Fn(&Asked, &mut Told) + Send + Sync + 'static) -> Alterations {
    LcIssuerSabotage::new()
        .told(move |asked, told| {
            if is_login(asked) {
                alter(asked, told);
            }
        })
        .alterations()
}

fn of_answers() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "does-not-say-how-long-a-session-lives",
            "LC-ISS-050",
            "Leaves session_expires_in out of the answer to a login.",
            || {
                telling(|_, told| {
                    told.edit(|members| {
                        members.remove("session_expires_in");
                    });
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "lets-answers-to-logins-be-stored",
            "LC-ISS-051",
            "Lets a browser keep the answer to a login.",
            || telling(|_, told| told.set(header::CACHE_CONTROL, "private, max-age=60")),
        ),
        Saboteur::of_the_lifecycle_issuer(
            "gives-short-session-tokens",
            "LC-ISS-059",
            "Gives session tokens of 16 characters.",
            || naming(|_, token| token.chars().take(16).collect()),
        ),
        Saboteur::of_the_lifecycle_issuer(
            "gives-one-session-token-for-each-account",
            "LC-ISS-059",
            "Makes a session token of the name of its account.",
            || naming(|name, _| format!("the-session-token-of-{name}")),
        ),
    ]
}

/// An issuer that calls session tokens by other names, made of that of the account and of the token.
fn naming(called: fn(&str, &str) -> String) -> Alterations {
    let real: Arc<Mutex<HashMap<String, String>>> = Arc::default();
    let given = real.clone();
    LcIssuerSabotage::new()
        .told(move |asked, told| {
            let name = asked
                .text("username")
                .filter(|_| is_login(asked))
                .unwrap_or_default();
            told.edit(|members| {
                edit_text(members, "session_token", |token| {
                    let alias = called(&name, token);
                    lock(&given).insert(alias.clone(), token.to_owned());
                    alias
                });
            });
        })
        .asked(move |asked| {
            let token = session_token(asked);
            if let Some(token) = token.and_then(|alias| lock(&real).get(&alias).cloned()) {
                with_session(asked, &token);
            }
        })
        .alterations()
}

/// An issuer that alters logins before it reads them.
fn reading(alter: impl Fn(&mut Asked) + Send + Sync + 'static) -> Alterations {
    LcIssuerSabotage::new()
        .asked(move |asked| {
            if is_login(asked) {
                alter(asked);
            }
        })
        .alterations()
}

/// Takes what the URL says for members of the message.
fn read_the_url(asked: &mut Asked) {
    let query = asked.head.uri.query().unwrap_or_default().to_owned();
    let mut said = members(&asked.body).unwrap_or_default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        said.insert(name.into_owned(), json!(value));
    }
    if !query.is_empty() {
        asked.body = Value::Object(said).to_string().into();
        asked.set(header::CONTENT_TYPE, "application/json");
    }
}

fn of_ways() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "logs-in-by-get",
            "LC-ISS-052",
            "Takes a login by GET, with name and password in the URL.",
            || {
                reading(|asked| {
                    if asked.head.method == Method::GET {
                        read_the_url(asked);
                        asked.head.method = Method::POST;
                        let length = asked.body.len().to_string();
                        asked.set(header::CONTENT_LENGTH, &length);
                    }
                })
            },
        )
        .only(&[
            "by GET with name and password in the URL",
            "by GET with name and password in the body",
        ]),
        Saboteur::of_the_lifecycle_issuer(
            "logs-in-by-put",
            "LC-ISS-052",
            "Takes a login by PUT.",
            || {
                reading(|asked| {
                    if asked.head.method == Method::PUT {
                        asked.head.method = Method::POST;
                    }
                })
            },
        )
        .only(&["by PUT"]),
        Saboteur::of_the_lifecycle_issuer(
            "reads-logins-from-the-url",
            "LC-ISS-052",
            "Takes name and password from the URL of a POST.",
            || {
                reading(|asked| {
                    if asked.head.method == Method::POST {
                        read_the_url(asked);
                    }
                })
            },
        )
        .only(&["by POST"]),
    ]
}

/// An issuer that takes some wrong passwords for the right one: given is the wrong one first.
fn taking(takes: fn(&str, &str) -> bool) -> Alterations {
    let diary = Diary::default();
    let known = diary.clone();
    diary
        .kept()
        .asked(move |asked| {
            let (Some(name), Some(password)) = (asked.text("username"), asked.text("password"))
            else {
                return;
            };
            let right = known.password(&name).filter(|_| is_login(asked));
            if let Some(right) = right.filter(|right| *right != password && takes(&password, right))
            {
                asked.edit(|members| {
                    members.insert("password".to_owned(), json!(right));
                });
            }
        })
        .alterations()
}

fn of_credentials() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "looks-at-no-password",
            "LC-ISS-053",
            "Lets in whoever knows a name.",
            || taking(|_, _| true),
        )
        .except(&["with a name that nobody has"])
        .also(
            "LC-ISS-054",
            &["alike"],
            "an unknown name is refused all the same",
        )
        .also(
            "LC-ISS-055",
            &["with a wrong password"],
            "what is let in is not refused",
        )
        .also(
            "LC-ISS-060",
            &["the right password and a wrong one"],
            "it puts the right one in the place of both",
        ),
        Saboteur::of_the_lifecycle_issuer(
            "compares-passwords-in-any-letter-case",
            "LC-ISS-053",
            "Takes a password in other letters.",
            || taking(|password, right| password.eq_ignore_ascii_case(right)),
        )
        .only(&["in other letters"]),
        Saboteur::of_the_lifecycle_issuer(
            "compares-the-beginning-of-passwords",
            "LC-ISS-053",
            "Compares a password as far as the shorter of the two goes, if that is long enough.",
            || {
                taking(|password, right| {
                    password.len() > 3
                        && (password.starts_with(right) || right.starts_with(password))
                })
            },
        )
        .only(&["without the last letter", "a letter more"]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-an-empty-password",
            "LC-ISS-053",
            "Lets in whoever gives an empty password.",
            || taking(|password, _| password.is_empty()),
        )
        .only(&["with an empty password"]),
        Saboteur::of_the_lifecycle_issuer(
            "looks-for-the-password-among-all",
            "LC-ISS-053",
            "Lets in whoever gives the password of any account.",
            of_anybody,
        )
        .only(&[
            "with a name that nobody has",
            "with the password of another account",
        ])
        .also(
            "LC-ISS-054",
            &["its account logs in with a wrong password"],
            "the unknown name comes with a password of somebody",
        )
        .also(
            "LC-ISS-055",
            &["with a name that nobody has"],
            "what is let in is not refused",
        ),
        Saboteur::of_the_lifecycle_issuer(
            "says-that-nobody-has-a-name",
            "LC-ISS-054",
            "Says in its refusal that nobody has a name.",
            || {
                let diary = Diary::default();
                let known = diary.clone();
                diary
                    .kept()
                    .told(move |asked, told| {
                        let name = asked.text("username").unwrap_or_default();
                        if is_login(asked) && told.is(401) && known.password(&name).is_none() {
                            told.edit(|members| {
                                members.insert("detail".to_owned(), json!("Nobody has that name."));
                            });
                        }
                    })
                    .alterations()
            },
        )
        .only(&["its account logs in with a wrong password"]),
        Saboteur::of_the_lifecycle_issuer(
            "refuses-logins-with-403",
            "LC-ISS-055",
            "Answers a refused login with 403.",
            || {
                telling(|_, told| {
                    if told.is(401) {
                        told.status(403);
                    }
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "refuses-logins-without-a-challenge",
            "LC-ISS-055",
            "Answers a refused login without WWW-Authenticate.",
            || telling(|_, told| told.remove(&header::WWW_AUTHENTICATE)),
        ),
    ]
}

/// An issuer that lets in whoever gives a password of another account.
fn of_anybody() -> Alterations {
    let diary = Diary::default();
    let known = diary.clone();
    diary
        .kept()
        .asked(move |asked| {
            let (Some(name), Some(password)) = (asked.text("username"), asked.text("password"))
            else {
                return;
            };
            let own = known.password(&name).is_some_and(|own| own == password);
            let owner = known.owner(&password).filter(|_| is_login(asked) && !own);
            if let Some(owner) = owner {
                asked.edit(|members| {
                    members.insert("username".to_owned(), json!(owner));
                });
            }
        })
        .alterations()
}
