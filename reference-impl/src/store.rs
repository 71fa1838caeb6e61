//! What must be remembered, behind two small traits: one per role.
//!
//! The tables of the roles are apart: what the issuer side remembers can never be mistaken for
//! something of the initiator side, even if one server plays both roles.

pub mod durable;
mod index;
pub mod memory;
mod record;
pub mod shared;

use std::time::Duration;

use btx_spec::{BearerToken, ExchangeId, Identifier};
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use serde::{Deserialize, Serialize};

use crate::issuer::Failure;

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// A store for both roles. Whatever implements the two halves is one.
pub trait Store: IssuerStore + InitiatorStore {}

impl<T: IssuerStore + InitiatorStore> Store for T {}

/// Names one exchange: the identifier of the other party, and the id. Ids of different initiators
/// never collide, because the party is part of the name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExchangeKey {
    /// At an issuer the initiator, at an initiator the issuer.
    pub peer: Identifier,
    /// The `exchange_id` of the messages.
    pub id: ExchangeId,
}

/// The store could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The exchange is not in a state in which that can be done.
    #[error("the exchange is not open")]
    NotOpen,
    /// The store has no way to do that.
    #[error("the store does not offer that")]
    NotOffered,
    /// Nothing could be written or read.
    #[error("the store has failed: {0}")]
    Broken(String),
}

/// What the issuer remembers.
///
/// Every replica of an issuer has the same one. Orders that concern one exchange take effect in
/// the order in which they were given. A future that resolves to `Ok` means that the change is
/// durable, as far as the store is durable at all, and seen by every replica.
pub trait IssuerStore: Send + Sync + 'static {
    /// Writes a new exchange down, unless its key is known: an atomic insert-if-absent.
    fn begin(&self, opening: Opening) -> BoxFuture<'_, Result<Begun, StoreError>>;

    /// Ends an open exchange well: its token is live from now on.
    fn activate(&self, key: ExchangeKey, token: LiveToken)
    -> BoxFuture<'_, Result<(), StoreError>>;

    /// Ends an exchange badly. Its token is dead at once, even if `activate` was under way.
    fn fail(&self, key: ExchangeKey, failure: Failure) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The state of the exchange whose status URL holds a secret with this digest.
    fn status(&self, secret: Digest) -> BoxFuture<'_, Result<Option<Status>, StoreError>>;

    /// Kills every token of this initiator, and fails its open exchanges. What was ordered for them before
    /// has no effect after it.
    ///
    /// A store that does not offer it lets nobody be registered at run time.
    fn revoke(&self, _initiator: Identifier) -> BoxFuture<'_, Result<(), StoreError>> {
        ready(Err(StoreError::NotOffered)).boxed()
    }

    /// The live token with this digest. Whether it has expired is for the caller to judge.
    fn token(&self, digest: Digest) -> BoxFuture<'_, Result<Option<LiveToken>, StoreError>>;
}

/// A new exchange, to be written down before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The initiator and its id for the exchange.
    pub key: ExchangeKey,
    /// What its status URL is made of, if it has one.
    pub status: Option<StatusEntry>,
    /// Unix seconds now.
    pub now: i64,
    /// Unix seconds from which on the exchange may be forgotten.
    pub forget_at: i64,
    /// How long the exchange may take at the most. Its token is not made live any more after that.
    pub lasts: Duration,
    /// How much room there is.
    pub room: Room,
}

/// What a status URL is made of. The secret itself is not here, only its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusEntry {
    /// The digest of the secret in the URL.
    pub secret: Digest,
    /// The origin of the URL.
    pub origin: String,
}

/// How many exchanges may be there at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Open ones of one initiator.
    pub open_per_partner: usize,
    /// Open ones in all.
    pub open: usize,
    /// Open and finished ones in all.
    pub remembered: usize,
}

/// What became of an [`Opening`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It is written down.
    New,
    /// Its key is known already; nothing has changed.
    Duplicate,
    /// This initiator has no more room; nothing has changed.
    PartnerBusy,
    /// There is no more room at all; nothing has changed.
    Full,
}

/// A token that opens the resource. The token itself is not here, only its digest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LiveToken {
    /// SHA-256 of the token.
    pub digest: Digest,
    /// Whom it speaks for.
    pub initiator: Identifier,
    /// Unix seconds from which on it opens nothing.
    pub expires_at: i64,
}

/// How far an exchange is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It has not ended.
    Open,
    /// Its token is live.
    Live,
    /// It has failed.
    Failed(Failure),
}

/// What a status URL tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// How far the exchange is.
    pub progress: Progress,
    /// The origin of the status URL, as it was handed out.
    pub origin: String,
    /// Unix seconds from which on nothing is known of it.
    pub forget_at: i64,
}

/// What the initiator remembers.
///
/// A future that resolves to `Ok` means that the change is durable, as far as the store is
/// durable at all.
pub trait InitiatorStore: Send + Sync + 'static {
    /// Writes down that an exchange with this issuer is about to begin.
    fn prepare(&self, key: ExchangeKey) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Keeps a token that was issued and is not to be used yet.
    fn hold(&self, key: ExchangeKey, token: HeldToken) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The held token is in use from now on, in place of an earlier one of the same issuer.
    fn adopt(&self, key: ExchangeKey) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The exchange has failed; what was held for it is thrown away.
    fn discard(&self, key: ExchangeKey) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Throws away every token of this issuer, held or in use.
    ///
    /// A store that does not offer it lets nobody be registered at run time.
    fn forget(&self, _issuer: Identifier) -> BoxFuture<'_, Result<(), StoreError>> {
        ready(Err(StoreError::NotOffered)).boxed()
    }

    /// The token in use with this issuer. Whether it has expired is for the caller to judge.
    fn in_use(&self, issuer: Identifier) -> BoxFuture<'_, Result<Option<HeldToken>, StoreError>>;
}

/// A token as the initiator has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldToken {
    /// The token itself: the initiator has to show it.
    pub token: BearerToken,
    /// Unix seconds from which on it is not to be used.
    pub expires_at: i64,
}
