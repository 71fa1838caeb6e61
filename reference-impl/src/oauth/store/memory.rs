//! A store that forgets everything when the process ends.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};

use super::{Digest, Granted, IssuedToken, TokenStore, TokenStoreError};

/// How much a [`MemoryTokens`] holds at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Live tokens.
    pub tokens: usize,
    /// Remembered digests.
    pub remembered: usize,
}

impl Default for Room {
    /// A few hundred megabytes, if all of it is taken.
    fn default() -> Self {
        Self {
            tokens: 2_000_000,
            remembered: 1_000_000,
        }
    }
}

/// Live tokens and remembered digests in the memory of this process.
///
/// A token costs its digest, two instants and a share of what it was granted. There is no order by
/// expiry, which would cost more than the tokens themselves: what has expired is swept out whenever a
/// table has grown by a quarter since the last time, so that sweeping costs each token a few looks in all.
#[derive(Default)]
pub struct MemoryTokens {
    tokens: RwLock<Tokens>,
    remembered: RwLock<Swept<i64>>,
    room: Room,
}

impl MemoryTokens {
    /// An empty store with the usual room.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store with this much room.
    pub fn with_room(room: Room) -> Self {
        Self {
            room,
            ..Self::default()
        }
    }
}

impl TokenStore for MemoryTokens {
    fn put(
        &self,
        digest: Digest,
        token: IssuedToken,
        now: i64,
    ) -> BoxFuture<'_, Result<(), TokenStoreError>> {
        ready(writing(&self.tokens).put(digest, token, now, self.room.tokens)).boxed()
    }

    fn get(&self, digest: Digest) -> BoxFuture<'_, Result<Option<IssuedToken>, TokenStoreError>> {
        let known = reading(&self.tokens).live.entries.get(&digest).cloned();
        ready(Ok(known)).boxed()
    }

    fn revoke(&self, digest: Digest) -> BoxFuture<'_, Result<(), TokenStoreError>> {
        writing(&self.tokens).live.entries.remove(&digest);
        ready(Ok(())).boxed()
    }

    fn remember(
        &self,
        digest: Digest,
        until: i64,
        now: i64,
    ) -> BoxFuture<'_, Result<bool, TokenStoreError>> {
        let mut remembered = writing(&self.remembered);
        ready(remembered.remember(digest, until, now, self.room.remembered)).boxed()
    }

    fn remembers(&self, digest: Digest) -> BoxFuture<'_, Result<bool, TokenStoreError>> {
        ready(Ok(reading(&self.remembered).entries.contains_key(&digest))).boxed()
    }
}

/// Live tokens, and what they were granted, each once.
#[derive(Default)]
struct Tokens {
    live: Swept<IssuedToken>,
    grants: HashSet<Arc<Granted>>,
}

impl Tokens {
    fn put(
        &mut self,
        digest: Digest,
        mut token: IssuedToken,
        now: i64,
        room: usize,
    ) -> Result<(), TokenStoreError> {
        if self.live.make_room(now, room)? {
            self.grants.retain(|shared| Arc::strong_count(shared) > 1);
        }
        match self.grants.get(&token.granted) {
            Some(shared) => token.granted = Arc::clone(shared),
            None => {
                self.grants.insert(Arc::clone(&token.granted));
            }
        }
        self.live.insert(digest, token);
        Ok(())
    }
}

/// A table whose expired entries are swept out as it grows.
struct Swept<T> {
    entries: HashMap<Digest, T>,
    /// How many entries there are to be before it is swept.
    sweep_at: usize,
    /// No entry expires before this instant.
    first_expiry: i64,
}

/// A table smaller than this is not worth sweeping.
const SMALL: usize = 1024;

impl<T> Default for Swept<T> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            sweep_at: SMALL,
            first_expiry: i64::MAX,
        }
    }
}

impl<T: Expires> Swept<T> {
    /// Sweeps if it is time to, gives whether it did, and refuses if there is no room for one more.
    fn make_room(&mut self, now: i64, room: usize) -> Result<bool, TokenStoreError> {
        let full = self.entries.len() >= room;
        // A full table is not looked through for every newcomer, only when that can help.
        if full && now < self.first_expiry {
            return Err(TokenStoreError::Full);
        }
        if !full && self.entries.len() < self.sweep_at {
            return Ok(false);
        }
        self.sweep(now);
        if self.entries.len() < room {
            Ok(true)
        } else {
            Err(TokenStoreError::Full)
        }
    }

    fn insert(&mut self, digest: Digest, entry: T) {
        self.first_expiry = self.first_expiry.min(entry.expires_at());
        self.entries.insert(digest, entry);
    }

    fn sweep(&mut self, now: i64) {
        let mut first_expiry = i64::MAX;
        self.entries.retain(|_, entry| {
            let expires_at = entry.expires_at();
            let stays = now < expires_at;
            if stays {
                first_expiry = first_expiry.min(expires_at);
            }
            stays
        });
        self.first_expiry = first_expiry;
        let left = self.entries.len();
        self.sweep_at = SMALL.max(left + left / 4);
        // What a flood has taken is given back, once most of it stands empty.
        if self.entries.capacity() / 8 > self.sweep_at {
            self.entries.shrink_to(self.sweep_at);
        }
    }
}

impl Swept<i64> {
    fn remember(
        &mut self,
        digest: Digest,
        until: i64,
        now: i64,
        room: usize,
    ) -> Result<bool, TokenStoreError> {
        match self.entries.get(&digest) {
            Some(earlier) if now < *earlier => return Ok(false),
            Some(_) => {}
            None => {
                self.make_room(now, room)?;
            }
        }
        self.insert(digest, until);
        Ok(true)
    }
}

/// Something that nobody needs from an instant on.
trait Expires {
    /// That instant, in Unix seconds.
    fn expires_at(&self) -> i64;
}

impl Expires for IssuedToken {
    fn expires_at(&self) -> i64 {
        self.expires_at
    }
}

impl Expires for i64 {
    fn expires_at(&self) -> i64 {
        *self
    }
}

/// Nothing panics while it holds one of these locks, so that a poisoned one is still whole.
fn reading<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// See [`reading`].
fn writing<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
