//! What an authorization server must remember: opaque tokens, and digests of what may count once
//! only or not any more.

mod memory;

use std::sync::Arc;

use btx_spec::oauth::Scope;
use futures::future::BoxFuture;
use sha2::{Digest as _, Sha256};

pub use crate::store::Digest;
pub use memory::{MemoryTokens, Room};

/// What the tokens of one kind have in common. Thousands of tokens share one of these.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Granted {
    /// The client that the token was issued to.
    pub client_id: String,
    /// Whom the token speaks for: the client itself, or a service account.
    pub subject: String,
    /// What it may do.
    pub scope: Scope,
    /// The resource that it is for; none if it is for whoever asks about it.
    pub audience: Option<String>,
}

/// An opaque token that was issued. The token itself is not here, and its digest is the key to this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// What it was issued for.
    pub granted: Arc<Granted>,
    /// Unix seconds.
    pub issued_at: i64,
    /// Unix seconds from which on it opens nothing.
    pub expires_at: i64,
}

/// The store could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenStoreError {
    /// There is no more room until something expires.
    #[error("the store is full")]
    Full,
    /// Nothing could be written or read.
    #[error("the store has failed: {0}")]
    Broken(String),
}

/// What the replicas of one authorization server share.
///
/// Each order takes effect as a whole or not at all, and a future that resolves to `Ok` means that every
/// replica sees it.
pub trait TokenStore: Send + Sync + 'static {
    /// Keeps a token until it expires. `now` is in Unix seconds.
    fn put(
        &self,
        digest: Digest,
        token: IssuedToken,
        now: i64,
    ) -> BoxFuture<'_, Result<(), TokenStoreError>>;

    /// The token with this digest. Whether it has expired is for the caller to judge.
    fn get(&self, digest: Digest) -> BoxFuture<'_, Result<Option<IssuedToken>, TokenStoreError>>;

    /// Forgets the token with this digest: it opens nothing any more.
    fn revoke(&self, digest: Digest) -> BoxFuture<'_, Result<(), TokenStoreError>>;

    /// Remembers a digest until an instant, in Unix seconds. Gives whether it was new: of any number of
    /// callers at the same time one is told that it was.
    fn remember(
        &self,
        digest: Digest,
        until: i64,
        now: i64,
    ) -> BoxFuture<'_, Result<bool, TokenStoreError>>;

    /// Whether this digest is remembered. One whose instant has passed may be, or not.
    fn remembers(&self, digest: Digest) -> BoxFuture<'_, Result<bool, TokenStoreError>>;
}

/// The digest under which it is remembered that an access token with this `jti` was revoked.
pub fn revocation_of(jti: &str) -> Digest {
    let mut hash = Sha256::new();
    hash.update(b"revoked access token\0");
    hash.update(jti);
    hash.finalize().into()
}
