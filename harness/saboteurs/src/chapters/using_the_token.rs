//! Saboteurs of the chapter "Using the token".

use crate::{
    Saboteur,
    ledger::{Ledger, lock},
    message::{Asked, Told},
    sabotage::Sabotage,
    store::{Clerk, Done},
};
use axum::http::{HeaderValue, header};
use btx_harness::embedded::Alterations;
use btx_reference::store::{Digest, ExchangeKey, LiveToken, Store};
use btx_spec::BearerToken;
use futures::FutureExt as _;
use std::{collections::HashMap, sync::Mutex};
use url::form_urlencoded;

const ELSEWHERE: &[&str] = &["in the query", "in a form", "in a cookie", "X-Access-Token"];
const OPEN: &str = "what is opened is not refused with 401";
const FIRST: &str = "one of the two fields is all that it sees";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_live_tokens();
    all.extend(of_other_places());
    all.extend(of_other_tokens());
    all.extend(of_the_challenge());
    all
}

fn of_live_tokens() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "wears-tokens-out",
            "HT-RES-001",
            "Takes a token four times.",
            || Sabotage::new().one_clerk(WearsOut::default()).alterations(),
        ),
        Saboteur::new(
            "compares-the-scheme-as-a-string",
            "HT-RES-002",
            "Takes the scheme Bearer in this one spelling only.",
            || {
                Sabotage::new()
                    .uses(|asked| {
                        if asked
                            .field("authorization")
                            .is_some_and(|a| !a.starts_with("Bearer "))
                        {
                            asked.head.headers.remove(header::AUTHORIZATION);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::new(
            "takes-expired-tokens",
            "HT-RES-007",
            "Does not look at the expiry of a token.",
            || Sabotage::new().one_clerk(Timeless).alterations(),
        ),
    ]
}

#[derive(Default)]
struct WearsOut(Mutex<HashMap<Digest, usize>>);

impl Clerk for WearsOut {
    fn token<'a>(&'a self, inner: &'a dyn Store, digest: Digest) -> Done<'a, Option<LiveToken>> {
        let mut times = lock(&self.0);
        let times = times.entry(digest).or_default();
        *times += 1;
        if *times > 4 {
            return async { Ok(None) }.boxed();
        }
        inner.token(digest)
    }
}

struct Timeless;

impl Clerk for Timeless {
    fn activate<'a>(
        &'a self,
        inner: &'a dyn Store,
        key: ExchangeKey,
        mut token: LiveToken,
    ) -> Done<'a, ()> {
        token.expires_at = i64::MAX;
        inner.activate(key, token)
    }
}

fn of_other_places() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "takes-tokens-from-the-query",
            "HT-RES-003",
            "Takes a token from the query of the URL.",
            || taking_from(|asked| access_token(asked.head.uri.query()?.as_bytes())),
        )
        .only(&["in the query"]),
        Saboteur::new(
            "takes-tokens-from-forms",
            "HT-RES-003",
            "Takes a token from a form.",
            || taking_from(|asked| access_token(&asked.body)),
        )
        .only(&["in a form"]),
        Saboteur::new(
            "takes-tokens-from-cookies",
            "HT-RES-003",
            "Takes a token from a cookie.",
            || {
                taking_from(|asked| {
                    let cookies = asked.field("cookie")?;
                    Some(
                        cookies
                            .split(';')
                            .find_map(|c| c.trim().strip_prefix("token="))?
                            .to_owned(),
                    )
                })
            },
        )
        .only(&["in a cookie"]),
        Saboteur::new(
            "takes-tokens-from-another-field",
            "HT-RES-003",
            "Takes a token from the field X-Access-Token.",
            || taking_from(|asked| Some(asked.field("x-access-token")?.to_owned())),
        )
        .only(&["X-Access-Token"]),
        Saboteur::new(
            "takes-tokens-under-any-scheme",
            "HT-RES-003",
            "Takes the last word of the Authorization field as the token.",
            || {
                taking_from(|asked| {
                    Some(asked.field("authorization")?.rsplit(' ').next()?.to_owned())
                })
            },
        )
        .only(&["under the scheme Basic", "without a scheme"]),
        Saboteur::new(
            "takes-the-first-of-two-fields",
            "HT-RES-004",
            "Takes the first of two Authorization fields.",
            || {
                Sabotage::new()
                    .uses(|asked| {
                        if let Some(first) = asked.head.headers.get(header::AUTHORIZATION).cloned()
                        {
                            asked.head.headers.insert(header::AUTHORIZATION, first);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["the token and then a wrong one", "the token twice"])
        .also(
            "HT-RES-012",
            &[
                "the token and then a wrong one",
                "a wrong token and then the right one",
            ],
            FIRST,
        ),
        Saboteur::new(
            "takes-the-last-of-two-fields",
            "HT-RES-004",
            "Takes the last of two Authorization fields.",
            || {
                Sabotage::new()
                    .uses(|asked| {
                        let last = asked
                            .head
                            .headers
                            .get_all(header::AUTHORIZATION)
                            .iter()
                            .next_back()
                            .cloned();
                        if let Some(last) = last {
                            asked.head.headers.insert(header::AUTHORIZATION, last);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["a wrong token and then the right one", "the token twice"])
        .also(
            "HT-RES-012",
            &[
                "the token and then a wrong one",
                "a wrong token and then the right one",
            ],
            FIRST,
        ),
    ]
}

/// Takes a token from another place, if there is one.
fn taking_from(place: fn(&Asked) -> Option<String>) -> Alterations {
    Sabotage::new()
        .uses(move |asked| {
            let fields = asked
                .head
                .headers
                .get_all(header::AUTHORIZATION)
                .iter()
                .count();
            if let Some(token) = place(asked).filter(|token| fields < 2 && !token.is_empty()) {
                asked.set(header::AUTHORIZATION, &format!("Bearer {token}"));
            }
        })
        .alterations()
}

fn access_token(form: &[u8]) -> Option<String> {
    let mut pairs = form_urlencoded::parse(form);
    Some(
        pairs
            .find(|(name, _)| name == "access_token")?
            .1
            .into_owned(),
    )
}

fn of_other_tokens() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "opens-to-whoever-shows-nothing",
            "HT-RES-005",
            "Opens the resource to a request without an Authorization field.",
            || {
                Sabotage::new()
                    .instead(|asked| {
                        (asked.is_resource() && asked.field("authorization").is_none())
                            .then(|| Told::empty(200))
                    })
                    .alterations()
            },
        )
        .also(
            "HT-RES-003",
            ELSEWHERE,
            "what it does not look for is nothing to it",
        )
        .also("HT-RES-011", &["no token"], OPEN),
        Saboteur::new(
            "opens-to-tokens-that-nobody-issued",
            "HT-RES-006",
            "Opens the resource to every token that was never in a token issue.",
            || {
                let ledger = Ledger::default();
                let issued = ledger.clone();
                Sabotage::new()
                    .noting_issues(&ledger)
                    .instead(move |asked| unknown(asked, &issued).then(|| Told::empty(200)))
                    .alterations()
            },
        )
        .except(&["an empty token"])
        .also("HT-RES-011", &["a token of its own making"], OPEN)
        .also("HT-RES-010", &["says so"], OPEN),
        Saboteur::new(
            "opens-to-an-empty-token",
            "HT-RES-006",
            "Opens the resource to a field of the scheme Bearer without a token.",
            || {
                Sabotage::new()
                    .instead(|asked| {
                        let shown = asked.field("authorization").unwrap_or_default();
                        let empty = shown.trim() == "Bearer";
                        (asked.is_resource() && empty).then(|| Told::empty(200))
                    })
                    .alterations()
            },
        )
        .only(&["an empty token"]),
        Saboteur::new(
            "compares-the-beginning-of-tokens",
            "HT-RES-006",
            "Compares as many characters of a token as an issued one has.",
            || {
                Sabotage::new()
                    .uses(|asked| {
                        // The scheme and a token of the reference.
                        let longest = "Bearer ".len() + 43;
                        let shown = asked.field("authorization").unwrap_or_default();
                        if shown.len() == longest + 1 && shown.starts_with("Bearer ") {
                            let beginning: String = shown.chars().take(longest).collect();
                            asked.set(header::AUTHORIZATION, &beginning);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["a character more"]),
    ]
}

/// Whether a request shows one well-formed token that was never issued.
fn unknown(asked: &Asked, issued: &Ledger) -> bool {
    let fields = asked
        .head
        .headers
        .get_all(header::AUTHORIZATION)
        .iter()
        .count();
    let token = asked
        .field("authorization")
        .and_then(|a| a.strip_prefix("Bearer "))
        .and_then(|t| BearerToken::parse(t).ok());
    asked.is_resource() && fields == 1 && token.is_some_and(|token| !issued.has_issued(&token))
}

fn of_the_challenge() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "refuses-without-a-challenge",
            "HT-RES-008",
            "Answers a request without a token with 401 and no WWW-Authenticate field.",
            || {
                Sabotage::new()
                    .use_answers(|asked, told| {
                        if asked.field("authorization").is_none() {
                            told.remove(&header::WWW_AUTHENTICATE);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["no token"]),
        Saboteur::new(
            "offers-another-scheme",
            "HT-RES-008",
            "Offers the scheme Basic in its challenges.",
            || challenging(|c| c.replace("Bearer", "Basic")),
        )
        .also(
            "HT-RES-010",
            &["says so"],
            "the error stands in a challenge of another scheme",
        ),
        Saboteur::new(
            "calls-no-token-an-error",
            "HT-RES-009",
            "Puts an error into the challenge to a request without a token.",
            || {
                challenging(|c| {
                    if c.contains("error=") {
                        c.to_owned()
                    } else {
                        format!("{c}, error=\"invalid_request\"")
                    }
                })
            },
        ),
        Saboteur::new(
            "says-not-what-is-wrong",
            "HT-RES-010",
            "Puts no error into the challenge to a wrong token.",
            || challenging(|c| c.replace(", error=\"invalid_token\"", "")),
        ),
        Saboteur::new(
            "answers-with-403",
            "HT-RES-011",
            "Answers 403 in the place of 401.",
            || resource_status(401, 403),
        ),
        Saboteur::new(
            "answers-two-fields-with-401",
            "HT-RES-012",
            "Answers a request with two Authorization fields with 401.",
            || resource_status(400, 401),
        ),
    ]
}

fn challenging(alter: fn(&str) -> String) -> Alterations {
    Sabotage::new()
        .use_answers(move |_, told| {
            let challenge = told.head.headers.get(header::WWW_AUTHENTICATE);
            let text = challenge.map(HeaderValue::to_str);
            if let Some(Ok(text)) = text {
                let other = alter(text);
                told.set(header::WWW_AUTHENTICATE, &other);
            }
        })
        .alterations()
}

fn resource_status(own: u16, other: u16) -> Alterations {
    Sabotage::new()
        .use_answers(move |_, told| {
            if told.is(own) {
                told.status(other);
            }
        })
        .alterations()
}
