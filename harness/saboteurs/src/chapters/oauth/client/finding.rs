//! Saboteurs of how a client finds its server.

use super::messages::edit_answer;
use crate::{Saboteur, outbound::altered, sabotage::ClientSabotage};
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use serde_json::json;
use url::Url;

/// Where the metadata of a server are.
const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_client(
            "believes-metadata-of-anybody",
            "OA-CLI-060",
            "Uses metadata whichever issuer they name.",
            || {
                ClientSabotage::new()
                    .getting(|inner, request| Box::pin(believe(inner, request)))
                    .alterations()
            },
        ),
        Saboteur::of_the_client(
            "looks-for-the-metadata-of-openid",
            "OA-CLI-061",
            "Asks where OpenID has its metadata, and guesses when there are none.",
            || {
                ClientSabotage::new()
                    .getting(|inner, request| Box::pin(guess(inner, request)))
                    .alterations()
            },
        ),
    ]
}

/// The issuer whose metadata are at a URL.
fn issuer(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let path = url.path().strip_prefix(WELL_KNOWN)?;
    Some(format!("{}{path}", url.origin().ascii_serialization()))
}

async fn believe(inner: &dyn Outbound, request: OutboundRequest) -> OutboundOutcome {
    let expected = issuer(&request.url);
    let outcome = inner.get(request).await;
    match expected {
        Some(issuer) => altered(outcome, |answer| {
            edit_answer(answer, |members| {
                members.insert("issuer".to_owned(), json!(issuer));
            });
        }),
        None => outcome,
    }
}

async fn guess(inner: &dyn Outbound, mut request: OutboundRequest) -> OutboundOutcome {
    let Some(issuer) = issuer(&request.url) else {
        return inner.get(request).await;
    };
    request.url = format!("{issuer}/.well-known/openid-configuration");
    let outcome = inner.get(request).await;
    altered(outcome, |answer| {
        let guessed = json!({"issuer": issuer, "token_endpoint": format!("{issuer}/token")});
        *answer = Answer {
            status: 200,
            body: guessed.to_string().into(),
            ..Answer::default()
        };
    })
}
