//! Refused logins, and the pause that follows them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;
mod lifecycle_issuer_lab;

use axum::http::{HeaderMap, StatusCode};
use futures::future::join_all;
use lifecycle_issuer_lab::{Answer, Cluster, PASSWORD};

fn but_date(answer: &Answer) -> HeaderMap {
    let mut headers = answer.headers.clone();
    headers.remove("date");
    headers
}

/// LC-ISS-053, LC-ISS-054, LC-ISS-055
#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_are_answered_alike() {
    let cluster = Cluster::start().await;
    let wrong = cluster.try_login(0, "anna", "wrong").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!(wrong.field("www-authenticate"), r#"Bearer realm="session""#);
    assert_eq!(wrong.json()["type"], "urn:btx:problem:login-refused");
    assert_eq!(wrong.field("cache-control"), "no-store");
    for name in ["nobody", "Anna", "anna ", "anna\u{0}"] {
        let unknown = cluster.try_login(0, name, PASSWORD).await;
        assert_eq!(unknown.status, wrong.status, "{name}");
        assert_eq!(but_date(&unknown), but_date(&wrong));
        assert_eq!(unknown.text, wrong.text);
    }
}

/// LC-ISS-056, LC-ISS-057, LC-ISS-058
#[tokio::test]
async fn after_too_many_refused_logins_an_account_pauses_on_every_replica() {
    let cluster = Cluster::start().await;
    for replica in [0, 1, 0] {
        let answer = cluster.try_login(replica, "anna", "wrong").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    for replica in [0, 1] {
        let answer = cluster.try_login(replica, "anna", PASSWORD).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.field("retry-after"), "60");
        assert_eq!(answer.json()["type"], "urn:btx:problem:too-many-requests");
    }
    cluster.login("bert").await;
    cluster.clock.advance(59);
    let answer = cluster.try_login(0, "anna", PASSWORD).await;
    assert_eq!(answer.field("retry-after"), "1");
    cluster.clock.advance(1);
    cluster.login("anna").await;
}

/// LC-ISS-054: nor does the pause tell who exists.
#[tokio::test]
async fn an_account_that_does_not_exist_pauses_like_any_other() {
    let cluster = Cluster::start().await;
    for _ in 0..3 {
        let known = cluster.try_login(0, "anna", "wrong").await;
        let unknown = cluster.try_login(0, "nobody", "wrong").await;
        assert_eq!(known.status, unknown.status);
    }
    let known = cluster.try_login(0, "anna", "wrong").await;
    let unknown = cluster.try_login(0, "nobody", "wrong").await;
    assert_eq!(known.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(known.status, unknown.status);
    assert_eq!(but_date(&known), but_date(&unknown));
    assert_eq!(known.text, unknown.text);
}

#[tokio::test]
async fn a_session_that_lives_goes_on_through_the_pause() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    for _ in 0..3 {
        cluster.try_login(0, "anna", "wrong").await;
    }
    cluster.show(0, &tokens.bearer).await.opened();
    cluster.clock.advance(420);
    let answer = cluster.refresh(0, &tokens.bearer, &tokens.session).await;
    answer.brought();
}

#[tokio::test]
async fn whoever_is_let_in_has_all_attempts_again() {
    let cluster = Cluster::start().await;
    for _ in 0..3 {
        for _ in 0..2 {
            cluster.try_login(0, "anna", "wrong").await;
        }
        cluster.login("anna").await;
    }
}

/// LC-ISS-056: attempts at the same time are not more attempts.
#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_the_same_time_are_counted_one_by_one() {
    let cluster = Cluster::start().await;
    let guesses = (0..20).map(|number| cluster.try_login(number % 2, "anna", "wrong"));
    let answers = join_all(guesses).await;
    let with = |status| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    };
    assert_eq!(with(StatusCode::UNAUTHORIZED), 3);
    assert_eq!(with(StatusCode::TOO_MANY_REQUESTS), 17);
}

/// LC-ISS-050: nor do they make a pause where none was refused.
#[tokio::test(flavor = "multi_thread")]
async fn right_logins_at_the_same_time_are_all_let_in() {
    let cluster = Cluster::start().await;
    let logins = (0..20).map(|number| cluster.try_login(number % 2, "anna", PASSWORD));
    for answer in join_all(logins).await {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
}
