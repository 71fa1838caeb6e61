//! Locks of what is shared between requests.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Nothing panics while it holds one of these locks, so that a poisoned one is still whole.
pub(crate) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
