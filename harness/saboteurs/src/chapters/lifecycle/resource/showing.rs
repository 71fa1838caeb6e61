//! Saboteurs of where a resource elsewhere looks for a bearer, and what it takes for one.

use super::{
    mend::blind,
    requests::{fields, has_session_token, is_at_the_door, is_bare, is_opaque, show, token},
};
use crate::{
    Saboteur,
    message::{Asked, Told},
    sabotage::LcResourceSabotage,
};
use axum::http::header;
use btx_harness::embedded::Alterations;
use url::form_urlencoded;

/// How many characters a session token has.
const SESSION_TOKEN: usize = 43;
const OPEN: &str = "what is opened is not refused, and gets no challenge";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_session_tokens();
    all.extend(of_places());
    all.extend(of_nobody());
    all
}

fn of_session_tokens() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_resource(
            "takes-session-tokens-for-bearers",
            "LC-RES-019",
            "Opens to a session token in the place of a bearer.",
            || {
                opening(|asked| {
                    is_opaque(asked)
                        && token(asked).is_some_and(|shown| shown.len() == SESSION_TOKEN)
                })
            },
        ),
        Saboteur::of_the_lc_resource(
            "refreshes-bearers-elsewhere",
            "LC-RES-020",
            "Takes a bearer that has expired, when a session token comes with it.",
            || {
                blind(|shown| {
                    let over = shown.time("exp").is_some_and(|end| end <= shown.opened.now);
                    shown.renew();
                    over && shown.with_session
                })
            },
        )
        .only(&["A session token does not replace"]),
        Saboteur::of_the_lc_resource(
            "opens-to-session-tokens-alone",
            "LC-RES-020",
            "Opens to a session token without a bearer.",
            || opening(|asked| is_bare(asked) && has_session_token(asked)),
        )
        .only(&["A session token without a bearer"]),
    ]
}

/// A resource that opens to some requests.
fn opening(which: fn(&Asked) -> bool) -> Alterations {
    LcResourceSabotage::new()
        .instead(move |asked| (is_at_the_door(asked) && which(asked)).then(|| Told::empty(200)))
        .alterations()
}

/// A resource that finds a bearer in another place.
fn finding(find: fn(&Asked) -> Option<String>) -> Alterations {
    LcResourceSabotage::new()
        .asked(move |asked| {
            if let Some(found) = find(asked).filter(|_| is_at_the_door(asked)) {
                show(asked, &found);
            }
        })
        .alterations()
}

fn of_places() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_resource(
            "compares-the-scheme-of-bearers-as-a-string",
            "HT-RES-002",
            "Takes the scheme Bearer in this one spelling only.",
            || {
                LcResourceSabotage::new()
                    .asked(|asked| {
                        let shown = asked.field("authorization").unwrap_or_default();
                        if !shown.starts_with("Bearer ") {
                            asked.head.headers.remove(header::AUTHORIZATION);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_lc_resource(
            "finds-bearers-in-queries",
            "HT-RES-003",
            "Takes a bearer out of the query.",
            || {
                finding(|asked| {
                    let mut pairs = form_urlencoded::parse(asked.head.uri.query()?.as_bytes());
                    let (_, found) = pairs.find(|(name, _)| name == "access_token")?;
                    Some(found.into_owned())
                })
            },
        )
        .only(&["in the query"]),
        Saboteur::of_the_lc_resource(
            "finds-bearers-in-other-fields",
            "HT-RES-003",
            "Takes a bearer out of a cookie or a field of its own.",
            || {
                finding(|asked| {
                    let cookie = || {
                        let (_, rest) = asked.field("cookie")?.split_once("access_token=")?;
                        rest.split(';').next()
                    };
                    let found = asked.field("x-access-token").or_else(cookie)?;
                    Some(found.to_owned())
                })
            },
        )
        .only(&["in a cookie", "in a field"]),
        Saboteur::of_the_lc_resource(
            "takes-bearers-of-any-scheme",
            "HT-RES-003",
            "Takes what stands last in the field, whatever stands before it.",
            || {
                finding(|asked| {
                    let shown = asked
                        .field("authorization")
                        .filter(|_| fields(asked) == 1)?;
                    let last = shown.rsplit(' ').next()?;
                    let other = !shown.to_ascii_lowercase().starts_with("bearer ");
                    other.then(|| last.to_owned())
                })
            },
        )
        .only(&["the scheme Basic", "without a scheme"]),
        Saboteur::of_the_lc_resource(
            "takes-the-first-of-two-bearers",
            "HT-RES-004",
            "Looks at the first of several Authorization fields.",
            || of_two(false),
        )
        .only(&["the token and then a wrong one", "the token twice"])
        .also("HT-RES-012", &["are answered with 400"], OPEN),
        Saboteur::of_the_lc_resource(
            "takes-the-last-of-two-bearers",
            "HT-RES-004",
            "Looks at the last of several Authorization fields.",
            || of_two(true),
        )
        .only(&["a wrong token and then the right one", "the token twice"])
        .also("HT-RES-012", &["are answered with 400"], OPEN),
        Saboteur::of_the_lc_resource(
            "refuses-two-bearers-with-401",
            "HT-RES-012",
            "Answers two Authorization fields like a wrong one.",
            || {
                LcResourceSabotage::new()
                    .told(|asked, told| {
                        if is_at_the_door(asked) && fields(asked) > 1 {
                            *told = super::requests::refusal();
                        }
                    })
                    .alterations()
            },
        ),
    ]
}

/// A resource that looks at one of several fields.
fn of_two(last: bool) -> Alterations {
    LcResourceSabotage::new()
        .asked(move |asked| {
            let all = asked.head.headers.get_all(header::AUTHORIZATION);
            let mut all = all.iter();
            let one = if last { all.next_back() } else { all.next() };
            if let Some(one) = one.cloned().filter(|_| fields(asked) > 1) {
                asked.head.headers.insert(header::AUTHORIZATION, one);
            }
        })
        .alterations()
}

fn of_nobody() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_resource(
            "opens-to-who-shows-no-bearer",
            "HT-RES-005",
            "Opens to a request that shows nothing.",
            || opening(|asked| is_bare(asked) && !has_session_token(asked) && is_plain(asked)),
        )
        .also("HT-RES-011", &["Somebody who shows no bearer"], OPEN),
        Saboteur::of_the_lc_resource(
            "opens-to-tokens-of-nobody",
            "HT-RES-006",
            "Opens to every short token.",
            || {
                opening(|asked| {
                    let length = token(asked).map_or(0, str::len);
                    is_opaque(asked) && (1..SESSION_TOKEN).contains(&length)
                })
            },
        )
        .only(&["of its own making"]),
        Saboteur::of_the_lc_resource(
            "opens-to-an-empty-bearer",
            "HT-RES-006",
            "Opens to the scheme Bearer without a token.",
            || {
                opening(|asked| {
                    let shown = asked.field("authorization").unwrap_or_default();
                    shown.trim() == "Bearer"
                })
            },
        )
        .only(&["an empty token"]),
    ]
}

/// Whether nothing that might be a token stands anywhere else in a request.
fn is_plain(asked: &Asked) -> bool {
    let others = ["cookie", "x-access-token"];
    asked.head.uri.query().is_none() && others.iter().all(|name| asked.field(name).is_none())
}
