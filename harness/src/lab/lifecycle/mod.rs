//! What the harness plays around keys and sessions: issuers whose keys a resource fetches, and issuers at which a
//! caller logs in.

mod office;
mod peers;
mod signers;

use super::played;
pub use super::reception::ServerAnswer as HostAnswer;
pub use peers::{PlayedIssuer, SessionDesk, SessionLease};
pub use signers::{PlayedSigner, Signer, SignerDesk};

/// Where a request to an issuer of the harness came to, whose keys a resource fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignerPlace {
    /// Its key set.
    KeySet,
    /// Anywhere else.
    Other,
}

/// Where a request to an issuer of the harness came to, at which a caller logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionPlace {
    /// Where the caller logs in.
    Login,
    /// The API, or below it.
    Api,
    /// Where it logs out.
    Logout,
    /// Anywhere else.
    Other,
}

/// The issuers of a lab whose keys a resource fetches, by their names.
pub type Signers = played::Servers<PlayedSigner>;
/// The issuers of a lab at which a caller logs in, by their names.
pub type SessionPeers = played::Servers<PlayedIssuer>;
