//! Requests that come at once, over all replicas.

use super::{
    answered, brought, clock, first, granted, logout, newest, replicas, seen, seen_mut, session,
    show, shows::ask,
};
use crate::{
    steps::{calls::unknown, registry::steps},
    world::World,
};
use futures::future::{join, join_all};

/// How long before the turn of a second the one half of requests comes, and after it the other, in seconds.
const HALF: f64 = 0.1;

steps! {
    "its bearer is shown {words} {count} times at once, over all replicas" => |world, words, count| {
        let count: usize = count.parse().map_err(|_| unknown("number", &count))?;
        let bearer = newest(world, 0)?;
        let there: &World = world;
        let asked = (0..count).map(|replica| ask(there, &bearer, &words, replica));
        for shown in join_all(asked).await {
            world.shown.push(shown?);
        }
        keep_what_came(world);
        Ok(())
    }
    "its bearer is shown {words} {count} times around the turn of a second, over all replicas" => |world, words, count| {
        let count: usize = count.parse().map_err(|_| unknown("number", &count))?;
        let bearer = newest(world, 0)?;
        for half in [-HALF, HALF] {
            clock::near_the_turn(world, half).await;
            let there: &World = world;
            let asked = (0..count / 2).map(|replica| ask(there, &bearer, &words, replica));
            for shown in join_all(asked).await {
                world.shown.push(shown?);
            }
        }
        Ok(())
    }
    "its first bearer is refreshed {count} times and it logs out, all at once over all replicas" => |world, count| {
        let count: usize = count.parse().map_err(|_| unknown("number", &count))?;
        let bearer = first(world, 0)?;
        let token = session(world, 0)?.token.clone();
        let there: &World = world;
        let refreshed = (0..count).map(|replica| ask(there, &bearer, "with its session token", replica));
        // At the replica that most of the others come to last.
        let tokens = [token.as_str()];
        let ended = logout::log_out(there, &tokens, "alone", 1);
        let (refreshed, ended) = join(join_all(refreshed), ended).await;
        for shown in refreshed {
            world.shown.push(shown?);
        }
        keep_what_came(world);
        world.shown.clear();
        let newest = newest(world, 0)?;
        seen_mut(world).came.push((newest, 0));
        let (response, _) = answered(ended?)?;
        granted(&response)
    }
    "the bearers that came are shown, on each replica" => |world| {
        keep_what_came(world);
        for (bearer, _) in seen(world).came.clone() {
            for replica in 0..replicas(world)? {
                let shown = show(world, &bearer.text, &[], replica).await?;
                seen_mut(world).fresh.push(shown);
            }
        }
        Ok(())
    }
}

/// Keeps the bearers that came with what was shown, each of them once.
pub(super) fn keep_what_came(world: &mut World) {
    let came: Vec<_> = world
        .shown
        .iter()
        .filter_map(|(response, event)| Some((brought(response)?, *event)))
        .collect();
    let seen = seen_mut(world);
    for one in came {
        if !seen.came.contains(&one) {
            seen.came.push(one);
        }
    }
}
