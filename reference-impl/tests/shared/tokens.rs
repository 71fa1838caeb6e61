//! Tokens, and what counts once, over the shared store.

use std::sync::Arc;

use btx_reference::oauth::store::{Granted, IssuedToken, TokenStore as _};
use btx_spec::oauth::Scope;
use futures::future::join_all;

use super::{new_store, now};
use crate::server::Server;

fn issued() -> IssuedToken {
    IssuedToken {
        granted: Arc::new(Granted {
            client_id: "client".to_owned(),
            subject: "account".to_owned(),
            scope: Scope::parse("read write").unwrap(),
            audience: Some("https://api.example".to_owned()),
        }),
        issued_at: now(),
        expires_at: now() + 60,
    }
}

#[tokio::test]
async fn a_token_is_found_as_it_was_issued_until_it_is_revoked() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    store.put([1; 32], issued(), now()).await.unwrap();
    assert_eq!(store.get([1; 32]).await, Ok(Some(issued())));
    assert_eq!(store.get([2; 32]).await, Ok(None));
    store.revoke([1; 32]).await.unwrap();
    assert_eq!(store.get([1; 32]).await, Ok(None));
}

#[tokio::test]
async fn a_token_may_have_no_scope_and_no_audience() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    let mut handed_out = issued();
    handed_out.granted = Arc::new(Granted {
        scope: Scope::default(),
        audience: None,
        ..issued().granted.as_ref().clone()
    });
    store.put([1; 32], handed_out.clone(), now()).await.unwrap();
    assert_eq!(store.get([1; 32]).await, Ok(Some(handed_out)));
}

/// T-06, T-07
#[tokio::test]
async fn of_many_that_show_the_same_one_is_the_first() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    let many = (0..50).map(|_| store.remember([1; 32], now() + 60, now()));
    let first = join_all(many).await;
    assert_eq!(first.iter().filter(|new| **new == Ok(true)).count(), 1);
    assert_eq!(first.iter().filter(|new| **new == Ok(false)).count(), 49);
    assert_eq!(store.remembers([1; 32]).await, Ok(true));
    assert_eq!(store.remembers([2; 32]).await, Ok(false));
}
