//! Saboteurs of access tokens that can be read, and of the keys that verify them.

use super::{
    requests::{is_question, is_token},
    resign::own_key,
};
use crate::{
    Saboteur,
    ledger::lock,
    message::{Members, edit_text},
    sabotage::ServerSabotage,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use btx_harness::embedded::Alterations;
use btx_spec::jose::{SignedToken, SigningKey};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_authorization_server(
            "calls-access-tokens-jwts",
            "OA-AUS-150",
            "Issues access tokens of the typ JWT.",
            || signing_again("JWT", |_| {}),
        ),
        Saboteur::of_the_authorization_server(
            "signs-with-another-key",
            "OA-AUS-151",
            "Signs access tokens with a key that it does not publish.",
            || {
                let Some(key) = own_key().map(Arc::new) else {
                    return Alterations::default();
                };
                altering(move |_, claims| key.sign(Some("at+jwt"), claims).ok())
            },
        ),
        Saboteur::of_the_authorization_server(
            "leaves-client-ids-out",
            "OA-AUS-152",
            "Issues access tokens without the claim client_id.",
            || {
                signing_again("at+jwt", |claims| {
                    claims.remove("client_id");
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "writes-times-as-text",
            "OA-AUS-152",
            "Issues access tokens whose exp is a text.",
            || {
                signing_again("at+jwt", |claims| {
                    let exp = claims.get("exp").map(Value::to_string);
                    claims.insert("exp".to_owned(), json!(exp));
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "has-a-slash-after-its-name",
            "OA-AUS-153",
            "Issues access tokens with a slash after its identifier.",
            || {
                signing_again("at+jwt", |claims| {
                    edit_text(claims, "iss", |iss| format!("{iss}/"))
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "says-that-all-clients-are-services",
            "OA-AUS-154",
            "Issues access tokens of clients about one and the same subject.",
            || {
                signing_again("at+jwt", |claims| {
                    claims.insert("sub".to_owned(), json!("service"));
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "forgets-the-account",
            "OA-AUS-155",
            "Says that a token for an account is about somebody else.",
            || {
                ServerSabotage::new()
                    .told(|asked, told| {
                        if is_question(asked) {
                            told.edit(|members| {
                                edit_text(members, "sub", |_| "somebody-else".to_owned());
                            });
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_authorization_server(
            "names-all-tokens-alike",
            "OA-AUS-156",
            "Issues access tokens of one and the same jti.",
            || {
                signing_again("at+jwt", |claims| {
                    claims.insert("jti".to_owned(), json!("the-token"));
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "does-not-say-what-a-token-is-for",
            "OA-AUS-157",
            "Issues access tokens without a scope.",
            || {
                signing_again("at+jwt", |claims| {
                    claims.remove("scope");
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "publishes-its-private-key",
            "OA-AUS-158",
            "Publishes the private part of a key.",
            || {
                ServerSabotage::new()
                    .told(|asked, told| {
                        if asked.head.uri.path() == "/oauth/jwks" {
                            told.edit(|members| {
                                let keys = members.get_mut("keys").and_then(Value::as_array_mut);
                                for key in keys.into_iter().flatten() {
                                    if let Some(key) = key.as_object_mut() {
                                        key.insert("d".to_owned(), json!("bm90IHJlYWxseQ"));
                                    }
                                }
                            });
                        }
                    })
                    .alterations()
            },
        ),
    ]
}

/// A server that alters the claims of its JWTs, and signs them as a token of that type.
fn signing_again(
    typ: &'static str,
    alter: impl Fn(&mut Members) + Send + Sync + 'static,
) -> Alterations {
    altering(move |key, claims| {
        alter(claims);
        key.sign(Some(typ), claims).ok()
    })
}

/// A server that makes other tokens of its JWTs: `remake` gets the key of the server and the claims.
fn altering(
    remake: impl Fn(&SigningKey, &mut Members) -> Option<String> + Send + Sync + 'static,
) -> Alterations {
    let key: Arc<Mutex<Option<Arc<SigningKey>>>> = Arc::default();
    let learning = key.clone();
    ServerSabotage::new()
        .config(move |config| *lock(&learning) = config.signing_key.clone())
        .told(move |asked, told| {
            let token = told.text("access_token").filter(|_| is_token(asked));
            let claims = token.as_deref().and_then(claims_of);
            let key = lock(&key).clone();
            let Some((mut claims, key)) = claims.zip(key) else {
                return;
            };
            if let Some(other) = remake(&key, &mut claims) {
                told.edit(|members| {
                    members.insert("access_token".to_owned(), other.into());
                });
            }
        })
        .alterations()
}

fn claims_of(token: &str) -> Option<Members> {
    SignedToken::parse(token).ok()?;
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&claims).ok()
}
