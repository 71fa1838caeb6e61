//! JWTs whose fault a saboteur does not see: it mends the fault and signs again, with a key of its own that it
//! puts into every key set that the resource fetches. All other tokens stay as they are.

use super::{
    opened::Opened,
    requests::{answered, object, show, token},
};
use crate::{ledger::lock, outbound::Courier, sabotage::ResourceSabotage};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::jose::{Algorithm, SigningKey};
use futures::future::BoxFuture;
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// What a saboteur knows of its configuration.
#[derive(Clone, Default)]
pub(super) struct Place {
    /// The identifier of the resource.
    pub(super) identifier: String,
    /// The issuers that it trusts.
    pub(super) issuers: Vec<String>,
}

/// A new key of the saboteur, if one can be made.
pub(super) fn key() -> Option<Arc<SigningKey>> {
    let pem = rcgen::KeyPair::generate().ok()?.serialize_pem();
    let key = SigningKey::from_pkcs8_pem(Algorithm::ES256, "saboteur", &pem);
    key.ok().map(Arc::new)
}

/// A resource that does not see a fault: `mend` takes it away, and says whether it was there.
pub(super) fn blind(mend: fn(&mut Opened, &Place) -> bool) -> Alterations {
    let Some(key) = key() else {
        return Alterations::default();
    };
    let place: Arc<Mutex<Place>> = Arc::default();
    let known = place.clone();
    ResourceSabotage::new()
        .config(move |config| {
            *lock(&known) = Place {
                identifier: config.identifier.as_str().to_owned(),
                issuers: config.issuers.iter().map(|i| i.issuer.clone()).collect(),
            };
        })
        .courier(adding(&key))
        .asked(move |asked| {
            let opened = token(asked).and_then(Opened::of);
            if let Some(mut opened) = opened
                && mend(&mut opened, &lock(&place).clone())
                && let Some(signed) = signed_again(&key, &opened)
            {
                show(asked, &signed);
            }
        })
        .alterations()
}

/// Adds the key to every key set that is fetched.
pub(super) struct Adding(Value);

/// What adds that key.
pub(super) fn adding(key: &SigningKey) -> Adding {
    Adding(key.public().to_jwk())
}

impl Courier for Adding {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move { with_key(inner.get(request).await, &self.0) })
    }
}

/// The outcome with that key among those of its key set, if it has one.
pub(super) fn with_key(outcome: OutboundOutcome, public: &Value) -> OutboundOutcome {
    let Some(mut members) = object(&outcome) else {
        return outcome;
    };
    match members.get_mut("keys") {
        Some(Value::Array(keys)) => keys.push(public.clone()),
        _ => return outcome,
    }
    answered(members)
}

/// Signed anew: with what it says, and with nothing in its header but what has to be there and its type.
pub(super) fn signed_again(key: &SigningKey, opened: &Opened) -> Option<String> {
    let typ = opened.header.get("typ").and_then(Value::as_str);
    key.sign(typ, &opened.claims).ok()
}
