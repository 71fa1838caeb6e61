//! Saboteurs of the keys of an issuer, in the order of the features.

mod claims;
mod issued;
mod key_set;
mod known;
mod mend;
mod notified;
mod rotated;
mod signatures;

use crate::Saboteur;

/// All of them.
pub(super) fn all() -> Vec<Saboteur> {
    [
        issued::saboteurs(),
        signatures::saboteurs(),
        claims::saboteurs(),
        rotated::saboteurs(),
        key_set::saboteurs(),
        notified::saboteurs(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
