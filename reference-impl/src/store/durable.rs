//! A store in one file, with redb.
//!
//! What lies on disk: of the issuer, its exchanges (initiator, id, how they ended) and the SHA-256
//! digests of its live tokens; never a token or a key. Of the initiator, the tokens that it holds,
//! because it has to show them; the file is readable by its owner only (mode 0600 on Unix).
//!
//! All writing is done by one thread, which takes everything that waits into one transaction with
//! one sync: the more callers wait, the cheaper each write. Questions are answered from memory.
//!
//! After a crash, what was open stays known and has failed: its id is refused, its token is dead.

use std::path::Path;
use std::sync::{Arc, RwLock};

use btx_spec::Identifier;
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};

use super::index::{Failed, InitiatorIndex, IssuerIndex, Revoked};
use super::memory::{reading, writing};
use super::record::{ExchangeRecord, HeldRecord, encode, exchange_key, held, in_use, token_record};
use super::{
    Begun, Digest, ExchangeKey, HeldToken, InitiatorStore, IssuerStore, LiveToken, Opening,
    Progress, Status, StatusEntry, StoreError,
};
use crate::issuer::Failure;

mod file;
mod writer;

use file::{EXCHANGES, HELD, TOKENS};
use writer::{Write, Writer};

/// See the module.
pub struct DurableStore {
    issuer: Arc<RwLock<IssuerIndex>>,
    initiator: Arc<RwLock<InitiatorIndex>>,
    writer: Writer,
}

impl DurableStore {
    /// Opens the file, or makes it. Whatever was open in it is failed first.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when the file cannot be opened, is in use by another process, or
    /// holds something else.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let database = file::open(path)?;
        let (issuer, initiator) = file::load(&database)?;
        Ok(Self {
            issuer: Arc::new(RwLock::new(issuer)),
            initiator: Arc::new(RwLock::new(initiator)),
            writer: Writer::start(database)?,
        })
    }
}

impl IssuerStore for DurableStore {
    fn begin(&self, opening: Opening) -> BoxFuture<'_, Result<Begun, StoreError>> {
        let mut index = writing(&self.issuer);
        let dropped = index.drop_due(opening.now);
        let begun = index.begin(&opening);
        // First what is dropped, then what begins: it may be the same id after its time.
        let exchanges = dropped.exchanges.iter();
        let exchanges = exchanges.map(|key| Write::delete(EXCHANGES, exchange_key(key)));
        let tokens = dropped.tokens.iter();
        let tokens = tokens.map(|digest| Write::delete(TOKENS, digest.to_vec()));
        let mut writes: Vec<Write> = exchanges.chain(tokens).collect();
        if begun == Begun::New {
            let status = opening.status.clone();
            let row = put_exchange(&opening.key, Progress::Open, opening.forget_at, status);
            writes.push(row);
        }
        if writes.is_empty() {
            return ready(Ok(begun)).boxed();
        }
        let written = self.writer.write(writes);
        let issuer = Arc::clone(&self.issuer);
        async move {
            let outcome = written.await;
            if outcome.is_err() && begun == Begun::New {
                writing(&issuer).withdraw(&opening.key);
            }
            outcome.map(|()| begun)
        }
        .boxed()
    }

    fn activate(
        &self,
        key: ExchangeKey,
        token: LiveToken,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut index = writing(&self.issuer);
        let (forget_at, status) = match index.activating(&key, token.digest) {
            Ok(found) => found,
            Err(error) => return ready(Err(error)).boxed(),
        };
        let written = self.writer.write(vec![
            put_exchange(&key, Progress::Live, forget_at, status),
            Write::put(TOKENS, token.digest.to_vec(), token_record(&token)),
        ]);
        let issuer = Arc::clone(&self.issuer);
        async move {
            written.await?;
            writing(&issuer).activated(&key, token)
        }
        .boxed()
    }

    fn fail(&self, key: ExchangeKey, failure: Failure) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut index = writing(&self.issuer);
        let failed = match index.fail(&key, failure) {
            Ok(failed) => failed,
            Err(error) => return ready(Err(error)).boxed(),
        };
        self.writer.write(put_failed(&key, failed)).boxed()
    }

    fn revoke(&self, initiator: Identifier) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut index = writing(&self.issuer);
        let Revoked { exchanges, tokens } = index.revoke(&initiator);
        let mut writes = Vec::new();
        for (key, failed) in exchanges {
            writes.extend(put_failed(&key, failed));
        }
        let tokens = tokens.iter();
        writes.extend(tokens.map(|digest| Write::delete(TOKENS, digest.to_vec())));
        self.writer.write(writes).boxed()
    }

    /// EX-ISS-094: a failure is told when it is on record, or after a crash another one would be told.
    fn status(&self, secret: Digest) -> BoxFuture<'_, Result<Option<Status>, StoreError>> {
        let status = reading(&self.issuer).status(&secret);
        let has_failed = |status: &Status| matches!(status.progress, Progress::Failed(_));
        if !status.as_ref().is_some_and(has_failed) {
            return ready(Ok(status)).boxed();
        }
        // Orders are carried out in their order, so that an empty one waits for the failure's.
        let recorded = self.writer.write(Vec::new());
        async move { recorded.await.map(|()| status) }.boxed()
    }

    fn token(&self, digest: Digest) -> BoxFuture<'_, Result<Option<LiveToken>, StoreError>> {
        ready(Ok(reading(&self.issuer).token(&digest))).boxed()
    }
}

fn put_exchange(
    key: &ExchangeKey,
    progress: Progress,
    forget_at: i64,
    status: Option<StatusEntry>,
) -> Write {
    let record = ExchangeRecord {
        progress: progress.into(),
        forget_at,
        status,
    };
    Write::put(EXCHANGES, exchange_key(key), encode(&record))
}

/// The exchange has failed, and the row of its token goes, if there is one or one is on its way.
fn put_failed(key: &ExchangeKey, failed: Failed) -> Vec<Write> {
    let progress = Progress::Failed(failed.failure);
    let exchange = put_exchange(key, progress, failed.forget_at, failed.status);
    let token = failed
        .token
        .map(|digest| Write::delete(TOKENS, digest.to_vec()));
    std::iter::once(exchange).chain(token).collect()
}

impl InitiatorStore for DurableStore {
    fn prepare(&self, key: ExchangeKey) -> BoxFuture<'_, Result<(), StoreError>> {
        let row = Write::put(HELD, exchange_key(&key), encode(&HeldRecord::Prepared));
        self.writer.write(vec![row]).boxed()
    }

    fn hold(&self, key: ExchangeKey, token: HeldToken) -> BoxFuture<'_, Result<(), StoreError>> {
        let row = Write::put(HELD, exchange_key(&key), encode(&held(&token)));
        let written = self.writer.write(vec![row]);
        let initiator = Arc::clone(&self.initiator);
        async move {
            written.await?;
            writing(&initiator).hold(key, token);
            Ok(())
        }
        .boxed()
    }

    fn adopt(&self, key: ExchangeKey) -> BoxFuture<'_, Result<(), StoreError>> {
        let index = reading(&self.initiator);
        let token = match index.held(&key) {
            Ok(token) => token,
            Err(error) => return ready(Err(error)).boxed(),
        };
        let mut writes = vec![Write::put(
            HELD,
            exchange_key(&key),
            encode(&in_use(&token)),
        )];
        let replaced = index.exchange_in_use(&key.peer);
        writes.extend(replaced.map(|earlier| Write::delete(HELD, exchange_key(&earlier))));
        let written = self.writer.write(writes);
        let initiator = Arc::clone(&self.initiator);
        async move {
            written.await?;
            writing(&initiator).adopt(&key).map(|_| ())
        }
        .boxed()
    }

    fn discard(&self, key: ExchangeKey) -> BoxFuture<'_, Result<(), StoreError>> {
        writing(&self.initiator).discard(&key);
        let row = Write::delete(HELD, exchange_key(&key));
        self.writer.write(vec![row]).boxed()
    }

    fn forget(&self, issuer: Identifier) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut index = writing(&self.initiator);
        let forgotten = index.forget(&issuer);
        let rows = forgotten.iter();
        let writes = rows.map(|key| Write::delete(HELD, exchange_key(key)));
        self.writer.write(writes.collect()).boxed()
    }

    fn in_use(&self, issuer: Identifier) -> BoxFuture<'_, Result<Option<HeldToken>, StoreError>> {
        ready(Ok(reading(&self.initiator).in_use(&issuer))).boxed()
    }
}
