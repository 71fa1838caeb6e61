//! Saboteurs of the access tokens of a server.

use super::hand_outs::tell;
use super::sign::{jwt, show};
use crate::{
    Saboteur,
    chapters::oauth::client::messages::bearer,
    ledger::lock,
    message::{members, text},
    outbound::Courier,
    sabotage::{JwtClientSabotage, is_api},
};
use btx_reference::outbound::{Outbound, OutboundOutcome, OutboundRequest};
use futures::future::BoxFuture;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_client(
            "asks-for-a-token-for-each-call",
            "JW-CLI-068",
            "Asks for another token when it has shown the one that it has.",
            || {
                JwtClientSabotage::new()
                    .courier(Forgetful::default())
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_client(
            "tells-resources-of-each-others-servers",
            "JW-CLI-069",
            "Shows a resource the access tokens that it has for others.",
            || {
                JwtClientSabotage::new()
                    .courier(Talkative::default())
                    .alterations()
            },
        ),
    ]
}

/// The API of the resource whose server has that token endpoint.
fn api(token_endpoint: &str) -> String {
    token_endpoint.replace("/as/token", "/api")
}

/// The token that a server has issued.
fn issued(outcome: &OutboundOutcome) -> Option<String> {
    match outcome {
        OutboundOutcome::Answered(answer) if answer.status == 200 => {
            text(&members(&answer.body)?, "access_token")
        }
        _ => None,
    }
}

/// Remembers how it has asked for the tokens of each API, and which of them it has shown.
#[derive(Default)]
struct Forgetful {
    asked: Mutex<BTreeMap<String, OutboundRequest>>,
    shown: Mutex<BTreeSet<String>>,
}

impl Courier for Forgetful {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let outcome = inner.post(request.clone()).await;
            if issued(&outcome).is_some() {
                lock(&self.asked).insert(api(&request.url), request);
            }
            outcome
        })
    }

    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let token =
                bearer(&request).filter(|_| is_api(&request.url) && jwt(&request).is_none());
            let again = token.is_some_and(|token| !lock(&self.shown).insert(token));
            let asked = lock(&self.asked).get(&request.url).cloned();
            if let (true, Some(asked)) = (again, asked)
                && let Some(new) = issued(&inner.post(asked).await)
            {
                show(&mut request, &new);
            }
            inner.get(request).await
        })
    }
}

/// Remembers the last token for each API.
#[derive(Default)]
struct Talkative(Mutex<BTreeMap<String, String>>);

impl Courier for Talkative {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let api = api(&request.url);
            let outcome = inner.post(request).await;
            if let Some(token) = issued(&outcome) {
                lock(&self.0).insert(api, token);
            }
            outcome
        })
    }

    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        if is_api(&request.url) {
            tell(&mut request, &lock(&self.0));
        }
        inner.get(request)
    }
}
