//! A store that forgets everything when the process ends.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use btx_spec::Identifier;
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};

use super::index::{InitiatorIndex, IssuerIndex};
use super::{
    Begun, Digest, ExchangeKey, HeldToken, InitiatorStore, IssuerStore, LiveToken, Opening, Status,
    StoreError,
};
use crate::issuer::Failure;

/// For development and tests: after a restart every token is dead and every id may be used again.
#[derive(Default)]
pub struct MemoryStore {
    issuer: RwLock<IssuerIndex>,
    initiator: RwLock<InitiatorIndex>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Nothing panics while it holds one of these locks, so that a poisoned one is still whole.
pub(super) fn reading<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// See [`reading`].
pub(super) fn writing<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl IssuerStore for MemoryStore {
    fn begin(&self, opening: Opening) -> BoxFuture<'_, Result<Begun, StoreError>> {
        let mut index = writing(&self.issuer);
        index.drop_due(opening.now);
        ready(Ok(index.begin(&opening))).boxed()
    }

    fn activate(
        &self,
        key: ExchangeKey,
        token: LiveToken,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut index = writing(&self.issuer);
        let outcome = index
            .activating(&key, token.digest)
            .and_then(|_| index.activated(&key, token));
        ready(outcome).boxed()
    }

    fn fail(&self, key: ExchangeKey, failure: Failure) -> BoxFuture<'_, Result<(), StoreError>> {
        let outcome = writing(&self.issuer).fail(&key, failure).map(|_| ());
        ready(outcome).boxed()
    }

    fn revoke(&self, initiator: Identifier) -> BoxFuture<'_, Result<(), StoreError>> {
        writing(&self.issuer).revoke(&initiator);
        ready(Ok(())).boxed()
    }

    fn status(&self, secret: Digest) -> BoxFuture<'_, Result<Option<Status>, StoreError>> {
        ready(Ok(reading(&self.issuer).status(&secret))).boxed()
    }

    fn token(&self, digest: Digest) -> BoxFuture<'_, Result<Option<LiveToken>, StoreError>> {
        ready(Ok(reading(&self.issuer).token(&digest))).boxed()
    }
}

impl InitiatorStore for MemoryStore {
    fn prepare(&self, _key: ExchangeKey) -> BoxFuture<'_, Result<(), StoreError>> {
        ready(Ok(())).boxed()
    }

    fn hold(&self, key: ExchangeKey, token: HeldToken) -> BoxFuture<'_, Result<(), StoreError>> {
        writing(&self.initiator).hold(key, token);
        ready(Ok(())).boxed()
    }

    fn adopt(&self, key: ExchangeKey) -> BoxFuture<'_, Result<(), StoreError>> {
        let outcome = writing(&self.initiator).adopt(&key).map(|_| ());
        ready(outcome).boxed()
    }

    fn discard(&self, key: ExchangeKey) -> BoxFuture<'_, Result<(), StoreError>> {
        writing(&self.initiator).discard(&key);
        ready(Ok(())).boxed()
    }

    fn forget(&self, issuer: Identifier) -> BoxFuture<'_, Result<(), StoreError>> {
        writing(&self.initiator).forget(&issuer);
        ready(Ok(())).boxed()
    }

    fn in_use(&self, issuer: Identifier) -> BoxFuture<'_, Result<Option<HeldToken>, StoreError>> {
        ready(Ok(reading(&self.initiator).in_use(&issuer))).boxed()
    }
}
