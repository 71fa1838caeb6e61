//! The reference under attack: thousands of exchanges among peers that misbehave, and a program that is
//! killed in the middle of its exchanges a hundred times.
//!
//! `BTX_SEED=… cargo test -p btx-reference --test endurance` repeats what an earlier run printed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod chance;
mod kill;
mod soak;

#[path = "../lab/mod.rs"]
mod lab;

use tokio::sync::{Mutex, MutexGuard};

/// The tests of this program measure the process, or load the machine: they take turns.
async fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}
