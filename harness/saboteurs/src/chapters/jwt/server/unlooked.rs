//! Saboteurs of what a server finds wrong with an assertion once it has the key, and of what it does before.

use super::{assertion, granted, refusal};
use crate::{
    Saboteur,
    chapters::{
        jwt::resource::{faulty::is_sound_as, mend::Forger},
        oauth::{
            resource::opened::Opened,
            server::requests::{is_token, parameter},
        },
    },
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    sabotage::JwtServerSabotage,
};
use axum::middleware::Next;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Outbound, OutboundRequest};
use btx_spec::{
    jose::SignedToken,
    jwt::{ClientId, GRANT_TYPE_JWT},
};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// How long a signature of ES256 is.
const SIGNATURE: usize = 86;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_server(
            "names-nobody-in-its-tokens",
            "JW-AUS-002",
            "Issues access tokens about nobody.",
            || {
                JwtServerSabotage::new()
                    .told(|asked, told| {
                        if assertion(asked).is_some() {
                            told.edit(|members| {
                                let token = members.get("access_token").and_then(Value::as_str);
                                if let Some(token) = token.and_then(about_nobody) {
                                    members.insert("access_token".to_owned(), json!(token));
                                }
                            });
                        }
                    })
                    .alterations()
            },
        )
        .except(&["Its own client_id"]),
        Saboteur::of_the_jwt_server(
            "minds-the-client-id-of-a-client",
            "JW-AUS-002",
            "Refuses an assertion beside the client_id of its client.",
            || {
                JwtServerSabotage::new()
                    .instead(|asked| {
                        let opened = assertion(asked)?;
                        let beside = parameter(asked, "client_id")?;
                        (beside == opened.claim("iss")).then(|| refusal("invalid_request"))
                    })
                    .alterations()
            },
        )
        .only(&["Its own client_id"]),
        Saboteur::of_the_jwt_server(
            "believes-any-signature-of-an-assertion",
            "JW-AUS-010",
            "Looks whether there is a key of that name, and not whether it verifies.",
            believing,
        )
        .except(&[
            "of the algorithm none",
            "of HS256",
            "whose signature is empty",
        ])
        .also(
            "JW-ANY-036",
            &["A key of one client"],
            "the key of another client signs like any other wrong key",
        ),
        Saboteur::of_the_jwt_server(
            "calls-absent-documents-a-fault-of-its-own",
            "JW-AUS-011",
            "Answers 500 where a document or keys cannot be had.",
            || {
                JwtServerSabotage::new()
                    .told(|asked, told| {
                        if assertion(asked).is_some() && told.is(503) {
                            told.status(500);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["comes as an error 500", "as a connection that is closed"]),
        Saboteur::of_the_jwt_server(
            "fetches-before-it-looks-at-an-assertion",
            "JW-AUS-013",
            "Fetches the document of a client before it has looked at the assertion.",
            || {
                let way: Way = Arc::default();
                let known = way.clone();
                let issuer: Arc<Mutex<String>> = Arc::default();
                let named = issuer.clone();
                JwtServerSabotage::new()
                    .config(move |config| config.issuer.as_str().clone_into(&mut lock(&named)))
                    .parts(move |_, parts| {
                        *lock(&known) = Some(parts.outbound.clone());
                        parts
                    })
                    .layer(Curious { way, issuer })
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_server(
            "takes-assertions-of-another-form",
            "JW-AUS-014",
            "Takes the last of two members, and passes over what it does not know to be critical.",
            || {
                JwtServerSabotage::new()
                    .instead(|asked| {
                        let text = shown(asked)?;
                        let opened = Opened::of(&text)?;
                        let odd = SignedToken::parse(&text).map_or(true, |token| token.has_crit());
                        (odd && opened.seal.len() == SIGNATURE).then(granted)
                    })
                    .alterations()
            },
        )
        .except(&["without jti", "with a jti of"]),
    ]
}

/// The text of the assertion that a request shows.
fn shown(asked: &Asked) -> Option<String> {
    is_token(asked).then(|| parameter(asked, "assertion"))?
}

/// A JWT with another subject, and with the signature that it had.
fn about_nobody(token: &str) -> Option<String> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, seal] = parts.as_slice() else {
        return None;
    };
    let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
    let mut claims: Value = serde_json::from_slice(&claims).ok()?;
    claims
        .as_object_mut()?
        .insert("sub".to_owned(), json!("nobody"));
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    Some(format!("{header}.{claims}.{seal}"))
}

/// A server that lets in whose signature it finds wrong, and nothing else.
fn believing() -> Alterations {
    let Some(forger) = Forger::new() else {
        return Alterations::default();
    };
    let issuer: Arc<Mutex<String>> = Arc::default();
    let named = issuer.clone();
    JwtServerSabotage::new()
        .config(move |config| config.issuer.as_str().clone_into(&mut lock(&named)))
        .courier(forger.courier())
        .told(move |asked, told| {
            let wrong = shown(asked).is_some_and(|text| {
                let place = forger.place();
                let signed = text.rsplit_once('.').map_or("", |(signed, _)| signed);
                let sealed = format!("{signed}.{}", "A".repeat(SIGNATURE));
                let sound = is_sound_as(GRANT_TYPE_JWT, &sealed, &lock(&issuer));
                Opened::of(&sealed).is_some_and(|opened| {
                    let client = opened.claim("iss");
                    sound
                        && place.has_key(client, opened.head("kid"))
                        && !place.verified_by_any(client, &text)
                })
            });
            if told.is(400) && wrong {
                *told = granted();
            }
        })
        .alterations()
}

/// The way out of the server, once it is there.
type Way = Arc<Mutex<Option<Arc<dyn Outbound>>>>;

/// Fetches the document of whoever shows an assertion that is wrong by itself.
struct Curious {
    way: Way,
    issuer: Arc<Mutex<String>>,
}

impl Layer for Curious {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let wrong =
            shown(&asked).filter(|text| !is_sound_as(GRANT_TYPE_JWT, text, &lock(&self.issuer)));
        let client = wrong
            .and_then(|text| Opened::of(&text))
            .and_then(|opened| ClientId::parse(opened.claim("iss")).ok());
        let way = lock(&self.way).clone();
        Box::pin(async move {
            if let (Some(client), Some(way)) = (client, way) {
                let deadline = tokio::time::Instant::now() + Duration::from_secs(2);
                drop(
                    way.get(OutboundRequest::bare(client.as_str(), deadline))
                        .await,
                );
            }
            pass(asked, next).await
        })
    }
}
