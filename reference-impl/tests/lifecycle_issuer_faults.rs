//! Stores that fail: what cannot be decided lets nobody in (LC-ISS-097).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;
mod lifecycle_issuer_lab;

use std::sync::Arc;

use axum::http::StatusCode;
use btx_reference::lifecycle::keys::Keys;
use btx_spec::lifecycle::RingAlgorithm;
use futures::future::join;
use lab::TestClock;
use lifecycle_issuer_lab::faulty::Behind;
use lifecycle_issuer_lab::{Cluster, PASSWORD, forged, memory_keys};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn without_the_store_of_sessions_nobody_comes_in_or_goes_out() {
    let cluster = Cluster::start().await;
    let live = cluster.login("anna").await;
    let previous = cluster.login("anna").await;
    cluster.rotate().await;
    let current = cluster.login("anna").await;
    cluster.sessions.break_down(true);
    for bearer in [&live.bearer, &previous.bearer, &current.bearer] {
        cluster.show(0, bearer).await.undecided();
    }
    for (name, password) in [("anna", PASSWORD), ("anna", "wrong"), ("nobody", "wrong")] {
        cluster.try_login(0, name, password).await.undecided();
    }
    cluster.logout(0, &live.session, "").await.undecided();
    cluster
        .logout(0, &live.session, r#"{"everywhere":true}"#)
        .await
        .undecided();
    cluster.clock.advance(420);
    cluster
        .refresh(1, &live.bearer, &live.session)
        .await
        .undecided();
    // What is refused in any case is refused.
    cluster.show(0, &live.bearer).await.refused();
    cluster.show(0, "nonsense").await.refused();

    cluster.sessions.break_down(false);
    for tokens in [&live, &previous, &current] {
        let answer = cluster.refresh(1, &tokens.bearer, &tokens.session).await;
        answer.brought();
    }
}

/// A login that could not be decided is none that was refused.
#[tokio::test]
async fn a_store_that_failed_leaves_no_pause_behind() {
    let cluster = Cluster::start().await;
    cluster.sessions.break_down(true);
    for _ in 0..5 {
        cluster.try_login(0, "anna", PASSWORD).await.undecided();
    }
    cluster.sessions.break_down(false);
    cluster.login("anna").await;
}

/// One replica sees the keys only as long as it is told so.
async fn keys_out_of_reach(algorithm: RingAlgorithm) -> (Cluster, Arc<Behind>) {
    let clock = TestClock::new();
    let keys = memory_keys(algorithm, &clock);
    let behind = Behind::new(keys.clone()).await;
    let views: Vec<Arc<dyn Keys>> = vec![keys.clone(), behind.clone()];
    let cluster = Cluster::with(algorithm, clock, keys, views, |_| ()).await;
    (cluster, behind)
}

#[tokio::test]
async fn without_keys_nothing_is_signed_verified_or_published() {
    let (cluster, keys) = keys_out_of_reach(RingAlgorithm::ES256).await;
    let tokens = cluster.login("anna").await;
    keys.break_down(true);
    cluster.show(1, &tokens.bearer).await.undecided();
    cluster
        .get(1, "/local", &tokens.bearer, None)
        .await
        .undecided();
    cluster.try_login(1, "anna", PASSWORD).await.undecided();
    let published = cluster.send(cluster.request(1, Method::GET, "/keys"));
    published.await.undecided();
    let notified = cluster.send(cluster.request(1, Method::POST, "/keys/changed"));
    assert_eq!(notified.await.status, StatusCode::NO_CONTENT);
    cluster.clock.advance(420);
    cluster
        .refresh(1, &tokens.bearer, &tokens.session)
        .await
        .undecided();
    cluster
        .refresh(0, &tokens.bearer, &tokens.session)
        .await
        .brought();
    keys.break_down(false);
    cluster
        .refresh(1, &tokens.bearer, &tokens.session)
        .await
        .brought();
}

/// The replica knows some keys, and cannot find out whether there are newer ones.
#[tokio::test]
async fn a_key_that_cannot_be_looked_for_is_no_key_that_is_refused() {
    let (cluster, keys) = keys_out_of_reach(RingAlgorithm::HS512).await;
    let tokens = cluster.login("anna").await;
    let ring = cluster.ring().await;
    let strange = forged(
        &ring.current,
        &tokens.bearer,
        json!({ "kid": "x" }),
        json!({}),
    );
    keys.break_down(true);
    cluster.show(1, &strange).await.undecided();
    cluster.show(0, &strange).await.refused();
}

/// The work is done: the answer goes out as it is, and the old bearer is good for the next one.
#[tokio::test]
async fn keys_that_fail_while_a_request_is_answered_cost_only_the_new_bearer() {
    let (cluster, keys) = keys_out_of_reach(RingAlgorithm::HS512).await;
    let tokens = cluster.login("anna").await;
    cluster.clock.advance(420);
    let slow = cluster.get(1, "/slow", &tokens.bearer, Some(&tokens.session));
    let breakdown = async {
        cluster.slow.arrived.acquire().await.unwrap().forget();
        keys.break_down(true);
        cluster.slow.leave.add_permits(1);
    };
    let (answer, ()) = join(slow, breakdown).await;
    answer.opened();
    keys.break_down(false);
    cluster
        .refresh(1, &tokens.bearer, &tokens.session)
        .await
        .brought();
}
