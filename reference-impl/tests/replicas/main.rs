//! Three replicas of the issuer over one Redis, each a process of its own, while whatever can fail fails: replicas
//! are killed and started again, the store cannot be reached, is slow, restarts, comes back empty, or another takes
//! its place.
//!
//! What is promised: no token that was refused, or whose failure was told, ever opens anything. What cannot be
//! decided is refused with 503 and `Retry-After`. What was acknowledged stays, unless the store itself has lost it,
//! and then it is dead for good.
//!
//! `BTX_SEED=…` repeats what an earlier run printed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[path = "../endurance/chance.rs"]
#[allow(dead_code, reason = "other runs use another part of it")]
mod chance;
#[path = "../lab/mod.rs"]
mod lab;
#[path = "../shared/server.rs"]
#[allow(
    dead_code,
    reason = "the other tests over Redis use another part of it"
)]
mod server;

#[path = "../endurance/kill/calls.rs"]
#[allow(dead_code, reason = "a single issuer is checked otherwise")]
mod calls;
#[path = "../endurance/kill/program.rs"]
mod program;
#[path = "../endurance/kill/shop.rs"]
mod shop;

mod cluster;
mod faults;
mod ledger;
mod link;

use btx_reference::store::shared::Keeps;
use tokio::sync::{Mutex, MutexGuard};

use faults::{Fault, Story};

/// The runs load the machine, and measure deadlines: they take turns.
async fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_keeps_everything_loses_nothing() {
    let _turn = turn().await;
    let story = Story {
        name: "a durable store",
        keeps: Keeps::Everything,
        has_copy: false,
        may_lose: false,
        faults: &[
            Fault::Kill,
            Fault::Kill,
            Fault::Stall,
            Fault::Cut,
            Fault::Slow,
            Fault::Restart,
        ],
        rounds: 24,
    };
    story.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_store_has_lost_is_dead_for_good() {
    let _turn = turn().await;
    let story = Story {
        name: "a forgetful store",
        keeps: Keeps::NotEverything,
        has_copy: false,
        may_lose: true,
        faults: &[Fault::Kill, Fault::Restart, Fault::Restart, Fault::Slow],
        rounds: 16,
    };
    story.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_store_that_takes_over_has_what_was_acknowledged() {
    let _turn = turn().await;
    let story = Story {
        name: "a store with a copy",
        keeps: Keeps::Everything,
        has_copy: true,
        may_lose: false,
        faults: &[Fault::FailOver, Fault::Kill, Fault::FailOver],
        rounds: 12,
    };
    story.run().await;
}
