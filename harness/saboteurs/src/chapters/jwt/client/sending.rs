//! Saboteurs of where JWTs and tokens go, and how often.

use super::sign::{jwt, own_key, publish, show};
use crate::{
    Saboteur,
    chapters::oauth::client::messages::bearer,
    credulous::Credulous,
    message::{edit, members, text},
    outbound::{Courier, status},
    sabotage::{JwtClientSabotage, is_api},
};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::jose::{SignedToken, SigningKey};
use futures::future::BoxFuture;
use serde_json::json;
use std::sync::Arc;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_client(
            "follows-redirects-of-a-resource",
            "JW-CLI-010",
            "Follows a redirect of a resource with what it has shown there.",
            || {
                JwtClientSabotage::new()
                    .getting(|inner, request| Box::pin(follow(inner, request)))
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_client(
            "shows-jwts-behind-any-certificate",
            "JW-CLI-011",
            "Shows its JWT to a resource whose certificate is wrong.",
            || {
                JwtClientSabotage::new()
                    .courier(Credulous::of_certificates(|r| is_api(&r.url)))
                    .alterations()
            },
        )
        .also(
            "HT-ANY-041",
            &["Nothing is sent to a resource whose certificate"],
            "what it sends there is a request with something secret in it",
        ),
        Saboteur::of_the_jwt_client(
            "sends-secrets-behind-any-certificate",
            "HT-ANY-041",
            "Sends requests with something secret in them to a resource whose certificate is wrong.",
            || {
                JwtClientSabotage::new()
                    .courier(Credulous::of_certificates(|r| is_api(&r.url)))
                    .alterations()
            },
        )
        .also(
            "JW-CLI-011",
            &["Nothing is sent to a resource whose certificate"],
            "the secret that it sends there is its JWT",
        ),
        Saboteur::of_the_jwt_client(
            "takes-its-audience-from-a-refusal",
            "JW-CLI-012",
            "Signs anew for whomever a refusal names, and shows it to the one who has refused.",
            takes_its_audience_from_a_refusal,
        ),
        Saboteur::of_the_jwt_client(
            "asks-on-after-a-refusal",
            "JW-CLI-013",
            "Makes a request twice more when its JWT or its assertion is refused.",
            || JwtClientSabotage::new().courier(Stubborn).alterations(),
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

/// Makes requests again that were refused for good, with the same JWT or assertion.
struct Stubborn;

impl Courier for Stubborn {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let mut outcome = inner.get(request.clone()).await;
            for _ in 0..2 {
                if jwt(&request).is_none() || !is_final(&outcome) {
                    break;
                }
                outcome = inner.get(request.clone()).await;
            }
            outcome
        })
    }

    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let mut outcome = inner.post(request.clone()).await;
            for _ in 0..2 {
                if status(&outcome) != Some(400) {
                    break;
                }
                outcome = inner.post(request.clone()).await;
            }
            outcome
        })
    }
}

/// A refusal that does not say where to get a token.
fn is_final(outcome: &OutboundOutcome) -> bool {
    match outcome {
        OutboundOutcome::Answered(answer) => {
            let challenge = answer.www_authenticate.as_deref().unwrap_or_default();
            matches!(answer.status, 401 | 403) && !challenge.contains("resource_metadata")
        }
        _ => false,
    }
}

fn takes_its_audience_from_a_refusal() -> Alterations {
    let Some(key) = own_key().map(Arc::new) else {
        return Alterations::default();
    };
    let public = key.public().to_jwk();
    JwtClientSabotage::new()
        .told(move |_, told| edit(&mut told.body, |members| publish(members, &public)))
        .getting(move |inner, request| Box::pin(obey(inner, request, key.clone())))
        .alterations()
}

/// Makes a refused request once more, with a JWT for whomever the refusal names.
async fn obey(
    inner: &dyn Outbound,
    mut request: OutboundRequest,
    key: Arc<SigningKey>,
) -> OutboundOutcome {
    let outcome = inner.get(request.clone()).await;
    let OutboundOutcome::Answered(answer) = &outcome else {
        return outcome;
    };
    let refused = answer.status == 401 && bearer(&request).is_some();
    let Some(shown) = jwt(&request).filter(|_| refused) else {
        return outcome;
    };
    let Some(named) = named_by(inner, &request, answer).await else {
        return outcome;
    };
    let signed = SignedToken::parse(&shown).ok().and_then(|token| {
        let mut claims = token.claims().clone();
        claims.insert("aud".to_owned(), json!(named));
        key.sign(token.typ(), &claims).ok()
    });
    match signed {
        Some(signed) => {
            show(&mut request, &signed);
            inner.get(request).await
        }
        None => outcome,
    }
}

/// Whom a refusal names: in its challenge, in its body, or in the metadata that it points to.
async fn named_by(
    inner: &dyn Outbound,
    request: &OutboundRequest,
    answer: &Answer,
) -> Option<String> {
    let challenge = answer.www_authenticate.as_deref().unwrap_or_default();
    let in_body = || text(&members(&answer.body)?, "audience");
    let named = value(challenge, "audience").or_else(|| value(challenge, "realm"));
    if let Some(named) = named
        .filter(|name| name.starts_with("https:"))
        .or_else(in_body)
    {
        return Some(named);
    }
    let url = value(challenge, "resource_metadata")?;
    let origin = |url: &str| url::Url::parse(url).ok().map(|url| url.origin());
    if origin(&url) != origin(&request.url) {
        return None;
    }
    let OutboundOutcome::Answered(told) = inner
        .get(OutboundRequest::bare(url, request.deadline))
        .await
    else {
        return None;
    };
    text(&members(&told.body)?, "resource")
}

/// The value of a parameter of a challenge, in quotes.
pub(super) fn value(challenge: &str, name: &str) -> Option<String> {
    let (_, rest) = challenge.split_once(&format!("{name}=\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}
