//! Exchanges over the shared store: what the store in memory says, and one of many at the same time.

use btx_reference::issuer::Failure;
use btx_reference::store::memory::MemoryStore;
use btx_reference::store::{Begun, HeldToken, IssuerStore as _, Opening, Store, StoreError};
use btx_spec::BearerToken;
use futures::future::join_all;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::{PATIENCE, key, live, new_store, now, opening};
use crate::server::Server;

#[derive(Debug, Clone, Copy)]
enum Order {
    Begin(u8),
    Activate(u8),
    Fail(u8),
    Revoke(u8),
    Hold(u8),
    Adopt(u8),
    Discard(u8),
    Forget(u8),
}

fn orders() -> impl Strategy<Value = Vec<Order>> {
    let id = || 0..6_u8;
    let order = prop_oneof![
        4 => id().prop_map(Order::Begin),
        3 => id().prop_map(Order::Activate),
        3 => id().prop_map(Order::Fail),
        1 => id().prop_map(Order::Revoke),
        2 => id().prop_map(Order::Hold),
        2 => id().prop_map(Order::Adopt),
        1 => id().prop_map(Order::Discard),
        1 => id().prop_map(Order::Forget),
    ];
    proptest::collection::vec(order, 0..24)
}

/// What the store says to an order, and to every question after it.
async fn give(store: &dyn Store, order: Order) -> String {
    let said = match order {
        Order::Begin(id) => format!("{:?}", store.begin(opening(id)).await),
        Order::Activate(id) => format!("{:?}", store.activate(key(id), live(id)).await),
        Order::Fail(id) => format!("{:?}", store.fail(key(id), Failure::Refused).await),
        Order::Revoke(id) => format!("{:?}", store.revoke(key(id).peer).await),
        Order::Hold(id) => {
            let token = BearerToken::from_random([id; 32]);
            let expires_at = now() + 3600;
            let held = HeldToken { token, expires_at };
            format!("{:?}", store.hold(key(id), held).await)
        }
        Order::Adopt(id) => format!("{:?}", store.adopt(key(id)).await),
        Order::Discard(id) => format!("{:?}", store.discard(key(id)).await),
        Order::Forget(id) => format!("{:?}", store.forget(key(id).peer).await),
    };
    let mut all = vec![format!("{order:?}: {said}")];
    for id in 0..6 {
        let status = store.status([id; 32]).await.unwrap();
        let status = status.map(|status| (status.progress, status.origin));
        let token = store.token([id; 32]).await.unwrap();
        let token = token.map(|token| token.initiator);
        all.push(format!("{id}: {status:?} {token:?}"));
    }
    for id in 0..2 {
        let used = store.in_use(key(id).peer).await.unwrap();
        let used = used.map(|used| used.token.expose().to_owned());
        all.push(format!("in use: {used:?}"));
    }
    all.join("\n")
}

#[test]
fn it_says_what_the_store_in_memory_says() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = Server::forgetful();
    let mut runner = TestRunner::default();
    let outcome = runner.run(&orders(), |orders| {
        runtime.block_on(async {
            let shared = new_store(&server).await;
            let memory = MemoryStore::new();
            for order in orders {
                let (shared, memory) = (give(&shared, order).await, give(&memory, order).await);
                prop_assert_eq!(shared, memory);
            }
            Ok(())
        })
    });
    outcome.unwrap();
}

/// T-07
#[tokio::test]
async fn of_many_at_the_same_time_one_begins() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    let many = (0..50).map(|_| store.begin(opening(1)));
    let begun = join_all(many).await;
    let new = begun.iter().filter(|begun| **begun == Ok(Begun::New));
    assert_eq!(new.count(), 1);
    let duplicates = begun.iter().filter(|begun| **begun == Ok(Begun::Duplicate));
    assert_eq!(duplicates.count(), 49);
}

#[tokio::test]
async fn an_activation_that_comes_too_late_is_none() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    // All of the time that this exchange has is kept back for answers on their way.
    let short = Opening {
        lasts: PATIENCE,
        ..opening(1)
    };
    assert_eq!(store.begin(short).await, Ok(Begun::New));
    let late = store.activate(key(1), live(1)).await;
    assert_eq!(late, Err(StoreError::NotOpen));
    assert_eq!(store.token(live(1).digest).await, Ok(None));
}
