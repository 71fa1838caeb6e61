//! The authorization servers that the harness plays, each with an API beside it.

mod keys;
mod servers;
mod sound;

pub use super::reception::ServerAnswer;
use super::{played, reception::Reception};
use crate::target::oauth::ServerPeer;
pub(in crate::lab) use servers::{bearer, form_value};
pub(crate) use sound::{basic, decoded};

/// Where a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The token endpoint.
    Token,
    /// The key set.
    Jwks,
    /// The introspection endpoint.
    Introspection,
    /// The metadata.
    Metadata,
    /// The API, or below it.
    Api,
    /// Anywhere else at the server.
    Other,
}

/// The desk of a server during one scenario.
pub type Desk = Reception<Place>;
/// The servers of a lab, by their names.
pub type Servers = played::Servers<ServerPeer>;
/// A server that the harness plays.
pub type ServerBox = played::ServerBox<ServerPeer>;
/// A server as one scenario has it.
pub type ServerLease = played::ServerLease<Place>;
