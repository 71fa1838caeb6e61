//! Stores of sessions that remember something else than they should.

use crate::{ledger::lock, sabotage::LcIssuerSabotage};
use btx_harness::embedded::Alterations;
use btx_reference::lifecycle::sessions::{
    Attempt, Attempts, Digest, MemorySessions, NewSession, Outcome, Renewal, Session, SessionStore,
};
use futures::FutureExt as _;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

/// Says whether the session of a name lives, given whether it does.
type Judge = Box<dyn Fn(&str, bool) -> bool + Send + Sync>;

/// A store that is altered in some way.
pub(super) struct Altered {
    inner: Arc<dyn SessionStore>,
    /// Where refused logins are counted.
    pub(super) attempts: Arc<dyn SessionStore>,
    /// For whom they are counted.
    pub(super) account: fn(Digest) -> Digest,
    /// Whether a session lives, given whether it does.
    pub(super) lives: Judge,
    /// How long a renewal takes, if it brings sessions back that end meanwhile.
    pub(super) revives: Option<Duration>,
    /// Whether whatever ends ends the sessions of everybody else.
    pub(super) ends_all: bool,
    revived: Mutex<HashSet<String>>,
    /// Whose each session is, by its name.
    subjects: Arc<Mutex<HashMap<String, String>>>,
}

/// An issuer whose replicas have stores that are altered so; of each it is said which replica it is of.
pub(super) fn altered(alter: impl Fn(usize, &mut Altered) + Send + 'static) -> Alterations {
    let subjects: Arc<Mutex<HashMap<String, String>>> = Arc::default();
    LcIssuerSabotage::new()
        .parts(move |replica, mut parts| {
            let mut store = Altered::of(parts.sessions);
            store.subjects = subjects.clone();
            alter(replica, &mut store);
            parts.sessions = Arc::new(store);
            parts
        })
        .alterations()
}

/// A store in which nothing is yet.
pub(super) fn empty() -> Arc<dyn SessionStore> {
    Arc::new(MemorySessions::new())
}

impl Altered {
    fn of(inner: Arc<dyn SessionStore>) -> Self {
        Self {
            attempts: inner.clone(),
            inner,
            account: |account| account,
            lives: Box::new(|_, lives| lives),
            revives: None,
            ends_all: false,
            revived: Mutex::default(),
            subjects: Arc::default(),
        }
    }

    async fn end_everybody(&self) {
        let subjects: Vec<String> = lock(&self.subjects).values().cloned().collect();
        for subject in subjects {
            drop(self.inner.end_all(&subject).await);
        }
    }
}

impl SessionStore for Altered {
    fn begin(&self, new: NewSession, now: i64) -> Outcome<'_, ()> {
        let Session { name, subject, .. } = &new.session;
        lock(&self.subjects).insert(name.clone(), subject.clone());
        self.inner.begin(new, now)
    }

    fn by_digest(&self, digest: Digest, now: i64) -> Outcome<'_, Option<Session>> {
        self.inner.by_digest(digest, now)
    }

    fn subject_of(&self, name: &str, now: i64) -> Outcome<'_, Option<String>> {
        let name = name.to_owned();
        async move {
            let known = self.inner.subject_of(&name, now).await?;
            let lives = (self.lives)(&name, known.is_some()) || lock(&self.revived).contains(&name);
            let once = || lock(&self.subjects).get(&name).cloned();
            Ok(known.filter(|_| lives).or_else(|| once().filter(|_| lives)))
        }
        .boxed()
    }

    fn renew(&self, name: &str, wanted: Renewal, reuse_from: i64) -> Outcome<'_, Option<Renewal>> {
        let Some(time) = self.revives else {
            return self.inner.renew(name, wanted, reuse_from);
        };
        let name = name.to_owned();
        async move {
            tokio::time::sleep(time).await;
            let renewed = self.inner.renew(&name, wanted, reuse_from).await?;
            if renewed.is_none() {
                lock(&self.revived).insert(name);
            }
            Ok(renewed.or(Some(wanted)))
        }
        .boxed()
    }

    fn end(&self, name: &str, now: i64) -> Outcome<'_, bool> {
        let name = name.to_owned();
        async move {
            let ended = self.inner.end(&name, now).await;
            if self.ends_all {
                self.end_everybody().await;
            }
            ended
        }
        .boxed()
    }

    fn end_all(&self, subject: &str) -> Outcome<'_, ()> {
        let subject = subject.to_owned();
        async move {
            if self.ends_all {
                self.end_everybody().await;
            }
            self.inner.end_all(&subject).await
        }
        .boxed()
    }

    fn attempt(&self, account: Digest, now: i64, allowed: Attempts) -> Outcome<'_, Attempt> {
        self.attempts.attempt((self.account)(account), now, allowed)
    }

    fn let_in(&self, account: Digest) -> Outcome<'_, ()> {
        self.attempts.let_in((self.account)(account))
    }
}
