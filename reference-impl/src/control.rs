//! Control of a role from outside, so that it can be examined: off unless it is configured, on a listener
//! apart from the protocol's.

mod peers;
mod rotate;
mod verbs;

pub use verbs::{Roles, verbs};
