//! Saboteurs of an issuer of bearers: of its keys, and of its sessions.

pub mod blanket;
mod keys;
mod sessions;

use crate::Saboteur;

/// All of them.
pub(super) fn all() -> Vec<Saboteur> {
    let mut all = keys::all();
    all.extend(sessions::all());
    all
}
