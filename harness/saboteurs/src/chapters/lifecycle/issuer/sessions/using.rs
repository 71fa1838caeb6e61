//! Saboteurs of what opens the API: session tokens that pass for bearers, bearers that never end, and live ones that
//! bring others.

use super::{
    diary::{Diary, Known},
    requests::{
        SESSION, Shown, bring, brought, is_api, is_success, session_token, show, token,
        with_session,
    },
};
use crate::{Saboteur, message::Asked, sabotage::LcIssuerSabotage};
use btx_harness::embedded::Alterations;
use url::form_urlencoded;

const ALONE: &str = "the session token that comes along is enough";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "takes-its-session-tokens-for-bearers",
            "LC-ISS-062",
            "Opens the API to a session token that is shown as a bearer.",
            || opening(|asked, diary| diary.of_token(token(asked)?)),
        ),
        Saboteur::of_the_lifecycle_issuer(
            "is-content-with-a-session-token",
            "LC-ISS-081",
            "Opens the API to a session token, whatever bearer comes with it.",
            || {
                opening(|asked, diary| {
                    let own = diary.of_token(&session_token(asked)?)?;
                    let bearer = token(asked).and_then(Shown::read);
                    bearer.is_none().then_some(own)
                })
            },
        )
        .also("LC-ISS-062", &["with itself as session token"], ALONE),
        Saboteur::of_the_lifecycle_issuer(
            "brings-a-bearer-with-every-answer",
            "LC-ISS-063",
            "Brings a new bearer whenever one opens.",
            || bringing(|_| true),
        ),
        Saboteur::of_the_lifecycle_issuer(
            "renews-live-bearers-with-their-session",
            "LC-ISS-063",
            "Brings a new bearer to a live one that comes with its session token.",
            || bringing(|asked| session_token(asked).is_some()),
        )
        .only(&["is shown with its session token"]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-expired-bearers",
            "LC-ISS-064",
            "Opens the API to an expired bearer.",
            || {
                opening(|asked, diary| {
                    let expired = Shown::of(asked).filter(Shown::has_expired)?;
                    let own = diary.of_bearer(&expired.text).filter(|own| !own.ended)?;
                    session_token(asked).is_none().then_some(own)
                })
            },
        )
        .also(
            "LC-ISS-083",
            &["more than one session token"],
            "of several session tokens it looks at none",
        )
        .also(
            "HT-RES-010",
            &["to an expired bearer"],
            "what opens gets no challenge",
        ),
        Saboteur::of_the_lifecycle_issuer(
            "takes-session-tokens-from-the-query",
            "LC-ISS-064",
            "Takes a session token from the query.",
            || {
                looking(|asked| {
                    let mut pairs = form_urlencoded::parse(asked.head.uri.query()?.as_bytes());
                    let found = pairs.find(|(name, _)| name == "session_token");
                    found.map(|(_, value)| value.into_owned())
                })
            },
        )
        .only(&["in the query"]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-session-tokens-from-a-cookie",
            "LC-ISS-064",
            "Takes a session token from a cookie.",
            || {
                looking(|asked| {
                    let mut cookies = asked.field("cookie")?.split("; ");
                    cookies.find_map(|one| one.strip_prefix("session_token=").map(str::to_owned))
                })
            },
        )
        .only(&["in a cookie"]),
    ]
}

/// An issuer that opens its API to the sessions of some requests, whatever these show.
fn opening(whose: fn(&Asked, &Diary) -> Option<Known>) -> Alterations {
    let diary = Diary::default();
    let known = diary.clone();
    diary
        .kept()
        .asked(move |asked| {
            let own = whose(asked, &known).filter(|own| is_api(asked) && !own.ended);
            let Some(own) = own else { return };
            if let Some(bearer) = own.bearers.last() {
                show(asked, bearer);
                with_session(asked, &own.token);
            }
        })
        .alterations()
}

/// An issuer that brings the bearer again that was shown, where that was live.
fn bringing(which: fn(&Asked) -> bool) -> Alterations {
    LcIssuerSabotage::new()
        .told(move |asked, told| {
            let live = Shown::of(asked).filter(|shown| !shown.has_expired() && which(asked));
            let silent = is_success(told) && brought(told, "bearer_token").is_none();
            if let Some(live) = live.filter(|_| silent) {
                bring(told, &live.text);
            }
        })
        .alterations()
}

/// An issuer that looks for the session token where none is in its place.
fn looking(elsewhere: fn(&Asked) -> Option<String>) -> Alterations {
    LcIssuerSabotage::new()
        .asked(move |asked| {
            let missing = is_api(asked) && !asked.head.headers.contains_key(SESSION);
            if let Some(found) = elsewhere(asked).filter(|_| missing) {
                with_session(asked, &found);
            }
        })
        .alterations()
}
