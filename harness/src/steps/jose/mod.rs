//! Signed statements of the harness: written so that each part can be wrong, and forged in the ways that
//! are known.

pub(super) mod faults;
mod jws;
mod key;
mod members;
mod seal;
mod secret;
pub(super) mod spki;
pub(super) mod stranger;

pub(super) use jws::Jws;
pub(super) use key::{Key, Theirs};
pub(super) use members::Members;
pub(super) use seal::{Alteration, NoSecret, Seal};
pub(super) use secret::{Hash, Secret};
