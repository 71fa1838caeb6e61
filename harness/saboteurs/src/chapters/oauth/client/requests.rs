//! Saboteurs of the token request.

use super::messages::{error, field, parameter, put, server, set};
use crate::{
    Saboteur,
    credulous::Credulous,
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    outbound::status,
    sabotage::ClientSabotage,
};
use axum::middleware::Next;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use btx_reference::outbound::{Outbound, OutboundOutcome, OutboundRequest};
use futures::future::BoxFuture;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use url::form_urlencoded;

/// The errors by which a server refuses an assertion or a secret.
const REFUSALS: [&str; 3] = ["invalid_client", "invalid_grant", "unauthorized_client"];

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_form();
    all.extend(of_the_way());
    all.extend(of_asking_again());
    all
}

fn of_the_form() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_client(
            "calls-its-form-plain-text",
            "OA-CLI-001",
            "Sends its form as plain text.",
            || {
                ClientSabotage::new()
                    .asking(|request| set(request, "content-type", "text/plain".to_owned()))
                    .alterations()
            },
        ),
        Saboteur::of_the_client(
            "joins-id-and-secret-as-they-are",
            "OA-CLI-002",
            "Joins id and secret for the scheme Basic without encoding them.",
            || ClientSabotage::new().asking(join_as_they_are).alterations(),
        ),
        Saboteur::of_the_client(
            "proves-itself-twice",
            "OA-CLI-003",
            "Puts a secret into the form, beside the proof that it has given already.",
            || {
                ClientSabotage::new()
                    .asking(|request| put(request, "client_secret", "once-more"))
                    .alterations()
            },
        ),
        Saboteur::of_the_client(
            "puts-its-proof-into-the-uri",
            "OA-CLI-004",
            "Puts its secret, or its assertion, into the URI of the token endpoint as well.",
            || ClientSabotage::new().asking(put_into_the_uri).alterations(),
        ),
    ]
}

fn join_as_they_are(request: &mut OutboundRequest) {
    if let Some((id, secret)) = credentials(request) {
        let pair = STANDARD.encode(format!("{id}:{secret}"));
        set(request, "authorization", format!("Basic {pair}"));
    }
}

/// Id and secret of a request with the scheme `Basic`.
fn credentials(request: &OutboundRequest) -> Option<(String, String)> {
    let pair = field(request, "authorization")?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(STANDARD.decode(pair).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let decoded = |text: &str| {
        let whole = format!("{text}=");
        let mut pairs = form_urlencoded::parse(whole.as_bytes());
        pairs.next().map(|(name, _)| name.into_owned())
    };
    Some((decoded(id)?, decoded(secret)?))
}

fn put_into_the_uri(request: &mut OutboundRequest) {
    let secret = credentials(request).map(|(_, secret)| ("client_secret", secret));
    let assertion = parameter(request, "client_assertion").map(|a| ("client_assertion", a));
    if let Some((name, value)) = secret.or(assertion) {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.append_pair(name, &value).finish();
        request.url = format!("{}?{query}", request.url);
    }
}

fn of_the_way() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_client(
            "gives-credentials-behind-any-certificate",
            "OA-CLI-005",
            "Sends its credentials to a server whose certificate is wrong.",
            || {
                ClientSabotage::new()
                    .courier(Credulous::of_certificates(|r| r.url.ends_with("/token")))
                    .alterations()
            },
        )
        .also(
            "HT-ANY-041",
            &["Nothing is sent to a server whose certificate"],
            "what it sends there is a request with something secret in it",
        ),
        Saboteur::of_the_client(
            "shows-tokens-behind-any-certificate",
            "HT-ANY-041",
            "Shows its token to an API whose certificate is wrong.",
            || {
                ClientSabotage::new()
                    .courier(Credulous::of_certificates(|r| r.url.ends_with("/api")))
                    .alterations()
            },
        )
        .only(&["A token is not shown to an API"]),
        Saboteur::of_the_client(
            "follows-redirects-of-the-token-endpoint",
            "OA-CLI-006",
            "Follows a redirect of the token endpoint with its credentials.",
            || {
                ClientSabotage::new()
                    .posting(|inner, request| Box::pin(follow(inner, request)))
                    .alterations()
            },
        ),
    ]
}

async fn follow(inner: &dyn Outbound, mut request: OutboundRequest) -> OutboundOutcome {
    let outcome = inner.post(request.clone()).await;
    match &outcome {
        OutboundOutcome::Answered(answer) if (300..400).contains(&answer.status) => {
            let Some(location) = answer.location.clone() else {
                return outcome;
            };
            request.url = location;
            inner.post(request).await
        }
        _ => outcome,
    }
}

fn of_asking_again() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_client(
            "asks-once-for-each-caller",
            "OA-CLI-007",
            "Asks for a token for each of the callers that wait for one.",
            || {
                let callers = Callers::default();
                let waiting = callers.clone();
                ClientSabotage::new()
                    .control(callers)
                    .posting(move |inner, request| {
                        let waiting = waiting.clone();
                        Box::pin(async move {
                            let outcome = inner.post(request.clone()).await;
                            for _ in 1..waiting.of(&request.url) {
                                inner.post(request.clone()).await;
                            }
                            outcome
                        })
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_client(
            "asks-again-after-invalid-client",
            "OA-CLI-008",
            "Asks once more with the same credentials after invalid_client.",
            || again_after(&["invalid_client"], |request| request).alterations(),
        ),
        Saboteur::of_the_client(
            "tries-another-grant",
            "OA-CLI-009",
            "Tries the grant of passwords when its own is refused.",
            || again_after(&REFUSALS, with_a_password).alterations(),
        )
        .also(
            "OA-CLI-008",
            &["After invalid_client it asks no more"],
            "it asks again, if by another grant",
        ),
    ]
}

fn with_a_password(mut request: OutboundRequest) -> OutboundRequest {
    put(&mut request, "grant_type", "password");
    put(&mut request, "username", "nobody");
    put(&mut request, "password", "nothing");
    request
}

/// A client that sends another request when one is refused with one of these errors.
fn again_after(
    refusals: &'static [&'static str],
    next: fn(OutboundRequest) -> OutboundRequest,
) -> ClientSabotage {
    ClientSabotage::new().posting(move |inner, request| {
        Box::pin(async move {
            let outcome = inner.post(request.clone()).await;
            let refused = match &outcome {
                OutboundOutcome::Answered(answer) => {
                    error(answer).is_some_and(|e| refusals.contains(&e.as_str()))
                }
                _ => false,
            };
            match refused && status(&outcome) != Some(200) {
                true => inner.post(next(request)).await,
                false => outcome,
            }
        })
    })
}

/// The callers that wait for an answer of an API, by the names of the servers.
#[derive(Clone, Default)]
struct Callers(Arc<Mutex<BTreeMap<String, usize>>>);

impl Callers {
    /// How many there are for the server of a URL.
    fn of(&self, url: &str) -> usize {
        let server = server(url);
        let name = server.split('.').next().unwrap_or_default();
        lock(&self.0).get(name).copied().unwrap_or(0)
    }
}

impl Layer for Callers {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let callers = self.0.clone();
        let uses = asked.text("verb").as_deref() == Some("use");
        let name = asked.text("peer").filter(|_| uses);
        Box::pin(async move {
            if let Some(name) = &name {
                *lock(&callers).entry(name.clone()).or_default() += 1;
            }
            let told = pass(asked, next).await;
            if let Some(name) = name
                && let Some(count) = lock(&callers).get_mut(&name)
            {
                *count -= 1;
            }
            told
        })
    }
}
