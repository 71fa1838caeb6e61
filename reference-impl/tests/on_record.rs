//! What the durable store tells is what a crash leaves behind.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use btx_reference::issuer::Failure;
use btx_reference::store::durable::DurableStore;
use btx_reference::store::{ExchangeKey, IssuerStore as _, Opening, Progress, Room, StatusEntry};
use btx_spec::{ExchangeId, Identifier};
use futures::future::join_all;

/// So many that they are not written at once.
const EXCHANGES: u16 = 2000;

/// The digest of the status URL of an exchange.
fn secret(number: u16) -> [u8; 32] {
    let [high, low] = number.to_be_bytes();
    std::array::from_fn(|place| if place == 0 { high } else { low })
}

fn opening(number: u16) -> Opening {
    Opening {
        key: ExchangeKey {
            peer: Identifier::parse("https://initiator.example").unwrap(),
            id: ExchangeId::from_random(u128::from(number).to_be_bytes()),
        },
        status: Some(StatusEntry {
            secret: secret(number),
            origin: "https://issuer.example".to_owned(),
        }),
        now: 0,
        forget_at: 610,
        lasts: Duration::from_secs(10),
        room: Room {
            open_per_partner: 10_000,
            open: 10_000,
            remembered: 10_000,
        },
    }
}

#[tokio::test]
async fn a_failure_that_was_told_is_told_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let (path, crashed) = (folder.path().join("a.redb"), folder.path().join("b.redb"));
    let progress = async |store: &DurableStore| {
        let status = store.status(secret(EXCHANGES - 1)).await.unwrap();
        status.unwrap().progress
    };
    let store = DurableStore::open(&path).unwrap();
    join_all((0..EXCHANGES).map(|number| store.begin(opening(number)))).await;

    // Nobody waits until they are written, but somebody asks for the last.
    let failing = (0..EXCHANGES).map(|number| store.fail(opening(number).key, Failure::Refused));
    let failing: Vec<_> = failing.collect();
    assert_eq!(progress(&store).await, Progress::Failed(Failure::Refused));

    // The file as it is now is what a crash leaves.
    std::fs::copy(&path, &crashed).unwrap();
    let restarted = DurableStore::open(&crashed).unwrap();
    assert_eq!(
        progress(&restarted).await,
        Progress::Failed(Failure::Refused)
    );
    join_all(failing).await;
}
