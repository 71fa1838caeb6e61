//! Saboteurs of the assertions by which a client proves itself.

use super::messages::{parameter, put};
use crate::{Saboteur, ledger::lock, message::Members, sabotage::ClientSabotage};
use btx_harness::embedded::Alterations;
use btx_reference::{
    oauth::client::{Config, Proof},
    outbound::OutboundRequest,
};
use btx_spec::jose::{SignedToken, SigningKey};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// The type of an assertion, as it has to be.
const TYPE: &str = "client-authentication+jwt";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_client(
            "says-that-an-assertion-is-about-somebody-else",
            "OA-CLI-020",
            "Names somebody else than itself as whom its assertion is about.",
            || {
                signing(Some(TYPE), |claims, _| {
                    claims.insert("sub".to_owned(), json!("somebody-else"));
                })
            },
        ),
        Saboteur::of_the_client(
            "names-the-token-endpoint-as-audience-too",
            "OA-CLI-021",
            "Names the URL of the token endpoint as an audience beside the issuer identifier.",
            || {
                signing(Some(TYPE), |claims, url| {
                    if let Some(Value::String(issuer)) = claims.get("aud").cloned() {
                        claims.insert("aud".to_owned(), json!([issuer, url]));
                    }
                })
            },
        ),
        Saboteur::of_the_client(
            "gives-every-assertion-one-jti",
            "OA-CLI-022",
            "Gives all of its assertions the same jti.",
            || {
                signing(Some(TYPE), |claims, _| {
                    claims.insert("jti".to_owned(), json!("always-this"));
                })
            },
        ),
        Saboteur::of_the_client(
            "calls-an-assertion-any-jwt",
            "OA-CLI-023",
            "Gives its assertions the type that any JWT has.",
            || signing(Some("JWT"), |_, _| {}),
        ),
        Saboteur::of_the_client(
            "lets-assertions-live-for-an-hour",
            "OA-CLI-024",
            "Lets its assertions live for an hour.",
            || {
                signing(Some(TYPE), |claims, _| {
                    let begins = claims
                        .get("iat")
                        .and_then(Value::as_i64)
                        .unwrap_or_default();
                    claims.insert("exp".to_owned(), json!(begins + 3600));
                })
            },
        ),
    ]
}

/// A client that signs something else than the reference has made; `alter` is given the claims, and the URL of
/// the token endpoint.
fn signing(typ: Option<&'static str>, alter: fn(&mut Members, &str)) -> Alterations {
    let key = Arc::new(Mutex::new(None::<Arc<SigningKey>>));
    let found = key.clone();
    ClientSabotage::new()
        .config(move |config| *lock(&found) = own_key(config))
        .asking(move |request| {
            let key = lock(&key).clone();
            let signed = key.and_then(|key| signed_again(request, &key, typ, alter));
            if let Some(signed) = signed {
                put(request, "client_assertion", &signed);
            }
        })
        .alterations()
}

fn own_key(config: &Config) -> Option<Arc<SigningKey>> {
    let mut proofs = config
        .servers
        .iter()
        .filter_map(|s| Some(&s.identity.as_ref()?.proof));
    proofs.find_map(|proof| match proof {
        Proof::PrivateKeyJwt(key) => Some(key.clone()),
        _ => None,
    })
}

fn signed_again(
    request: &OutboundRequest,
    key: &SigningKey,
    typ: Option<&str>,
    alter: fn(&mut Members, &str),
) -> Option<String> {
    let assertion = parameter(request, "client_assertion")?;
    let mut claims = SignedToken::parse(&assertion).ok()?.claims().clone();
    alter(&mut claims, &request.url);
    key.sign(typ, &claims).ok()
}
