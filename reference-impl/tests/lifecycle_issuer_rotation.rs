//! Rotations: what the previous key still does, what it does no more, and how replicas hear of it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;
mod lifecycle_issuer_lab;

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use btx_reference::lifecycle::keys::{Keys, KeysError, Rotation, make};
use btx_reference::random::SystemRandom;
use btx_spec::lifecycle::RingAlgorithm;
use futures::future::{join, join_all};
use lab::{NEW_YEAR, TestClock};
use lifecycle_issuer_lab::faulty::Behind;
use lifecycle_issuer_lab::{Cluster, claims_of, forged, header_of, memory_keys, second};
use reqwest::Method;
use serde_json::{Value, json};

/// LC-ISS-020, LC-ISS-021, LC-ISS-063, LC-ISS-110, LC-ISS-111
#[tokio::test]
async fn a_bearer_of_the_previous_key_brings_one_of_the_current_key_and_no_more_life() {
    for algorithm in [RingAlgorithm::HS512, RingAlgorithm::EdDSA] {
        let cluster = Cluster::of(algorithm, |_| ()).await;
        let tokens = cluster.login("anna").await;
        cluster.clock.advance(100);
        let current = cluster.rotate().await;
        for replica in [0, 1] {
            let new = cluster.show(replica, &tokens.bearer).await.brought();
            assert_eq!(header_of(&new)["kid"], json!(current));
            assert_eq!((second(&new, "iat"), second(&new, "exp")), (100, 420));
            for claim in ["sub", "sid", "iss", "aud"] {
                assert_eq!(claims_of(&new)[claim], claims_of(&tokens.bearer)[claim]);
            }
            cluster.show(1, &new).await.opened();
        }
        let answer = cluster.show(0, &tokens.bearer).await;
        assert!(
            answer
                .field("authentication-info")
                .ends_with("expires_in=320")
        );
        cluster.logout(0, &tokens.session, "").await;
        cluster.show(0, &tokens.bearer).await.refused();
    }
}

/// A cluster whose bearers outlive the window, and a bearer of before a rotation at second 0.
async fn rotated() -> (Cluster, String, String) {
    let cluster = Cluster::of(RingAlgorithm::HS512, |config| {
        config.lifetimes.bearer = Duration::from_secs(3000);
    });
    let cluster = cluster.await;
    let tokens = cluster.login("anna").await;
    cluster.rotate().await;
    (cluster, tokens.bearer, tokens.session)
}

/// LC-ISS-021, LC-ISS-022
#[tokio::test]
async fn the_rotation_window_ends_to_the_second() {
    let (cluster, old, session) = rotated().await;
    cluster.clock.advance(899);
    let new = cluster.show(0, &old).await.brought();
    cluster.clock.advance(1);
    for replica in [0, 1] {
        cluster.show(replica, &old).await.refused();
        cluster.refresh(replica, &old, &session).await.refused();
        cluster.show(replica, &new).await.opened();
    }
}

/// LC-ISS-023
#[tokio::test]
async fn the_previous_key_has_signed_nothing_after_its_rotation() {
    let (cluster, old, _) = rotated().await;
    cluster.clock.advance(5);
    let ring = cluster.ring().await;
    let previous = &ring.previous.as_ref().unwrap().key;
    let of_second = |second: i64| {
        let claims = json!({ "iat": NEW_YEAR + second, "exp": NEW_YEAR + 420 });
        forged(previous, &old, json!({}), claims)
    };
    cluster.show(0, &of_second(0)).await.brought();
    cluster.show(0, &of_second(1)).await.refused();
}

/// LC-ISS-024
#[tokio::test]
async fn a_rotation_in_the_window_ends_the_window_of_the_older_key() {
    let (cluster, old, _) = rotated().await;
    let middle = cluster.show(0, &old).await.brought();
    cluster.rotate().await;
    for replica in [0, 1] {
        cluster.show(replica, &old).await.refused();
        cluster.show(replica, &middle).await.brought();
    }
}

/// LC-ISS-078
#[tokio::test]
async fn an_expired_bearer_of_the_previous_key_is_refreshed() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    cluster.rotate().await;
    cluster.clock.advance(420);
    cluster.show(0, &tokens.bearer).await.refused();
    let new = cluster
        .refresh(1, &tokens.bearer, &tokens.session)
        .await
        .brought();
    assert_eq!((second(&new, "iat"), second(&new, "exp")), (420, 840));
    cluster.show(0, &new).await.opened();
}

/// LC-ISS-025
#[tokio::test]
async fn an_emergency_rotation_leaves_no_earlier_key() {
    let cluster = Cluster::start().await;
    let first = cluster.login("anna").await;
    cluster.rotate().await;
    let second = cluster.login("anna").await;
    let before = cluster.ring().await;
    let by_next = forged(&before.next, &second.bearer, json!({}), json!({}));
    cluster.rotate_urgently().await;
    for replica in [0, 1] {
        for tokens in [&first, &second] {
            cluster.show(replica, &tokens.bearer).await.refused();
            cluster
                .refresh(replica, &tokens.bearer, &tokens.session)
                .await
                .refused();
        }
    }
    // Whoever has the current key may have the next one, too: it never signs.
    cluster.show(0, &by_next).await.refused();
    cluster.rotate().await;
    cluster.show(0, &by_next).await.refused();
    let third = cluster.login("anna").await;
    cluster.show(1, &third.bearer).await.opened();
}

/// LC-ISS-020: the key that signs is that of the answer, not that of the request.
#[tokio::test]
async fn a_bearer_that_was_due_before_a_rotation_is_signed_after_it_by_the_new_key() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    cluster.clock.advance(420);
    let answer = cluster.get(0, "/slow", &tokens.bearer, Some(&tokens.session));
    let rotation = async {
        cluster.slow.arrived.acquire().await.unwrap().forget();
        let current = cluster.rotate().await;
        cluster.slow.leave.add_permits(1);
        current
    };
    let (answer, current) = join(answer, rotation).await;
    assert_eq!(header_of(&answer.brought())["kid"], json!(current));
}

/// LC-ISS-025: who could forge a bearer gets no sound one for it by being slow.
#[tokio::test]
async fn nothing_follows_from_a_bearer_whose_key_is_over_when_the_answer_is_ready() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    cluster.rotate().await;
    let slow = cluster.get(0, "/slow", &tokens.bearer, None);
    let rotation = async {
        cluster.slow.arrived.acquire().await.unwrap().forget();
        cluster.rotate_urgently().await;
        cluster.slow.leave.add_permits(1);
    };
    let (answer, ()) = join(slow, rotation).await;
    answer.opened();
}

/// LC-ISS-026
#[tokio::test]
async fn a_given_key_signs_unless_it_does_not_fit() {
    let cluster = Cluster::start().await;
    let rotate = async |given| {
        let rotation = Rotation {
            urgent: false,
            given: Some(given),
        };
        cluster.keys.rotate(rotation).await
    };
    let given = make(RingAlgorithm::HS512, &SystemRandom).unwrap();
    let name = given.id().to_owned();
    assert_eq!(rotate(given).await, Ok(name.clone()));
    let tokens = cluster.login("anna").await;
    assert_eq!(header_of(&tokens.bearer)["kid"], json!(name));

    let other = make(RingAlgorithm::HS256, &SystemRandom).unwrap();
    assert_eq!(rotate(other).await, Err(KeysError::OtherAlgorithm));
    cluster.show(1, &tokens.bearer).await.opened();
}

/// A replica that hears of everything, and one that hears of nothing.
async fn one_behind() -> (Cluster, Arc<Behind>) {
    let clock = TestClock::new();
    let keys = memory_keys(RingAlgorithm::HS512, &clock);
    let behind = Behind::new(keys.clone()).await;
    let views: Vec<Arc<dyn Keys>> = vec![keys.clone(), behind.clone()];
    let alter = |config: &mut btx_reference::lifecycle::issuer::Config| {
        config.look_interval = Duration::from_secs(3600);
    };
    let cluster = Cluster::with(RingAlgorithm::HS512, clock, keys, views, alter).await;
    (cluster, behind)
}

/// LC-ISS-027, LC-ISS-028
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_has_not_heard_looks_once_for_any_number_of_bearers() {
    let (cluster, behind) = one_behind().await;
    cluster.rotate_urgently().await;
    let tokens = cluster.login("anna").await;
    let shown = (0..20).map(|_| cluster.show(1, &tokens.bearer));
    for answer in join_all(shown).await {
        answer.opened();
    }
    assert_eq!(behind.looks(), 1);
}

/// LC-ISS-027: the next key is known beforehand, so strangers use up no look that would be needed.
#[tokio::test]
async fn after_an_orderly_rotation_a_replica_need_not_look() {
    let (cluster, behind) = one_behind().await;
    cluster.rotate().await;
    let tokens = cluster.login("anna").await;
    cluster.show(1, &tokens.bearer).await.opened();
    assert_eq!(behind.looks(), 0);
}

/// LC-ISS-028
#[tokio::test]
async fn names_that_nobody_knows_do_not_make_a_replica_look_again_and_again() {
    let (cluster, behind) = one_behind().await;
    let tokens = cluster.login("anna").await;
    cluster.show(1, &tokens.bearer).await.opened();
    assert_eq!(behind.looks(), 0);
    let ring = cluster.ring().await;
    for number in 0..20 {
        let strange = json!({ "kid": format!("stranger {number}") });
        let strange = forged(&ring.current, &tokens.bearer, strange, json!({}));
        cluster.show(1, &strange).await.refused();
    }
    assert_eq!(behind.looks(), 1);
}

/// LC-ISS-028, LC-ISS-040, LC-ISS-041
#[tokio::test]
async fn a_notification_makes_a_replica_look_and_no_more() {
    let (cluster, behind) = one_behind().await;
    let before = cluster.login("anna").await;
    let current = cluster.rotate().await;
    for body in [
        "",
        "look",
        r#"{"keys":[],"url":"https://10.0.0.1/keys","kid":"x"}"#,
    ] {
        let request = cluster.request(1, Method::POST, "/keys/changed");
        let answer = cluster.send(request.body(body)).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert_eq!(behind.looks(), 1);
    }
    let new = cluster.show(1, &before.bearer).await.brought();
    assert_eq!(header_of(&new)["kid"], json!(current));
    let by_get = cluster.send(cluster.request(1, Method::GET, "/keys/changed"));
    assert_eq!(by_get.await.status, StatusCode::METHOD_NOT_ALLOWED);
}

/// What is published: the names, and when each was retired, in seconds since the beginning.
async fn published(cluster: &Cluster, replica: usize) -> Vec<(String, Option<i64>)> {
    let request = cluster.request(replica, Method::GET, "/keys");
    let answer = cluster.send(request).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.field("cache-control"), "max-age=60");
    let set = answer.json();
    let key = |key: &Value| {
        assert_eq!((&key["alg"], &key["use"]), (&json!("ES256"), &json!("sig")));
        assert!(key.get("d").is_none() && key.get("k").is_none());
        let retired_at = key
            .get("retired_at")
            .map(|at| at.as_i64().unwrap() - NEW_YEAR);
        (key["kid"].as_str().unwrap().to_owned(), retired_at)
    };
    set["keys"].as_array().unwrap().iter().map(key).collect()
}

/// LC-ISS-030 to LC-ISS-036
#[tokio::test]
async fn the_next_the_current_and_the_previous_key_are_published() {
    let cluster = Cluster::of(RingAlgorithm::ES256, |_| ()).await;
    let before = cluster.ring().await;
    let (first, second) = (before.current.id().to_owned(), before.next.id().to_owned());
    let living = |name: &str| (name.to_owned(), None);
    assert_eq!(
        published(&cluster, 0).await,
        [living(&first), living(&second)]
    );

    cluster.clock.advance(7);
    assert_eq!(cluster.rotate().await, second);
    let third = cluster.ring().await.next.id().to_owned();
    let retired = (first, Some(7));
    let all = [living(&second), living(&third), retired];
    for replica in [0, 1] {
        assert_eq!(published(&cluster, replica).await, all);
    }
    cluster.clock.advance(899);
    assert_eq!(published(&cluster, 0).await, all);
    cluster.clock.advance(1);
    assert_eq!(published(&cluster, 0).await, all[..2]);

    cluster.rotate_urgently().await;
    let names: Vec<_> = published(&cluster, 1).await;
    let earlier = |name: &String| [&second, &third].contains(&name);
    assert_eq!(names.len(), 2);
    assert!(!names.iter().any(|(name, _)| earlier(name)), "{names:?}");
}

/// LC-ISS-036
#[tokio::test]
async fn nobody_is_told_to_keep_published_keys_for_long() {
    let cluster = Cluster::of(RingAlgorithm::ES256, |config| {
        config.key_set_max_age = Duration::from_secs(86_400);
    });
    let cluster = cluster.await;
    let answer = cluster.send(cluster.request(0, Method::GET, "/keys")).await;
    assert_eq!(answer.field("cache-control"), "max-age=300");
}
