//! How long a verifier holds document and keys, how often it fetches them, and for whom it waits.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod jwt_lab;
mod lab;

use std::time::Duration;

use btx_reference::jwt::verifier::Refused;
use btx_reference::jwt::verifier::judge::Fault;
use btx_spec::jose::{Algorithm, KeySet, SigningKey};
use futures::future::{join, join_all};
use jwt_lab::{Client, Page, Scene, held_for, page, signing_key};
use serde_json::{Value, json};
use tokio::time::{Instant, advance};

const UNAVAILABLE: Refused = Refused::Unavailable { retry_after: 5 };

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// How often document and keys were fetched.
fn fetches(scene: &Scene, client: &Client) -> (usize, usize) {
    (
        scene.hosts.count(&client.id),
        scene.hosts.count(&client.jwks),
    )
}

/// A JWT that another key of the client has signed.
fn signed_by(client: &Client, key: &SigningKey) -> String {
    key.sign(Some("service+jwt"), &client.claims()).unwrap()
}

fn set(keys: &[&SigningKey]) -> Value {
    KeySet::of(keys.iter().map(|key| key.public()).collect()).to_json()
}

#[tokio::test(start_paused = true)]
async fn what_is_fresh_is_not_fetched_again() {
    let (scene, client) = Scene::with_client(|_| {});
    for _ in 0..3 {
        assert!(scene.takes(&client).await);
        advance(seconds(99)).await;
    }
    assert_eq!(fetches(&scene, &client), (1, 1));
    // Neither has said for how long it holds: 300 seconds.
    advance(seconds(3)).await;
    assert!(scene.takes(&client).await);
    assert_eq!(fetches(&scene, &client), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn document_and_keys_hold_each_for_itself_within_bounds() {
    let (scene, client) = Scene::with_client(|config| {
        config.limits.least_freshness = seconds(10);
    });
    let document = held_for(&client.document(), "max-age=9999999");
    scene.hosts.put(&client.id, document);
    scene
        .hosts
        .put(&client.jwks, held_for(&client.keys(), "max-age=1"));
    assert!(scene.takes(&client).await);
    advance(seconds(9)).await;
    assert!(scene.takes(&client).await);
    assert_eq!(fetches(&scene, &client), (1, 1));
    advance(seconds(1)).await;
    assert!(scene.takes(&client).await);
    assert_eq!(fetches(&scene, &client), (1, 2));
    advance(seconds(24 * 3600)).await;
    assert!(scene.takes(&client).await);
    assert_eq!(fetches(&scene, &client), (2, 3));
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_held_is_fetched_for_each_request_that_comes_alone() {
    let (scene, client) = Scene::with_client(|_| {});
    for (count, directive) in ["no-store", "no-cache", "max-age=0"]
        .into_iter()
        .enumerate()
    {
        scene
            .hosts
            .put(&client.id, held_for(&client.document(), directive));
        scene
            .hosts
            .put(&client.jwks, held_for(&client.keys(), directive));
        advance(seconds(400)).await;
        assert!(scene.takes(&client).await);
        assert!(scene.takes(&client).await);
        assert_eq!(fetches(&scene, &client), (2 * count + 2, 2 * count + 2));
    }
}

#[tokio::test(start_paused = true)]
async fn what_holds_for_no_time_does_for_those_who_have_waited_for_it() {
    let (scene, client) = Scene::with_client(|config| {
        config.limits.longest_stale = Duration::ZERO;
    });
    let inline = json!({ "client_id": client.id, "jwks": client.keys() });
    for document in [client.document(), inline] {
        scene.hosts.put(&client.id, held_for(&document, "no-store"));
        scene
            .hosts
            .put(&client.jwks, held_for(&client.keys(), "no-store"));
        assert!(scene.takes(&client).await);
    }
    scene.hosts.put(&client.id, Page::Nobody);
    assert!(!scene.takes(&client).await);
}

#[tokio::test(start_paused = true)]
async fn many_first_requests_wait_for_one_fetch() {
    let (scene, client) = Scene::with_client(|_| {});
    let outcomes = join_all((0..50).map(|_| scene.takes(&client))).await;
    assert!(outcomes.into_iter().all(|taken| taken));
    assert_eq!(fetches(&scene, &client), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_held_goes_on_for_a_while_when_it_cannot_be_fetched_anew() {
    for inline in [false, true] {
        let (scene, client) = Scene::with_client(|_| {});
        if inline {
            let document = json!({ "client_id": client.id, "jwks": client.keys() });
            scene.hosts.put(&client.id, page(&document));
        }
        assert!(scene.takes(&client).await);
        for failing in [Page::Nobody, Page::Stalled, page(&json!({}))] {
            scene.hosts.put(&client.id, failing.clone());
            scene.hosts.put(&client.jwks, failing);
            advance(seconds(400)).await;
            assert!(scene.takes(&client).await);
            let tried = scene.hosts.total();
            // While they do, nobody is asked for each request.
            assert!(scene.takes(&client).await);
            assert_eq!(scene.hosts.total(), tried);
        }
        advance(seconds(300 + 3600)).await;
        assert!(!scene.takes(&client).await);
        client.publish(&scene.hosts);
        assert!(scene.takes(&client).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_gone_is_not_used_once_the_set_is_old() {
    let (scene, client) = Scene::with_client(|_| {});
    assert!(scene.takes(&client).await);
    let next = signing_key(Algorithm::ES256, "k2");
    scene.hosts.put(&client.jwks, page(&set(&[&next])));
    assert!(scene.takes(&client).await);
    advance(seconds(301)).await;
    let refused = scene.verify(&client.jwt()).await;
    assert_eq!(refused, Err(Refused::Token(Fault::Signature)));
    assert!(scene.verify(&signed_by(&client, &next)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn keys_of_an_address_that_the_document_has_left_are_not_used() {
    let (scene, client) = Scene::with_client(|_| {});
    assert!(scene.takes(&client).await);
    let elsewhere = format!("{}.new", client.jwks);
    let document = json!({ "client_id": client.id, "jwks_uri": elsewhere });
    scene.hosts.put(&client.id, page(&document));
    advance(seconds(301)).await;
    assert_eq!(scene.verify(&client.jwt()).await, Err(UNAVAILABLE));
    scene.hosts.put(&elsewhere, page(&client.keys()));
    assert!(scene.takes(&client).await);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_not_known_is_looked_for_at_once_and_then_rarely() {
    for inline in [false, true] {
        let (scene, client) = Scene::with_client(|_| {});
        let publish = |keys: &Value| {
            if inline {
                let document = json!({ "client_id": client.id, "jwks": keys });
                scene.hosts.put(&client.id, page(&document));
            } else {
                scene.hosts.put(&client.jwks, page(keys));
            }
        };
        publish(&client.keys());
        assert!(scene.takes(&client).await);
        let first = scene.hosts.total();
        let next = signing_key(Algorithm::ES256, "k2");
        publish(&set(&[&client.key, &next]));
        assert!(scene.verify(&signed_by(&client, &next)).await.is_ok());
        assert_eq!(scene.hosts.total(), first + 1);
        for number in 0..20 {
            let stranger = signing_key(Algorithm::ES256, &format!("stranger-{number}"));
            let refused = scene.verify(&signed_by(&client, &stranger)).await;
            assert_eq!(refused, Err(Refused::Token(Fault::Signature)));
            advance(seconds(1)).await;
        }
        assert_eq!(scene.hosts.total(), first + 1);
        advance(seconds(10)).await;
        let third = signing_key(Algorithm::ES256, "k3");
        publish(&set(&[&client.key, &next, &third]));
        assert!(scene.verify(&signed_by(&client, &third)).await.is_ok());
        assert_eq!(scene.hosts.total(), first + 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_began_before_a_key_was_published_is_not_the_last_word() {
    let (scene, client) = Scene::with_client(|_| {});
    scene
        .hosts
        .put(&client.id, held_for(&client.document(), "max-age=9999"));
    assert!(scene.takes(&client).await);
    advance(seconds(301)).await;
    let next = signing_key(Algorithm::ES256, "k2");
    // The first one asks for the old set; the second joins it, and its key comes while that is on its way.
    let first = scene.takes(&client);
    let second = async {
        tokio::task::yield_now().await;
        scene
            .hosts
            .put(&client.jwks, page(&set(&[&client.key, &next])));
        scene.verify(&signed_by(&client, &next)).await.is_ok()
    };
    assert_eq!(join(first, second).await, (true, true));
}

#[tokio::test(start_paused = true)]
async fn fifty_slow_hosts_leave_the_others_alone() {
    let (scene, client) = Scene::with_client(|config| {
        config.limits.at_once = 60;
        config.limits.at_once_per_origin = 40;
    });
    // All at one host, and more of them than may be fetched from one at once.
    let slow = (0..50).map(|number| Client::at("https://slow.example", &number.to_string()));
    let slow: Vec<_> = slow.collect();
    for client in &slow {
        scene.hosts.put(&client.id, Page::Stalled);
    }
    let begun = Instant::now();
    let slow = join_all(
        slow.iter()
            .map(async |client| scene.verify(&client.jwt()).await),
    );
    let healthy = async {
        tokio::task::yield_now().await;
        (scene.takes(&client).await, begun.elapsed())
    };
    let (slow, healthy) = join(slow, healthy).await;
    assert_eq!(healthy, (true, Duration::ZERO));
    assert!(slow.into_iter().all(|outcome| outcome == Err(UNAVAILABLE)));
    // Nobody has waited for longer than the deadline, those included whose turn has not come.
    assert_eq!(begun.elapsed(), seconds(5));
    assert_eq!(scene.hosts.most_at_once(), 41);
}

#[tokio::test(start_paused = true)]
async fn there_is_one_deadline_for_document_and_keys() {
    let (scene, client) = Scene::with_client(|_| {});
    scene.hosts.put(&client.jwks, Page::Stalled);
    let begun = Instant::now();
    assert_eq!(scene.verify(&client.jwt()).await, Err(UNAVAILABLE));
    assert_eq!(begun.elapsed(), seconds(5));
    // Whoever comes later waits no longer for it.
    let first = scene.takes(&client);
    let second = async {
        advance(seconds(4)).await;
        let begun = Instant::now();
        assert!(!scene.takes(&client).await);
        begun.elapsed()
    };
    assert_eq!(join(first, second).await, (false, seconds(1)));
}

#[tokio::test(start_paused = true)]
async fn so_many_are_waited_for_and_no_more() {
    let (scene, client) = Scene::with_client(|config| config.limits.most_awaited = 1);
    let other = Client::new("slow");
    scene.hosts.put(&other.id, Page::Stalled);
    let waiting = scene.takes(&other);
    let crowded = async {
        tokio::task::yield_now().await;
        scene.verify(&client.jwt()).await
    };
    assert_eq!(join(waiting, crowded).await, (false, Err(UNAVAILABLE)));
    assert!(scene.takes(&client).await);
}

#[tokio::test(start_paused = true)]
async fn so_many_clients_are_held_and_no_more() {
    let (scene, first) = Scene::with_client(|config| config.limits.most_clients = 2);
    let others = [Client::new("second"), Client::new("third")];
    assert!(scene.takes(&first).await);
    for other in &others {
        other.publish(&scene.hosts);
        assert!(scene.takes(other).await);
        assert!(scene.takes(&first).await);
    }
    assert_eq!(fetches(&scene, &first), (1, 1));
    let [second, third] = &others;
    assert!(scene.takes(third).await);
    assert_eq!(fetches(&scene, third), (1, 1));
    assert!(scene.takes(second).await);
    assert_eq!(fetches(&scene, second), (2, 2));
}
