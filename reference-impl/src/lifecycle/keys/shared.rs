//! Keys that several processes share.
//!
//! The ring lies in the shared store, sealed with a key that is not there. Each replica works with a copy for the
//! length of a lease, and without one it answers nothing. So whoever rotates knows when every replica has heard of
//! it or has stopped: an orderly rotation is dated a lease ahead, an emergency waits for a lease.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use btx_spec::lifecycle::RingAlgorithm;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::info;
use zeroize::Zeroizing;

use super::book::{self, Book};
use super::{Keys, KeysError, Rotation, made, succession};
use crate::clock::Clock;
use crate::duration::whole_seconds;
use crate::lifecycle::ring::Ring;
use crate::lock::lock;
use crate::random::Random;
use crate::store::shared::{SharedStore, Written};

/// How often it is tried to write a ring while others write theirs.
const TRIES: usize = 4;
/// How long a request waits for the first ring.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A key of 32 octets with which the ring is sealed. It is wiped with the last clone.
#[derive(Clone)]
pub struct SealingKey(Zeroizing<[u8; 32]>);

impl SealingKey {
    /// A key of these octets.
    pub fn new(octets: [u8; 32]) -> Self {
        Self(Zeroizing::new(octets))
    }

    fn key(&self) -> Result<RandomizedNonceKey, KeysError> {
        RandomizedNonceKey::new(&AES_256_GCM, self.0.as_slice())
            .map_err(|_| KeysError::Broken("the key for sealing is of no use".to_owned()))
    }

    /// Nonce, text and tag.
    fn seal(&self, text: &[u8]) -> Result<Vec<u8>, KeysError> {
        let mut sealed = text.to_vec();
        let nonce = self
            .key()?
            .seal_in_place_append_tag(Aad::from(LABEL), &mut sealed);
        let nonce = nonce.map_err(|_| KeysError::Broken("the ring cannot be sealed".to_owned()))?;
        let mut whole = nonce.as_ref().to_vec();
        whole.append(&mut sealed);
        Ok(whole)
    }

    fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeysError> {
        let strange = || {
            let words = "the ring in the store was not sealed with the key that is configured";
            KeysError::Broken(words.to_owned())
        };
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or_else(strange)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| strange())?;
        let mut text = Zeroizing::new(text.to_vec());
        let opened = self
            .key()?
            .open_in_place(nonce, Aad::from(LABEL), &mut text);
        let length = opened.map_err(|_| strange())?.len();
        text.truncate(length);
        Ok(text)
    }
}

/// What the seal says that is sealed.
const LABEL: &[u8] = b"btx ring 1";

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

/// A ring in the shared store. Each replica has one of these.
pub struct SharedKeys {
    store: SharedStore,
    algorithm: RingAlgorithm,
    window: i64,
    lease: Duration,
    sealing: SealingKey,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    held: Mutex<Option<(Instant, Book)>>,
    /// Since when there is no ring.
    missed: Mutex<Option<Instant>>,
    /// Held by the request that reads the ring before its lease is over.
    renewing: tokio::sync::Mutex<()>,
}

impl SharedKeys {
    /// The ring of the issuer that this store belongs to; it is made when it is asked for and not there. A copy of
    /// it is good for the length of `lease`.
    pub fn new(
        store: SharedStore,
        algorithm: RingAlgorithm,
        window: Duration,
        lease: Duration,
        sealing: SealingKey,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            store,
            algorithm,
            window: whole_seconds(window),
            lease,
            sealing,
            clock,
            random,
            held: Mutex::new(None),
            missed: Mutex::new(None),
            renewing: tokio::sync::Mutex::default(),
        }
    }

    fn known(&self) -> Option<(Instant, Book)> {
        lock(&self.held).clone()
    }

    /// The newest book. A copy of it is good from the moment at which it was asked for.
    async fn read(&self) -> Result<Book, KeysError> {
        for _ in 0..TRIES {
            let asked = Instant::now();
            let Some((_, sealed)) = self.store.ring().await? else {
                self.outlast_copies().await?;
                self.make_first().await?;
                continue;
            };
            *lock(&self.missed) = None;
            let text = self.sealing.open(&sealed)?;
            let book = Book::parse(&text);
            let book =
                book.ok_or_else(|| KeysError::Broken("no ring is in the store".to_owned()))?;
            let mut held = lock(&self.held);
            if let Some((_, known)) = &*held
                && !book.may_follow(known)
            {
                let words = "the store has an older ring than this replica has seen";
                return Err(KeysError::Broken(words.to_owned()));
            }
            *held = Some((asked, book.clone()));
            return Ok(book);
        }
        Err(KeysError::Broken("no ring can be made".to_owned()))
    }

    /// A ring that is not there may have been lost, and other replicas may still have copies of it: they would refuse
    /// what another one has signed (LC-ISS-027). So none is made before these copies are over.
    async fn outlast_copies(&self) -> Result<(), KeysError> {
        let over = *lock(&self.missed).get_or_insert_with(Instant::now) + self.lease;
        if over > Instant::now() + LONGEST_WAIT {
            let words = "there is no ring; one is made when no copy of a lost one is good any more";
            return Err(KeysError::Broken(words.to_owned()));
        }
        sleep_until(over).await;
        Ok(())
    }

    async fn make_first(&self) -> Result<(), KeysError> {
        let current = made(self.algorithm, Arc::clone(&self.random)).await?;
        let next = made(self.algorithm, Arc::clone(&self.random)).await?;
        let book = Book::new(Ring::new(current, next)?);
        // Another replica may have been faster; then that ring is taken.
        self.write(None, &book).await.map(drop)
    }

    /// A rotation that is dated must be there before its date by the length of a lease, or a copy from before it would
    /// be good after it.
    async fn write(&self, before: Option<u64>, book: &Book) -> Result<Written, KeysError> {
        let lease = i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX);
        let dated = book.then.as_ref();
        let until = dated.map(|(from, _)| from.saturating_mul(1000).saturating_sub(lease));
        let text = Zeroizing::new(book.to_value()?.to_string().into_bytes());
        let sealed = self.sealing.seal(&text)?;
        self.store
            .write_ring(before, book.version, &sealed, until)
            .await
    }

    fn is_good(&self, asked: Instant) -> bool {
        book::is_good(asked.elapsed(), self.lease)
    }

    async fn in_force(&self) -> Result<Arc<Ring>, KeysError> {
        let book = match self.known() {
            Some((asked, copy)) if self.is_good(asked) => self.renewed(asked, copy).await?,
            _ => self.read().await?,
        };
        Ok(Arc::clone(book.at(self.clock.now())))
    }

    /// A good copy, or what is newer: in the second half of a lease one request looks, so that those behind it never
    /// come to its end together.
    async fn renewed(&self, asked: Instant, copy: Book) -> Result<Book, KeysError> {
        if book::is_good(asked.elapsed(), self.lease / 2) {
            return Ok(copy);
        }
        let Ok(_renewing) = self.renewing.try_lock() else {
            return Ok(copy);
        };
        match self.read().await {
            Err(_) if self.is_good(asked) => Ok(copy),
            read => read,
        }
    }

    async fn succeed(&self, rotation: Rotation) -> Result<String, KeysError> {
        let urgent = rotation.urgent;
        let to = succession(rotation, self.algorithm, &self.random).await?;
        let book = self.read().await?;
        let now = self.clock.now();
        let new = book.rotated(to, now, whole_seconds(self.lease), self.window);
        let new = new.map_err(|why| KeysError::Broken(why.to_string()))?;
        // What signs once it has ended.
        let (from, signs) = match &new.then {
            Some((from, ring)) => (*from, ring),
            None => (now, &new.ring),
        };
        let (name, version) = (signs.current.id().to_owned(), new.version);
        let refused = |words: &str| Err(KeysError::Broken(words.to_owned()));
        match self.write(Some(book.version), &new).await? {
            Written::Done => {}
            Written::Outrun => return refused("another rotation was faster"),
            Written::TooLate => return refused("the store has taken too long"),
        }
        self.read().await?;
        sleep(self.lease).await;
        while self.clock.now() < from {
            sleep(Duration::from_millis(50)).await;
        }
        // An emergency from elsewhere may have taken the place of what was dated.
        if self.read().await?.at(self.clock.now()).current.id() != name {
            return refused("another rotation has overtaken this one");
        }
        info!(version, kid = name, urgent, "the keys have rotated");
        Ok(name)
    }
}

impl Keys for SharedKeys {
    fn ring(&self) -> BoxFuture<'_, Result<Arc<Ring>, KeysError>> {
        self.in_force().boxed()
    }

    fn signing(&self) -> BoxFuture<'_, Result<Arc<Ring>, KeysError>> {
        self.look()
    }

    fn look(&self) -> BoxFuture<'_, Result<Arc<Ring>, KeysError>> {
        async {
            let book = self.read().await?;
            Ok(Arc::clone(book.at(self.clock.now())))
        }
        .boxed()
    }

    fn rotate(&self, rotation: Rotation) -> BoxFuture<'_, Result<String, KeysError>> {
        self.succeed(rotation).boxed()
    }
}
