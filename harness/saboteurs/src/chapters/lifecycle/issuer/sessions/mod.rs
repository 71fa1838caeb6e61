//! Saboteurs of sessions, in the order of the features.

mod bearers;
mod challenge;
mod diary;
mod login;
mod login_form;
mod logout;
mod pause;
mod refresh;
pub(super) mod requests;
mod stores;
mod swap;
mod using;

use crate::Saboteur;

/// All of them.
pub(super) fn all() -> Vec<Saboteur> {
    [
        login::saboteurs(),
        login_form::saboteurs(),
        pause::saboteurs(),
        challenge::saboteurs(),
        using::saboteurs(),
        refresh::saboteurs(),
        logout::saboteurs(),
        bearers::saboteurs(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
