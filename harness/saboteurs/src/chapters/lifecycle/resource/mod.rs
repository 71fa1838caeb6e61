//! Saboteurs of a resource elsewhere, in the order of its features.

pub mod blanket;
mod challenge;
mod claims;
mod keys;
mod mend;
mod requests;
mod showing;
mod signatures;

use crate::Saboteur;

/// All of them.
pub(super) fn all() -> Vec<Saboteur> {
    [
        signatures::saboteurs(),
        claims::saboteurs(),
        keys::saboteurs(),
        showing::saboteurs(),
        challenge::saboteurs(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
