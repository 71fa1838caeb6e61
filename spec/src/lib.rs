//! The BTX specification as a machine reads it: message types, the signature, problems,
//! signed tokens, the messages of OAuth, client documents, bearers and their sessions, the catalogue of requirements, examples and
//! test vectors.
//!
//! Data types and pure functions only: nothing here opens a file or a connection, reads
//! a clock or draws a random number; only making a signature of ES256 or PS256 draws some, inside the
//! cryptographic library.

/// The version of the protocol that this crate speaks.
pub const VERSION: &str = "BTX-1";

pub mod address;
mod authentication_info;
pub mod catalogue;
pub mod chapters;
pub mod examples;
mod fields;
pub mod hooks;
pub mod identifier;
pub mod jose;
pub mod json;
pub mod jwt;
pub mod lifecycle;
pub mod message;
pub mod oauth;
pub mod problem;
mod requirement;
pub mod schemas;
pub mod signature;
pub mod sources;
mod strict;
pub mod values;
pub mod vectors;
mod wire;

pub use identifier::{HttpsUrl, Identifier, IdentifierError, Origin, ReceiveUrl, StatusUrl};
pub use json::FormError;
pub use message::{Pending, TokenCall, TokenIssue, Version};
pub use problem::{Problem, ProblemType};
pub use strict::ObjectFault;
pub use values::{BearerToken, ExchangeId, HmacKey, Signature, Timestamp, ValueError};
