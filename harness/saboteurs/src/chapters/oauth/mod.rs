//! Saboteurs of OAuth, role by role.

pub mod client;
mod pairs;
pub mod resource;
pub mod server;

use crate::Saboteur;

pub(super) fn all() -> Vec<Saboteur> {
    [client::all(), resource::all(), server::all()]
        .into_iter()
        .flatten()
        .collect()
}
