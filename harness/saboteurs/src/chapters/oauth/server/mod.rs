//! Saboteurs of the authorization server.

mod access_tokens;
mod accounts;
mod answers;
mod asks;
mod assertions;
pub mod blanket;
mod client_authentication;
mod introspection;
mod issued;
mod master;
mod metadata;
mod proofs;
pub(in crate::chapters) mod requests;
mod resign;
mod scopes;
mod token_request;

use crate::Saboteur;

pub(super) fn all() -> Vec<Saboteur> {
    [
        token_request::saboteurs(),
        client_authentication::saboteurs(),
        answers::saboteurs(),
        scopes::saboteurs(),
        assertions::saboteurs(),
        proofs::saboteurs(),
        accounts::saboteurs(),
        access_tokens::saboteurs(),
        introspection::saboteurs(),
        metadata::saboteurs(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
