//! OAuth between services: an authorization server, a resource and a client.
//!
//! Each role has the shape of the exchange: what is decided is decided by pure functions, with the
//! time and the configuration passed in, and a thin layer of HTTP carries it out.

pub mod client;
mod parts;
pub mod resource;
pub mod server;
pub mod store;

pub use parts::Parts;
