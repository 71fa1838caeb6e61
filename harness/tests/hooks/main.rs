//! Hooks that fail, hang, lie and talk nonsense: what a scenario says of the target is seen on the wire, and
//! where nothing is seen there it says so.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod adapters;
mod between;
#[path = "../laboratory/mod.rs"]
mod laboratory;
mod lies;
mod registrations;
mod starts;

use btx_harness::{
    embedded::{self, Embedded},
    run::{Context, Outcome},
    target::{Channel, Target},
    timeline::What,
    verdict::Verdict,
};
use btx_spec::hooks::Order;
use laboratory::{context, line};
use std::{sync::Arc, time::Duration};

/// How long is waited for what never comes.
pub(crate) const SHORT: Duration = Duration::from_millis(800);
/// How long is waited for what comes, on a machine that is busy.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// What no run here may exceed.
pub(crate) const BOUND: Duration = Duration::from_secs(60);

/// Scenarios that wait for nothing: what is accepted, what is refused, and what must not be seen.
pub(crate) const SOME: [&str; 6] = [
    "EX-INI-031",
    "HT-ANY-020",
    "EX-INI-103",
    "HT-ANY-025",
    "HT-ANY-041",
    "A token issue without fault is accepted, and its token used",
];

/// The reference implementation, with its hooks or its control exchanged. It has to live as long as the run.
pub(crate) async fn reference(
    patience: Duration,
    alter: impl FnOnce(&mut Target),
) -> (Embedded, Arc<Context>) {
    let mut running = embedded::start().await.unwrap();
    alter(&mut running.target);
    // A hook that hangs is waited for as long as the target declares that a token call may take.
    let limits = &mut running.target.limits;
    limits.call_deadline = limits.call_deadline.min(patience);
    let sockets = std::mem::take(&mut running.sockets);
    let context = context(running.target.clone(), sockets, patience).await;
    (running, context)
}

pub(crate) fn controlled_by(channel: Channel) -> Box<dyn FnOnce(&mut Target)> {
    Box::new(move |target| target.control.as_mut().unwrap().channel = channel)
}

pub(crate) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// Whether a scenario has set the target off with the peer b1.
pub(crate) fn has_b1(outcome: &Outcome) -> bool {
    let note = |what: &What| matches!(what, What::Note(words) if words == "sets it off, with b1");
    outcome.events.iter().any(|event| note(&event.what))
}

pub(crate) fn is_for_b1(order: &Order) -> bool {
    matches!(order, Order::Start { peer, .. } if peer == "b1")
}

pub(crate) fn only_b1_suffers(outcomes: &[Outcome]) {
    assert_eq!(outcomes.iter().filter(|o| has_b1(o)).count(), 1);
    for outcome in outcomes {
        let expected = if has_b1(outcome) {
            Verdict::NotExercised
        } else {
            Verdict::Passed
        };
        assert_eq!(outcome.verdict, expected, "{}", line(outcome));
    }
}
