//! The issuers of a scenario, and the keys that they begin with.

use super::{Playing, new_key, published, resource, signer, taken};
use crate::{
    steps::{Stop, registry::steps},
    world::World,
};
use btx_spec::jose::Algorithm;

steps! {
    "an issuer of bearers that the resource trusts" => |world| {
        play(world, Algorithm::ES256).await
    }
    "an issuer whose bearers the resource takes" => |world| {
        play(world, Algorithm::ES256).await?;
        taken(world, 0).await
    }
    "two issuers whose bearers the resource takes" => |world| {
        for issuer in 0..2 {
            play(world, Algorithm::ES256).await?;
            taken(world, issuer).await?;
        }
        Ok(())
    }
    "an issuer with a key of each of its algorithms" => |world| {
        play(world, Algorithm::ES256).await?;
        let algorithms = signer(world, 0)?.algorithms.clone();
        let others = algorithms.into_iter().filter(|one| *one != Algorithm::ES256);
        let others = others.map(new_key).collect::<Result<Vec<_>, Stop>>()?;
        let playing = super::playing_mut(world, 0)?;
        playing.others = others;
        let all = std::iter::once(&playing.key).chain(&playing.others);
        let all = all.map(|key| published(key)).collect();
        signer(world, 0)?.desk.set_keys(all);
        Ok(())
    }
    "the second issuer has a key of the same name" => |world| {
        let name = super::playing(world, 0)?.key.key_id().to_owned();
        let key = crate::steps::jose::stranger::make(Algorithm::ES256, &name)?.key;
        let second = super::playing_mut(world, 1)?;
        second.key = key;
        let set = vec![published(&second.key)];
        signer(world, 1)?.desk.set_keys(set);
        taken(world, 1).await
    }
}

/// Brings in an issuer that the resource trusts. It has a key that nobody has seen, in a set that is fetched anew
/// for each bearer unless a step says otherwise.
async fn play(world: &mut World, algorithm: Algorithm) -> Result<(), Stop> {
    resource(world)?;
    let issuer = world.lease_signer(algorithm).await?;
    let key = new_key(algorithm)?;
    let desk = &signer(world, issuer)?.desk;
    desk.set_keys(vec![published(&key)]);
    desk.max_age(Some(0));
    world.lifecycle.resource_seen.issuers.push(Playing {
        key,
        old: None,
        others: Vec::new(),
    });
    Ok(())
}
