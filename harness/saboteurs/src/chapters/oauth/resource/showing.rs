//! Saboteurs of the ways to show a token.

use super::{
    mend,
    requests::{
        READ, WRITE, fields, in_the_query, is_at, is_protected, refusal, show, token, value,
    },
    signatures,
};
use crate::{
    Saboteur,
    ledger::lock,
    message::{Asked, Told},
    sabotage::ResourceSabotage,
};
use axum::http::{HeaderValue, header};
use btx_harness::embedded::Alterations;
use std::{collections::HashMap, sync::Mutex};

/// How long an opaque token of the lab is.
const OPAQUE: usize = 43;
/// How long a signature of ES256 is.
const SIGNATURE: usize = 86;
const OPEN: &str = "what is opened is not refused with 401, and gets no challenge";
const FIRST: &[&str] = &["the token and then a wrong one", "the token twice"];
const LAST: &[&str] = &["a wrong token and then the right one", "the token twice"];

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_live_tokens();
    all.extend(of_wrong_tokens());
    all.extend(of_the_challenge());
    all.extend(of_other_places());
    all
}

fn of_live_tokens() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_resource(
            "wears-access-tokens-out",
            "HT-RES-001",
            "Takes an access token four times.",
            || {
                let times: Mutex<HashMap<String, usize>> = Mutex::default();
                ResourceSabotage::new()
                    .instead(move |asked| {
                        // Shorter ones are of a client's own making: all scenarios show the same
                        // one, and how often hangs on their order.
                        let token = token(asked)
                            .filter(|token| token.len() >= OPAQUE)?
                            .to_owned();
                        let mut times = lock(&times);
                        let times = times.entry(token).or_default();
                        *times += 1;
                        (*times > 4).then(refusal)
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_resource(
            "compares-the-scheme-of-access-tokens-as-a-string",
            "HT-RES-002",
            "Takes the scheme Bearer in this one spelling only.",
            || {
                ResourceSabotage::new()
                    .asked(|asked| {
                        let shown = asked.field("authorization").unwrap_or_default();
                        if !shown.starts_with("Bearer ") {
                            asked.head.headers.remove(header::AUTHORIZATION);
                        }
                    })
                    .alterations()
            },
        ),
    ]
}

fn of_wrong_tokens() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_resource(
            "opens-to-who-shows-no-access-token",
            "HT-RES-005",
            "Opens the resource to a request that shows nothing.",
            || {
                opening(|asked| {
                    is_at(asked, READ)
                        && asked.field("authorization").is_none()
                        && asked.field("x-api-key").is_none()
                        && asked.head.uri.query().is_none()
                })
            },
        )
        .also("HT-RES-011", &["no token"], OPEN)
        .also("OA-RES-072", &["no token"], OPEN),
        Saboteur::of_the_resource(
            "opens-to-tokens-of-ones-own-making",
            "HT-RES-006",
            "Opens the resource to every short token.",
            || opening(|asked| token(asked).is_some_and(|t| !t.is_empty() && t.len() < OPAQUE)),
        )
        .only(&["of its own making"])
        .also("HT-RES-010", &["says so"], OPEN)
        .also("HT-RES-011", &["of its own making"], OPEN)
        .also("OA-RES-072", &["of its own making"], OPEN),
        Saboteur::of_the_resource(
            "opens-to-an-empty-access-token",
            "HT-RES-006",
            "Opens the resource to the scheme Bearer without a token.",
            || {
                opening(|asked| {
                    asked
                        .field("authorization")
                        .is_some_and(|a| a.trim() == "Bearer")
                })
            },
        )
        .only(&["an empty token"]),
        Saboteur::of_the_resource(
            "takes-a-signature-for-decoration",
            "HT-RES-006",
            "Verifies no signature that a key of its issuer could have made.",
            signatures::verifies_nothing,
        )
        .only(&[
            "near its end",
            "without its last character",
            "a character more",
        ])
        .also(
            "OA-RES-021",
            signatures::FORGED,
            "a changed token has a signature that is none",
        )
        .also(
            "OA-RES-030",
            &["with a key id of the other"],
            "a signature of the wrong issuer is none",
        ),
        Saboteur::of_the_resource(
            "takes-a-signature-of-any-length",
            "HT-RES-006",
            "Reads a signature that is a character longer or shorter as one that is right.",
            || {
                mend::blind(|token, _| {
                    let length = token.seal.len();
                    length != SIGNATURE && length.abs_diff(SIGNATURE) < 2
                })
            },
        )
        .only(&["without its last character", "a character more"]),
        Saboteur::of_the_resource(
            "compares-tokens-but-for-the-first-character",
            "HT-RES-006",
            "Reads the first character of a token as the one that is expected.",
            || {
                taking(|asked| {
                    let rest = token(asked)?.strip_prefix("AyJ")?;
                    Some(format!("eyJ{rest}"))
                })
            },
        )
        .only(&["its first character"]),
        Saboteur::of_the_resource(
            "compares-tokens-in-any-letter-case",
            "HT-RES-006",
            "Reads a token whose letters are in other case as the one that is meant.",
            || {
                taking(|asked| {
                    let swapped = token(asked).filter(|token| token.starts_with("EYj"))?;
                    Some(swapped.chars().map(other_case).collect())
                })
            },
        )
        .only(&["in other case"]),
    ]
}

fn other_case(c: char) -> char {
    match c.is_ascii_lowercase() {
        true => c.to_ascii_uppercase(),
        false => c.to_ascii_lowercase(),
    }
}

fn of_the_challenge() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_resource(
            "refuses-a-missing-token-without-a-challenge",
            "HT-RES-008",
            "Answers a request without a token with 401 and no challenge.",
            || {
                ResourceSabotage::new()
                    .told(|asked, told| {
                        if asked.field("authorization").is_none() {
                            told.remove(&header::WWW_AUTHENTICATE);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["no token"])
        .also(
            "OA-RES-072",
            &["no token"],
            "what is not there leads nowhere",
        ),
        Saboteur::of_the_resource(
            "offers-the-scheme-basic",
            "HT-RES-008",
            "Offers the scheme Basic in its challenges.",
            || challenging(|c| c.replace("Bearer", "Basic")),
        )
        .also(
            "HT-RES-010",
            &["says so"],
            "the error is one of another scheme",
        )
        .also(
            "OA-RES-002",
            &["is told so"],
            "the error is one of another scheme",
        )
        .also(
            "OA-RES-009",
            &["is challenged"],
            "the challenge is one of another scheme",
        ),
        Saboteur::of_the_resource(
            "calls-no-access-token-an-error",
            "HT-RES-009",
            "Puts an error into the challenge to a request without a token.",
            || {
                challenging(|c| match c.contains("error=") {
                    true => c.to_owned(),
                    false => format!("{c}, error=\"invalid_request\""),
                })
            },
        ),
        Saboteur::of_the_resource(
            "does-not-say-that-a-token-is-wrong",
            "HT-RES-010",
            "Puts no error into the challenge to a wrong token.",
            || {
                challenging(|c| {
                    c.replace("error=\"invalid_token\", ", "")
                        .replace(", error=\"invalid_token\"", "")
                })
            },
        ),
        Saboteur::of_the_resource(
            "answers-403-for-want-of-a-token",
            "HT-RES-011",
            "Answers 403 in the place of 401.",
            || {
                ResourceSabotage::new()
                    .told(|_, told| {
                        if told.is(401) {
                            told.status(403);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_resource(
            "repeats-the-token-that-it-refuses",
            "OA-RES-008",
            "Says in a refusal which token it was about.",
            || {
                ResourceSabotage::new()
                    .told(|asked, told| {
                        let shown = asked.field("authorization").unwrap_or_default();
                        if told.head.status.is_client_error() && !shown.is_empty() {
                            told.body = format!("refused: {shown}").into();
                        }
                    })
                    .alterations()
            },
        ),
    ]
}

fn of_other_places() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_resource(
            "sees-one-of-several-tokens",
            "OA-RES-003",
            "Reads the token of the field, whatever stands in query and form.",
            || {
                ResourceSabotage::new()
                    .asked(|asked| {
                        if fields(asked) == 1 {
                            forget_the_query(asked);
                            asked.head.headers.remove(header::CONTENT_TYPE);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_resource(
            "takes-access-tokens-from-the-query",
            "OA-RES-004",
            "Takes a token from the query.",
            || {
                ResourceSabotage::new()
                    .asked(|asked| {
                        if let Some(token) = in_the_query(asked, "access_token")
                            && fields(asked) == 0
                        {
                            forget_the_query(asked);
                            show(asked, &token);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_resource(
            "takes-access-tokens-from-forms",
            "OA-RES-005",
            "Takes a token from a form.",
            || {
                ResourceSabotage::new()
                    .asked(|asked| {
                        if let Some(token) = value(&asked.body, "access_token")
                            && fields(asked) == 0
                            && is_at(asked, WRITE)
                        {
                            asked.head.headers.remove(header::CONTENT_TYPE);
                            show(asked, &token);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_resource(
            "takes-the-first-of-two-access-tokens",
            "OA-RES-006",
            "Takes the first of two Authorization fields.",
            || one_of_the_fields(|all| all.first().cloned()),
        )
        .only(FIRST),
        Saboteur::of_the_resource(
            "takes-the-last-of-two-access-tokens",
            "OA-RES-006",
            "Takes the last of two Authorization fields.",
            || one_of_the_fields(|all| all.last().cloned()),
        )
        .only(LAST),
    ]
}

fn one_of_the_fields(choose: fn(&[HeaderValue]) -> Option<HeaderValue>) -> Alterations {
    ResourceSabotage::new()
        .asked(move |asked| {
            let all = asked.head.headers.get_all(header::AUTHORIZATION);
            let all: Vec<HeaderValue> = all.iter().cloned().collect();
            if let Some(one) = choose(&all) {
                asked.head.headers.insert(header::AUTHORIZATION, one);
            }
        })
        .alterations()
}

fn forget_the_query(asked: &mut Asked) {
    if let Ok(path) = asked.head.uri.path().parse() {
        asked.head.uri = path;
    }
}

/// Opens to some requests in the place of the reference.
pub(super) fn opening(which: fn(&Asked) -> bool) -> Alterations {
    ResourceSabotage::new()
        .instead(move |asked| (is_protected(asked) && which(asked)).then(|| Told::empty(200)))
        .alterations()
}

/// Reads another token than the one that is shown.
fn taking(read: fn(&Asked) -> Option<String>) -> Alterations {
    ResourceSabotage::new()
        .asked(move |asked| {
            if let Some(other) = read(asked) {
                show(asked, &other);
            }
        })
        .alterations()
}

/// Alters the challenges.
pub(super) fn challenging(alter: fn(&str) -> String) -> Alterations {
    ResourceSabotage::new()
        .told(move |_, told| {
            let challenge = told.head.headers.get(header::WWW_AUTHENTICATE);
            if let Some(Ok(text)) = challenge.map(HeaderValue::to_str) {
                let other = alter(text);
                told.set(header::WWW_AUTHENTICATE, &other);
            }
        })
        .alterations()
}
