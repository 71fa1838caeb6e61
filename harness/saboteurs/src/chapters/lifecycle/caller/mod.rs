//! Saboteurs of the caller, in the order of its features.

pub mod blanket;
mod logins;
mod messages;
mod new_bearers;
mod retries;
mod sending;

use crate::Saboteur;

/// All of them.
pub(super) fn all() -> Vec<Saboteur> {
    [
        logins::saboteurs(),
        sending::saboteurs(),
        retries::saboteurs(),
        new_bearers::saboteurs(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
