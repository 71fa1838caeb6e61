//! JWTs between services that nobody has registered: a client is known by the address of the document that
//! says which keys speak for it.
//!
//! Each role has the shape of the others: what is decided is decided by pure functions, with the time and the
//! configuration passed in, and a thin layer of HTTP carries it out. The authorization server of this profile
//! is that of [`crate::oauth::server`], with a [`verifier`] of its own.

pub mod client;
pub mod resource;
pub mod verifier;
