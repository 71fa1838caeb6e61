//! Rotation over replicas, explored exhaustively: the ring, the dating of rotations and the judge that the issuers
//! run; replicas with copies that are good for a lease; two operators, one of whom is in a hurry; a store that cannot
//! be reached from everywhere; replicas that begin anew; a client that logs in, is renewed, and logs out.
//!
//! What is promised stands in `promises.rs`. Each promise is also seen to be broken, by a world in which one thing is
//! done more simply.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and how much was tried is worth reading"
)]

mod keys;
mod promises;
mod world;

use std::collections::BTreeSet;
use std::thread::available_parallelism;

use stateright::{Checker as _, HasDiscoveries, Model as _};
use world::{Fault, Rotations};

/// Explores everything until that is found, and gives the promises that were broken, each with the way to it, and
/// the hopes that never came true.
fn explore(name: &str, model: Rotations, until: HasDiscoveries) -> Vec<String> {
    let threads = available_parallelism().map_or(1, usize::from);
    let explored = model
        .checker()
        .threads(threads)
        .finish_when(until)
        .spawn_bfs()
        .join();
    println!(
        "{name}: {} states, {} transitions, at most {} steps",
        explored.unique_state_count(),
        explored.state_count(),
        explored.max_depth()
    );
    let mut wrong = Vec::new();
    for promise in promises::ALWAYS {
        if let Some(path) = explored.discovery(promise.name) {
            wrong.push(format!("{}: {:#?}", promise.name, path.into_actions()));
        }
    }
    for hope in promises::SOMETIMES {
        let possible = model.troubles > 0 || hope.name != promises::CUT_OFF;
        if possible && explored.discovery(hope.name).is_none() {
            wrong.push(format!("never: {}", hope.name));
        }
    }
    wrong
}

fn kept(name: &str, model: Rotations) {
    let wrong = explore(name, model, HasDiscoveries::All);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn broken(model: Rotations, promise: &'static str) {
    let until = HasDiscoveries::AllOf(BTreeSet::from([promise]));
    let wrong = explore(&format!("{model:?}"), model, until);
    let found = wrong.iter().find(|wrong| wrong.starts_with(promise));
    println!("{}", found.expect("the way to break it was not found"));
}

#[test]
fn the_promises_are_kept_by_an_orderly_rotation_and_an_emergency() {
    kept("an emergency", Rotations::sound(true));
}

#[test]
fn they_are_kept_by_two_orderly_rotations() {
    kept("two orderly rotations", Rotations::sound(false));
}

#[test]
fn a_copy_that_is_good_for_ever_keeps_a_stolen_key_alive() {
    broken(
        Rotations::with(Fault::CopiesForEver, true),
        promises::STOLEN,
    );
}

#[test]
fn an_emergency_that_waits_for_nobody_has_not_ended() {
    broken(Rotations::with(Fault::UrgentAtOnce, true), promises::STOLEN);
}

#[test]
fn of_rotations_that_are_not_dated_the_second_signs_what_others_refuse() {
    broken(Rotations::with(Fault::NotDated, false), promises::STRANGER);
}

#[test]
fn a_replica_that_remembers_sessions_forgets_the_logout() {
    broken(
        Rotations::with(Fault::RemembersSessions, false),
        promises::LOGGED_OUT,
    );
}
