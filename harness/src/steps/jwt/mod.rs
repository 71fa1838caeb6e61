//! The steps about service JWTs: resource, authorization server and client.

pub(crate) mod client;
pub(crate) mod documents;
pub(crate) mod resource;
pub(crate) mod server;
pub(crate) mod token;
pub(crate) mod verifier;

use super::registry::Step;
use crate::{
    lab::jwt::Published,
    run::PeerLease,
    target::jwt::JwtPeer,
    world::World,
    world_jwt::{JwtParty, Watch},
};

/// What a scenario about service JWTs has published, plays, has seen and done.
#[derive(Default)]
pub struct JwtWorld {
    /// The clients that it has published, in the order of its steps.
    pub clients: Vec<Published>,
    /// The resources that it plays, in the order of its steps.
    pub peers: Vec<JwtParty>,
    /// At whichever verifier the scenario is about.
    pub verifier: verifier::Seen,
    /// At the resource of the target.
    pub resource: resource::Seen,
    /// At its authorization server.
    pub server: server::Seen,
    /// With its client.
    pub client: client::Seen,
    pub(crate) watch: Option<Watch>,
    pub(crate) leases: Vec<PeerLease<JwtPeer>>,
}

/// The steps of all roles, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    [
        vec![verifier::steps()],
        documents::steps(),
        resource::steps(),
        server::steps(),
        client::steps(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Ends what a scenario has left open: what is held at a desk goes on.
pub(crate) async fn settle(world: &mut World) {
    for client in &world.jwt.clients {
        client.desk.close();
    }
    for peer in &world.jwt.peers {
        peer.lease.desk.close();
    }
    client::settle(world).await;
}
