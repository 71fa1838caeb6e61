//! Counts the tasks that are under way, so that a shutdown can wait for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// The tasks that are under way.
#[derive(Clone, Default)]
pub(crate) struct OpenTasks {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    count: AtomicUsize,
    none_left: Notify,
}

/// One task, until it is dropped.
pub(crate) struct OpenTask(Arc<Inner>);

impl OpenTasks {
    /// Counts one task more.
    pub(crate) fn enter(&self) -> OpenTask {
        self.inner.count.fetch_add(1, Ordering::SeqCst);
        OpenTask(Arc::clone(&self.inner))
    }

    /// Waits until there is none.
    pub(crate) async fn none_left(&self) {
        loop {
            // Registered before the count is read, or the last task could slip through between.
            let left = self.inner.none_left.notified();
            if self.inner.count.load(Ordering::SeqCst) == 0 {
                return;
            }
            left.await;
        }
    }
}

impl Drop for OpenTask {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.none_left.notify_waiters();
        }
    }
}
