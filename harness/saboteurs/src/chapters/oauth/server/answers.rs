//! Saboteurs of the answers of the token endpoint.

use super::{
    master::shown,
    requests::{
        CLIENT_CREDENTIALS, JWT_BEARER, asks_for, calling, complaining, form, granting, is_token,
        parameter, put, take,
    },
};
use crate::{
    Saboteur,
    message::{Told, edit_text},
    sabotage::ServerSabotage,
};
use axum::http::header;
use btx_harness::embedded::Alterations;
use btx_reference::random::{Random, RandomError};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

const SCOPE: &str = "rutabaga";
const WORDLESS: &str = "an error that is no JSON has no name";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_token();
    all.extend(of_the_refusal());
    all
}

fn of_the_token() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_authorization_server(
            "does-not-say-the-type",
            "OA-AUS-040",
            "Leaves the token_type out of its answers.",
            || without("token_type"),
        ),
        Saboteur::of_the_authorization_server(
            "does-not-say-how-long",
            "OA-AUS-041",
            "Leaves expires_in out of its answers.",
            || without("expires_in"),
        ),
        Saboteur::of_the_authorization_server(
            "lets-tokens-be-stored",
            "OA-AUS-042",
            "Sends a token without Cache-Control.",
            || granting(|told| told.remove(&header::CACHE_CONTROL)),
        ),
        Saboteur::of_the_authorization_server(
            "sends-tokens-as-text",
            "OA-AUS-043",
            "Sends a token as text/plain.",
            || granting(|told| told.set(header::CONTENT_TYPE, "text/plain")),
        ),
        Saboteur::of_the_authorization_server(
            "grants-less-in-silence",
            "OA-AUS-044",
            "Leaves a scope out that the client may not have, and does not say so.",
            || {
                ServerSabotage::new()
                    .asked(|asked| {
                        if is_too_much(asked) {
                            let kept = "read write";
                            super::requests::edit_form(asked, |form| put(form, "scope", kept));
                        }
                    })
                    .told(|asked, told| {
                        if is_too_much(asked) && told.is(200) {
                            told.edit(|members| {
                                members.remove("scope");
                            });
                        }
                    })
                    .alterations()
            },
        )
        .also(
            "OA-AUS-061",
            &["a scope that nobody has beside its own"],
            "who is not told otherwise was granted what it has asked for",
        ),
        Saboteur::of_the_authorization_server(
            "adds-a-refresh-token",
            "OA-AUS-045",
            "Sends a refresh token with each token.",
            || {
                granting(|told| {
                    told.edit(|members| {
                        members.insert("refresh_token".to_owned(), "again-and-again".into());
                    });
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "has-commas-in-its-tokens",
            "OA-AUS-046",
            "Issues tokens with a comma in them.",
            || {
                ServerSabotage::new()
                    .asked(|asked| {
                        if !is_token(asked) {
                            super::requests::edit_form(asked, |form| {
                                for (_, value) in form.iter_mut() {
                                    *value = value.replacen(',', "", 1);
                                }
                            });
                        }
                    })
                    .told(|asked, told| {
                        if is_token(asked) && told.is(200) {
                            told.edit(|members| {
                                edit_text(members, "access_token", |token| match token {
                                    signed if signed.contains('.') => signed.to_owned(),
                                    opaque => {
                                        let (first, rest) = opaque.split_at(opaque.len() / 2);
                                        format!("{first},{rest}")
                                    }
                                });
                            });
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_authorization_server(
            "counts-its-tokens",
            "OA-AUS-047",
            "Issues tokens that count upwards.",
            || {
                ServerSabotage::new()
                    .parts(|_, mut parts| {
                        parts.random = Arc::new(Counts::default());
                        parts
                    })
                    .alterations()
            },
        ),
    ]
}

/// A client asks for a scope that nobody has, beside its own.
fn is_too_much(asked: &crate::message::Asked) -> bool {
    let scope = parameter(asked, "scope").unwrap_or_default();
    let beside = scope.len() > SCOPE.len() && scope.split(' ').any(|one| one == SCOPE);
    asks_for(asked, CLIENT_CREDENTIALS) && beside
}

/// Randomness that is none.
#[derive(Default)]
struct Counts(AtomicU64);

impl Random for Counts {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        bytes.fill(0);
        let count = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (place, byte) in bytes.iter_mut().rev().zip(count.iter().rev()) {
            *place = *byte;
        }
        Ok(())
    }
}

fn without(member: &'static str) -> Alterations {
    granting(move |told| {
        told.edit(|members| {
            members.remove(member);
        });
    })
}

fn of_the_refusal() -> Vec<Saboteur> {
    const ERROR: &[&str] = &["the error"];
    let wordless = |saboteur: Saboteur, ids: &[&'static str]| {
        ids.iter()
            .fold(saboteur, |saboteur, id| saboteur.also(id, ERROR, WORDLESS))
    };
    vec![
        Saboteur::of_the_authorization_server(
            "refuses-with-403",
            "OA-AUS-050",
            "Refuses requests with 403 in the place of 400.",
            || {
                complaining(|_, told| {
                    if told.is(400) {
                        told.status(403);
                    }
                })
            },
        ),
        wordless(
            Saboteur::of_the_authorization_server(
                "refuses-in-words",
                "OA-AUS-051",
                "Refuses requests with a sentence in the place of a JSON object.",
                || complaining(|_, told| told.body = "That cannot be done.".into()),
            ),
            &[
                "OA-AUS-010",
                "OA-AUS-012",
                "OA-AUS-025",
                "OA-AUS-055",
                "OA-AUS-062",
                "OA-AUS-073",
                "OA-AUS-116",
                "OA-AUS-140",
                "OA-AUS-141",
            ],
        ),
        Saboteur::of_the_authorization_server(
            "refuses-as-a-page",
            "OA-AUS-052",
            "Sends refusals as text/html.",
            || complaining(|_, told| told.set(header::CONTENT_TYPE, "text/html")),
        ),
        Saboteur::of_the_authorization_server(
            "lets-refusals-be-stored",
            "OA-AUS-053",
            "Sends refusals without Cache-Control.",
            || complaining(|_, told| told.remove(&header::CACHE_CONTROL)),
        ),
        Saboteur::of_the_authorization_server(
            "describes-in-quotes",
            "OA-AUS-054",
            "Has quotation marks and letters beyond ASCII in its descriptions.",
            || complaining(|_, told| describe(told, "This is \"n\u{e9}gative\".")),
        ),
        Saboteur::of_the_authorization_server(
            "calls-what-is-malformed-a-wrong-grant",
            "OA-AUS-055",
            "Refuses what is malformed with the error invalid_grant.",
            || {
                calling("invalid_request", "invalid_grant", |asked| {
                    !asks_for(asked, JWT_BEARER)
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "repeats-what-it-was-asked",
            "OA-AUS-056",
            "Repeats parameters of the request in its descriptions.",
            || {
                complaining(|asked, told| {
                    let mut names = form(asked);
                    take(&mut names, "client_secret");
                    let all = names.iter().flat_map(|(name, value)| [name, value]);
                    let all: String = all.map(|word| format!("{word} ")).collect();
                    describe(told, &plain(&all));
                })
            },
        )
        .only(&[
            "a marked grant_type",
            "a marked scope",
            "a marked parameter",
        ]),
        Saboteur::of_the_authorization_server(
            "repeats-who-asks",
            "OA-AUS-056",
            "Repeats the id of the client in its descriptions.",
            || {
                complaining(|asked, told| {
                    if let Some(shown) = shown(asked) {
                        describe(told, &plain(&format!("{} is not known.", shown.id)));
                    }
                })
            },
        )
        .only(&["a marked client_id"])
        .also(
            "OA-AUS-028",
            &["which clients there are"],
            "it repeats one id, and another one",
        ),
    ]
}

fn describe(told: &mut Told, words: &str) {
    told.edit(|members| {
        members.insert("error_description".to_owned(), words.into());
    });
}

fn plain(text: &str) -> String {
    let fits = |c: &char| matches!(c, ' '..='~') && *c != '"' && *c != '\\';
    text.chars().filter(fits).take(200).collect()
}
