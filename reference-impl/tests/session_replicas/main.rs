//! Three replicas of an issuer of sessions over one Redis, while the store hangs, restarts, comes back empty or
//! another takes its place, while replicas begin anew, and while people log in, are renewed, log out and keys rotate.
//!
//! What is promised: a session that has logged out, or whose key went in an emergency, or that the store has lost, is
//! dead at every replica and stays so. What a replica cannot decide it refuses with 503 and `Retry-After`. What was
//! acknowledged stays, unless the store itself has lost it.
//!
//! `BTX_SEED=…` repeats what an earlier run printed.
#![cfg(feature = "with-redis")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and how much was tried is worth reading"
)]

#[path = "../endurance/chance.rs"]
#[allow(dead_code, reason = "other runs use another part of it")]
mod chance;
#[path = "../replicas/link.rs"]
#[allow(dead_code, reason = "other runs use another part of it")]
mod link;
#[path = "../shared/server.rs"]
#[allow(
    dead_code,
    reason = "the other tests over Redis use another part of it"
)]
mod server;

mod farm;
mod people;

use chance::Chance;
use farm::{Farm, StoreSort};
use people::People;

/// What happens to the cluster.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// A replica hears nothing from the store.
    Hang,
    /// The way of a replica to the store is slow.
    Slow,
    /// The store is killed, and starts again.
    Restart,
    /// Another takes its place.
    FailOver,
    /// A replica is there again, without any memory.
    BeginAnew,
}

/// What people and operators do in a round, besides showing what they have.
const DEEDS: u64 = 6;

async fn story(name: &str, sort: StoreSort, faults: &[Fault], rounds: usize) {
    let mut chance = Chance::of(name);
    let mut farm = Farm::start(sort).await;
    let mut people = People::default();
    for round in 0..rounds {
        let fault = chance.pick(faults);
        let losing = sort == StoreSort::Forgetful && matches!(fault, Fault::Restart);
        match fault {
            Fault::Hang => farm.hang(chance.pick(&[0, 1, 2])),
            Fault::Restart => farm.restart(),
            Fault::Slow => farm.slow(chance.pick(&[0, 1, 2])),
            Fault::FailOver => farm.fail_over().await,
            Fault::BeginAnew => farm.begin_anew(chance.pick(&[0, 1, 2])),
        }
        if losing {
            people.all_is_lost();
        }
        for _ in 0..DEEDS {
            let replica = chance.pick(&[0, 1, 2]);
            match chance.below(6) {
                0 | 1 => people.log_in(&farm, replica).await,
                2 => people.log_out(&farm, replica, &mut chance).await,
                3 | 4 => people.show_one(&farm, replica, &mut chance).await,
                _ => people.rotate(&farm, replica, chance.once_in(2)).await,
            }
            people.dead_ones_open_nothing(&farm, round).await;
        }
        farm.calm().await;
        people.dead_ones_open_nothing(&farm, round).await;
        people.living_ones_live(&farm, round).await;
    }
    println!("{name}: {rounds} faults, {people}");
    people.something_happened();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_durable_store_loses_no_session_and_revives_none() {
    let faults = [Fault::Hang, Fault::Slow, Fault::Restart, Fault::BeginAnew];
    story("a durable store", StoreSort::Durable, &faults, 16).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_forgetful_store_has_lost_is_dead_for_good() {
    let faults = [Fault::Hang, Fault::Slow, Fault::Restart, Fault::BeginAnew];
    story("a forgetful store", StoreSort::Forgetful, &faults, 16).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_takes_over_has_all_that_was_acknowledged() {
    let faults = [Fault::Hang, Fault::BeginAnew, Fault::FailOver];
    story("a store with a copy", StoreSort::WithCopy, &faults, 8).await;
}
