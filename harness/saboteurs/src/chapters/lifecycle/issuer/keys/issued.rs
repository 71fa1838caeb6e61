//! Saboteurs of the bearers that logins bring. Whoever shows one of them shows the real one.

use super::{
    super::sessions::requests::{is_api, is_login, show, token},
    known::{Issuer, Known},
};
use crate::{
    Saboteur,
    chapters::oauth::resource::opened::Opened,
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Members, Told},
};
use axum::middleware::Next;
use btx_harness::embedded::Alterations;
use btx_reference::lifecycle::ring::Ring;
use btx_spec::lifecycle::RingKey;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// A bearer that a login brings, before it is signed.
pub(super) struct Minted {
    /// Its header.
    header: Members,
    /// Its claims.
    claims: Members,
    /// The session token that comes with it.
    token: String,
    /// Its issuer.
    issuer: Arc<Issuer>,
    /// The keys of that one.
    ring: Arc<Ring>,
}

/// Alters a bearer, and gives the key that is to sign it.
type Mint = fn(&mut Minted) -> Option<Arc<RingKey>>;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "issues-bearers-of-another-type",
            "LC-ISS-001",
            "Signs bearers as JWTs of no type of their own.",
            || minting(|minted| said(&mut minted.header, "typ", json!("JWT"), &minted.ring)),
        ),
        Saboteur::of_the_lifecycle_issuer(
            "issues-bearers-for-a-list",
            "LC-ISS-002",
            "Writes the audience of a bearer as a list.",
            || {
                minting(|minted| {
                    let list = json!([minted.claims.get("aud")]);
                    said(&mut minted.claims, "aud", list, &minted.ring)
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "issues-bearers-that-live-too-long",
            "LC-ISS-003",
            "Lets a bearer live a second longer than it declares.",
            || {
                minting(|minted| {
                    let ends = minted.claims.get("exp").and_then(Value::as_i64)?;
                    said(&mut minted.claims, "exp", json!(ends + 1), &minted.ring)
                })
            },
        )
        .also(
            "LC-ISS-111",
            &["and the end of the old one"],
            "each bearer gets a second more, one that comes unasked as well",
        ),
        Saboteur::of_the_lifecycle_issuer(
            "names-sessions-after-their-owner",
            "LC-ISS-004",
            "Gives all sessions of an account the name of the first.",
            || {
                minting(|minted| {
                    let subject = minted.claims.get("sub").and_then(Value::as_str)?.to_owned();
                    let all = minted.issuer.sessions();
                    let first = all
                        .iter()
                        .find(|session| session.claims.subject == subject)?;
                    let name = json!(first.claims.session);
                    said(&mut minted.claims, "sid", name, &minted.ring)
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "puts-session-tokens-into-bearers",
            "LC-ISS-005",
            "Puts the session token into the bearer.",
            || {
                minting(|minted| {
                    let token = json!(minted.token);
                    said(&mut minted.claims, "session", token, &minted.ring)
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "signs-logins-with-the-key-before",
            "LC-ISS-020",
            "Signs what a login brings with the key that it had before the rotation.",
            || {
                minting(|minted| {
                    let before = minted.issuer.past().pop()?;
                    // What was issued before the rotation is not what this is about.
                    rotated_since_its_first_login(minted).then_some(before)
                })
            },
        ),
    ]
}

/// Whether the same account has logged in before the last rotation.
fn rotated_since_its_first_login(minted: &Minted) -> bool {
    let subject = minted.claims.get("sub").and_then(Value::as_str);
    let before = minted.issuer.past().pop();
    minted.issuer.sessions().iter().any(|session| {
        Some(session.claims.subject.as_str()) == subject
            && before
                .as_ref()
                .is_some_and(|key| key.id() == session.key_id)
    })
}

/// Says something in a bearer of the current key.
fn said(members: &mut Members, name: &str, value: Value, ring: &Ring) -> Option<Arc<RingKey>> {
    members.insert(name.to_owned(), value);
    Some(ring.current.clone())
}

/// An issuer whose logins bring other bearers.
fn minting(mint: Mint) -> Alterations {
    let known = Known::default();
    let minting = Minting {
        known: known.clone(),
        mint,
        real: Arc::default(),
    };
    known.sabotage().layer(minting).alterations()
}

struct Minting {
    known: Known,
    mint: Mint,
    /// The real bearers, by those that were brought in their place.
    real: Arc<Mutex<HashMap<String, String>>>,
}

impl Layer for Minting {
    fn take(&self, mut asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let (known, mint, real) = (self.known.clone(), self.mint, self.real.clone());
        let shown = token(&asked).filter(|_| is_api(&asked));
        let own = shown.and_then(|text| lock(&real).get(text).cloned());
        if let Some(own) = own {
            show(&mut asked, &own);
        }
        let logs_in = is_login(&asked);
        Box::pin(async move {
            let mut told = pass(asked, next).await;
            let made = || {
                let bearer = told.text("bearer_token").filter(|_| logs_in)?;
                let opened = Opened::of(&bearer)?;
                let issuer = known.called(opened.claim("iss"))?;
                let mut minted = Minted {
                    header: opened.header,
                    claims: opened.claims,
                    token: told.text("session_token")?,
                    ring: issuer.ring()?,
                    issuer,
                };
                let key = mint(&mut minted)?;
                minted.header.insert("kid".to_owned(), json!(key.id()));
                Some((key.sign(&minted.header, &minted.claims).ok()?, bearer))
            };
            if let Some((made, bearer)) = made() {
                told.edit(|members| {
                    members.insert("bearer_token".to_owned(), json!(made));
                });
                lock(&real).insert(made, bearer);
            }
            told
        })
    }
}
