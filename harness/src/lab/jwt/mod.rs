//! What the harness plays around service JWTs: the hosts of clients' documents, and the resources that a
//! client calls.

mod client_keys;
mod documents;
mod hosts;
mod peers;
mod sound;

pub use super::reception::ServerAnswer as HostAnswer;
use super::{played, reception::Reception};
pub use client_keys::ClientKeys;
pub use documents::{DocumentDesk, Published};
pub(in crate::lab) use hosts::HostDoor;
pub use hosts::{Host, Hosts};
pub use peers::PlayedPeer;

/// Where a request for a document or for keys came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocPlace {
    /// The document, at the client id.
    Document,
    /// The key set, at its `jwks_uri`.
    Keys,
    /// Anywhere at another origin than that of the client id.
    Elsewhere,
    /// Anywhere else below the place of the client.
    Other,
}

/// Where a request to a resource of the harness, or to its authorization server, came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeerPlace {
    /// The API, or below it.
    Api,
    /// The metadata of the resource (RFC 9728).
    ResourceMetadata,
    /// The metadata of its authorization server (RFC 8414).
    ServerMetadata,
    /// The token endpoint of its authorization server.
    Token,
    /// Anywhere else.
    Other,
}

/// The desk of a resource of the harness during one scenario.
pub type PeerDesk = Reception<PeerPlace>;
/// The resources of a lab, by their names.
pub type JwtPeers = played::Servers<PlayedPeer>;
/// A resource as one scenario has it.
pub type JwtPeerLease = played::ServerLease<PeerPlace>;
