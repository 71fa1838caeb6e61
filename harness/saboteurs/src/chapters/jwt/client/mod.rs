//! Saboteurs of the client that signs service JWTs, in the order of its features.

pub mod blanket;
mod document;
mod hand_outs;
mod sending;
mod servers;
mod service_jwts;
mod sign;
mod tokens;

use crate::Saboteur;

/// All of them.
pub(super) fn all() -> Vec<Saboteur> {
    [
        service_jwts::saboteurs(),
        document::saboteurs(),
        sending::saboteurs(),
        hand_outs::saboteurs(),
        servers::saboteurs(),
        tokens::saboteurs(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
