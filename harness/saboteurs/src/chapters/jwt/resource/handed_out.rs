//! Saboteurs of access tokens that the resource hands out.

use super::requests::{
    AUTHENTICATION_INFO, Opened, hand_out, handed_out, is_success, jwt, opaque, refusal, show,
};
use crate::{
    Saboteur,
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    sabotage::JwtResourceSabotage,
};
use axum::{http::header, middleware::Next};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Outbound, OutboundRequest};
use futures::future::BoxFuture;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

/// A token of nobody.
const INVENTED: &str = "an-invented-token-of-the-saboteur-0123456789";
/// How long a handed-out token of the reference is.
const LENGTH: usize = 43;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_handing_out();
    all.extend(of_taking());
    all
}

/// A resource that alters what goes out.
fn telling(alter: impl Fn(&Asked, &mut Told) + Send + Sync + 'static) -> Alterations {
    JwtResourceSabotage::new().told(alter).alterations()
}

fn of_handing_out() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_resource(
            "hands-out-without-a-lifetime",
            "JW-RES-040",
            "Does not say how long a token lives that it hands out.",
            || {
                telling(|_, told| {
                    if let Some(token) = handed_out(told, "access_token") {
                        told.set(AUTHENTICATION_INFO, &format!("access_token=\"{token}\""));
                    }
                })
            },
        )
        .also(
            "JW-RES-046",
            &["What is handed out is a token"],
            "a lifetime that is not there is none of these",
        ),
        Saboteur::of_the_jwt_resource(
            "hands-out-in-a-field-of-its-own",
            "JW-RES-040",
            "Hands out tokens in a field X-Access-Token.",
            || {
                telling(|_, told| {
                    if let Some(token) = handed_out(told, "access_token") {
                        told.remove(&AUTHENTICATION_INFO);
                        told.set(
                            axum::http::HeaderName::from_static("x-access-token"),
                            &token,
                        );
                    }
                })
            },
        ),
        Saboteur::of_the_jwt_resource(
            "lets-answers-with-tokens-be-stored",
            "JW-RES-041",
            "Lets a cache keep an answer with an access token.",
            || {
                telling(|_, told| {
                    if handed_out(told, "access_token").is_some() {
                        told.set(header::CACHE_CONTROL, "private, max-age=60");
                    }
                })
            },
        ),
        Saboteur::of_the_jwt_resource(
            "hands-out-to-everybody",
            "JW-RES-042",
            "Hands out an access token whatever it answers.",
            || {
                telling(|asked, told| {
                    let shows = asked
                        .field("authorization")
                        .is_some_and(|a| a.contains('.'));
                    if shows && !is_success(told) {
                        hand_out(told, INVENTED);
                    }
                })
            },
        ),
        Saboteur::of_the_jwt_resource(
            "hands-out-a-token-for-a-token",
            "JW-RES-043",
            "Hands out another access token for one that is shown.",
            || {
                telling(|asked, told| {
                    if opaque(asked).is_some() && is_success(told) {
                        hand_out(told, INVENTED);
                    }
                })
            },
        ),
        Saboteur::of_the_jwt_resource(
            "hands-out-short-tokens",
            "JW-RES-046",
            "Hands out access tokens of eight characters.",
            short,
        ),
        Saboteur::of_the_jwt_resource(
            "hands-out-for-a-day",
            "JW-RES-046",
            "Says that an access token lives for a day.",
            || {
                telling(|_, told| {
                    if let Some(token) = handed_out(told, "access_token") {
                        let value = format!("access_token=\"{token}\", expires_in=86400");
                        told.set(AUTHENTICATION_INFO, &value);
                    }
                })
            },
        ),
        Saboteur::of_the_jwt_resource(
            "hands-out-one-token-for-each-client",
            "JW-RES-049",
            "Hands out the first access token of a client again.",
            || {
                let first: Mutex<HashMap<String, String>> = Mutex::default();
                telling(move |asked, told| {
                    let client = jwt(asked)
                        .and_then(Opened::of)
                        .map(|o| o.claim("iss").to_owned());
                    if let (Some(client), Some(token)) = (client, handed_out(told, "access_token"))
                    {
                        let token = lock(&first).entry(client).or_insert(token).clone();
                        hand_out(told, &token);
                    }
                })
            },
        ),
    ]
}

/// A resource whose tokens have short names.
fn short() -> Alterations {
    let names: Arc<Mutex<HashMap<String, String>>> = Arc::default();
    let known = names.clone();
    JwtResourceSabotage::new()
        .asked(move |asked| {
            let token = opaque(asked).and_then(|shown| lock(&known).get(shown).cloned());
            if let Some(token) = token {
                show(asked, &token);
            }
        })
        .told(move |_, told| {
            if let Some(token) = handed_out(told, "access_token") {
                let mut names = lock(&names);
                let name = format!("{:08}", names.len());
                names.insert(name.clone(), token);
                hand_out(told, &name);
            }
        })
        .alterations()
}

fn of_taking() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_resource(
            "takes-its-tokens-where-they-came-from",
            "JW-RES-044",
            "Takes an access token on the first replica only.",
            || {
                JwtResourceSabotage::new()
                    .instead(|asked| (asked.replica > 0 && opaque(asked).is_some()).then(refusal))
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_resource(
            "fetches-for-its-own-tokens",
            "JW-RES-044",
            "Fetches the document of the client for an access token that it has handed out.",
            || {
                let inquiring = Inquiring::default();
                let way = inquiring.way.clone();
                JwtResourceSabotage::new()
                    .parts(move |_, parts| {
                        *lock(&way) = Some(parts.outbound.clone());
                        parts
                    })
                    .layer(inquiring)
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_resource(
            "takes-its-tokens-for-ever",
            "JW-RES-045",
            "Takes an access token that it has handed out, however long ago.",
            || {
                let known: Arc<Mutex<HashSet<String>>> = Arc::default();
                let noted = known.clone();
                JwtResourceSabotage::new()
                    .told(move |_, told| {
                        lock(&noted).extend(handed_out(told, "access_token"));
                    })
                    .instead(move |asked| {
                        let known = opaque(asked).is_some_and(|token| lock(&known).contains(token));
                        known.then(|| Told::empty(200))
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_resource(
            "wears-handed-out-tokens-out",
            "HT-RES-001",
            "Takes an access token four times.",
            || {
                let times: Mutex<HashMap<String, usize>> = Mutex::default();
                JwtResourceSabotage::new()
                    .instead(move |asked| {
                        let token = opaque(asked)?.to_owned();
                        let mut times = lock(&times);
                        let times = times.entry(token).or_default();
                        *times += 1;
                        (*times > 4).then(refusal)
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_resource(
            "compares-a-part-of-handed-out-tokens",
            "HT-RES-006",
            "Compares the middle of a token with those that it has handed out.",
            part,
        )
        .only(&["What was handed out to nobody"]),
    ]
}

/// A resource that compares all of a token but its ends.
fn part() -> Alterations {
    let known: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = known.clone();
    JwtResourceSabotage::new()
        .told(move |_, told| lock(&noted).extend(handed_out(told, "access_token")))
        .instead(move |asked| {
            let whole = opaque(asked).filter(|t| t.len().abs_diff(LENGTH) < 2)?;
            let shown = whole.get(1..LENGTH - 1)?;
            let known = lock(&known);
            // Whether one that it did hand out still lives, the resource knows.
            if known.iter().any(|token| token == whole) {
                return None;
            }
            let mut known = known.iter().filter_map(|token| token.get(1..LENGTH - 1));
            known
                .any(|middle| middle == shown)
                .then(|| Told::empty(200))
        })
        .alterations()
}

/// Asks for the document of the client to whom a token was handed out, whenever that is shown.
#[derive(Default)]
struct Inquiring {
    way: Arc<Mutex<Option<Arc<dyn Outbound>>>>,
    clients: Arc<Mutex<HashMap<String, String>>>,
}

impl Layer for Inquiring {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let known = opaque(&asked).and_then(|token| lock(&self.clients).get(token).cloned());
        let client = jwt(&asked)
            .and_then(Opened::of)
            .map(|o| o.claim("iss").to_owned());
        let (way, clients) = (lock(&self.way).clone(), self.clients.clone());
        Box::pin(async move {
            if let (Some(url), Some(way)) = (known, way) {
                let deadline = tokio::time::Instant::now() + Duration::from_secs(2);
                drop(way.get(OutboundRequest::bare(url, deadline)).await);
            }
            let told = pass(asked, next).await;
            if let (Some(client), Some(token)) = (client, handed_out(&told, "access_token")) {
                lock(&clients).insert(token, client);
            }
            told
        })
    }
}
