//! Saboteurs of rotating keys and sessions, role by role.

pub mod caller;
pub mod issuer;
pub mod resource;

use crate::Saboteur;

/// All of them.
pub(super) fn all() -> Vec<Saboteur> {
    [issuer::all(), resource::all(), caller::all()]
        .into_iter()
        .flatten()
        .collect()
}
