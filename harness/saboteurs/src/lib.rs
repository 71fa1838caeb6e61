//! Implementations that each break one requirement, for the proof that the scenarios can fail.
//!
//! Each [`Saboteur`] is the reference implementation with one component exchanged, or with a layer
//! around its router that alters one message on one leg. The reference knows nothing of it. The
//! saboteurs stand in [`chapters`], one list for each chapter of the book. What they are made of is
//! put together in [`sabotage`]: whole messages ([`message`]), what was seen of the exchanges by an issuer
//! ([`ledger`]) and by an initiator ([`diary`]), layers around the router ([`inbound`]), clients in the
//! place of the outbound one ([`outbound`], [`credulous`]), a proxy before a listener ([`old_tls`]), and stores in the place of the store ([`store`]).
//!
//! [`judgement`] says whether the scenarios told a saboteur from an honest implementation, and from
//! all others. `tests/proof.rs` asks it of every saboteur.

pub mod chapters;
pub mod credulous;
pub mod diary;
pub mod inbound;
pub mod judgement;
pub mod ledger;
pub mod message;
pub mod old_tls;
pub mod outbound;
pub mod sabotage;
pub mod saboteur;
pub mod store;
pub mod unsabotaged;

pub use saboteur::{Extra, Saboteur, Side};

use btx_harness::scenario::{self, Scenario};

/// The scenarios by which saboteurs of a side are examined.
///
/// # Errors
/// What is wrong in a feature file, and where.
pub fn scenarios(side: Side) -> Result<Vec<Scenario>, String> {
    let mut scenarios = scenario::all()?;
    scenarios.retain(|s| side.has(s));
    Ok(scenarios)
}
