//! Stores that fail when they are told to, and a replica that hears of nothing.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use btx_reference::lifecycle::keys::{Keys, KeysError, Rotation};
use btx_reference::lifecycle::ring::Ring;
use btx_reference::lifecycle::sessions::{
    Attempt, Attempts, Digest, MemorySessions, NewSession, Outcome, Renewal, Session, SessionStore,
    SessionsError,
};
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};

/// Sessions that cannot be reached at times.
#[derive(Default)]
pub(crate) struct FaultySessions {
    sessions: MemorySessions,
    broken: AtomicBool,
    orders: AtomicUsize,
}

impl FaultySessions {
    pub(crate) fn break_down(&self, broken: bool) {
        self.broken.store(broken, Ordering::SeqCst);
    }

    /// How often anything was asked of it.
    pub(crate) fn orders(&self) -> usize {
        self.orders.load(Ordering::SeqCst)
    }

    fn reach<'a, T: Send + 'a>(
        &'a self,
        order: impl FnOnce(&'a MemorySessions) -> Outcome<'a, T>,
    ) -> Outcome<'a, T> {
        self.orders.fetch_add(1, Ordering::SeqCst);
        if self.broken.load(Ordering::SeqCst) {
            return ready(Err(SessionsError::Broken("out of reach".to_owned()))).boxed();
        }
        let outcome = order(&self.sessions);
        // Others get their turn meanwhile, as they would while octets travel.
        async move {
            tokio::task::yield_now().await;
            outcome.await
        }
        .boxed()
    }
}

impl SessionStore for FaultySessions {
    fn begin(&self, new: NewSession, now: i64) -> Outcome<'_, ()> {
        self.reach(|sessions| sessions.begin(new, now))
    }

    fn by_digest(&self, digest: Digest, now: i64) -> Outcome<'_, Option<Session>> {
        self.reach(|sessions| sessions.by_digest(digest, now))
    }

    fn subject_of(&self, name: &str, now: i64) -> Outcome<'_, Option<String>> {
        self.reach(|sessions| sessions.subject_of(name, now))
    }

    fn renew(&self, name: &str, wanted: Renewal, reuse_from: i64) -> Outcome<'_, Option<Renewal>> {
        self.reach(|sessions| sessions.renew(name, wanted, reuse_from))
    }

    fn end(&self, name: &str, now: i64) -> Outcome<'_, bool> {
        self.reach(|sessions| sessions.end(name, now))
    }

    fn end_all(&self, subject: &str) -> Outcome<'_, ()> {
        self.reach(|sessions| sessions.end_all(subject))
    }

    fn attempt(&self, account: Digest, now: i64, allowed: Attempts) -> Outcome<'_, Attempt> {
        self.reach(|sessions| sessions.attempt(account, now, allowed))
    }

    fn let_in(&self, account: Digest) -> Outcome<'_, ()> {
        self.reach(|sessions| sessions.let_in(account))
    }
}

/// The keys as a replica sees them that hears of nothing: it has the ring of the last time it looked.
pub(crate) struct Behind {
    keys: Arc<dyn Keys>,
    held: Mutex<Arc<Ring>>,
    looks: AtomicUsize,
    broken: AtomicBool,
}

impl Behind {
    pub(crate) async fn new(keys: Arc<dyn Keys>) -> Arc<Self> {
        let held = Mutex::new(keys.ring().await.unwrap());
        Arc::new(Self {
            keys,
            held,
            looks: AtomicUsize::default(),
            broken: AtomicBool::default(),
        })
    }

    pub(crate) fn looks(&self) -> usize {
        self.looks.load(Ordering::SeqCst)
    }

    pub(crate) fn break_down(&self, broken: bool) {
        self.broken.store(broken, Ordering::SeqCst);
    }

    fn reached(&self) -> Result<(), KeysError> {
        match self.broken.load(Ordering::SeqCst) {
            true => Err(KeysError::Broken("out of reach".to_owned())),
            false => Ok(()),
        }
    }
}

impl Keys for Behind {
    fn ring(&self) -> BoxFuture<'_, Result<Arc<Ring>, KeysError>> {
        let held = self.reached().map(|()| self.held.lock().unwrap().clone());
        ready(held).boxed()
    }

    fn look(&self) -> BoxFuture<'_, Result<Arc<Ring>, KeysError>> {
        async {
            self.looks.fetch_add(1, Ordering::SeqCst);
            self.reached()?;
            // Others get their turn meanwhile, as they would while octets travel.
            tokio::task::yield_now().await;
            let newest = self.keys.look().await?;
            *self.held.lock().unwrap() = Arc::clone(&newest);
            Ok(newest)
        }
        .boxed()
    }

    fn rotate(&self, rotation: Rotation) -> BoxFuture<'_, Result<String, KeysError>> {
        self.keys.rotate(rotation)
    }
}
