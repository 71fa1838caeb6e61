//! Whole exchanges between the issuer and the initiator, over real HTTPS.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use btx_reference::initiator::Outcome;
use lab::{NEW_YEAR, Pair};

#[tokio::test]
async fn a_token_is_given_and_opens_the_resource_until_it_expires() {
    let pair = Pair::start(false).await;
    assert_eq!(pair.open(None).await.0, 401);

    let outcome = pair.initiator.exchange(&pair.entry).await;
    let expires_at = NEW_YEAR + 3600;
    assert_eq!(outcome, Outcome::Active { expires_at });

    let token = pair.initiator.token_for(&pair.entry.identifier).await;
    let token = token.unwrap();
    let (status, body) = pair.open(Some(token.expose())).await;
    assert_eq!(status, 200);
    assert_eq!(body, format!("{{\"initiator\":\"{}\"}}", pair.identifier));

    pair.lab.clock.advance(3599);
    assert_eq!(pair.open(Some(token.expose())).await.0, 200);
    pair.lab.clock.advance(1);
    assert_eq!(pair.open(Some(token.expose())).await.0, 401);
    let none = pair.initiator.token_for(&pair.entry.identifier).await;
    assert!(none.is_none());
}

#[tokio::test]
async fn a_caller_that_does_not_wait_is_told_later() {
    let pair = Pair::start(true).await;
    let outcome = pair.initiator.exchange(&pair.entry).await;
    assert!(matches!(outcome, Outcome::Active { .. }), "{outcome:?}");
    let token = pair.initiator.token_for(&pair.entry.identifier).await;
    assert_eq!(pair.open(Some(token.unwrap().expose())).await.0, 200);
}

#[tokio::test]
async fn four_exchanges_go_on_side_by_side() {
    let pair = Pair::start(false).await;
    let exchanges = (0..4).map(|_| pair.initiator.exchange(&pair.entry));
    for outcome in futures::future::join_all(exchanges).await {
        assert!(matches!(outcome, Outcome::Active { .. }), "{outcome:?}");
    }
    assert_eq!(pair.issuer.metrics().exchanges_live.get(), 4);
}
