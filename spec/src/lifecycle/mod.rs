//! Keys that rotate, sessions and their bearers: the messages, the keys and the fields of the lifecycle.
//!
//! Whether a bearer is trusted, which key counts and when anything ends is not decided here.

mod bearer;
mod login;
pub mod new_bearer;
mod published;
mod ring_key;
mod schema;
mod session_token;

pub use bearer::{BearerClaims, BearerFault, BearerHeader, Role};
pub use login::{LoginAnswer, LoginFault, LoginRequest, LogoutRequest};
pub use published::{PublishedKey, PublishedSet};
pub use ring_key::{
    RingAlgorithm, RingKey, RingKeyFault, RingVerifier, SecretKey, UnknownRingAlgorithm,
};
pub use session_token::{SessionToken, SessionTokenFault};

/// The `typ` of a bearer (LC-ISS-001).
pub const BEARER_TYPE: &str = "bearer+jwt";

/// The field in which a session token is shown.
pub const SESSION_FIELD: &str = "X-Session-Token";
