//! Saboteurs of the pause after too many refused logins.

use super::{
    diary::Diary,
    requests::is_login,
    stores::{altered, empty},
};
use crate::{
    Saboteur,
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    sabotage::LcIssuerSabotage,
};
use axum::{http::header, middleware::Next};
use btx_harness::embedded::Alterations;
use btx_spec::ProblemType;
use futures::future::BoxFuture;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// How many refused logins it allows, as the reference does.
const MOST: u32 = 3;
/// How long it pauses then.
const PAUSE: Duration = Duration::from_secs(2);

const UNPAUSED: &str = "it is let in, and nothing makes it wait";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "allows-any-number-of-logins",
            "LC-ISS-056",
            "Never pauses, however many logins were refused.",
            || {
                LcIssuerSabotage::new()
                    .config(|config| config.login.attempts = u32::MAX)
                    .alterations()
            },
        )
        .also("LC-ISS-057", &["during the pause"], UNPAUSED),
        Saboteur::of_the_lifecycle_issuer(
            "counts-refused-logins-on-each-replica-for-itself",
            "LC-ISS-056",
            "Counts the refused logins of each replica apart.",
            || altered(|_, store| store.attempts = empty()),
        )
        .also("LC-ISS-057", &["during the pause"], UNPAUSED),
        Saboteur::of_the_lifecycle_issuer(
            "counts-a-login-when-it-has-refused-it",
            "LC-ISS-056",
            "Counts from what it read before it looked at the password.",
            || {
                LcIssuerSabotage::new()
                    .config(|config| config.login.attempts = u32::MAX)
                    .layer(Late::default())
                    .alterations()
            },
        )
        .only(&["all at once"]),
        Saboteur::of_the_lifecycle_issuer(
            "answers-401-during-the-pause",
            "LC-ISS-057",
            "Refuses a login during the pause as any other.",
            || {
                telling(|_, told| {
                    if told.is(429) {
                        told.status(401);
                    }
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "does-not-say-how-long-it-pauses",
            "LC-ISS-057",
            "Does not say when to log in again.",
            || telling(|_, told| told.remove(&header::RETRY_AFTER)),
        ),
        Saboteur::of_the_lifecycle_issuer(
            "pauses-all-accounts-together",
            "LC-ISS-058",
            "Counts the refused logins of all accounts together.",
            || altered(|_, store| store.account = |_| [0; 32]),
        )
        .one_by_one(),
        Saboteur::of_the_lifecycle_issuer(
            "pauses-only-for-names-that-somebody-has",
            "LC-ISS-054",
            "Never pauses for a name that nobody has.",
            || {
                let diary = Diary::default();
                let known = diary.clone();
                diary
                    .kept()
                    .told(move |asked, told| {
                        let name = asked.text("username").unwrap_or_default();
                        if is_login(asked) && told.is(429) && known.password(&name).is_none() {
                            *told = Told::refusal(ProblemType::LoginRefused);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["when there were too many of them"]),
    ]
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

/// Counts refused logins from what it read before.
#[derive(Default)]
struct Late(Arc<Mutex<HashMap<String, Count>>>);

#[derive(Clone, Copy, Default)]
struct Count {
    refused: u32,
    until: Option<Instant>,
}

impl Layer for Late {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let name = asked.text("username").filter(|_| is_login(&asked));
        let counts = self.0.clone();
        Box::pin(async move {
            let Some(name) = name else {
                return pass(asked, next).await;
            };
            let before = lock(&counts).get(&name).copied().unwrap_or_default();
            if before.until.is_some_and(|until| Instant::now() < until) {
                let mut told = Told::refusal(ProblemType::TooManyRequests);
                told.set(header::RETRY_AFTER, "2");
                return told;
            }
            // Whatever has come by now has read the same.
            tokio::time::sleep(Duration::from_millis(50)).await;
            let told = pass(asked, next).await;
            let refused = if before.until.is_some() {
                1
            } else {
                before.refused + 1
            };
            let after = match told.is(401) {
                true => Count {
                    refused,
                    until: (refused >= MOST).then(|| Instant::now() + PAUSE),
                },
                false => Count::default(),
            };
            lock(&counts).insert(name, after);
            told
        })
    }
}
