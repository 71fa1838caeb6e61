//! What the replicas of an issuer must remember of sessions, behind one small trait.

mod attempts;
mod memory;

use futures::future::BoxFuture;

pub use crate::store::Digest;
pub use memory::{MemorySessions, Room};

/// A session that has begun. Its token is not here, and the digest of that is the key to this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What bearers call it. It opens nothing.
    pub name: String,
    /// Whose it is.
    pub subject: String,
    /// Unix seconds from which on it is over.
    pub ends_at: i64,
}

/// A session that is about to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// SHA-256 of its token.
    pub digest: Digest,
    /// The session itself.
    pub session: Session,
}

/// From when to when a bearer lives that refreshes another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renewal {
    /// Unix seconds.
    pub issued_at: i64,
    /// Unix seconds from which on it opens nothing.
    pub expires_at: i64,
}

/// How many refused logins an account has, and what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// After so many the account pauses.
    pub most: u32,
    /// So many seconds long.
    pub pause: i64,
}

/// What comes of an attempt to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// The password may be looked at.
    Go,
    /// The account pauses for so many seconds more.
    Wait(u32),
}

/// The store could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionsError {
    /// There is no more room until a session ends.
    #[error("there is no room for another session")]
    Full,
    /// Nothing could be written or read.
    #[error("the store of sessions has failed: {0}")]
    Broken(String),
}

/// The outcome of an order to the store.
pub type Outcome<'a, T> = BoxFuture<'a, Result<T, SessionsError>>;

/// What the replicas of one issuer share.
///
/// Each order takes effect as a whole or not at all, and a future that resolves to `Ok` means that every
/// replica sees it. Instants are in Unix seconds. A session that is over at `now` is as one that never was.
pub trait SessionStore: Send + Sync + 'static {
    /// Begins a session.
    fn begin(&self, new: NewSession, now: i64) -> Outcome<'_, ()>;

    /// The live session whose token has this digest.
    fn by_digest(&self, digest: Digest, now: i64) -> Outcome<'_, Option<Session>>;

    /// Whose the live session of this name is.
    fn subject_of(&self, name: &str, now: i64) -> Outcome<'_, Option<String>>;

    /// Renews the bearer of a live session, and gives the renewal that is in force then; none if the session
    /// does not live.
    ///
    /// Of any number of renewals at the same time one is kept, and all are told of it (LC-ISS-080): an earlier
    /// one stays in force if it was made at `reuse_from` or later, and has not expired when `wanted` is made.
    fn renew(&self, name: &str, wanted: Renewal, reuse_from: i64) -> Outcome<'_, Option<Renewal>>;

    /// Ends a session. Gives whether it lived: of any number of callers at the same time one is told so.
    fn end(&self, name: &str, now: i64) -> Outcome<'_, bool>;

    /// Ends every session of this subject.
    fn end_all(&self, subject: &str) -> Outcome<'_, ()>;

    /// Begins an attempt to log in to an account, and counts it as refused until [`SessionStore::let_in`], so
    /// that no number of attempts at the same time has more tries than one after the other.
    ///
    /// Accounts that do not exist are counted alike (LC-ISS-054).
    fn attempt(&self, account: Digest, now: i64, allowed: Attempts) -> Outcome<'_, Attempt>;

    /// Forgets the refused attempts of an account, since one was not.
    fn let_in(&self, account: Digest) -> Outcome<'_, ()>;
}
