//! Saboteurs of the chapter about the OAuth client.

mod answers;
mod assertions;
pub mod blanket;
mod finding;
pub(in crate::chapters) mod messages;
mod requests;
mod using;

use crate::Saboteur;

pub(super) fn all() -> Vec<Saboteur> {
    [
        requests::saboteurs(),
        assertions::saboteurs(),
        answers::saboteurs(),
        using::saboteurs(),
        finding::saboteurs(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
