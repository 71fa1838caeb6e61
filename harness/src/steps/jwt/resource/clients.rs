//! The clients of a scenario: a document and a key for each, and nothing that the target was told before.

use super::{facts, resource, taken};
use crate::{
    lab::jwt::Host,
    steps::{Stop, jose::stranger, registry::steps},
    world::World,
};
use btx_spec::jose::{Algorithm, SigningKey};
use std::sync::Arc;

/// The algorithms that a service JWT may have.
const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::ES256,
    Algorithm::EdDSA,
    Algorithm::PS256,
    Algorithm::RS256,
];

steps! {
    "a client that has registered nowhere" => |world| {
        publish(world).await?;
        Ok(())
    }
    "two clients that have registered nowhere" => |world| {
        publish(world).await?;
        publish(world).await?;
        Ok(())
    }
    "a client of which the resource has taken a service JWT" => |world| {
        let client = publish(world).await?;
        world.jwt.resource.taken = Some(taken(world, client).await?);
        Ok(())
    }
    "a client with a key for each algorithm of the resource's list" => |world| {
        let listed = resource(world)?.algorithms.clone();
        with_keys(world, &listed).await
    }
    "a client with a key of an algorithm that is not on the resource's list" => |world| {
        let listed = resource(world)?.algorithms.clone();
        let other = ALGORITHMS.into_iter().find(|one| !listed.contains(one));
        let other = other.ok_or_else(|| Stop::NotExercised("all algorithms are on the list".to_owned()))?;
        with_keys(world, &[other]).await
    }
}

async fn publish(world: &mut World) -> Result<usize, Stop> {
    resource(world)?;
    world.publish(Host::Main).await
}

/// A client with keys of these algorithms beside its own.
async fn with_keys(world: &mut World, algorithms: &[Algorithm]) -> Result<(), Stop> {
    let client = publish(world).await?;
    let mut keys: Vec<Arc<SigningKey>> = Vec::new();
    for algorithm in algorithms {
        let name = format!("of-{algorithm}");
        keys.push(stranger::make(*algorithm, &name)?.key);
    }
    let own = facts(world, client)?.key;
    let published = std::iter::once(&own).chain(&keys);
    let published = published.map(|key| key.public()).collect();
    if let Some(client) = world.jwt.clients.get(client) {
        client.desk.set_keys(published);
    }
    world.jwt.resource.keys = keys;
    Ok(())
}
