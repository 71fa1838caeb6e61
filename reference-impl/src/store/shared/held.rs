//! What an initiator remembers of its tokens, for all its replicas.

use btx_spec::{BearerToken, Identifier};
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};

use super::SharedStore;
use super::exchanges::{done, number, strange};
use super::names::exchange_name;
use super::script::{ADOPT, DISCARD, FIELDS, FORGET, HOLD};
use crate::store::{ExchangeKey, HeldToken, InitiatorStore, StoreError};

impl InitiatorStore for SharedStore {
    /// An open exchange lives in one process, so there is nothing to tell the others yet.
    fn prepare(&self, _key: ExchangeKey) -> BoxFuture<'_, Result<(), StoreError>> {
        ready(Ok(())).boxed()
    }

    fn hold(&self, key: ExchangeKey, token: HeldToken) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            let name = exchange_name(&key);
            let keys = [format!("h:{name}"), held_of(&key.peer)];
            let expires_at = token.expires_at.to_string();
            let token = token.token.expose().as_bytes();
            let arguments = [name.as_bytes(), token, expires_at.as_bytes()];
            done(self.link.run(&HOLD, &keys, &arguments).await?)
        }
        .boxed()
    }

    fn adopt(&self, key: ExchangeKey) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            let name = exchange_name(&key);
            let keys = [format!("h:{name}"), held_of(&key.peer), used_of(&key.peer)];
            done(self.link.run(&ADOPT, &keys, &[name.as_bytes()]).await?)
        }
        .boxed()
    }

    fn discard(&self, key: ExchangeKey) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            let name = exchange_name(&key);
            let keys = [format!("h:{name}"), held_of(&key.peer)];
            done(self.link.run(&DISCARD, &keys, &[name.as_bytes()]).await?)
        }
        .boxed()
    }

    fn forget(&self, issuer: Identifier) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            let keys = [held_of(&issuer), used_of(&issuer), "h:".to_owned()];
            done(self.link.run(&FORGET, &keys, &[]).await?)
        }
        .boxed()
    }

    fn in_use(&self, issuer: Identifier) -> BoxFuture<'_, Result<Option<HeldToken>, StoreError>> {
        async move {
            let fields: [&[u8]; 2] = [b"token", b"expires_at"];
            let found = self.link.run(&FIELDS, &[used_of(&issuer)], &fields).await?;
            let found: Vec<Option<zeroize::Zeroizing<String>>> = wiped(found);
            let [Some(token), Some(expires_at)] = found.as_slice() else {
                return Ok(None);
            };
            Ok(Some(HeldToken {
                token: BearerToken::parse(token).map_err(|_| strange())?,
                expires_at: number(expires_at)?,
            }))
        }
        .boxed()
    }
}

/// The texts, to be wiped after use: one of them is a token.
fn wiped(texts: Vec<Option<String>>) -> Vec<Option<zeroize::Zeroizing<String>>> {
    let wiped = |text: Option<String>| text.map(zeroize::Zeroizing::new);
    texts.into_iter().map(wiped).collect()
}

fn held_of(issuer: &Identifier) -> String {
    format!("held:{}", issuer.as_str())
}

fn used_of(issuer: &Identifier) -> String {
    format!("used:{}", issuer.as_str())
}
