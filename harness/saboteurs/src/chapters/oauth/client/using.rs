//! Saboteurs of how a client uses its tokens.

use super::messages::{bearer, edit_answer, server, set};
use crate::{
    Saboteur,
    ledger::lock,
    message::{members, text},
    outbound::Courier,
    sabotage::{ClientSabotage, is_api},
};
use btx_reference::outbound::{Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::oauth::TokenAnswer;
use futures::future::BoxFuture;
use serde_json::json;
use std::{collections::BTreeMap, sync::Mutex};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_showing();
    all.extend(of_keeping());
    all.extend(of_refusals());
    all
}

fn of_showing() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_client(
            "shows-its-token-in-a-field-of-its-own-too",
            "OA-CLI-040",
            "Shows its token in a field of its own, beside the one that is there for it.",
            || {
                ClientSabotage::new()
                    .calling(|request| {
                        if let Some(token) = bearer(request) {
                            set(request, "x-access-token", token);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_client(
            "shows-a-token-wherever-it-is-told-to",
            "OA-CLI-041",
            "Shows the token of one server to the API of another when it is told to.",
            || {
                ClientSabotage::new()
                    .config(|config| {
                        let apis: Vec<_> =
                            config.servers.iter().flat_map(|s| s.api.clone()).collect();
                        for server in &mut config.servers {
                            server.api.clone_from(&apis);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_client(
            "follows-redirects-of-an-api",
            "OA-CLI-042",
            "Follows a redirect of an API to another origin, with the token.",
            || {
                ClientSabotage::new()
                    .getting(|inner, request| Box::pin(follow(inner, request)))
                    .alterations()
            },
        ),
    ]
}

async fn follow(inner: &dyn Outbound, mut request: OutboundRequest) -> OutboundOutcome {
    let outcome = inner.get(request.clone()).await;
    match &outcome {
        OutboundOutcome::Answered(answer) if (300..400).contains(&answer.status) => {
            let Some(location) = answer.location.clone() else {
                return outcome;
            };
            request.url = location;
            inner.get(request).await
        }
        _ => outcome,
    }
}

fn of_keeping() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_client(
            "uses-each-token-once",
            "OA-CLI-043",
            "Gets a new token when it has used the one that it has.",
            || {
                ClientSabotage::new()
                    .courier(Forgetful::default())
                    .alterations()
            },
        )
        .also(
            "OA-CLI-007",
            &["Many callers that need a token"],
            "callers that come together have one token too",
        ),
        Saboteur::of_the_client(
            "shows-tokens-after-their-end",
            "OA-CLI-044",
            "Believes that each token lives for an hour, whatever its answer says.",
            || {
                ClientSabotage::new()
                    .granted(|answer| {
                        edit_answer(answer, |m| {
                            m.insert("expires_in".to_owned(), json!(3600));
                        });
                    })
                    .alterations()
            },
        ),
    ]
}

/// Remembers how it has asked for a token with success, and which tokens it has used.
#[derive(Default)]
struct Forgetful {
    asked: Mutex<BTreeMap<String, OutboundRequest>>,
    used: Mutex<BTreeMap<String, usize>>,
}

impl Courier for Forgetful {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let outcome = inner.post(request.clone()).await;
            let server = server(&request.url);
            match token(&outcome) {
                Some(_) => lock(&self.asked).insert(server, request),
                None => lock(&self.asked).remove(&server),
            };
            outcome
        })
    }

    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let Some(shown) = bearer(&request).filter(|_| is_api(&request.url)) else {
                return inner.get(request).await;
            };
            let used_before = {
                let mut used = lock(&self.used);
                let times = used.entry(shown).or_default();
                *times += 1;
                *times > 1
            };
            let asked = lock(&self.asked).get(&server(&request.url)).cloned();
            if let (true, Some(asked)) = (used_before, asked)
                && let Some(new) = token(&inner.post(asked).await)
            {
                set(&mut request, "authorization", format!("Bearer {new}"));
            }
            inner.get(request).await
        })
    }
}

/// The token of an answer that brings a sound one.
fn token(outcome: &OutboundOutcome) -> Option<String> {
    let OutboundOutcome::Answered(answer) = outcome else {
        return None;
    };
    let told = TokenAnswer::parse(&answer.body).ok()?;
    (answer.status == 200 && told.is_bearer())
        .then(|| members(&answer.body).and_then(|m| text(&m, "access_token")))
        .flatten()
}

fn of_refusals() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_client(
            "gives-up-at-invalid-token",
            "OA-CLI-045",
            "Takes a 401 of an API for the last word, whatever it says.",
            || {
                ClientSabotage::new()
                    .called(|answer| answer.www_authenticate = None)
                    .alterations()
            },
        ),
        Saboteur::of_the_client(
            "tries-on-after-a-second-refusal",
            "OA-CLI-046",
            "Tries twice more when its second token is refused as well.",
            || {
                ClientSabotage::new()
                    .courier(Stubborn::default())
                    .alterations()
            },
        ),
        Saboteur::of_the_client(
            "gets-a-new-token-for-a-missing-scope",
            "OA-CLI-047",
            "Gets a new token when an API says that the scope is not enough.",
            || {
                ClientSabotage::new()
                    .called(|answer| {
                        if answer.status == 403 {
                            answer.status = 401;
                            let challenge = "Bearer error=\"invalid_token\"";
                            answer.www_authenticate = Some(challenge.to_owned());
                        }
                    })
                    .alterations()
            },
        ),
    ]
}

/// Remembers the token that each API has refused last.
#[derive(Default)]
struct Stubborn(Mutex<BTreeMap<String, String>>);

impl Courier for Stubborn {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let mut outcome = inner.get(request.clone()).await;
            let Some(token) = bearer(&request) else {
                return outcome;
            };
            if crate::outbound::status(&outcome) != Some(401) {
                // What an API refused in an earlier scenario is no first refusal in this one.
                lock(&self.0).remove(&server(&request.url));
                return outcome;
            }
            let before = lock(&self.0).insert(server(&request.url), token.clone());
            if before.is_some_and(|before| before != token) {
                for _ in 0..2 {
                    outcome = inner.get(request.clone()).await;
                }
            }
            outcome
        })
    }
}
