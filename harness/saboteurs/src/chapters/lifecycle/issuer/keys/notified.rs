//! Saboteurs that believe what a notification says.

use super::{
    known::{Issuer, Known},
    mend::{Shown, mending},
};
use crate::{
    Saboteur,
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told, members},
};
use axum::middleware::Next;
use btx_harness::embedded::Alterations;
use btx_reference::lifecycle::keys::Rotation;
use futures::future::BoxFuture;
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use url::Url;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "takes-keys-from-notifications",
            "LC-ISS-040",
            "Verifies with the key that a notification names.",
            takes_keys,
        )
        .only(&["A key that a notification names does not verify"]),
        Saboteur::of_the_lifecycle_issuer(
            "rotates-when-it-is-notified",
            "LC-ISS-040",
            "Ends its keys when a notification says that they are stolen.",
            || {
                rotating(|known, asked| {
                    let said = members(&asked.body)?;
                    known.with_key(said.get("retired")?.as_str()?)
                })
            },
        )
        .only(&["an emergency"])
        .except(&["does not bring a key back"]),
        Saboteur::of_the_lifecycle_issuer(
            "rotates-when-it-is-told-of-a-key",
            "LC-ISS-040",
            "Ends its keys when a notification names one that it does not know.",
            || {
                rotating(|known, asked| {
                    let named = current(asked)?;
                    let unknown = known.with_key(&named).is_none();
                    known.asked(asked).filter(|_| unknown)
                })
            },
        )
        .only(&[
            "does not end a key: a new key",
            "does not make another key sign: a new key",
        ]),
        Saboteur::of_the_lifecycle_issuer(
            "rotates-at-a-notification-that-says-nothing",
            "LC-ISS-040",
            "Ends its keys when a notification says that they have changed, and no more.",
            || {
                rotating(|known, asked| {
                    let said = members(&asked.body)?;
                    let nothing = said.is_empty() && urls(asked).is_empty();
                    known.asked(asked).filter(|_| nothing)
                })
            },
        )
        .only(&["a rotation without more"]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-old-keys-back-from-notifications",
            "LC-ISS-040",
            "Takes a key back that a notification calls the current one.",
            takes_back,
        )
        .only(&["does not bring a key back"]),
        Saboteur::of_the_lifecycle_issuer(
            "fetches-what-notifications-name",
            "LC-ISS-041",
            "Asks for every URL in a notification.",
            || Known::default().sabotage().layer(Fetching).alterations(),
        ),
    ]
}

/// Whether a request is a notification.
fn is_notification(asked: &Asked) -> bool {
    asked.head.uri.path().ends_with("/keys/changed")
}

/// What a notification calls the current key.
fn current(asked: &Asked) -> Option<String> {
    let said = members(&asked.body).filter(|_| is_notification(asked))?;
    Some(said.get("current")?.as_str()?.to_owned())
}

/// Takes bearers of keys that a notification has named. Which issuer it went to tells the bearer.
fn takes_keys() -> Alterations {
    let (known, named) = (Known::default(), Named::default());
    let there = named.clone();
    let sabotage = mending(&known, known.sabotage(), move |shown: &mut Shown| {
        let key = lock(&there.0).get(shown.opened.head("kid"))?.clone();
        let brought = !key.is_null() && shown.signed_by().is_none();
        let issuer = shown.known.called(shown.opened.claim("iss"));
        issuer.filter(|_| brought && !shown.with_session)
    });
    sabotage.asked(move |asked| named.note(asked)).alterations()
}

/// Takes bearers of keys that are over, and that a notification has named.
fn takes_back() -> Alterations {
    let (known, named) = (Known::default(), Named::default());
    let there = named.clone();
    let sabotage = mending(&known, known.sabotage(), move |shown: &mut Shown| {
        let key = lock(&there.0).get(shown.opened.head("kid"))?.clone();
        shown.signed_by().filter(|_| key.is_null())
    });
    sabotage.asked(move |asked| named.note(asked)).alterations()
}

/// The keys that notifications have named, and what was said of each.
#[derive(Clone, Default)]
struct Named(Arc<Mutex<HashMap<String, Value>>>);

impl Named {
    fn note(&self, asked: &Asked) {
        if let Some(name) = current(asked) {
            let said = members(&asked.body).unwrap_or_default();
            let key = said.get("key").cloned().unwrap_or_default();
            lock(&self.0).insert(name, key);
        }
    }
}

/// An issuer that rotates in an emergency when a notification is such that it has to, for this saboteur.
fn rotating(when: When) -> Alterations {
    let known = Known::default();
    let rotating = Rotating(known.clone(), when);
    known.sabotage().layer(rotating).alterations()
}

/// Which issuer a notification makes rotate.
type When = fn(&Known, &Asked) -> Option<Arc<Issuer>>;

/// Rotates the keys of an issuer when it is notified.
struct Rotating(Known, When);

impl Layer for Rotating {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let Self(known, when) = self;
        let issuer = when(known, &asked).filter(|_| is_notification(&asked));
        Box::pin(async move {
            if let Some(issuer) = issuer {
                let urgent = Rotation {
                    urgent: true,
                    given: None,
                };
                // A rotation that does not come off is none.
                let _kid = issuer.keys().rotate(urgent).await;
            }
            pass(asked, next).await
        })
    }
}

/// Asks for the URLs of a notification.
struct Fetching;

impl Layer for Fetching {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let urls = match is_notification(&asked) {
            true => urls(&asked),
            false => Vec::new(),
        };
        Box::pin(async move {
            for url in urls {
                // Whatever comes of it, it was asked for.
                let _answer = fetch(url).await;
            }
            pass(asked, next).await
        })
    }
}

/// The URLs that stand anywhere in a request.
fn urls(asked: &Asked) -> Vec<Url> {
    let fields = asked
        .head
        .headers
        .values()
        .filter_map(|value| value.to_str().ok());
    let mut texts: Vec<String> = fields.map(str::to_owned).collect();
    texts.push(String::from_utf8_lossy(&asked.body).into_owned());
    let query = asked.head.uri.query().unwrap_or_default();
    let query = url::form_urlencoded::parse(query.as_bytes());
    texts.extend(query.map(|(_, value)| value.into_owned()));
    let places = texts
        .iter()
        .flat_map(|text| text.split(['"', '<', '>', ' ', ';']));
    let urls = places.filter(|place| place.starts_with("https://"));
    urls.filter_map(|url| Url::parse(url).ok()).collect()
}

/// Asks for a URL, and believes whoever it finds there.
async fn fetch(url: Url) -> reqwest::Result<()> {
    let client = reqwest::Client::builder().tls_danger_accept_invalid_certs(true);
    client.build()?.get(url).send().await.map(drop)
}
