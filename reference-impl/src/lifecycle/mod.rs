//! Keys that rotate, sessions, and the short bearers of these that one issuer with many replicas signs.
//!
//! In the order of the story: the [`ring`] says which keys sign and verify, pure; [`keys`] and [`sessions`]
//! are what the replicas share, each behind one small trait; the [`issuer`] logs in, lets in, refreshes,
//! issues anew and logs out. The [`resource`] elsewhere verifies by what the issuer publishes, and the [`caller`]
//! logs in, shows its bearers, and takes new ones.

pub mod caller;
pub mod issuer;
pub mod keys;
mod parts;
pub mod resource;
pub mod ring;
pub mod sessions;
