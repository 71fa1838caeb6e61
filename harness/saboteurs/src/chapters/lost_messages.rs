//! Saboteurs of the chapter "Lost messages".

use crate::{
    Saboteur,
    ledger::lock,
    outbound::{Again, Courier, status},
    sabotage::Sabotage,
};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Outbound, OutboundOutcome, OutboundRequest};
use futures::future::BoxFuture;
use std::{collections::HashSet, sync::Mutex};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "tries-again-after-a-server-error",
            "EX-ISS-070",
            "Sends the token issue again when the answer was 500 or more.",
            || again_after(|status| status >= 500),
        )
        .only(&["not sent again: 500", "not sent again: 503"]),
        Saboteur::new(
            "tries-again-when-told-to-slow-down",
            "EX-ISS-070",
            "Sends the token issue again when the answer was 429.",
            || again_after(|status| status == 429),
        )
        .only(&["not sent again: 429"]),
        Saboteur::new(
            "tries-again-when-not-found",
            "EX-ISS-070",
            "Sends the token issue again when the answer was 404.",
            || again_after(|status| status == 404),
        )
        .only(&["not sent again: 404"]),
        Saboteur::new(
            "makes-sure-of-an-acceptance",
            "EX-ISS-070",
            "Sends the token issue again when the answer was 204.",
            || again_after(|status| status == 204),
        )
        .only(&["not sent again: 204"])
        .also(
            "EX-ISS-017",
            &["twenty simultaneous calls"],
            "the one exchange that begins has two token issues",
        ),
        Saboteur::new(
            "never-gives-up",
            "EX-ISS-071",
            "Sends a token issue without an answer twice in each attempt, six times in all.",
            || {
                Sabotage::new()
                    .courier(Again {
                        most: 2,
                        next: |request: &OutboundRequest, outcome: &OutboundOutcome| {
                            matches!(outcome, OutboundOutcome::NoAnswer(_)).then(|| request.clone())
                        },
                    })
                    .alterations()
            },
        ),
        Saboteur::new(
            "writes-it-anew-each-time",
            "EX-ISS-072",
            "Puts a line feed at the end of a token issue that it sends again.",
            || Sabotage::new().courier(Anew::default()).alterations(),
        ),
    ]
}

fn again_after(which: fn(u16) -> bool) -> Alterations {
    Sabotage::new()
        .courier(Again {
            most: 2,
            next: move |request: &OutboundRequest, outcome: &OutboundOutcome| {
                status(outcome).is_some_and(which).then(|| request.clone())
            },
        })
        .alterations()
}

#[derive(Default)]
struct Anew {
    sent: Mutex<HashSet<Vec<u8>>>,
}

impl Courier for Anew {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        if !lock(&self.sent).insert(request.body.to_vec()) {
            request.body = [&request.body, b"\n".as_slice()].concat().into();
        }
        inner.post(request)
    }
}
