//! The saboteurs, chapter by chapter in the order of the book, those of the initiator apart, and
//! those that break everything.

mod acceptance;
mod asynchronous;
pub mod blanket;
mod errors;
mod http;
mod identifiers;
mod initiator;
mod json;
pub mod jwt;
pub mod lifecycle;
mod lost_messages;
pub mod oauth;
mod registration;
mod repeats;
mod signature;
mod token_call;
mod token_issue;
mod using_the_token;
mod versions;

use crate::Saboteur;

/// All of them but the blanket ones.
#[must_use]
pub fn all() -> Vec<Saboteur> {
    [
        identifiers::saboteurs(),
        registration::saboteurs(),
        http::saboteurs(),
        json::saboteurs(),
        token_call::saboteurs(),
        repeats::saboteurs(),
        token_issue::saboteurs(),
        signature::saboteurs(),
        acceptance::saboteurs(),
        lost_messages::saboteurs(),
        asynchronous::saboteurs(),
        using_the_token::saboteurs(),
        versions::saboteurs(),
        errors::saboteurs(),
        initiator::all(),
        oauth::all(),
        jwt::all(),
        lifecycle::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
