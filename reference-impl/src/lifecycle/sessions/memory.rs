//! Sessions that are forgotten when the process ends.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use futures::future::ready;

use super::attempts::Counts;
use super::{
    Attempt, Attempts, Digest, NewSession, Outcome, Renewal, Session, SessionStore, SessionsError,
};
use crate::lock::lock;

/// How much a [`MemorySessions`] holds at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Sessions.
    pub sessions: usize,
    /// Accounts with refused logins.
    pub accounts: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            sessions: 1_000_000,
            accounts: 200_000,
        }
    }
}

/// Sessions in the memory of this process. Replicas in one process share one of these.
pub struct MemorySessions {
    sessions: Mutex<Sessions>,
    counts: Mutex<Counts>,
}

impl MemorySessions {
    /// An empty store with the usual room.
    pub fn new() -> Self {
        Self::with_room(Room::default())
    }

    /// An empty store with this much room.
    pub fn with_room(room: Room) -> Self {
        Self {
            sessions: Mutex::new(Sessions::with_room(room.sessions)),
            counts: Mutex::new(Counts::with_room(room.accounts)),
        }
    }
}

impl Default for MemorySessions {
    fn default() -> Self {
        Self::new()
    }
}

impl SessionStore for MemorySessions {
    fn begin(&self, new: NewSession, now: i64) -> Outcome<'_, ()> {
        ready(lock(&self.sessions).begin(new, now)).boxed()
    }

    fn by_digest(&self, digest: Digest, now: i64) -> Outcome<'_, Option<Session>> {
        let sessions = lock(&self.sessions);
        let known = sessions.by_digest(&digest).filter(|kept| kept.lives(now));
        ready(Ok(known.map(|kept| kept.session.clone()))).boxed()
    }

    fn subject_of(&self, name: &str, now: i64) -> Outcome<'_, Option<String>> {
        let sessions = lock(&self.sessions);
        let known = sessions.by_name.get(name).filter(|kept| kept.lives(now));
        ready(Ok(known.map(|kept| kept.session.subject.clone()))).boxed()
    }

    fn renew(&self, name: &str, wanted: Renewal, reuse_from: i64) -> Outcome<'_, Option<Renewal>> {
        let mut sessions = lock(&self.sessions);
        let known = sessions.by_name.get_mut(name);
        let live = known.filter(|kept| kept.lives(wanted.issued_at));
        ready(Ok(live.map(|kept| kept.renew(wanted, reuse_from)))).boxed()
    }

    fn end(&self, name: &str, now: i64) -> Outcome<'_, bool> {
        let ended = lock(&self.sessions).remove(name);
        ready(Ok(ended.is_some_and(|kept| kept.lives(now)))).boxed()
    }

    fn end_all(&self, subject: &str) -> Outcome<'_, ()> {
        lock(&self.sessions).remove_all(subject);
        ready(Ok(())).boxed()
    }

    fn attempt(&self, account: Digest, now: i64, allowed: Attempts) -> Outcome<'_, Attempt> {
        let attempt = lock(&self.counts).attempt(account, now, allowed);
        ready(Ok(attempt)).boxed()
    }

    fn let_in(&self, account: Digest) -> Outcome<'_, ()> {
        lock(&self.counts).let_in(account);
        ready(Ok(())).boxed()
    }
}

/// One session, and the latest renewal of its bearer.
struct Kept {
    digest: Digest,
    session: Session,
    renewal: Option<Renewal>,
}

impl Kept {
    fn lives(&self, now: i64) -> bool {
        now < self.session.ends_at
    }

    fn renew(&mut self, wanted: Renewal, reuse_from: i64) -> Renewal {
        let still_good = |earlier: &Renewal| {
            reuse_from <= earlier.issued_at && wanted.issued_at < earlier.expires_at
        };
        let in_force = self.renewal.filter(still_good).unwrap_or(wanted);
        self.renewal = Some(in_force);
        in_force
    }
}

/// Sessions, and the ways to find them.
struct Sessions {
    by_name: HashMap<Arc<str>, Kept>,
    names: HashMap<Digest, Arc<str>>,
    of_subject: HashMap<String, HashSet<Arc<str>>>,
    ends: BTreeSet<(i64, Arc<str>)>,
    room: usize,
}

impl Sessions {
    fn with_room(room: usize) -> Self {
        Self {
            by_name: HashMap::new(),
            names: HashMap::new(),
            of_subject: HashMap::new(),
            ends: BTreeSet::new(),
            room,
        }
    }

    fn begin(&mut self, new: NewSession, now: i64) -> Result<(), SessionsError> {
        self.sweep(now);
        if self.by_name.len() >= self.room {
            return Err(SessionsError::Full);
        }
        let NewSession { digest, session } = new;
        let name: Arc<str> = session.name.as_str().into();
        // Neither happens with names and tokens that are drawn at random.
        if self.by_name.contains_key(&name) || self.names.contains_key(&digest) {
            return Err(SessionsError::Broken("the session is there".to_owned()));
        }
        self.names.insert(digest, Arc::clone(&name));
        self.ends.insert((session.ends_at, Arc::clone(&name)));
        let of_subject = self.of_subject.entry(session.subject.clone());
        of_subject.or_default().insert(Arc::clone(&name));
        let kept = Kept {
            digest,
            session,
            renewal: None,
        };
        self.by_name.insert(name, kept);
        Ok(())
    }

    fn by_digest(&self, digest: &Digest) -> Option<&Kept> {
        self.by_name.get(self.names.get(digest)?)
    }

    /// Takes out what is over: each session is looked at once.
    fn sweep(&mut self, now: i64) {
        while let Some((ends_at, name)) = self.ends.first() {
            if now < *ends_at {
                return;
            }
            let name = Arc::clone(name);
            self.remove(&name);
        }
    }

    fn remove(&mut self, name: &str) -> Option<Kept> {
        let (name, kept) = self.by_name.remove_entry(name)?;
        self.names.remove(&kept.digest);
        if let Some(of_subject) = self.of_subject.get_mut(&kept.session.subject) {
            of_subject.remove(&name);
            if of_subject.is_empty() {
                self.of_subject.remove(&kept.session.subject);
            }
        }
        self.ends.remove(&(kept.session.ends_at, name));
        Some(kept)
    }

    fn remove_all(&mut self, subject: &str) {
        for name in self.of_subject.remove(subject).into_iter().flatten() {
            self.remove(&name);
        }
    }
}
