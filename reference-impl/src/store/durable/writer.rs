//! The one thread that writes: everything that waits goes into one transaction.

use std::sync::mpsc;
use std::thread::JoinHandle;

use redb::{Database, TableHandle as _};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::super::StoreError;
use super::file::{TABLES, Table, broken};

/// The most orders that share one transaction.
const BATCH: usize = 512;

/// One row to write, or to delete.
pub(super) struct Write {
    table: Table,
    key: Vec<u8>,
    value: Option<Zeroizing<Vec<u8>>>,
}

impl Write {
    pub(super) fn put(table: Table, key: Vec<u8>, value: Zeroizing<Vec<u8>>) -> Self {
        Self {
            table,
            key,
            value: Some(value),
        }
    }

    pub(super) fn delete(table: Table, key: Vec<u8>) -> Self {
        Self {
            table,
            key,
            value: None,
        }
    }
}

/// Rows that are written together or not at all, and whom to tell.
struct Order {
    writes: Vec<Write>,
    done: oneshot::Sender<Result<(), StoreError>>,
}

/// The way to the thread.
pub(super) struct Writer {
    orders: Option<mpsc::Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread, which owns the file from now on.
    pub(super) fn start(database: Database) -> Result<Self, StoreError> {
        let (orders, waiting) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("btx-store".to_owned())
            .spawn(move || write_all(&database, &waiting))
            .map_err(broken)?;
        Ok(Self {
            orders: Some(orders),
            thread: Some(thread),
        })
    }

    /// Gives an order at once, before the future is first polled: orders keep their sequence. The
    /// future resolves when the rows are durable.
    pub(super) fn write(
        &self,
        writes: Vec<Write>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send + 'static {
        let (done, told) = oneshot::channel();
        let order = Order { writes, done };
        let given = match &self.orders {
            Some(orders) => orders.send(order).map_err(|_| gone()),
            None => Err(gone()),
        };
        async move {
            given?;
            told.await.map_err(|_| gone())?
        }
    }
}

/// Waits until everything is written and the file is closed, so that it can be opened again.
impl Drop for Writer {
    fn drop(&mut self) {
        self.orders.take();
        if let Some(thread) = self.thread.take() {
            // A thread that has panicked has nothing left to write; there is nobody to tell here.
            let _ = thread.join();
        }
    }
}

fn gone() -> StoreError {
    StoreError::Broken("the writing thread has ended".to_owned())
}

fn write_all(database: &Database, waiting: &mpsc::Receiver<Order>) {
    while let Ok(first) = waiting.recv() {
        let mut batch = vec![first];
        batch.extend(waiting.try_iter().take(BATCH - 1));
        let outcome = commit(database, &batch);
        for order in batch {
            // Whoever has gone away does not want to know.
            let _ = order.done.send(outcome.clone());
        }
    }
}

/// One transaction, synced to disk before it counts. Rows of one table keep their order.
fn commit(database: &Database, batch: &[Order]) -> Result<(), StoreError> {
    if batch.iter().all(|order| order.writes.is_empty()) {
        return Ok(());
    }
    let changes = database.begin_write().map_err(broken)?;
    for table in TABLES {
        let writes = batch.iter().flat_map(|order| &order.writes);
        let mut writes = writes
            .filter(|write| write.table.name() == table.name())
            .peekable();
        if writes.peek().is_none() {
            continue;
        }
        let mut rows = changes.open_table(table).map_err(broken)?;
        for write in writes {
            match &write.value {
                Some(value) => rows
                    .insert(write.key.as_slice(), value.as_slice())
                    .map(|_| ()),
                None => rows.remove(write.key.as_slice()).map(|_| ()),
            }
            .map_err(broken)?;
        }
    }
    changes.commit().map_err(broken)
}
