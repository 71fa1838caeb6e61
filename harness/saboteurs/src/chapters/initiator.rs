//! The saboteurs of the initiator's side, chapter by chapter in the order of the book.

mod acceptance;
mod asynchronous;
mod errors;
mod http;
mod json;
mod lost_messages;
mod members;
mod registration;
mod repeats;
mod signature;
mod token_call;
mod token_issue;
mod versions;

use crate::{Saboteur, outbound::status};
use btx_reference::outbound::OutboundOutcome;

/// All of them.
pub(super) fn all() -> Vec<Saboteur> {
    [
        registration::saboteurs(),
        http::saboteurs(),
        json::saboteurs(),
        token_call::saboteurs(),
        repeats::saboteurs(),
        token_issue::saboteurs(),
        members::saboteurs(),
        signature::saboteurs(),
        acceptance::saboteurs(),
        lost_messages::saboteurs(),
        asynchronous::saboteurs(),
        versions::saboteurs(),
        errors::saboteurs(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Where a redirect leads.
fn location(outcome: &OutboundOutcome) -> Option<String> {
    match outcome {
        OutboundOutcome::Answered(answer) if status(outcome).is_some_and(|s| s / 100 == 3) => {
            answer.location.clone()
        }
        _ => None,
    }
}
