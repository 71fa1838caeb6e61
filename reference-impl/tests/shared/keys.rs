//! The ring over the shared store: every replica has it, and whoever cannot know it any more answers nothing.

use std::sync::Arc;
use std::time::Duration;

use btx_reference::clock::SystemClock;
use btx_reference::lifecycle::keys::{Keys, KeysError, Rotation, SealingKey, SharedKeys};
use btx_reference::random::SystemRandom;
use btx_reference::store::shared::{SharedStore, Written};
use btx_spec::lifecycle::RingAlgorithm;
use futures::future::{join, join_all};
use tokio::time::Instant;

use super::{new_keeping_store, new_store};
use crate::server::Server;

/// A lease that is short enough to wait for.
const LEASE: Duration = Duration::from_millis(300);

fn replica(store: &SharedStore, lease: Duration, seal: u8) -> SharedKeys {
    SharedKeys::new(
        store.clone(),
        RingAlgorithm::ES256,
        Duration::from_secs(60),
        lease,
        SealingKey::new([seal; 32]),
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
    )
}

async fn signer(keys: &SharedKeys) -> String {
    keys.ring().await.unwrap().current.id().to_owned()
}

#[tokio::test]
async fn replicas_that_begin_at_the_same_time_have_one_ring() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    let (first, second) = (replica(&store, LEASE, 1), replica(&store, LEASE, 1));
    let (one, other) = join(signer(&first), signer(&second)).await;
    assert_eq!(one, other);
}

/// LC-ISS-020, LC-ISS-021, LC-ISS-027
#[tokio::test]
async fn after_a_rotation_every_replica_signs_with_the_new_key() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    let (first, second) = (replica(&store, LEASE, 1), replica(&store, LEASE, 1));
    let old = signer(&first).await;
    let next = second.ring().await.unwrap().next.id().to_owned();
    let new = first.rotate(Rotation::default()).await.unwrap();
    assert_eq!(new, next);
    for keys in [&first, &second] {
        let ring = keys.ring().await.unwrap();
        assert_eq!(ring.current.id(), new);
        let previous = ring.previous.as_ref().unwrap();
        assert_eq!(previous.key.id(), old);
        let found = ring.find(&old, previous.retired_at).unwrap();
        assert_eq!(found.retired_at, Some(previous.retired_at));
    }
}

/// LC-ISS-025
#[tokio::test]
async fn after_an_emergency_no_replica_knows_the_old_key() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    let (first, second) = (replica(&store, LEASE, 1), replica(&store, LEASE, 1));
    let old = signer(&second).await;
    let urgent = Rotation {
        urgent: true,
        given: None,
    };
    first.rotate(urgent).await.unwrap();
    for keys in [&first, &second] {
        assert!(keys.ring().await.unwrap().find(&old, 0).is_none());
    }
}

#[tokio::test]
async fn of_two_rotations_at_the_same_time_one_fails() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    let (first, second) = (replica(&store, LEASE, 1), replica(&store, LEASE, 1));
    signer(&first).await;
    let both = join(
        first.rotate(Rotation::default()),
        second.rotate(Rotation::default()),
    );
    let (one, other) = both.await;
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
}

#[tokio::test]
async fn without_the_store_a_replica_goes_on_for_a_lease_and_no_longer() {
    let mut server = Server::durable();
    let store = new_keeping_store(&server, 0).await;
    let long = replica(&store, Duration::from_secs(600), 1);
    let none = replica(&store, Duration::ZERO, 1);
    let key = signer(&none).await;
    assert_eq!(signer(&long).await, key);
    server.kill();
    assert_eq!(signer(&long).await, key);
    assert!(matches!(none.ring().await, Err(KeysError::Broken(_))));
}

#[tokio::test]
async fn a_copy_is_renewed_by_one_request_while_the_others_go_on_with_it() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    let lease = Duration::from_secs(4);
    signer(&replica(&store, Duration::ZERO, 1)).await;
    let keys = replica(&store, lease, 1);
    signer(&keys).await;
    let before = round_trips(&server);
    pass(lease * 6 / 10).await;
    join_all((0..64).map(|_| keys.ring())).await;
    assert_eq!(round_trips(&server) - before, 1);
}

/// Lets time pass while nobody asks the store anything: its own clock is not the tests'.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// How many scripts the store was sent.
fn round_trips(server: &Server) -> u32 {
    let stats = server.order(&["INFO", "commandstats"]);
    let (_, calls) = stats.split_once("cmdstat_evalsha:calls=").unwrap();
    calls.split(',').next().unwrap().parse().unwrap()
}

/// LC-ISS-027
#[tokio::test]
async fn a_ring_in_the_place_of_a_lost_one_signs_when_no_copy_of_that_is_good_any_more() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    let (first, second) = (replica(&store, LEASE, 1), replica(&store, LEASE, 1));
    let lost = signer(&first).await;
    assert_eq!(signer(&second).await, lost);
    server.order(&["FLUSHALL"]);
    store.begin_anew().await.unwrap();
    let signs = first.signing().await.unwrap().current.id().to_owned();
    assert_ne!(signs, lost);
    assert_eq!(signer(&second).await, signs);
}

/// A ring that takes longer than a request waits is still made, and until then it is said that there is none.
#[tokio::test]
async fn a_request_does_not_wait_longer_for_a_ring_than_it_should() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    let lease = Duration::from_secs(30);
    let keys = replica(&store, lease, 1);
    let begun = Instant::now();
    assert!(matches!(keys.ring().await, Err(KeysError::Broken(_))));
    pass(lease - Duration::from_millis(200)).await;
    keys.ring().await.unwrap();
    assert!(begun.elapsed() >= lease);
}

/// A ring that comes back from an old copy would bring a retired key back.
#[tokio::test]
async fn an_older_ring_is_not_taken() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    let keys = replica(&store, Duration::ZERO, 1);
    signer(&keys).await;
    let (version, old) = store.ring().await.unwrap().unwrap();
    let urgent = Rotation {
        urgent: true,
        given: None,
    };
    keys.rotate(urgent).await.unwrap();
    store
        .write_ring(Some(version + 1), version, &old, None)
        .await
        .unwrap();
    assert!(matches!(keys.ring().await, Err(KeysError::Broken(_))));
}

#[tokio::test]
async fn what_is_sealed_opens_with_its_own_key_alone() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    signer(&replica(&store, LEASE, 1)).await;
    let (_, sealed) = store.ring().await.unwrap().unwrap();
    let shown = String::from_utf8_lossy(&sealed).into_owned();
    assert!(!shown.contains("kid") && !shown.contains("ES256"));
    let other = replica(&store, LEASE, 2).ring().await;
    assert!(matches!(other, Err(KeysError::Broken(_))));
}

/// LC-ISS-020
#[tokio::test]
async fn an_orderly_rotation_that_an_emergency_overtakes_has_not_come_about() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    let (first, second) = (replica(&store, LEASE, 1), replica(&store, LEASE, 1));
    let urgent = Rotation {
        urgent: true,
        given: None,
    };
    let (orderly, emergency) = join(first.rotate(Rotation::default()), async {
        // Once the other is written.
        let unwritten =
            |found: Option<(u64, Vec<u8>)>| found.is_none_or(|(version, _)| version == 0);
        while unwritten(store.ring().await.unwrap()) {
            tokio::task::yield_now().await;
        }
        second.rotate(urgent).await
    })
    .await;
    let emergency = emergency.unwrap();
    assert!(matches!(orderly, Err(KeysError::Broken(_))), "{orderly:?}");
    assert_eq!(signer(&first).await, emergency);
}

/// A store that carries out an order late must not bring a rotation whose date leases have not waited for.
#[tokio::test]
async fn a_ring_that_comes_too_late_is_not_written() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    let past = Some(super::now() * 1000 - 1);
    let late = store.write_ring(None, 0, b"late", past).await.unwrap();
    assert_eq!(late, Written::TooLate);
    assert_eq!(store.ring().await.unwrap(), None);
    let far = Some((super::now() + 60) * 1000);
    let soon = store.write_ring(None, 0, b"soon", far).await.unwrap();
    assert_eq!(soon, Written::Done);
}
