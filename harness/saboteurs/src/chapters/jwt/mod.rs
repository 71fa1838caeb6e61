//! Saboteurs of service JWTs, role by role.

pub mod client;
pub mod resource;
pub mod server;
mod verifier;

use crate::Saboteur;

pub(super) fn all() -> Vec<Saboteur> {
    [
        resource::all(),
        verifier::all(),
        server::all(),
        client::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
