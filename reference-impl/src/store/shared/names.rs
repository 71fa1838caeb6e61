//! What things are called in the store.

use std::fmt::Write as _;

use crate::store::{Digest, ExchangeKey};

/// An exchange. Identifiers hold no line feed.
pub(super) fn exchange_name(key: &ExchangeKey) -> String {
    format!("{}\n{}", key.peer.as_str(), key.id.as_str())
}

/// A digest, in hexadecimal.
pub(super) fn digest_text(digest: &Digest) -> String {
    hexadecimal(digest)
}

/// Bytes in hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
