//! Saboteurs of the memory of the resource: of what it has accepted, of whom, and for how long.

use super::{
    mend::{Forger, Shown, fresh},
    requests::{Opened, is_success, jwt, refusal},
};
use crate::{
    Saboteur,
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    sabotage::JwtResourceSabotage,
};
use axum::middleware::Next;
use btx_harness::embedded::Alterations;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

const AGAIN: &str = "it takes any service JWT a second time";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_resource(
            "remembers-no-service-jwt",
            "JW-RES-015",
            "Takes a service JWT that it has accepted before.",
            || forgetting(|shown, taken| taken.contains(&name(&shown.opened))),
        )
        .also("JW-RES-016", &["Of copies that come at once"], AGAIN)
        .also("JW-RES-022", &["has not been forgotten"], AGAIN)
        .also("JW-RES-024", &["that is shown again"], AGAIN),
        Saboteur::of_the_jwt_resource(
            "remembers-service-jwts-by-their-text",
            "JW-RES-015",
            "Knows a service JWT again by its text, and not by its jti.",
            || {
                forgetting(|shown, taken| {
                    taken.contains(&name(&shown.opened)) && !taken.contains(shown.text)
                })
            },
        )
        .only(&["Another service JWT with a jti"]),
        Saboteur::of_the_jwt_resource(
            "remembers-on-each-replica-for-itself",
            "JW-RES-016",
            "Keeps the memory of each replica apart.",
            each_for_itself,
        ),
        Saboteur::of_the_jwt_resource(
            "remembers-when-it-has-answered",
            "JW-RES-016",
            "Does not see copies of a service JWT that come while the first is looked at.",
            late,
        ),
        Saboteur::of_the_jwt_resource(
            "has-one-memory-for-all-clients",
            "JW-RES-017",
            "Refuses a jti that another client has used.",
            || {
                let used: Mutex<HashMap<String, String>> = Mutex::default();
                JwtResourceSabotage::new()
                    .instead(move |asked| {
                        let opened = Opened::of(jwt(asked)?)?;
                        let (id, client) = (opened.claim("jti"), opened.claim("iss"));
                        let mut used = lock(&used);
                        let first = used
                            .entry(id.to_owned())
                            .or_insert_with(|| client.to_owned());
                        (first != client).then(refusal)
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_resource(
            "remembers-what-it-refuses",
            "JW-RES-018",
            "Remembers the jti of a service JWT before it has looked at it.",
            || {
                JwtResourceSabotage::new()
                    .layer(Resentful::default())
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_resource(
            "forgets-a-service-jwt-at-its-exp",
            "JW-RES-022",
            "Forgets a service JWT when its exp is over, and the difference of clocks is not.",
            || {
                forgetting(|shown, taken| {
                    let end = shown.opened.claims.get("exp").and_then(Value::as_i64);
                    let over = end.is_some_and(|end| end <= shown.opened.now);
                    over && taken.contains(&name(&shown.opened))
                })
            },
        ),
    ]
}

/// What a service JWT is called: by its client and its `jti`.
fn name(opened: &Opened) -> String {
    format!("{} {}", opened.claim("iss"), opened.claim("jti"))
}

/// Gives a JWT a `jti` that nobody has used.
fn rename(shown: &mut Shown) {
    shown.opened.say("jti", json!(fresh()));
}

/// A resource that forgets some of what it has taken: names and texts of service JWTs.
fn forgetting(
    forgets: impl Fn(&Shown, &HashSet<String>) -> bool + Send + Sync + 'static,
) -> Alterations {
    let taken: Arc<Mutex<HashSet<String>>> = Arc::default();
    let noted = taken.clone();
    let Some(forger) = Forger::new() else {
        return Alterations::default();
    };
    let mending = forger.mending(move |shown| {
        let forgotten = shown.is_plain() && shown.is_signed() && forgets(shown, &lock(&taken));
        rename(shown);
        forgotten
    });
    let noting = move |asked: &Asked, told: &mut Told| {
        if let Some(text) = jwt(asked).filter(|_| is_success(told))
            && let Some(opened) = Opened::of(text)
        {
            lock(&noted).extend([name(&opened), text.to_owned()]);
        }
    };
    mending.told(noting).alterations()
}

/// A resource each of whose replicas but the first has names of its own for service JWTs.
fn each_for_itself() -> Alterations {
    let Some(forger) = Forger::new() else {
        return Alterations::default();
    };
    let mending = forger.mending(|shown| {
        let sound = shown.is_plain() && shown.is_signed();
        if let (true, Some(replica)) = (sound, shown.replica.checked_sub(1)) {
            let id: String = shown.opened.claim("jti").chars().skip(1).collect();
            shown.opened.say("jti", json!(format!("{replica}{id}")));
            return true;
        }
        false
    });
    mending.alterations()
}

/// A resource that takes what comes while a copy of it is looked at for another.
fn late() -> Alterations {
    let under_way: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
    let looking = under_way.clone();
    let Some(forger) = Forger::new() else {
        return Alterations::default();
    };
    forger
        .mending(move |shown| {
            let beside = lock(&looking)
                .get(shown.text)
                .is_some_and(|count| *count > 1);
            let sound = beside && shown.is_plain() && shown.is_signed();
            rename(shown);
            sound
        })
        .layer(Counting(under_way))
        .alterations()
}

/// Counts the copies of each service JWT that are under way.
struct Counting(Arc<Mutex<HashMap<String, usize>>>);

impl Layer for Counting {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let text = jwt(&asked).map(str::to_owned);
        let under_way = self.0.clone();
        Box::pin(async move {
            let Some(text) = text else {
                return pass(asked, next).await;
            };
            *lock(&under_way).entry(text.clone()).or_default() += 1;
            // Whatever has come by now is there before the first is looked at.
            tokio::task::yield_now().await;
            let told = pass(asked, next).await;
            if let Some(count) = lock(&under_way).get_mut(&text) {
                *count = count.saturating_sub(1);
            }
            told
        })
    }
}

/// Remembers the names of service JWTs that were refused, and refuses what is called so.
#[derive(Default)]
struct Resentful(Arc<Mutex<HashSet<String>>>);

impl Layer for Resentful {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let called = jwt(&asked).and_then(Opened::of).map(|opened| name(&opened));
        let refused = self.0.clone();
        Box::pin(async move {
            let Some(called) = called else {
                return pass(asked, next).await;
            };
            if lock(&refused).contains(&called) {
                return refusal();
            }
            let told = pass(asked, next).await;
            if told.is(401) {
                lock(&refused).insert(called);
            }
            told
        })
    }
}
