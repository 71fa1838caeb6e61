//! Saboteurs of what both verifiers of service JWTs do with documents and keys, at the resource.

mod answers;
mod content;
mod held;
mod places;

use crate::{Saboteur, outbound::Courier, sabotage::JwtResourceSabotage};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use futures::future::BoxFuture;

/// All of them.
pub(super) fn all() -> Vec<Saboteur> {
    [
        places::saboteurs(),
        answers::saboteurs(),
        content::saboteurs(),
        held::saboteurs(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A resource that makes something else of what is fetched.
fn mending(mend: fn(&str, &mut Answer)) -> Alterations {
    mending_more(|_| {}, mend)
}

/// The same, which alters what it asks for as well.
fn mending_more(ask: fn(&mut OutboundRequest), mend: fn(&str, &mut Answer)) -> Alterations {
    JwtResourceSabotage::new()
        .courier(Mending { ask, mend })
        .alterations()
}

struct Mending {
    ask: fn(&mut OutboundRequest),
    mend: fn(&str, &mut Answer),
}

impl Courier for Mending {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            (self.ask)(&mut request);
            let url = request.url.clone();
            let mut outcome = inner.get(request).await;
            if let OutboundOutcome::Answered(answer) = &mut outcome {
                (self.mend)(&url, answer);
            }
            outcome
        })
    }
}
