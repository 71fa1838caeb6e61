//! Saboteurs of the end of sessions.

use super::{
    diary::{Diary, Known},
    requests::{SESSION, Shown, is_api, is_logout, now, session_token, token, with_session},
    stores::altered,
};
use crate::{
    Saboteur,
    ledger::lock,
    message::{Asked, Told},
    sabotage::LcIssuerSabotage,
};
use axum::http::header;
use btx_harness::embedded::Alterations;
use std::{collections::HashSet, sync::Mutex, time::Duration};

/// How long after its end a bearer can be refreshed, as with the reference.
const WINDOW: i64 = 2;

const ALL: &str = "the logout of the other ends this one as well";
const LIVES_ON: &str = "its bearers open after that as before";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_what_has_ended();
    all.extend(of_what_ends());
    all.extend(of_who_ends_it());
    all
}

fn of_what_has_ended() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "lets-bearers-outlive-a-logout",
            "LC-ISS-090",
            "Takes a bearer until it expires, whether its session lives or not.",
            || altered(|_, store| store.lives = Box::new(|_, _| true)),
        )
        .also("LC-ISS-093", &["everywhere"], LIVES_ON),
        Saboteur::of_the_lifecycle_issuer(
            "hears-of-a-logout-on-one-replica",
            "LC-ISS-090",
            "Goes on with what a replica has seen alive, unless it has logged it out itself.",
            on_one_replica,
        )
        .except(&["Refreshes that come with the logout"])
        .also("LC-ISS-093", &["everywhere"], LIVES_ON),
        Saboteur::of_the_lifecycle_issuer(
            "revives-a-session-by-a-refresh",
            "LC-ISS-090",
            "Writes a session back that has ended while it was refreshed.",
            || altered(|_, store| store.revives = Some(Duration::from_millis(200))),
        )
        .only(&["Refreshes that come with the logout"]),
        Saboteur::of_the_lifecycle_issuer(
            "refreshes-after-a-logout",
            "LC-ISS-091",
            "Does not look whether a session has logged out that refreshes.",
            || after_a_logout(|own, token, _| own.token == token),
        )
        .except(&["with another session of its account"]),
        Saboteur::of_the_lifecycle_issuer(
            "refreshes-after-a-logout-with-another-session",
            "LC-ISS-091",
            "Refreshes a bearer that has logged out with another session of its subject.",
            || {
                after_a_logout(|own, token, diary| {
                    let other = diary.of_token(token);
                    other.is_some_and(|other| !other.ended && other.subject == own.subject)
                })
            },
        )
        .only(&["with another session of its account"]),
    ]
}

/// An issuer whose first replica goes on with what it has seen alive.
fn on_one_replica() -> Alterations {
    altered(|replica, store| {
        if replica == 0 {
            let alive: Mutex<HashSet<String>> = Mutex::default();
            store.lives = Box::new(move |name, lives| {
                let mut alive = lock(&alive);
                if lives {
                    alive.insert(name.to_owned());
                }
                lives || alive.contains(name)
            });
        }
    })
}

/// An issuer that lets an expired bearer of a session in that has logged out, if that may be by its token.
fn after_a_logout(may: fn(&Known, &str, &Diary) -> bool) -> Alterations {
    let diary = Diary::default();
    let known = diary.clone();
    diary
        .kept()
        .told(move |asked, told| {
            let shown = Shown::of(asked)
                .filter(|shown| shown.has_expired() && now() < shown.end() + WINDOW);
            let own = shown.and_then(|shown| known.of_bearer(&shown.text));
            let own = own.filter(|own| told.is(401) && own.ended);
            let token = session_token(asked).unwrap_or_default();
            if own.is_some_and(|own| may(&own, &token, &known)) {
                *told = Told::empty(200);
            }
        })
        .alterations()
}

/// An issuer that alters logouts before it reads them.
fn reading(alter: impl Fn(&mut Asked) + Send + Sync + 'static) -> Alterations {
    LcIssuerSabotage::new()
        .asked(move |asked| {
            if is_logout(asked) {
                alter(asked);
            }
        })
        .alterations()
}

fn of_what_ends() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "logs-out-all-sessions-of-the-account",
            "LC-ISS-092",
            "Ends all sessions of the subject, whether it was asked to or not.",
            || {
                reading(|asked| {
                    asked.body = r#"{"everywhere":true}"#.into();
                    asked.set(header::CONTENT_TYPE, "application/json");
                    asked.set(header::CONTENT_LENGTH, "19");
                })
            },
        )
        .only(&["another session of the account"])
        .also("LC-ISS-094", &["of a session that has ended"], ALL),
        Saboteur::of_the_lifecycle_issuer(
            "logs-everybody-out",
            "LC-ISS-092",
            "Ends the sessions of everybody with one of them.",
            || altered(|_, store| store.ends_all = true),
        )
        .also("LC-ISS-094", &["of a session that has ended"], ALL)
        .one_by_one(),
        Saboteur::of_the_lifecycle_issuer(
            "logs-out-nowhere-else",
            "LC-ISS-093",
            "Ends one session, even if it is asked to end all of the subject.",
            || {
                reading(|asked| {
                    asked.body = "".into();
                    asked.set(header::CONTENT_LENGTH, "0");
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "answers-a-logout-with-200",
            "LC-ISS-095",
            "Answers a logout with 200.",
            || {
                LcIssuerSabotage::new()
                    .told(|asked, told| {
                        if is_logout(asked) && told.is(204) {
                            told.status(200);
                        }
                    })
                    .alterations()
            },
        ),
    ]
}

/// An issuer that ends other sessions than those whose token is shown: gives the one that is meant.
fn ending(meant: fn(&Asked, &Diary) -> Option<Known>) -> Alterations {
    let diary = Diary::default();
    let known = diary.clone();
    diary
        .kept()
        .asked(move |asked| {
            let live = session_token(asked).and_then(|token| known.of_token(&token));
            if !is_logout(asked) || live.is_some_and(|live| !live.ended) {
                return;
            }
            if let Some(other) = meant(asked, &known) {
                with_session(asked, &other.token);
            }
        })
        .alterations()
}

fn of_who_ends_it() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "logs-out-who-shows-a-bearer",
            "LC-ISS-094",
            "Ends the session of a bearer that comes without a session token.",
            || {
                ending(|asked, diary| {
                    let bare = !asked.head.headers.contains_key(SESSION) && !is_api(asked);
                    diary.of_bearer(token(asked).filter(|_| bare)?)
                })
            },
        )
        .only(&["its bearer in Authorization"]),
        Saboteur::of_the_lifecycle_issuer(
            "logs-out-by-a-bearer",
            "LC-ISS-094",
            "Takes a bearer for the session token of its session.",
            || ending(|asked, diary| diary.of_bearer(&session_token(asked)?)),
        )
        .only(&["its bearer as session token"]),
        Saboteur::of_the_lifecycle_issuer(
            "logs-out-by-the-name-of-a-session",
            "LC-ISS-094",
            "Takes the sid of a session for its token.",
            || ending(|asked, diary| diary.named(&session_token(asked)?)),
        )
        .only(&["the name of its session"]),
        Saboteur::of_the_lifecycle_issuer(
            "compares-the-beginning-of-session-tokens",
            "LC-ISS-094",
            "Does not look at what follows the length of a session token.",
            || {
                ending(|asked, diary| {
                    let token = session_token(asked)?;
                    diary.of_token(token.get(..token.len() - 1)?)
                })
            },
        )
        .only(&["with a letter more"]),
        Saboteur::of_the_lifecycle_issuer(
            "logs-out-everywhere-by-a-session-that-has-ended",
            "LC-ISS-094",
            "Ends all sessions of a subject by the token of one that has ended.",
            || {
                ending(|asked, diary| {
                    let ended = diary.of_token(&session_token(asked)?)?;
                    diary.beside(&ended)
                })
            },
        )
        .only(&["of a session that has ended"]),
    ]
}
