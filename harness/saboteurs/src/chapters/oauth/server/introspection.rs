//! Saboteurs of questions about tokens, and of revocation.

use super::{
    issued::Issued,
    master::Master,
    requests::{edit_form, from_the_query, is_question, is_revocation, parameter, put, refusal},
};
use crate::{
    Saboteur,
    message::{Asked, Told},
    sabotage::ServerSabotage,
};
use axum::http::{Method, header};
use btx_harness::embedded::Alterations;
use serde_json::{Value, json};

/// A token that nobody issued.
const NOBODYS: &str = "nobody-has-ever-issued-this-one";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_questions();
    all.extend(of_dead_tokens());
    all.extend(of_revocation());
    all
}

fn of_questions() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_authorization_server(
            "tells-strangers-about-tokens",
            "OA-AUS-200",
            "Answers questions of whoever asks.",
            || {
                Master::default()
                    .admitting(|master, asked, shown| {
                        let right = shown.is_some_and(|shown| master.is_right(shown));
                        (is_question(asked) && !right).then(|| master.anybody())
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_authorization_server(
            "calls-no-token-live",
            "OA-AUS-201",
            "Says of every token that it is not live.",
            || answering(|_, told| told.body = json!({ "active": false }).to_string().into()),
        ),
        Saboteur::of_the_authorization_server(
            "does-not-say-until-when",
            "OA-AUS-204",
            "Does not say until when a token lives.",
            || {
                answering(|_, told| {
                    told.edit(|members| {
                        members.remove("exp");
                    });
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "answers-questions-about-nothing",
            "OA-AUS-205",
            "Says of no token that it is not live.",
            || {
                ServerSabotage::new()
                    .instead(|asked| {
                        let posted = is_question(asked) && asked.head.method == Method::POST;
                        let empty = posted && parameter(asked, "token").is_none();
                        empty.then(|| {
                            let mut told = refusal(200, "none");
                            told.body = json!({ "active": false }).to_string().into();
                            told
                        })
                    })
                    .alterations()
            },
        )
        .only(&["no token", "an empty token"]),
        Saboteur::of_the_authorization_server(
            "reads-questions-from-the-uri",
            "OA-AUS-206",
            "Answers a question in the URI, by GET.",
            || {
                ServerSabotage::new()
                    .asked(|asked| {
                        if is_question(asked) {
                            from_the_query(asked);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_authorization_server(
            "lets-what-it-tells-be-stored",
            "OA-AUS-207",
            "Answers questions without Cache-Control.",
            || answering(|_, told| told.remove(&header::CACHE_CONTROL)),
        ),
    ]
}

/// A server that alters its answers to questions about tokens.
fn answering(alter: impl Fn(&Asked, &mut Told) + Send + Sync + 'static) -> Alterations {
    ServerSabotage::new()
        .told(move |asked, told| {
            if is_question(asked) && told.is(200) {
                alter(asked, told);
            }
        })
        .alterations()
}

fn of_dead_tokens() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_authorization_server(
            "calls-unknown-tokens-live",
            "OA-AUS-202",
            "Says of a token that it has never issued that it is live.",
            || resurrecting(|issued, token| !issued.has(token)),
        )
        .only(&["never issued"]),
        Saboteur::of_the_authorization_server(
            "calls-expired-tokens-live",
            "OA-AUS-202",
            "Says of a token that has expired that it is live.",
            || resurrecting(|issued, token| issued.has(token) && !issued.was_revoked(token)),
        )
        .only(&["that has expired"]),
        Saboteur::of_the_authorization_server(
            "calls-revoked-tokens-live",
            "OA-AUS-202",
            "Says of a token that was revoked that it is live.",
            || resurrecting(|issued, token| issued.has(token) && issued.was_revoked(token)),
        )
        .only(&["that was revoked"])
        .also("OA-AUS-221", &["opens nothing"], SEEN)
        .also("OA-AUS-225", &["A hint may be wrong"], SEEN),
        Saboteur::of_the_authorization_server(
            "tells-of-dead-tokens",
            "OA-AUS-203",
            "Says more of a token that is not live.",
            || {
                answering(|_, told| {
                    told.edit(|members| {
                        if members.get("active") == Some(&Value::Bool(false)) {
                            members.insert("token_type".to_owned(), json!("Bearer"));
                        }
                    });
                })
            },
        ),
    ]
}

const SEEN: &str = "what it says of a token is all by which its end is seen";

/// A server that says of some dead tokens that they are live.
fn resurrecting(which: fn(&Issued, &str) -> bool) -> Alterations {
    let issued = Issued::default();
    let noted = issued.clone();
    issued
        .noting()
        .told(move |asked, told| {
            let token = parameter(asked, "token").unwrap_or_default();
            let dead = told.text("error").is_none() && is_question(asked);
            if dead && which(&noted, &token) {
                told.edit(|members| {
                    members.insert("active".to_owned(), Value::Bool(true));
                });
            }
        })
        .alterations()
}

fn of_revocation() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_authorization_server(
            "lets-strangers-revoke",
            "OA-AUS-220",
            "Revokes a token on the word of whoever asks.",
            || revoking_for_the_owner(|right, _| !right),
        ),
        Saboteur::of_the_authorization_server(
            "lets-every-client-revoke",
            "OA-AUS-224",
            "Revokes a token on the word of any client.",
            || revoking_for_the_owner(|right, same| right && !same),
        ),
        Saboteur::of_the_authorization_server(
            "revokes-nothing",
            "OA-AUS-221",
            "Thanks for a revocation and does nothing.",
            || idle(|asked| parameter(asked, "token_type_hint").is_none()),
        )
        .also(
            "OA-AUS-202",
            &["that was revoked"],
            "what it does not revoke is live",
        ),
        Saboteur::of_the_authorization_server(
            "thanks-with-204",
            "OA-AUS-222",
            "Answers the revocation of a token with 204.",
            || {
                let issued = Issued::default();
                let noted = issued.clone();
                issued
                    .noting()
                    .told(move |asked, told| {
                        let token = parameter(asked, "token").unwrap_or_default();
                        if is_revocation(asked) && told.is(200) && noted.has(&token) {
                            told.status(204);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_authorization_server(
            "misses-what-it-never-issued",
            "OA-AUS-223",
            "Refuses the revocation of a token that it has never issued.",
            || {
                let issued = Issued::default();
                let noted = issued.clone();
                issued
                    .noting()
                    .told(move |asked, told| {
                        let token = parameter(asked, "token").unwrap_or_default();
                        if is_revocation(asked) && told.is(200) && !noted.has(&token) {
                            *told = refusal(400, "invalid_request");
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_authorization_server(
            "does-nothing-with-a-hint",
            "OA-AUS-225",
            "Finds no token to revoke where there is a hint.",
            || idle(|asked| parameter(asked, "token_type_hint").is_some()),
        ),
    ]
}

/// A server that answers some revocations and ends nothing.
fn idle(which: fn(&Asked) -> bool) -> Alterations {
    ServerSabotage::new()
        .asked(move |asked| {
            if is_revocation(asked) && which(asked) {
                edit_form(asked, |form| put(form, "token", NOBODYS));
            }
        })
        .alterations()
}

/// A server that revokes tokens in the name of their client: `which` is told whether the proof of the caller
/// is right, and whether it is that client.
fn revoking_for_the_owner(which: fn(bool, bool) -> bool) -> Alterations {
    let issued = Issued::default();
    let noted = issued.clone();
    issued
        .noting_with(Master::default().admitting(move |master, asked, shown| {
            let owner = noted.owner(&parameter(asked, "token")?)?;
            let right = shown.is_some_and(|shown| master.is_right(shown));
            let same = shown.is_some_and(|shown| shown.id == owner);
            (is_revocation(asked) && which(right, same)).then_some(owner)
        }))
        .alterations()
}
