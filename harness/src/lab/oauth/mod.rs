//! The authorization servers that the harness plays, each with an API beside it.

mod desk;
mod door;
mod keys;
mod servers;
mod sound;

pub use desk::{Desk, Place, ServerAnswer};
pub(super) use door::ServerDoor;
pub use servers::{ServerBox, ServerLease, Servers};
pub(crate) use sound::{basic, decoded};
