//! A run: what all scenarios share, and how they are run side by side.

mod absence;
mod context;
mod jwt_rehearsal;
mod leases;
mod oauth_rehearsal;
mod reach;
mod rehearsal;
mod runner;

pub use absence::{Absence, Again};
pub use context::Context;
pub use leases::PeerLease;
pub use reach::{Unreachable, reach};
pub use rehearsal::{NotReady, rehearse};
pub use runner::{Outcome, Plan, TARGET_GONE, run};
