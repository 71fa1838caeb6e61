//! A run: what all scenarios share, and how they are run side by side.

mod absence;
mod context;
mod issuer_leases;
mod jwt_rehearsal;
mod leases;
mod lifecycle_leases;
mod lifecycle_rehearsal;
mod oauth_rehearsal;
mod reach;
mod rehearsal;
mod runner;
mod session_issuer_rehearsal;

pub use absence::{Absence, Again};
pub use context::Context;
pub use issuer_leases::{IssuerLease, Wish};
pub use leases::PeerLease;
pub use reach::{Unreachable, reach};
pub use rehearsal::{NotReady, rehearse};
pub use runner::{Outcome, Plan, TARGET_GONE, run};
