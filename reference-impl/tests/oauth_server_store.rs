//! What the store in memory keeps, how long, and how much of it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use btx_reference::oauth::store::{
    Granted, IssuedToken, MemoryTokens, Room, TokenStore as _, TokenStoreError,
};
use btx_spec::oauth::Scope;
use proptest::prelude::*;

fn digest(number: u32) -> [u8; 32] {
    let mut digest = [0; 32];
    digest[..4].copy_from_slice(&number.to_be_bytes());
    digest
}

fn token(client: &str, expires_at: i64) -> IssuedToken {
    IssuedToken {
        granted: Arc::new(Granted {
            client_id: client.to_owned(),
            subject: client.to_owned(),
            scope: Scope::parse("read").unwrap(),
            audience: None,
        }),
        issued_at: 0,
        expires_at,
    }
}

#[tokio::test]
async fn what_is_put_is_found_until_it_is_revoked() {
    let store = MemoryTokens::new();
    let farm = token("farm", 10);
    store.put(digest(1), farm.clone(), 0).await.unwrap();
    store.put(digest(2), farm.clone(), 0).await.unwrap();
    assert_eq!(store.get(digest(1)).await, Ok(Some(farm.clone())));
    store.revoke(digest(1)).await.unwrap();
    assert_eq!(store.get(digest(1)).await, Ok(None));
    assert_eq!(store.get(digest(2)).await, Ok(Some(farm)));
    assert_eq!(store.get(digest(3)).await, Ok(None));
}

#[tokio::test]
async fn tokens_of_one_kind_share_what_they_have_in_common() {
    let store = MemoryTokens::new();
    store.put(digest(1), token("farm", 10), 0).await.unwrap();
    store.put(digest(2), token("farm", 20), 0).await.unwrap();
    store.put(digest(3), token("barn", 20), 0).await.unwrap();
    let granted = async |number| store.get(digest(number)).await.unwrap().unwrap().granted;
    assert!(Arc::ptr_eq(&granted(1).await, &granted(2).await));
    assert_eq!(granted(3).await.client_id, "barn");
}

#[tokio::test]
async fn a_digest_is_new_once_until_its_instant() {
    let store = MemoryTokens::new();
    assert_eq!(store.remembers(digest(1)).await, Ok(false));
    assert_eq!(store.remember(digest(1), 10, 0).await, Ok(true));
    assert_eq!(store.remember(digest(1), 99, 9).await, Ok(false));
    assert_eq!(store.remembers(digest(1)).await, Ok(true));
    assert_eq!(store.remember(digest(2), 10, 9).await, Ok(true));
    // Its instant was 10, whoever asked for more later.
    assert_eq!(store.remember(digest(1), 20, 10).await, Ok(true));
    assert_eq!(store.remember(digest(1), 20, 19).await, Ok(false));
}

#[tokio::test]
async fn a_full_store_takes_what_the_expiry_of_others_leaves_room_for() {
    let store = MemoryTokens::with_room(Room {
        tokens: 3,
        remembered: 3,
    });
    for (number, expiry) in [(1, 10), (2, 20), (3, 30)] {
        store
            .put(digest(number), token("farm", expiry), 0)
            .await
            .unwrap();
        assert_eq!(store.remember(digest(number), expiry, 0).await, Ok(true));
    }
    let full = Err(TokenStoreError::Full);
    assert_eq!(store.put(digest(4), token("farm", 30), 9).await, full);
    assert_eq!(
        store.remember(digest(4), 30, 9).await,
        Err(TokenStoreError::Full)
    );
    // What is known is still told when there is no room.
    assert_eq!(store.remember(digest(3), 30, 9).await, Ok(false));

    store.put(digest(4), token("farm", 12), 10).await.unwrap();
    assert_eq!(store.remember(digest(4), 12, 10).await, Ok(true));
    assert_eq!(store.get(digest(1)).await, Ok(None));
    // The newcomer is the next to go.
    assert_eq!(store.put(digest(5), token("farm", 30), 11).await, full);
    store.put(digest(5), token("farm", 30), 12).await.unwrap();
    assert_eq!(store.remember(digest(5), 30, 12).await, Ok(true));
    store.revoke(digest(2)).await.unwrap();
    store.put(digest(6), token("farm", 30), 12).await.unwrap();
}

#[tokio::test]
async fn what_has_expired_does_not_pile_up() {
    let room = Room {
        tokens: 1400,
        remembered: 1400,
    };
    let store = MemoryTokens::with_room(room);
    // Many more than there is room for, a thousand of them live at any time.
    for number in 0..20_000 {
        let now = i64::from(number);
        let put = store.put(digest(number), token("farm", now + 1000), now);
        put.await.unwrap();
        assert_eq!(
            store.remember(digest(number), now + 1000, now).await,
            Ok(true)
        );
    }
    assert_eq!(store.get(digest(0)).await, Ok(None));
    assert_eq!(store.remembers(digest(0)).await, Ok(false));
    assert!(store.get(digest(19_001)).await.unwrap().is_some());
}

proptest! {
    /// Whatever is swept when: a digest is new exactly if its last instant has passed.
    #[test]
    fn remembering_agrees_with_a_plain_list(
        orders in prop::collection::vec((0_u32..8, 1_i64..20, 0_i64..4), 1..100),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let store = MemoryTokens::with_room(Room { tokens: 4, remembered: 4 });
        let mut known = std::collections::HashMap::new();
        let mut now = 0;
        for (number, lifetime, pause) in orders {
            now += pause;
            known.retain(|_, until| now < *until);
            let expected = match (known.get(&number), known.len()) {
                (Some(_), _) => Ok(false),
                (None, 0..4) => Ok(true),
                (None, _) => Err(TokenStoreError::Full),
            };
            if expected == Ok(true) {
                known.insert(number, now + lifetime);
            }
            let told = runtime.block_on(store.remember(digest(number), now + lifetime, now));
            prop_assert_eq!(told, expected);
        }
    }
}
