//! Saboteurs of how a caller logs in.

use crate::{
    Saboteur,
    credulous::Credulous,
    message::{Members, members, text},
    outbound::{Courier, altered, status},
    sabotage::LcCallerSabotage,
};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use bytes::Bytes;
use futures::future::BoxFuture;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_sending();
    all.extend(of_answers());
    all.extend(of_patience());
    all
}

fn of_sending() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_caller(
            "has-its-name-in-a-url",
            "LC-CLI-001",
            "Puts its name into the query of the login as well.",
            || {
                LcCallerSabotage::new()
                    .posting(|inner, mut request| {
                        let said = members(&request.body).unwrap_or_default();
                        let name = text(&said, "username").unwrap_or_default();
                        request.url = format!("{}?username={name}", request.url);
                        inner.post(request)
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_lc_caller(
            "logs-in-behind-any-certificate",
            "LC-CLI-021",
            "Sends name and password to an issuer whose certificate is wrong.",
            || {
                LcCallerSabotage::new()
                    .courier(Credulous::of_certificates(|_| true))
                    .alterations()
            },
        ),
        Saboteur::of_the_lc_caller(
            "tries-a-refused-login-again",
            "LC-CLI-022",
            "Sends name and password again when they are refused.",
            || {
                LcCallerSabotage::new()
                    .posting(|inner, request| {
                        Box::pin(async move {
                            let outcome = inner.post(request.clone()).await;
                            match status(&outcome) {
                                Some(400 | 401) => inner.post(request).await,
                                _ => outcome,
                            }
                        })
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_lc_caller(
            "logs-in-during-a-pause",
            "LC-CLI-023",
            "Does not mind for how long it is told to wait.",
            || {
                LcCallerSabotage::new()
                    .posting(|inner, request| {
                        Box::pin(async move {
                            let outcome = inner.post(request).await;
                            altered(outcome, |answer| {
                                if answer.status == 429 {
                                    answer.status = 503;
                                    answer.retry_after = None;
                                }
                            })
                        })
                    })
                    .alterations()
            },
        ),
    ]
}

fn of_answers() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_caller(
            "does-without-a-session-token",
            "LC-CLI-024",
            "Takes an answer to a login without a session token.",
            || {
                mending(|members| {
                    let whole =
                        text(members, "session_token").is_some_and(|token| !token.is_empty());
                    if !whole && members.contains_key("bearer_token") {
                        members.insert("session_token".to_owned(), json!("s".repeat(43)));
                    }
                })
            },
        )
        .only(&["session_token"]),
        Saboteur::of_the_lc_caller(
            "makes-itself-a-bearer",
            "LC-CLI-024",
            "Goes on without a bearer when a login brings none, with one of its own making.",
            || {
                mending(|members| {
                    if members.contains_key("session_token")
                        && text(members, "bearer_token").is_none()
                    {
                        members.insert("bearer_token".to_owned(), json!(made()));
                    }
                })
            },
        )
        .only(&["bearer_token"]),
        Saboteur::of_the_lc_caller(
            "reads-any-amount-of-a-login",
            "LC-CLI-024",
            "Reads as much of the answer to a login as comes.",
            || LcCallerSabotage::new().courier(Greedy).alterations(),
        )
        .only(&["more than 64 KiB"]),
        Saboteur::of_the_lc_caller(
            "takes-forms-for-logins",
            "LC-CLI-024",
            "Reads the answer to a login as a form where it is no JSON.",
            || {
                LcCallerSabotage::new()
                    .posting(|inner, request| {
                        Box::pin(async move {
                            altered(inner.post(request).await, |answer| {
                                if answer.status == 200
                                    && members(&answer.body).is_none()
                                    && !answer.cut
                                {
                                    answer.body = sound(&json!({}));
                                }
                            })
                        })
                    })
                    .alterations()
            },
        )
        .only(&["no JSON"]),
    ]
}

/// A caller that makes something else of the answer to a login.
fn mending(mend: fn(&mut Members)) -> Alterations {
    LcCallerSabotage::new()
        .posting(move |inner, request| {
            Box::pin(async move {
                altered(inner.post(request).await, |answer| {
                    if answer.status == 200 {
                        crate::message::edit(&mut answer.body, mend);
                    }
                })
            })
        })
        .alterations()
}

/// A bearer that has the form of one.
fn made() -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"alg": "ES256", "typ": "bearer+jwt", "kid": "saboteur"});
    let claims = json!({
        "iss": "https://saboteur.example", "aud": "https://saboteur.example", "sub": "a1",
        "sid": "session-of-the-saboteur", "iat": 1_000_000_000, "exp": 4_000_000_000_u64,
    });
    format!("{}.{}.{}", part(&header), part(&claims), "A".repeat(86))
}

/// The answer to a login with both tokens, and with these members besides.
fn sound(more: &Value) -> Bytes {
    let mut all = more.as_object().cloned().unwrap_or_default();
    all.insert("session_token".to_owned(), json!("s".repeat(43)));
    all.insert("session_expires_in".to_owned(), json!(7200));
    all.insert("bearer_token".to_owned(), json!(made()));
    all.insert("expires_in".to_owned(), json!(420));
    Bytes::from(Value::Object(all).to_string())
}

/// Asks once more, by a client without a bound, where an answer was too long.
struct Greedy;

impl Courier for Greedy {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let outcome = inner.post(request.clone()).await;
            if !matches!(
                &outcome,
                OutboundOutcome::Answered(Answer { cut: true, .. })
            ) {
                return outcome;
            }
            let credulous = Credulous::of_certificates(|_| true);
            let Some(mut answer) = credulous.insist(Method::POST, request).await else {
                return outcome;
            };
            crate::message::edit(&mut answer.body, |members| drop(members.remove("filler")));
            OutboundOutcome::Answered(answer)
        })
    }
}

fn of_patience() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_caller(
            "waits-long-for-a-login",
            "LC-CLI-025",
            "Waits for the answer to a login longer than it declares.",
            || {
                LcCallerSabotage::new()
                    .courier(Patient { logins: true })
                    .alterations()
            },
        )
        .only(&["A login that is not answered"]),
        Saboteur::of_the_lc_caller(
            "waits-long-for-an-api",
            "LC-CLI-025",
            "Waits for the answer of an API longer than it declares.",
            || {
                LcCallerSabotage::new()
                    .courier(Patient { logins: false })
                    .alterations()
            },
        )
        .only(&["A call that is not answered"]),
    ]
}

/// Goes on waiting where the outbound client of the reference has given up.
struct Patient {
    logins: bool,
}

impl Courier for Patient {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let began = Instant::now();
            let outcome = inner.post(request).await;
            wait_on(self.logins, began).await;
            outcome
        })
    }

    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let began = Instant::now();
            let outcome = inner.get(request).await;
            wait_on(!self.logins, began).await;
            outcome
        })
    }
}

/// Waits a while more for what has taken long already.
async fn wait_on(concerned: bool, began: Instant) {
    if concerned && began.elapsed() > Duration::from_millis(900) {
        tokio::time::sleep(Duration::from_millis(2500)).await;
    }
}
