//! Saboteurs of an OAuth resource, in the order of its features.

pub mod blanket;
mod claims;
mod keys;
mod mend;
mod metadata;
pub(in crate::chapters) mod opened;
mod questions;
pub(in crate::chapters) mod requests;
mod scopes;
mod showing;
mod signatures;

use crate::Saboteur;

/// All of them.
pub(super) fn all() -> Vec<Saboteur> {
    [
        showing::saboteurs(),
        scopes::saboteurs(),
        signatures::saboteurs(),
        claims::saboteurs(),
        keys::saboteurs(),
        questions::saboteurs(),
        metadata::saboteurs(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
