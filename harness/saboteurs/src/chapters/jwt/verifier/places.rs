//! Saboteurs of where documents are fetched.

use super::{Verifies, answers::edit, both};
use crate::{
    Saboteur, credulous::Credulous, ledger::lock, outbound::Courier, sabotage::RoleSabotage,
};
use btx_harness::embedded::{Alterations, OutboundSetup};
use btx_reference::outbound::{
    Outbound, OutboundOutcome, OutboundRequest, SetupError, address::Network,
};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use url::Url;

/// The last segment of the address of a key set in the lab.
const KEYS: &str = "/jwks.json";

pub(super) fn saboteurs<R: Verifies>() -> Vec<Saboteur> {
    vec![
        R::except(
            R::saboteur(
                both!("fetches-keys-from-anywhere"),
                "JW-ANY-013",
                "Fetches the keys from whatever origin the document names.",
                || {
                    RoleSabotage::<R>::new()
                        .courier(Elsewhere::default())
                        .alterations()
                },
            ),
            &["at an address without https"],
        ),
        R::saboteur(
            both!("believes-any-host-of-documents"),
            "JW-ANY-020",
            "Does not look at the certificate of a host of documents.",
            || {
                let in_the_lab =
                    |request: &OutboundRequest| request.url.starts_with("https://127.0.1.1:");
                RoleSabotage::<R>::new()
                    .courier(Credulous::of_certificates(in_the_lab))
                    .alterations()
            },
        ),
        R::except(
            R::saboteur(
                both!("fetches-documents-everywhere"),
                "JW-ANY-021",
                "Takes every address for a public one.",
                || reaching::<R>(everywhere),
            ),
            &[
                "No document is fetched at an address of special use: an address of loopback within an IPv6 address",
            ],
        ),
        R::saboteur(
            both!("checks-addresses-of-documents-only"),
            "JW-ANY-023",
            "Looks at the address of a document, and goes for the keys wherever the name leads by then.",
            || {
                reaching::<R>(|setup| {
                    let careful = OutboundSetup {
                        trust: setup.trust.clone(),
                        resolve: setup.resolve.clone(),
                        public_networks: setup.public_networks.clone(),
                        nameservers: setup.nameservers.clone(),
                    };
                    let careful = careful.build()?;
                    let careless = everywhere(setup)?;
                    Ok(Arc::new(Split { careful, careless }))
                })
            },
        ),
    ]
}

type Reach = fn(OutboundSetup) -> Result<Arc<dyn Outbound>, SetupError>;

/// A resource with another way out.
fn reaching<R: Verifies>(build: Reach) -> Alterations {
    Alterations {
        outbound: Box::new(build),
        ..RoleSabotage::<R>::new().alterations()
    }
}

fn everywhere(mut setup: OutboundSetup) -> Result<Arc<dyn Outbound>, SetupError> {
    let all = ["0.0.0.0/0", "::/0"];
    setup.public_networks = all
        .iter()
        .filter_map(|n| n.parse::<Network>().ok())
        .collect();
    setup.build()
}

/// Is careful with everything but keys.
struct Split {
    careful: Arc<dyn Outbound>,
    careless: Arc<dyn Outbound>,
}

impl Outbound for Split {
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.careful.post(request)
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        match request.url.ends_with(KEYS) {
            true => self.careless.get(request),
            false => self.careful.get(request),
        }
    }
}

/// Lets keys at another origin look as if they were at the one of the document.
#[derive(Default)]
struct Elsewhere(Mutex<HashMap<String, String>>);

impl Courier for Elsewhere {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let url = request.url.clone();
            if let Some(real) = lock(&self.0).get(&url) {
                real.clone_into(&mut request.url);
            }
            let mut outcome = inner.get(request).await;
            if let OutboundOutcome::Answered(answer) = &mut outcome {
                edit(answer, |members| {
                    let named = members.get("jwks_uri").and_then(Value::as_str);
                    let Some(named) = named.map(str::to_owned) else {
                        return;
                    };
                    if origin(&named) != origin(&url) {
                        let alias = url.replace("/client.json", KEYS);
                        lock(&self.0).insert(alias.clone(), named);
                        members.insert("jwks_uri".to_owned(), json!(alias));
                    }
                });
            }
            outcome
        })
    }
}

fn origin(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.origin().ascii_serialization())
}
