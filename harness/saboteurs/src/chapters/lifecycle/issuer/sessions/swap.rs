//! Puts bearers of its own in the place of those that an issuer brings, signed by the keys of that issuer. Whoever
//! shows one of them shows the real one.

use super::requests::{bring, brought, is_api, is_success, now, show, token};
use crate::{
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    sabotage::LcIssuerSabotage,
};
use axum::middleware::Next;
use btx_harness::embedded::Alterations;
use btx_reference::lifecycle::{keys::Keys, ring::Ring};
use btx_spec::{jose::SignedToken, lifecycle::BearerClaims};
use futures::{FutureExt as _, future::BoxFuture};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// The keys of all issuers.
#[derive(Clone, Default)]
pub(super) struct Rings(Arc<Mutex<Vec<Arc<dyn Keys>>>>);

impl Rings {
    /// A saboteur that knows these.
    pub(super) fn known(&self) -> LcIssuerSabotage {
        let known = self.0.clone();
        LcIssuerSabotage::new().parts(move |_, parts| {
            lock(&known).push(parts.keys.clone());
            parts
        })
    }

    /// The ring in which a key has that name.
    pub(super) fn with(&self, name: &str) -> Option<Arc<Ring>> {
        let now = now();
        let all = lock(&self.0);
        let rings = all
            .iter()
            .filter_map(|keys| keys.ring().now_or_never()?.ok());
        let mut fitting = rings.filter(|ring| ring.find(name, now).is_some());
        fitting.next()
    }
}

/// What a bearer says, and the name of its key.
pub(super) fn read(bearer: &str) -> Option<(String, BearerClaims)> {
    let token = SignedToken::parse(bearer).ok()?;
    let (header, claims) = BearerClaims::read(&token).ok()?;
    Some((header.key_id, claims))
}

/// What is made of a new bearer: the old one, what the new one says, and the keys of the issuer.
pub(super) trait Make:
    Fn(&BearerClaims, BearerClaims, &Ring) -> Option<String> + Send + Sync + 'static
{
}
impl<F: Fn(&BearerClaims, BearerClaims, &Ring) -> Option<String> + Send + Sync + 'static> Make
    for F
{
}

/// An issuer that brings other bearers.
pub(super) fn swapping(make: impl Make) -> Alterations {
    let rings = Rings::default();
    let swapping = Swapping {
        rings: rings.clone(),
        make: Arc::new(make),
        real: Arc::default(),
    };
    rings.known().layer(swapping).alterations()
}

/// An issuer that brings bearers which say something else.
pub(super) fn saying(
    alter: impl Fn(&BearerClaims, &mut BearerClaims) + Send + Sync + 'static,
) -> Alterations {
    swapping(
        move |old: &BearerClaims, mut new: BearerClaims, ring: &Ring| {
            alter(old, &mut new);
            new.sign(&ring.current).ok()
        },
    )
}

struct Swapping {
    rings: Rings,
    make: Arc<dyn Make>,
    /// The real bearers, by those that were brought in their place.
    real: Arc<Mutex<HashMap<String, String>>>,
}

impl Layer for Swapping {
    fn take(&self, mut asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let (rings, make, real) = (self.rings.clone(), self.make.clone(), self.real.clone());
        let shown = token(&asked).filter(|_| is_api(&asked)).map(str::to_owned);
        let own = shown
            .as_ref()
            .and_then(|text| lock(&real).get(text).cloned());
        if let Some(own) = own {
            show(&mut asked, &own);
        }
        Box::pin(async move {
            let mut told = pass(asked, next).await;
            let new = brought(&told, "bearer_token").filter(|_| is_success(&told));
            let made = || {
                let (new, (_, old)) = (new?, read(&shown?)?);
                let (key, claims) = read(&new)?;
                let made = make(&old, claims, rings.with(&key)?.as_ref())?;
                Some((new, made))
            };
            if let Some((new, made)) = made() {
                bring(&mut told, &made);
                lock(&real).insert(made, new);
            }
            told
        })
    }
}
