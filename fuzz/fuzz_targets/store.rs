//! The file of the reference implementation's durable store, with rows that it did not write: a table, the
//! length of the key and that of the value, a byte each, and then both.
#![no_main]

use btx_fuzz::{INITIATOR, ISSUER, NOW, run};
use btx_reference::store::{
    Begun, ExchangeKey, InitiatorStore as _, IssuerStore as _, Opening, Room, StoreError,
    durable::DurableStore,
};
use btx_spec::{ExchangeId, Identifier};
use libfuzzer_sys::fuzz_target;
use redb::{Database, TableDefinition};
use std::{path::Path, time::Duration};

type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;
const TABLES: [Table; 3] = [
    TableDefinition::new("issuer_exchanges"),
    TableDefinition::new("issuer_tokens"),
    TableDefinition::new("initiator_tokens"),
];

fuzz_target!(|rows: &[u8]| {
    // In memory where there is such a place: the file is made anew for each input.
    let memory = Path::new("/dev/shm");
    let folder = tempfile::tempdir_in(memory)
        .or_else(|_| tempfile::tempdir())
        .unwrap();
    let path = folder.path().join("btx.redb");
    write(&path, rows);
    match DurableStore::open(&path) {
        Ok(store) => {
            run(use_it(&store));
            drop(store);
            assert!(
                DurableStore::open(&path).is_ok(),
                "what was read once is read again"
            );
        }
        Err(error) => {
            let words = "the file holds something that this program did not write";
            assert_eq!(error, StoreError::Broken(words.to_owned()));
        }
    }
});

fn write(path: &Path, mut rows: &[u8]) {
    let database = Database::create(path).unwrap();
    let changes = database.begin_write().unwrap();
    while let [table, key, value, rest @ ..] = rows {
        let key = usize::from(*key).min(rest.len());
        let (key, rest) = rest.split_at(key);
        let value = usize::from(*value).min(rest.len());
        let (value, rest) = rest.split_at(value);
        rows = rest;
        let table = TABLES[usize::from(*table) % TABLES.len()];
        changes
            .open_table(table)
            .unwrap()
            .insert(key, value)
            .unwrap();
    }
    changes.commit().unwrap();
}

/// An exchange begins once, whatever was in the file.
async fn use_it(store: &DurableStore) {
    let initiator = Identifier::parse(INITIATOR).unwrap();
    let opening = Opening {
        key: ExchangeKey {
            peer: initiator.clone(),
            id: ExchangeId::parse("0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f").unwrap(),
        },
        status: None,
        now: NOW,
        forget_at: NOW + 600,
        lasts: Duration::from_secs(10),
        room: Room {
            open_per_partner: 4,
            open: 8,
            remembered: 64,
        },
    };
    store.begin(opening.clone()).await.unwrap();
    assert_eq!(store.begin(opening).await, Ok(Begun::Duplicate));
    store.revoke(initiator).await.unwrap();
    let _ = store
        .in_use(Identifier::parse(ISSUER).unwrap())
        .await
        .unwrap();
    let _ = store.token([0; 32]).await.unwrap();
}
