//! Stores in the place of the store: each leaves all to it but one thing.

use btx_reference::{
    issuer::Failure,
    store::{
        Begun, Digest, ExchangeKey, HeldToken, InitiatorStore, IssuerStore, LiveToken, Opening,
        Status, Store, StoreError,
    },
};
use btx_spec::Identifier;
use futures::future::BoxFuture;
use std::sync::Arc;

/// The outcome of an order to the store.
pub type Done<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Stands before the store. What is not overridden is left to `inner`, the store of the reference.
pub trait Clerk: Send + Sync + 'static {
    /// See [`IssuerStore::begin`].
    fn begin<'a>(&'a self, inner: &'a dyn Store, opening: Opening) -> Done<'a, Begun> {
        inner.begin(opening)
    }

    /// See [`IssuerStore::activate`].
    fn activate<'a>(
        &'a self,
        inner: &'a dyn Store,
        key: ExchangeKey,
        token: LiveToken,
    ) -> Done<'a, ()> {
        inner.activate(key, token)
    }

    /// See [`IssuerStore::fail`].
    fn fail<'a>(
        &'a self,
        inner: &'a dyn Store,
        key: ExchangeKey,
        failure: Failure,
    ) -> Done<'a, ()> {
        inner.fail(key, failure)
    }

    /// See [`IssuerStore::token`].
    fn token<'a>(&'a self, inner: &'a dyn Store, digest: Digest) -> Done<'a, Option<LiveToken>> {
        inner.token(digest)
    }

    /// See [`IssuerStore::revoke`].
    fn revoke<'a>(&'a self, inner: &'a dyn Store, initiator: Identifier) -> Done<'a, ()> {
        inner.revoke(initiator)
    }

    /// See [`InitiatorStore::hold`].
    fn hold<'a>(
        &'a self,
        inner: &'a dyn Store,
        key: ExchangeKey,
        token: HeldToken,
    ) -> Done<'a, ()> {
        inner.hold(key, token)
    }

    /// See [`InitiatorStore::adopt`].
    fn adopt<'a>(&'a self, inner: &'a dyn Store, key: ExchangeKey) -> Done<'a, ()> {
        inner.adopt(key)
    }

    /// See [`InitiatorStore::in_use`].
    fn in_use<'a>(
        &'a self,
        inner: &'a dyn Store,
        issuer: Identifier,
    ) -> Done<'a, Option<HeldToken>> {
        inner.in_use(issuer)
    }
}

/// A store with a clerk before it.
pub struct Clerked {
    /// The store of the reference.
    pub inner: Arc<dyn Store>,
    /// Who stands before it.
    pub clerk: Arc<dyn Clerk>,
}

impl IssuerStore for Clerked {
    fn begin(&self, opening: Opening) -> Done<'_, Begun> {
        self.clerk.begin(&*self.inner, opening)
    }

    fn activate(&self, key: ExchangeKey, token: LiveToken) -> Done<'_, ()> {
        self.clerk.activate(&*self.inner, key, token)
    }

    fn fail(&self, key: ExchangeKey, failure: Failure) -> Done<'_, ()> {
        self.clerk.fail(&*self.inner, key, failure)
    }

    fn status(&self, secret: Digest) -> Done<'_, Option<Status>> {
        self.inner.status(secret)
    }

    fn token(&self, digest: Digest) -> Done<'_, Option<LiveToken>> {
        self.clerk.token(&*self.inner, digest)
    }

    fn revoke(&self, initiator: Identifier) -> Done<'_, ()> {
        self.clerk.revoke(&*self.inner, initiator)
    }
}

impl InitiatorStore for Clerked {
    fn prepare(&self, key: ExchangeKey) -> Done<'_, ()> {
        self.inner.prepare(key)
    }

    fn hold(&self, key: ExchangeKey, token: HeldToken) -> Done<'_, ()> {
        self.clerk.hold(&*self.inner, key, token)
    }

    fn adopt(&self, key: ExchangeKey) -> Done<'_, ()> {
        self.clerk.adopt(&*self.inner, key)
    }

    fn discard(&self, key: ExchangeKey) -> Done<'_, ()> {
        self.inner.discard(key)
    }

    fn forget(&self, issuer: Identifier) -> Done<'_, ()> {
        self.inner.forget(issuer)
    }

    fn in_use(&self, issuer: Identifier) -> Done<'_, Option<HeldToken>> {
        self.clerk.in_use(&*self.inner, issuer)
    }
}
