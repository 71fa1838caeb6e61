//! The lab: certificates, the parties that the harness plays, and what they have received.

pub mod answers;
pub mod authority;
pub mod inbox;
pub mod listener;

pub use answers::IssueAnswer;
pub use inbox::{Delivery, Mailbox, PeerBox};
