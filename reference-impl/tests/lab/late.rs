//! A store before which something happens between the judgement of a call and its beginning.

use std::sync::Mutex;

use btx_reference::issuer::Failure;
use btx_reference::store::memory::MemoryStore;
use btx_reference::store::{
    Begun, Digest, ExchangeKey, HeldToken, InitiatorStore, IssuerStore, LiveToken, Opening, Status,
    StoreError,
};
use btx_spec::Identifier;
use futures::FutureExt as _;
use futures::future::BoxFuture;

type Done<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

#[derive(Default)]
pub(crate) struct Late {
    inner: MemoryStore,
    /// What happens before the next exchange begins.
    first: Mutex<Option<BoxFuture<'static, ()>>>,
}

impl Late {
    pub(crate) fn before_the_next(&self, first: impl Future<Output = ()> + Send + 'static) {
        *self.first.lock().unwrap() = Some(first.boxed());
    }
}

impl IssuerStore for Late {
    fn begin(&self, opening: Opening) -> Done<'_, Begun> {
        let first = self.first.lock().unwrap().take();
        async move {
            if let Some(first) = first {
                first.await;
            }
            self.inner.begin(opening).await
        }
        .boxed()
    }

    fn activate(&self, key: ExchangeKey, token: LiveToken) -> Done<'_, ()> {
        self.inner.activate(key, token)
    }

    fn fail(&self, key: ExchangeKey, failure: Failure) -> Done<'_, ()> {
        self.inner.fail(key, failure)
    }

    fn revoke(&self, initiator: Identifier) -> Done<'_, ()> {
        self.inner.revoke(initiator)
    }

    fn status(&self, secret: Digest) -> Done<'_, Option<Status>> {
        self.inner.status(secret)
    }

    fn token(&self, digest: Digest) -> Done<'_, Option<LiveToken>> {
        self.inner.token(digest)
    }
}

impl InitiatorStore for Late {
    fn prepare(&self, key: ExchangeKey) -> Done<'_, ()> {
        self.inner.prepare(key)
    }

    fn hold(&self, key: ExchangeKey, token: HeldToken) -> Done<'_, ()> {
        self.inner.hold(key, token)
    }

    fn adopt(&self, key: ExchangeKey) -> Done<'_, ()> {
        self.inner.adopt(key)
    }

    fn discard(&self, key: ExchangeKey) -> Done<'_, ()> {
        self.inner.discard(key)
    }

    fn in_use(&self, issuer: Identifier) -> Done<'_, Option<HeldToken>> {
        self.inner.in_use(issuer)
    }
}
