//! Saboteurs of whom a JWT is taken to be of, and of who waits for whom.

use super::{Verifies, both};
use crate::{
    Saboteur,
    chapters::jwt::resource::{
        mend::{Forger, Place},
        requests::Opened,
    },
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    outbound::Courier,
    sabotage::RoleSabotage,
};
use axum::middleware::Next;
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::jwt::ClientId;
use futures::future::BoxFuture;
use serde_json::json;
use std::{
    collections::HashMap,
    marker::PhantomData,
    sync::{Arc, Mutex},
};
use url::Url;

pub(super) fn saboteurs<R: Verifies>() -> Vec<Saboteur> {
    vec![
        R::saboteur(
            both!("understands-any-client-id"),
            "JW-ANY-001",
            "Makes a client id of whatever a URL library understands.",
            || {
                forging::<R>(|opened, _, _| {
                    let plain = plain(opened.claim("iss"));
                    let Some(plain) = plain.filter(|plain| plain != opened.claim("iss")) else {
                        return false;
                    };
                    opened.say("iss", json!(plain));
                    opened.say("sub", json!(plain));
                    true
                })
            },
        )
        .except(&["of 513 characters"]),
        R::saboteur(
            both!("takes-the-key-of-any-client"),
            "JW-ANY-036",
            "Looks for the key of a JWT among those of all its clients.",
            || {
                forging::<R>(|opened, text, place| {
                    let client = opened.claim("iss");
                    place.has_met(client)
                        && !place.verified_by_any(client, text)
                        && place.verified_by_anybody(text)
                })
            },
        ),
        R::saboteur(
            both!("fetches-a-document-for-everybody-who-waits"),
            "JW-ANY-027",
            "Fetches a document once more for those who came while it was on its way.",
            || {
                let waiting: Waiting = Arc::default();
                RoleSabotage::<R>::new()
                    .courier(OnceMore(waiting.clone()))
                    .layer(Counting::<R>(waiting, PhantomData))
                    .alterations()
            },
        ),
    ]
}

/// A verifier that mends some JWTs, and has signed them itself by then.
fn forging<R: Verifies>(mend: fn(&mut Opened, &str, &Place) -> bool) -> Alterations {
    let Some(forger) = Forger::new() else {
        return Alterations::default();
    };
    RoleSabotage::<R>::new()
        .courier(forger.courier())
        .asked(move |asked| {
            let mended = R::shown(asked).and_then(|text| {
                let mut opened = Opened::of(&text)?;
                mend(&mut opened, &text, &forger.place()).then(|| forger.sign(R::TYPE, &opened))?
            });
            if let Some(jwt) = mended {
                R::show(asked, &jwt);
            }
        })
        .alterations()
}

/// The client id that a library of URLs makes of a text.
fn plain(text: &str) -> Option<String> {
    let mut url = Url::parse(text.trim()).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    url.set_scheme("https").ok()?;
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let plain = ClientId::parse(url.as_str()).ok()?;
    Some(plain.as_str().to_owned())
}

/// How many requests of each client are under way.
type Waiting = Arc<Mutex<HashMap<String, usize>>>;

/// Counts them.
struct Counting<R>(Waiting, PhantomData<fn() -> R>);

impl<R: Verifies> Layer for Counting<R> {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let client = R::shown(&asked).and_then(|text| Opened::of(&text));
        let client = client.map_or_else(String::new, |opened| opened.claim("iss").to_owned());
        let waiting = self.0.clone();
        Box::pin(async move {
            *lock(&waiting).entry(client.clone()).or_default() += 1;
            let told = pass(asked, next).await;
            if let Some(count) = lock(&waiting).get_mut(&client) {
                *count -= 1;
            }
            told
        })
    }
}

/// Fetches once more what several have waited for.
struct OnceMore(Waiting);

impl Courier for OnceMore {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let url = request.url.clone();
            let outcome = inner.get(request.clone()).await;
            let waits = lock(&self.0).get(&url).is_some_and(|count| *count > 1);
            match waits {
                true => inner.get(request).await,
                false => outcome,
            }
        })
    }
}
