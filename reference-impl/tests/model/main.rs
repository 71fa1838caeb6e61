//! The exchange, explored exhaustively: the state machines that the servers run, two replicas over one store, a
//! network that loses, repeats and reorders, replicas that die, and an issuer that forges and forwards.
//!
//! Every interleaving is tried for one exchange with an honest issuer beside one with a dishonest one. What is
//! promised of all of them stands in `promises.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and how much was tried is worth reading"
)]

mod act;
mod parties;
mod promises;
mod world;

use std::collections::BTreeSet;
use std::thread::available_parallelism;

use promises::Exchanges;
use stateright::{Checker as _, HasDiscoveries, Model as _};

/// Explores everything until that is found, and gives for each broken promise how it came to that, and the name of each of these
/// hopes that was never fulfilled.
fn explore(
    name: &str,
    model: Exchanges,
    hopes: &[&'static str],
    until: HasDiscoveries,
) -> Vec<String> {
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
    for promise in promises::NEVER {
        if let Some(path) = explored.discovery(promise.name) {
            wrong.push(format!("{}: {:#?}", promise.name, path.into_actions()));
        }
    }
    for hope in hopes {
        if explored.discovery(hope).is_none() {
            wrong.push(format!("never: {hope}"));
        }
    }
    wrong
}

fn kept(name: &str, model: Exchanges, hopes: &[&'static str]) {
    let wrong = explore(name, model, hopes, HasDiscoveries::All);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn broken(name: &str, model: Exchanges, promise: &'static str) {
    let wrong = explore(
        name,
        model,
        &[],
        HasDiscoveries::AllOf(BTreeSet::from([promise])),
    );
    let found = wrong.iter().find(|wrong| wrong.starts_with(promise));
    println!("{}", found.expect("the way to break it was not found"));
}

#[test]
fn the_promises_are_kept_whatever_fails() {
    let hopes = [promises::SUCCEEDS, promises::RESENT];
    kept("faults", Exchanges::WITH_FAULTS, &hopes);
}

#[test]
fn the_promises_are_kept_between_two_exchanges() {
    kept("two exchanges", Exchanges::BESIDE, &[promises::SUCCEEDS]);
}

#[test]
fn the_promises_are_kept_whatever_an_issuer_sends() {
    kept(
        "a dishonest issuer",
        Exchanges::DISHONEST,
        &[promises::MALLORYS],
    );
}

#[test]
fn they_are_kept_at_one_url_for_all_issuers() {
    let shared = Exchanges {
        one_url_for_all_issuers: true,
        ..Exchanges::DISHONEST
    };
    kept("one receive URL", shared, &[promises::MALLORYS]);
}

/// T-03: the relay that the audience of the token call is there against.
#[test]
fn without_the_audience_a_token_call_can_be_passed_on() {
    let open = Exchanges {
        any_audience: true,
        one_url_for_all_issuers: true,
        ..Exchanges::DISHONEST
    };
    broken("no audience", open, promises::STOLEN);
}

/// A receive URL for each issuer keeps the relay out by itself.
#[test]
fn without_the_audience_a_url_for_each_issuer_helps() {
    let open = Exchanges {
        any_audience: true,
        ..Exchanges::DISHONEST
    };
    kept(
        "no audience, a URL for each issuer",
        open,
        &[promises::MALLORYS],
    );
}

/// A store that carries out an activation after the failure was told, but could not be recorded, revives a token.
#[test]
fn a_store_must_not_activate_after_the_deadline() {
    let late = Exchanges {
        store_takes_what_is_late: true,
        ..Exchanges::WITH_FAULTS
    };
    broken("late activations", late, promises::REVIVED);
}
