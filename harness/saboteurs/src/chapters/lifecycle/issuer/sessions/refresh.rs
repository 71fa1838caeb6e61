//! Saboteurs of the refresh of expired bearers.

use super::{
    diary::{Diary, Known},
    requests::{
        Shown, bring, brought, is_api, now, refusal, session_token, session_tokens, show,
        with_session,
    },
    swap::{Rings, saying},
};
use crate::{
    Saboteur,
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    sabotage::LcIssuerSabotage,
};
use axum::middleware::Next;
use btx_harness::embedded::Alterations;
use futures::future::BoxFuture;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

/// How long a bearer lives, as with the reference.
const LIFETIME: i64 = 2;
/// How long after its end it can be refreshed, as with the reference.
const WINDOW: i64 = 2;

/// How long a session lasts, in seconds.
const SESSION: i64 = 6;

const NOTHING: &str = "it refreshes nothing at all";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_refreshing();
    all.extend(of_pairs());
    all.extend(of_tokens());
    all.extend(of_new_bearers());
    all
}

/// What a request shows if it is an expired bearer.
fn expired(asked: &Asked) -> Option<Shown> {
    Shown::of(asked).filter(Shown::has_expired)
}

fn of_refreshing() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "refreshes-nothing",
            "LC-ISS-070",
            "Refuses every expired bearer.",
            || refusing(|_| true),
        )
        .also("LC-ISS-078", &["of the previous key"], NOTHING)
        .also("LC-ISS-079", &["Simultaneous refreshes all"], NOTHING),
        Saboteur::of_the_lifecycle_issuer(
            "refreshes-to-what-nobody-has-signed",
            "LC-ISS-070",
            "Brings bearers to refreshes whose signature is that of nobody.",
            || {
                LcIssuerSabotage::new()
                    .told(|asked, told| {
                        let new = expired(asked).and_then(|_| brought(told, "bearer_token"));
                        if let Some((signed, _)) = new.as_deref().and_then(|n| n.rsplit_once('.')) {
                            bring(told, &format!("{signed}.{}", "A".repeat(86)));
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "refreshes-for-ever",
            "LC-ISS-073",
            "Refreshes a bearer however long ago it has expired.",
            || {
                LcIssuerSabotage::new()
                    .config(|config| config.lifetimes.refresh_window = Duration::from_secs(3600))
                    .alterations()
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "refreshes-when-the-session-is-over",
            "LC-ISS-074",
            "Does not look when the session ends that refreshes.",
            || {
                let diary = Diary::default();
                let known = diary.clone();
                diary
                    .kept()
                    .told(move |asked, told| {
                        let own = expired(asked).filter(|shown| now() < shown.end() + WINDOW);
                        let own = own.and_then(|shown| known.of_bearer(&shown.text));
                        let own = own.filter(|own| !own.ended && now() >= own.began + SESSION);
                        let token = session_token(asked);
                        if told.is(401) && own.is_some_and(|own| Some(own.token) == token) {
                            *told = Told::empty(200);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "refreshes-no-bearer-of-the-previous-key",
            "LC-ISS-078",
            "Looks for the current key alone once a bearer has expired.",
            || {
                let rings = Rings::default();
                let known = rings.clone();
                rings
                    .known()
                    .instead(move |asked| {
                        let shown = expired(asked)?;
                        let ring = known.with(shown.key())?;
                        (ring.current.id() != shown.key()).then(refusal)
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "refreshes-one-at-a-time",
            "LC-ISS-079",
            "Takes the session out of its store while it refreshes.",
            || LcIssuerSabotage::new().layer(Busy::default()).alterations(),
        ),
        Saboteur::of_the_lifecycle_issuer(
            "mints-each-refresh-anew",
            "LC-ISS-080",
            "Brings each of simultaneous refreshes a bearer of its own time.",
            || {
                LcIssuerSabotage::new()
                    .config(|config| config.lifetimes.refresh_repeat = Duration::ZERO)
                    .alterations()
            },
        ),
    ]
}

/// An issuer that refuses some expired bearers.
fn refusing(which: fn(&Shown) -> bool) -> Alterations {
    LcIssuerSabotage::new()
        .instead(move |asked| expired(asked).filter(which).map(|_| refusal()))
        .alterations()
}

/// An issuer that alters the session token that comes with an expired bearer: given is what it knows.
fn taking(other: fn(&Asked, &Shown, &Diary) -> Option<String>) -> Alterations {
    let diary = Diary::default();
    let known = diary.clone();
    diary
        .kept()
        .asked(move |asked| {
            let taken = expired(asked).and_then(|shown| other(asked, &shown, &known));
            if let Some(token) = taken {
                with_session(asked, &token);
            }
        })
        .alterations()
}

/// The session of an expired bearer, and the live one whose token came with it.
fn pair(asked: &Asked, shown: &Shown, diary: &Diary) -> Option<(Known, Known)> {
    let own = diary.named(shown.claim("sid"))?;
    let other = diary.of_token(&session_token(asked)?)?;
    (!other.ended && other.token != own.token).then_some((own, other))
}

fn of_pairs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "refreshes-with-the-session-of-another-subject",
            "LC-ISS-075",
            "Takes the session of any other subject for that of an expired bearer.",
            || {
                taking(|asked, shown, diary| {
                    let (own, other) = pair(asked, shown, diary)?;
                    (own.subject != other.subject).then_some(own.token)
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "refreshes-with-any-session-of-the-subject",
            "LC-ISS-076",
            "Takes another session of the subject for that of an expired bearer.",
            || {
                taking(|asked, shown, diary| {
                    let (own, other) = pair(asked, shown, diary)?;
                    (own.subject == other.subject).then_some(own.token)
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "refreshes-what-nobody-signed",
            "LC-ISS-077",
            "Looks at no signature once a bearer has expired.",
            || {
                let diary = Diary::default();
                let known = diary.clone();
                diary
                    .kept()
                    .asked(move |asked| {
                        let own = expired(asked).and_then(|shown| known.named(shown.claim("sid")));
                        let token = session_token(asked);
                        let own = own.filter(|own| Some(&own.token) == token.as_ref());
                        let shown = Shown::of(asked).map(|shown| shown.text).unwrap_or_default();
                        let forged = own.filter(|own| !own.bearers.contains(&shown));
                        if let Some(bearer) = forged.and_then(|own| own.bearers.last().cloned()) {
                            show(asked, &bearer);
                        }
                    })
                    .alterations()
            },
        ),
    ]
}

fn of_tokens() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "takes-bearers-for-session-tokens",
            "LC-ISS-082",
            "Takes a bearer of the session for its session token.",
            || {
                taking(|asked, shown, diary| {
                    let own = diary.named(shown.claim("sid"))?;
                    let token = session_token(asked)?;
                    own.bearers.contains(&token).then_some(own.token)
                })
            },
        )
        .only(&["itself", "its new bearer"]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-the-name-of-a-session-for-its-token",
            "LC-ISS-082",
            "Takes the sid of a bearer for its session token.",
            || {
                taking(|asked, shown, diary| {
                    let own = diary.named(shown.claim("sid"))?;
                    (session_token(asked)? == shown.claim("sid")).then_some(own.token)
                })
            },
        )
        .only(&["the name of its session"]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-the-first-of-two-session-tokens",
            "LC-ISS-083",
            "Looks at the first of several session tokens.",
            || several(|tokens| tokens.first().cloned()),
        )
        .only(&[
            "its session token twice",
            "its session token and then that of the other",
        ]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-the-last-of-two-session-tokens",
            "LC-ISS-083",
            "Looks at the last of several session tokens.",
            || several(|tokens| tokens.last().cloned()),
        )
        .only(&[
            "its session token twice",
            "the session token of the other and then its own",
        ]),
    ]
}

/// An issuer that takes one of several session tokens.
fn several(which: fn(&[String]) -> Option<String>) -> Alterations {
    LcIssuerSabotage::new()
        .asked(move |asked| {
            let tokens = session_tokens(asked);
            if let Some(token) = which(&tokens).filter(|_| is_api(asked) && tokens.len() > 1) {
                with_session(asked, &token);
            }
        })
        .alterations()
}

fn of_new_bearers() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "refreshes-to-a-session-of-another-name",
            "LC-ISS-071",
            "Gives each bearer that it refreshes another sid.",
            || {
                saying(|old, new| {
                    if old.expires_at <= now() {
                        new.session = new.session.chars().rev().collect();
                    }
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "refreshes-to-a-subject-in-other-letters",
            "LC-ISS-071",
            "Writes the sub of each bearer that it refreshes in capitals.",
            || {
                saying(|old, new| {
                    if old.expires_at <= now() {
                        new.subject = new.subject.to_uppercase();
                    }
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "refreshes-beyond-the-session",
            "LC-ISS-072",
            "Gives a bearer its whole lifetime, whenever its session ends.",
            || {
                saying(|old, new| {
                    if old.expires_at <= now() {
                        new.expires_at = new.issued_at + LIFETIME;
                    }
                })
            },
        ),
    ]
}

/// Refuses an expired bearer while the same is refreshed, which takes its time.
#[derive(Default)]
struct Busy(Arc<Mutex<HashSet<String>>>);

impl Layer for Busy {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let bearer = expired(&asked).map(|shown| shown.text);
        let busy = self.0.clone();
        Box::pin(async move {
            let Some(bearer) = bearer else {
                return pass(asked, next).await;
            };
            if !lock(&busy).insert(bearer.clone()) {
                return refusal();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            let told = pass(asked, next).await;
            lock(&busy).remove(&bearer);
            told
        })
    }
}
