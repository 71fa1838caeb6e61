//! Who may fetch now: so many at once in all, and so many from one origin.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// So many origins are looked through for those that nobody waits for any more.
const MANY: usize = 1024;

/// Turns of those who fetch (JW-ANY-037).
pub(crate) struct Turns {
    overall: Arc<Semaphore>,
    origins: Mutex<HashMap<String, Weak<Semaphore>>>,
    per_origin: usize,
}

/// A turn. It is over when it is dropped.
pub(crate) struct Turn {
    _of_the_origin: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Turns {
    pub(crate) fn new(at_once: usize, per_origin: usize) -> Self {
        Self {
            overall: Arc::new(Semaphore::new(at_once.clamp(1, Semaphore::MAX_PERMITS))),
            origins: Mutex::default(),
            per_origin: per_origin.clamp(1, Semaphore::MAX_PERMITS),
        }
    }

    /// A turn to fetch from this origin, if it comes in time.
    ///
    /// Whoever waits for its origin holds nothing that others need: a place among all is taken only by
    /// somebody who can begin at once (JW-ANY-025).
    pub(crate) async fn take(&self, origin: &str, deadline: Instant) -> Option<Turn> {
        let of_the_origin = self.origin(origin).acquire_owned();
        let of_the_origin = timeout_at(deadline, of_the_origin).await.ok()?.ok()?;
        let of_all = Arc::clone(&self.overall).acquire_owned();
        let of_all = timeout_at(deadline, of_all).await.ok()?.ok()?;
        Some(Turn {
            _of_the_origin: of_the_origin,
            _of_all: of_all,
        })
    }

    fn origin(&self, origin: &str) -> Arc<Semaphore> {
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = origins.get(origin).and_then(Weak::upgrade) {
            return known;
        }
        if origins.len() >= MANY {
            origins.retain(|_, semaphore| semaphore.strong_count() > 0);
        }
        let semaphore = Arc::new(Semaphore::new(self.per_origin));
        origins.insert(origin.to_owned(), Arc::downgrade(&semaphore));
        semaphore
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_for_one_origin_leaves_the_others_their_turns() {
        let turns = Turns::new(3, 2);
        let soon = Instant::now() + Duration::from_secs(1);
        let first = turns.take("https://slow.example", soon).await;
        let second = turns.take("https://slow.example", soon).await;
        assert!(first.is_some() && second.is_some());
        assert!(turns.take("https://slow.example", soon).await.is_none());
        let soon = Instant::now() + Duration::from_secs(1);
        let other = turns.take("https://fast.example", soon).await;
        assert!(other.is_some());
        // Three in all.
        assert!(turns.take("https://third.example", soon).await.is_none());
        drop(first);
        let soon = Instant::now() + Duration::from_secs(1);
        assert!(turns.take("https://third.example", soon).await.is_some());
    }

    #[tokio::test]
    async fn origins_that_nobody_waits_for_are_forgotten() {
        let turns = Turns::new(2, 2);
        let soon = Instant::now() + Duration::from_secs(60);
        for number in 0..3 * MANY {
            assert!(turns.take(&number.to_string(), soon).await.is_some());
        }
        assert!(turns.origins.lock().unwrap().len() <= MANY);
    }
}
