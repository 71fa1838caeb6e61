//! What becomes of it when the store goes away, forgets, or is replaced.

use btx_reference::oauth::store::{TokenStore as _, TokenStoreError};
use btx_reference::store::shared::SharedStore;
use btx_reference::store::{Begun, IssuerStore as _, StoreError};

use super::{config, key, live, new_keeping_store, new_store, now, opening};
use crate::server::Server;

async fn make_live(store: &SharedStore, id: u8) {
    assert_eq!(store.begin(opening(id)).await, Ok(Begun::New));
    store.activate(key(id), live(id)).await.unwrap();
    assert!(store.token(live(id).digest).await.unwrap().is_some());
}

/// The next answer that is not a failure. While the connection is made anew, there may be one.
async fn at_last<T, F: Future<Output = Result<T, StoreError>>>(ask: impl Fn() -> F) -> T {
    for _ in 0..100 {
        if let Ok(answer) = ask().await {
            return answer;
        }
        tokio::task::yield_now().await;
    }
    panic!("the store does not come back");
}

#[tokio::test]
async fn while_it_is_away_nothing_can_be_said_and_then_all_is_as_before() {
    let mut server = Server::durable();
    let store = new_keeping_store(&server, 0).await;
    make_live(&store, 1).await;
    server.kill();
    assert!(matches!(
        store.token(live(1).digest).await,
        Err(StoreError::Broken(_))
    ));
    assert!(matches!(
        store.begin(opening(2)).await,
        Err(StoreError::Broken(_))
    ));
    server.start_again();
    let token = at_last(|| store.token(live(1).digest)).await;
    assert_eq!(token, Some(live(1)));
    assert_eq!(store.begin(opening(1)).await, Ok(Begun::Duplicate));
}

#[tokio::test]
async fn what_was_lost_opens_nothing_and_what_counts_once_waits() {
    let mut server = Server::forgetful();
    let store = new_store(&server).await;
    make_live(&store, 1).await;
    assert_eq!(store.remember([7; 32], now() + 60, now()).await, Ok(true));
    server.kill();
    server.start_again();
    assert_eq!(at_last(|| store.token(live(1).digest)).await, None);
    // Nobody knows whether it has been shown before, so nobody is let in by it.
    let shown_again = store.remember([7; 32], now() + 60, now()).await;
    assert!(matches!(shown_again, Err(TokenStoreError::Broken(_))));
    assert!(matches!(
        store.remembers([8; 32]).await,
        Err(TokenStoreError::Broken(_))
    ));
    // What begins now is as good as ever.
    make_live(&store, 2).await;
}

/// A store that comes back with what it knew some time ago would bring revoked tokens back with it.
#[tokio::test]
async fn what_comes_back_from_an_old_copy_is_void() {
    let mut server = Server::durable();
    let store = new_store(&server).await;
    make_live(&store, 1).await;
    server.kill();
    server.start_again();
    assert_eq!(at_last(|| store.token(live(1).digest)).await, None);
    assert!(matches!(
        store.remember([7; 32], now() + 60, now()).await,
        Err(TokenStoreError::Broken(_))
    ));
}

#[tokio::test]
async fn every_replica_finds_itself_in_the_same_epoch() {
    let mut server = Server::forgetful();
    let first = new_store(&server).await;
    let second = SharedStore::new(config(&server)).unwrap();
    make_live(&first, 1).await;
    assert_eq!(second.token(live(1).digest).await, Ok(Some(live(1))));
    server.kill();
    server.start_again();
    at_last(|| first.token(live(1).digest)).await;
    make_live(&first, 2).await;
    assert_eq!(
        at_last(|| second.token(live(2).digest)).await,
        Some(live(2))
    );
    // The second one has not begun another epoch.
    assert_eq!(first.token(live(2).digest).await, Ok(Some(live(2))));
}

#[tokio::test]
async fn what_too_few_copies_have_is_not_written() {
    let server = Server::durable();
    let store = new_keeping_store(&server, 1).await;
    assert!(matches!(
        store.begin(opening(1)).await,
        Err(StoreError::Broken(_))
    ));
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_failover() {
    let mut first = Server::durable();
    let copy = Server::copy_of(&first);
    let store = new_keeping_store(&first, 1).await;
    at_last(|| store.begin(opening(1))).await;
    store.activate(key(1), live(1)).await.unwrap();
    first.kill();
    copy.order(&["REPLICAOF", "NO", "ONE"]);
    let other = SharedStore::new(btx_reference::store::shared::Config {
        keeps: btx_reference::store::shared::Keeps::Everything,
        ..config(&copy)
    });
    let other = other.unwrap();
    assert_eq!(at_last(|| other.token(live(1).digest)).await, Some(live(1)));
}

#[tokio::test]
async fn a_copy_that_may_lack_something_is_trusted_with_nothing() {
    let mut first = Server::durable();
    let copy = Server::copy_of(&first);
    let store = new_keeping_store(&first, 1).await;
    at_last(|| store.begin(opening(1))).await;
    store.activate(key(1), live(1)).await.unwrap();
    first.kill();
    copy.order(&["REPLICAOF", "NO", "ONE"]);
    let other = SharedStore::new(config(&copy)).unwrap();
    assert_eq!(at_last(|| other.token(live(1).digest)).await, None);
}
