//! Saboteurs of a resource that takes service JWTs, in the order of its features.

pub mod blanket;
mod challenge;
mod claims;
pub(super) mod faulty;
mod fetching;
mod form;
mod handed_out;
pub(super) mod mend;
mod once;
pub(super) mod requests;
mod signatures;
mod wanting;

use crate::Saboteur;

/// All of them.
pub(super) fn all() -> Vec<Saboteur> {
    [
        signatures::saboteurs(),
        claims::saboteurs(),
        form::saboteurs(),
        fetching::saboteurs(),
        challenge::saboteurs(),
        once::saboteurs(),
        handed_out::saboteurs(),
        wanting::saboteurs(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
