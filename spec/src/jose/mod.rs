//! JSON Object Signing: signed tokens in their compact form (RFC 7515), keys and sets of keys
//! (RFC 7517), the algorithms (RFC 7518, RFC 8037) and the registered claims (RFC 7519).
//!
//! Whether a token is trusted, when it ends and whom it is for is not decided here.
//!
//! Nothing here decompresses: a `zip` in a header means nothing to a signed token, and the octets of the
//! payload are JSON as they stand. A compressed bomb is refused as text that is no JSON, at the price of
//! its own length.

mod algorithm;
mod claims;
mod key_set;
mod pem;
mod public_key;
mod signing_key;
mod token;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use claims::{Audience, ClaimFault, Claims, NumericDate};
pub use key_set::KeySet;
pub use public_key::{KeyFault, PublicKey};
pub use signing_key::SigningKey;
pub use token::{SignedToken, TokenFault};
