//! Refreshing a bearer: with what, until when, and many at the same time.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;
mod lifecycle_issuer_lab;

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::StatusCode;
use btx_spec::lifecycle::RingAlgorithm;
use futures::future::{join, join_all};
use lifecycle_issuer_lab::{Cluster, Tokens, claims_of, forged, header_of, second};
use reqwest::Method;
use serde_json::json;

/// LC-ISS-070, LC-ISS-071, LC-ISS-100, LC-ISS-101, LC-ISS-103
#[tokio::test]
async fn an_expired_bearer_is_refreshed_with_its_session() {
    for algorithm in [RingAlgorithm::HS512, RingAlgorithm::ES256] {
        let cluster = Cluster::of(algorithm, |_| ()).await;
        let tokens = cluster.login("anna").await;
        cluster.clock.advance(420);
        let answer = cluster.refresh(1, &tokens.bearer, &tokens.session).await;
        let new = answer.brought();
        let field = format!(r#"bearer_token="{new}", expires_in=420"#);
        assert_eq!(answer.field("authentication-info"), field);
        assert_eq!(answer.field("authorization"), "");
        assert_eq!(answer.json()["subject"], json!("anna"));
        assert_eq!((second(&new, "iat"), second(&new, "exp")), (420, 840));
        for claim in ["sub", "sid", "iss", "aud"] {
            assert_eq!(claims_of(&new)[claim], claims_of(&tokens.bearer)[claim]);
        }
        cluster.show(0, &new).await.opened();
    }
}

/// LC-ISS-064, LC-ISS-073
#[tokio::test]
async fn the_refresh_window_ends_to_the_second() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    cluster.clock.advance(420 + 299);
    cluster.show(0, &tokens.bearer).await.refused();
    cluster
        .refresh(0, &tokens.bearer, &tokens.session)
        .await
        .brought();
    cluster.clock.advance(1);
    cluster
        .refresh(0, &tokens.bearer, &tokens.session)
        .await
        .refused();
}

/// LC-ISS-072, LC-ISS-074
#[tokio::test]
async fn no_bearer_outlives_its_session() {
    let lives = |seconds| {
        Cluster::of(RingAlgorithm::HS512, move |config| {
            config.lifetimes.session = Duration::from_secs(seconds);
        })
    };
    let cluster = lives(600).await;
    let tokens = cluster.login("anna").await;
    cluster.clock.advance(420);
    let new = cluster
        .refresh(0, &tokens.bearer, &tokens.session)
        .await
        .brought();
    assert_eq!(second(&new, "exp"), 600);
    cluster.clock.advance(179);
    cluster.show(0, &new).await.opened();
    cluster.clock.advance(1);
    for bearer in [&new, &tokens.bearer] {
        cluster.refresh(0, bearer, &tokens.session).await.refused();
    }

    let cluster = lives(100).await;
    let tokens = cluster.login("anna").await;
    assert_eq!(second(&tokens.bearer, "exp"), 100);
}

/// LC-ISS-074
#[tokio::test]
async fn a_bearer_is_not_taken_once_its_session_is_over() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    cluster.clock.advance(7200 - 1);
    let lives_on = json!({ "iat": lab::NEW_YEAR + 7100, "exp": lab::NEW_YEAR + 7400 });
    let lives_on = cluster.altered(&tokens.bearer, lives_on).await;
    cluster.show(0, &lives_on).await.opened();
    cluster.clock.advance(1);
    cluster.show(0, &lives_on).await.refused();
}

/// LC-ISS-075, LC-ISS-076, LC-ISS-083
#[tokio::test]
async fn nothing_but_the_one_token_of_its_own_session_refreshes_a_bearer() {
    let cluster = Cluster::start().await;
    let (anna, again) = (cluster.login("anna").await, cluster.login("anna").await);
    let bert = cluster.login("bert").await;
    cluster.clock.advance(420);
    for other in [&again.session, &bert.session, &anna.bearer] {
        cluster.refresh(0, &anna.bearer, other).await.refused();
    }
    let both = [
        (&anna.session, &anna.session),
        (&anna.session, &bert.session),
    ];
    for (first, second) in both {
        let request = cluster.request(0, Method::GET, "/api/whoami");
        let request = request.header("authorization", format!("Bearer {}", anna.bearer));
        let request = request.header("x-session-token", first);
        let request = request.header("x-session-token", second);
        cluster.send(request).await.refused();
    }
    let list = format!("{}, {}", anna.session, anna.session);
    cluster.refresh(0, &anna.bearer, &list).await.refused();
    cluster
        .refresh(0, &anna.bearer, &anna.session)
        .await
        .brought();
}

/// LC-ISS-077
#[tokio::test]
async fn an_expired_bearer_that_nobody_signed_is_refreshed_by_nothing() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    let ring = cluster.ring().await;
    let current = json!({ "kid": ring.current.id() });
    let by_other = forged(&ring.next, &tokens.bearer, current, json!({}));
    cluster.clock.advance(420);
    cluster
        .refresh(0, &by_other, &tokens.session)
        .await
        .refused();
    cluster
        .refresh(0, &tokens.bearer, &tokens.session)
        .await
        .brought();
}

/// LC-ISS-102
#[tokio::test]
async fn nothing_new_comes_with_an_answer_that_is_not_2xx() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    let nothing = async |session| {
        cluster
            .get(0, "/api/nothing", &tokens.bearer, session)
            .await
    };
    cluster.rotate().await;
    for session in [None, Some(tokens.session.as_str())] {
        cluster
            .clock
            .advance(if session.is_some() { 420 } else { 0 });
        let answer = nothing(session).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.new_bearer(), None);
    }
    nothing(None).await.refused();
}

/// LC-ISS-104
#[tokio::test]
async fn the_compatibility_option_puts_it_into_another_field_too() {
    let cluster = Cluster::of(RingAlgorithm::HS512, |config| {
        config.authorization_field = true;
    });
    let cluster = cluster.await;
    let tokens = cluster.login("anna").await;
    let live = cluster.show(0, &tokens.bearer).await;
    assert_eq!(live.field("authorization"), "");
    cluster.clock.advance(420);
    let answer = cluster.refresh(0, &tokens.bearer, &tokens.session).await;
    let new = answer.brought();
    assert_eq!(answer.field("authorization"), format!("Bearer {new}"));
}

/// What a crowd gets that shows one expired bearer to all replicas at the same time.
async fn crowd(cluster: &Cluster, tokens: &Tokens, size: usize) -> Vec<String> {
    let one = |number: usize| cluster.refresh(number % 2, &tokens.bearer, &tokens.session);
    let answers = join_all((0..size).map(one)).await;
    answers.iter().map(|answer| answer.brought()).collect()
}

fn claims(bearers: &[String]) -> BTreeSet<String> {
    let claims = |bearer: &String| json!(claims_of(bearer)).to_string();
    bearers.iter().map(claims).collect()
}

/// LC-ISS-079, LC-ISS-080
#[tokio::test(flavor = "multi_thread")]
async fn refreshes_at_the_same_time_all_succeed_and_bring_the_same() {
    for algorithm in [RingAlgorithm::HS512, RingAlgorithm::ES256] {
        let cluster = Cluster::of(algorithm, |_| ()).await;
        let tokens = cluster.login("anna").await;
        cluster.clock.advance(430);
        let bearers = crowd(&cluster, &tokens, 40).await;
        assert_eq!(claims(&bearers).len(), 1);
        cluster.show(1, &bearers[0]).await.opened();
    }
}

/// LC-ISS-080: also while the clock goes on.
#[tokio::test(flavor = "multi_thread")]
async fn refreshes_around_a_tick_of_the_clock_bring_the_same() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    cluster.clock.advance(430);
    let ticking = async {
        for _ in 0..3 {
            tokio::task::yield_now().await;
            cluster.clock.advance(1);
        }
    };
    let (bearers, ()) = join(crowd(&cluster, &tokens, 40), ticking).await;
    let ends: BTreeSet<i64> = bearers.iter().map(|bearer| second(bearer, "exp")).collect();
    assert_eq!(ends.len(), 1);
}

/// LC-ISS-080
#[tokio::test]
async fn one_renewal_answers_for_its_time_and_then_there_is_another() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    cluster.clock.advance(430);
    let first = crowd(&cluster, &tokens, 2).await;
    cluster.clock.advance(10);
    let repeated = crowd(&cluster, &tokens, 2).await;
    assert_eq!(claims(&first), claims(&repeated));
    cluster.clock.advance(1);
    let later = crowd(&cluster, &tokens, 2).await;
    assert_eq!(
        (second(&first[0], "exp"), second(&later[0], "exp")),
        (850, 861)
    );
}

/// A renewal that has expired answers nobody, however long it would answer again.
#[tokio::test]
async fn a_renewal_is_not_repeated_past_its_end() {
    let cluster = Cluster::of(RingAlgorithm::HS512, |config| {
        config.lifetimes.bearer = Duration::from_secs(4);
    });
    let cluster = cluster.await;
    let tokens = cluster.login("anna").await;
    cluster.clock.advance(4);
    let first = crowd(&cluster, &tokens, 1).await.remove(0);
    cluster.clock.advance(4);
    let second_one = cluster.refresh(0, &first, &tokens.session).await.brought();
    assert_eq!((second(&first, "exp"), second(&second_one, "exp")), (8, 12));
}

/// LC-ISS-020, LC-ISS-079, LC-ISS-080: the same claims, whichever key signs them.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_in_the_middle_refuses_nobody() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    cluster.clock.advance(430);
    let (bearers, current) = join(crowd(&cluster, &tokens, 40), cluster.rotate()).await;
    assert_eq!(claims(&bearers).len(), 1);
    for bearer in &bearers {
        assert_eq!(cluster.show(1, bearer).await.status, StatusCode::OK);
    }
    let after = crowd(&cluster, &tokens, 2).await;
    assert_eq!(claims(&bearers), claims(&after));
    for bearer in &after {
        assert_eq!(header_of(bearer)["kid"], json!(current));
    }
}

/// LC-ISS-091: whatever comes first, what comes after a logout is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_logout_in_the_middle_leaves_nothing_that_opens() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    cluster.clock.advance(430);
    let one = |number: usize| cluster.refresh(number % 2, &tokens.bearer, &tokens.session);
    let crowd = join_all((0..40).map(one));
    let (answers, logout) = join(crowd, cluster.logout(1, &tokens.session, "")).await;
    assert_eq!(logout.status, StatusCode::NO_CONTENT);
    for bearer in answers.iter().filter_map(|answer| answer.new_bearer()) {
        for replica in [0, 1] {
            cluster.show(replica, &bearer).await.refused();
            cluster
                .refresh(replica, &bearer, &tokens.session)
                .await
                .refused();
        }
    }
    cluster
        .refresh(0, &tokens.bearer, &tokens.session)
        .await
        .refused();
}
