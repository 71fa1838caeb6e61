//! Saboteurs of what is fetched before anything is known to be worth it.

use super::{
    faulty::{Own, client_of_a_faulty_one},
    requests::{Opened, jwt, now},
    signatures::{Curious, Way},
};
use crate::{
    Saboteur,
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    sabotage::JwtResourceSabotage,
};
use axum::middleware::Next;
use futures::future::BoxFuture;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpStream, time::timeout};
use url::Url;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_resource(
            "fetches-before-it-looks",
            "JW-RES-023",
            "Fetches the document of a client before it has looked at the JWT.",
            || {
                let way: Way = Arc::default();
                let known = way.clone();
                let own: Own = Arc::default();
                let named = own.clone();
                JwtResourceSabotage::new()
                    .config(move |config| *lock(&named) = config.identifier.as_str().to_owned())
                    .parts(move |_, parts| {
                        *lock(&known) = Some(parts.outbound.clone());
                        parts
                    })
                    .layer(Curious {
                        way,
                        leads: Box::new(move |text| client_of_a_faulty_one(text, &lock(&own))),
                    })
                    .alterations()
            },
        )
        .except(&["to no address of its choice"]),
        Saboteur::of_the_jwt_resource(
            "connects-before-it-looks",
            "JW-RES-023",
            "Connects to where the document of a client is before it looks at the time of the JWT.",
            || JwtResourceSabotage::new().layer(Connecting).alterations(),
        )
        .only(&["to no address of its choice"]),
    ]
}

/// Connects to where an expired JWT leads, and hangs up.
struct Connecting;

impl Layer for Connecting {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let place = jwt(&asked)
            .and_then(Opened::of)
            .filter(is_over)
            .and_then(|opened| {
                let url = Url::parse(opened.claim("iss")).ok()?;
                Some((url.host_str()?.to_owned(), url.port_or_known_default()?))
            });
        Box::pin(async move {
            if let Some((host, port)) = place {
                let connecting = TcpStream::connect((host.as_str(), port));
                drop(timeout(Duration::from_secs(1), connecting).await);
            }
            pass(asked, next).await
        })
    }
}

fn is_over(opened: &Opened) -> bool {
    let end = opened.claims.get("exp").and_then(Value::as_i64);
    end.is_some_and(|end| end < now())
}
