//! JSON Object Signing: signed tokens in their compact form, and sets of keys.

/// A private key that signs tokens.
#[derive(Debug)]
pub struct SigningKey;

/// A set of public keys.
#[derive(Debug)]
pub struct KeySet;
