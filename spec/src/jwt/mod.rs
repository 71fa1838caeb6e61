//! JWT between services with client documents: client ids, documents, key sets, service JWTs, how long
//! things hold, and the field that hands out a token.
//!
//! Data and their forms only. Whom one believes, what time it is and what is fetched is decided elsewhere.

use std::time::Duration;

pub mod authentication_info;
mod client_id;
mod document;
pub mod freshness;
mod keys;
mod schema;
mod service;

pub use client_id::{ClientId, ClientIdFault};
pub use document::{ClientDocument, DocumentFault, Keys};
pub use keys::{KeySetFault, key_set};
pub use service::{ClaimFault, Role, ServiceClaims};

/// The `typ` of a service JWT (JW-CLI-002).
pub const SERVICE_TYPE: &str = "service+jwt";
/// The `typ` of an assertion for an authorization server (JW-CLI-066).
pub const GRANT_TYPE_JWT: &str = "authorization-grant+jwt";
/// The most characters of a service JWT (JW-RES-020).
pub const LARGEST_JWT: usize = 8192;
/// The longest time from `iat` to `exp` (JW-CLI-006).
pub const LONGEST_LIFE: Duration = Duration::from_secs(300);
/// The most octets of a client document (JW-ANY-008).
pub const LARGEST_DOCUMENT: usize = 5120;
/// The most octets of a key set (JW-ANY-010).
pub const LARGEST_KEY_SET: usize = 16384;
/// The most keys of a key set (JW-ANY-010).
pub const MOST_KEYS: usize = 16;
