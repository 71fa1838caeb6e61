//! The steps about keys that rotate and sessions: issuer, resource and caller.

pub(crate) mod bearer;
pub(crate) mod caller;
pub(crate) mod issuer;
pub(crate) mod resource;

use super::registry::Step;
use crate::{world::World, world_lifecycle};

/// What a scenario about keys and sessions has seen and done, in each role of the target.
#[derive(Default)]
pub struct LifecycleSeen {
    /// With its issuer.
    pub issuer_seen: issuer::Seen,
    /// With its resource.
    pub resource_seen: resource::Seen,
    /// With its caller.
    pub caller_seen: caller::Seen,
}

/// The steps of all roles, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    [issuer::steps(), resource::steps(), caller::steps()]
        .into_iter()
        .flatten()
        .collect()
}

/// Ends what a scenario has left open: what is held at a desk goes on, and what was set off ends.
pub(crate) async fn settle(world: &mut World) {
    world_lifecycle::close(world);
    caller::settle(world).await;
}
