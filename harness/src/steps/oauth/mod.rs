//! The steps about OAuth: authorization server, resource and client.

mod client;
mod resource;
mod server;

use super::registry::Step;
pub(in crate::steps) use client::has;
pub(crate) use client::settle as settle_client;

/// What a scenario about OAuth has seen and done, role by role.
#[derive(Default)]
pub struct OauthWorld {
    /// At the authorization server of the target.
    pub server: server::Seen,
    /// At its resource.
    pub resource: resource::Seen,
    /// With its client.
    pub client: client::Seen,
}

/// The steps of all roles, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    [server::steps(), resource::steps(), client::steps()]
        .into_iter()
        .flatten()
        .collect()
}
