//! The lab: certificates, the parties that the harness plays, and what they have received.

pub mod answers;
pub mod authority;
pub mod desk;
mod door;
mod doorway;
pub mod inbox;
pub mod jwt;
pub mod lifecycle;
pub mod listener;
pub mod names;
pub mod oauth;
mod perform;
pub mod played;
pub mod reception;

pub use answers::PeerAnswer;
pub use desk::{Desk, ReceivedCall, Visit};
pub use inbox::{Delivery, Mailbox, PeerBox};
