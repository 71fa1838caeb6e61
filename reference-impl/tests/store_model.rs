//! The two stores are one store: under any sequence of orders they say the same, and the durable
//! one still says it after it was closed and opened again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use btx_reference::issuer::Failure;
use btx_reference::store::durable::DurableStore;
use btx_reference::store::memory::MemoryStore;
use btx_reference::store::{ExchangeKey, LiveToken, Opening, Progress, Room, StatusEntry, Store};
use btx_spec::{ExchangeId, Identifier};
use proptest::prelude::*;

#[derive(Debug, Clone, Copy)]
enum Order {
    Begin(u8),
    Activate(u8),
    Fail(u8),
    /// Of the initiator of this exchange.
    Revoke(u8),
    /// So many seconds pass.
    Wait(i64),
}

fn orders() -> impl Strategy<Value = Vec<Order>> {
    let order = prop_oneof![
        4 => (0..6_u8).prop_map(Order::Begin),
        3 => (0..6_u8).prop_map(Order::Activate),
        3 => (0..6_u8).prop_map(Order::Fail),
        1 => (0..6_u8).prop_map(Order::Revoke),
        2 => (0..700_i64).prop_map(Order::Wait),
    ];
    proptest::collection::vec(order, 0..24)
}

fn key(id: u8) -> ExchangeKey {
    let peer = format!("https://initiator-{}.example", id % 2);
    ExchangeKey {
        peer: Identifier::parse(&peer).unwrap(),
        id: ExchangeId::from_random([id; 16]),
    }
}

/// What the store says to this order.
async fn give(store: &dyn Store, order: Order, now: i64) -> String {
    match order {
        Order::Begin(id) => {
            let opening = Opening {
                key: key(id),
                status: Some(StatusEntry {
                    secret: [id; 32],
                    origin: "https://issuer.example".to_owned(),
                }),
                now,
                forget_at: now + 610,
                lasts: Duration::from_secs(10),
                room: Room {
                    open_per_partner: 2,
                    open: 3,
                    remembered: 5,
                },
            };
            format!("{:?}", store.begin(opening).await)
        }
        Order::Activate(id) => {
            let token = LiveToken {
                digest: [id; 32],
                initiator: key(id).peer,
                expires_at: now + 300,
            };
            format!("{:?}", store.activate(key(id), token).await)
        }
        Order::Fail(id) => format!("{:?}", store.fail(key(id), Failure::Refused).await),
        Order::Revoke(id) => {
            let revoked = store.revoke(key(id).peer).await;
            for other in (0..6).filter(|other| key(*other).peer == key(id).peer) {
                assert_eq!(store.token([other; 32]).await, Ok(None));
                let status = store.status([other; 32]).await.unwrap();
                let progress = status.map(|status| status.progress);
                assert_ne!(progress, Some(Progress::Open));
            }
            format!("{revoked:?}")
        }
        Order::Wait(_) => String::new(),
    }
}

/// Everything that can be asked of the store. What is open counts as failed if `crashed`.
async fn questions(store: &dyn Store, crashed: bool) -> String {
    let mut text = String::new();
    for id in 0..6 {
        let mut status = store.status([id; 32]).await.unwrap();
        if let Some(status) = status.as_mut().filter(|_| crashed)
            && status.progress == Progress::Open
        {
            status.progress = Progress::Failed(Failure::TimedOut);
        }
        let token = store.token([id; 32]).await.unwrap();
        text += &format!("{id}: {status:?} {token:?}\n");
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn both_stores_say_the_same(orders in orders()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("btx.redb");
            let memory = MemoryStore::new();
            {
                let durable = DurableStore::open(&path).unwrap();
                let mut now = 0;
                for order in orders {
                    if let Order::Wait(seconds) = order {
                        now += seconds;
                    }
                    let (said, same) =
                        (give(&memory, order, now).await, give(&durable, order, now).await);
                    prop_assert_eq!(said, same);
                }
                let (said, same) =
                    (questions(&memory, false).await, questions(&durable, false).await);
                prop_assert_eq!(said, same);
            }
            let durable = DurableStore::open(&path).unwrap();
            let (said, same) = (questions(&memory, true).await, questions(&durable, true).await);
            prop_assert_eq!(said, same);
            Ok(())
        })?;
    }
}
