//! The ring: which keys verify, and which are published, whatever rotations there have been.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::sync::Arc;

use btx_reference::lifecycle::keys::make;
use btx_reference::lifecycle::ring::{NameTaken, Ring, Succession};
use btx_reference::random::SystemRandom;
use btx_spec::lifecycle::{RingAlgorithm, RingKey};
use proptest::prelude::*;

const WINDOW: i64 = 100;

fn key(algorithm: RingAlgorithm) -> Arc<RingKey> {
    Arc::new(make(algorithm, &SystemRandom).unwrap())
}

fn secret() -> Arc<RingKey> {
    key(RingAlgorithm::HS256)
}

fn ring() -> Ring {
    Ring::new(secret(), secret()).unwrap()
}

/// What is known of a key that ever was in the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Next,
    Current,
    Retired { at: i64 },
    Over,
}

/// The fates of all keys, written down one rotation after the other.
struct History(BTreeMap<String, Fate>);

impl History {
    fn of(ring: &Ring) -> Self {
        let current = (ring.current.id().to_owned(), Fate::Current);
        let next = (ring.next.id().to_owned(), Fate::Next);
        Self(BTreeMap::from([current, next]))
    }

    fn rotate(&mut self, ring: &Ring, urgent: bool, now: i64) {
        for (name, fate) in &mut self.0 {
            *fate = match fate {
                _ if urgent => Fate::Over,
                Fate::Current => Fate::Retired { at: now },
                Fate::Retired { .. } | Fate::Over => Fate::Over,
                Fate::Next if name == ring.current.id() => Fate::Current,
                Fate::Next => Fate::Next,
            };
        }
        self.0.insert(ring.current.id().to_owned(), Fate::Current);
        self.0.insert(ring.next.id().to_owned(), Fate::Next);
    }

    /// Whether this key verifies, and since when it is retired.
    fn verifies(fate: Fate, now: i64) -> Option<Option<i64>> {
        match fate {
            Fate::Next | Fate::Current => Some(None),
            Fate::Retired { at } => (now < at + WINDOW).then_some(Some(at)),
            Fate::Over => None,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// LC-ISS-017, LC-ISS-021, LC-ISS-022, LC-ISS-024, LC-ISS-025, LC-ISS-026
    #[test]
    fn a_key_verifies_before_and_while_it_is_current_and_in_the_window_after_that(
        rotations in proptest::collection::vec((0..3_u8, 0..150_i64), 0..8),
    ) {
        let mut ring = ring();
        let mut history = History::of(&ring);
        let mut now = 1000;
        for (version, (kind, pause)) in (1..).zip(rotations) {
            now += pause;
            let to = match kind {
                0 => Succession::Next(secret()),
                1 => Succession::Given(secret()),
                _ => Succession::Urgent { current: secret(), next: secret() },
            };
            ring = ring.rotated(to, now, WINDOW).unwrap();
            history.rotate(&ring, kind == 2, now);
            prop_assert_eq!(ring.version, version);
            for later in [now, now + 1, now + WINDOW - 1, now + WINDOW, now + 10 * WINDOW] {
                for (name, fate) in &history.0 {
                    let found = ring.find(name, later);
                    prop_assert!(found.is_none_or(|found| found.key.id() == name));
                    let expected = History::verifies(*fate, later);
                    prop_assert_eq!(found.map(|found| found.retired_at), expected);
                }
            }
            let earlier = history.0.len();
            prop_assert!(earlier > usize::try_from(version).unwrap(), "a name came twice");
        }
    }
}

/// LC-ISS-030 to LC-ISS-035
#[test]
fn the_public_halves_are_published_and_the_previous_one_with_its_second() {
    let pair = || key(RingAlgorithm::ES256);
    let first = Ring::new(pair(), pair()).unwrap();
    let ring = first
        .rotated(Succession::Next(pair()), 1000, WINDOW)
        .unwrap();
    let names = |now: i64| {
        let name = |jwk: &serde_json::Value| {
            assert!(jwk.get("d").is_none(), "{jwk}");
            let retired_at = jwk.get("retired_at").map(|at| at.as_i64().unwrap());
            (jwk["kid"].as_str().unwrap().to_owned(), retired_at)
        };
        ring.published(now).iter().map(name).collect::<Vec<_>>()
    };
    let living = |key: &RingKey| (key.id().to_owned(), None);
    let retired = (first.current.id().to_owned(), Some(1000));
    let all = [living(&ring.current), living(&ring.next), retired];
    assert_eq!(names(1000), all);
    assert_eq!(names(1099), all);
    assert_eq!(names(1100), all[..2]);
}

/// LC-ISS-035
#[test]
fn of_secret_keys_nothing_is_published() {
    let ring = ring().rotated(Succession::Next(secret()), 1000, WINDOW);
    assert!(ring.unwrap().published(1000).is_empty());
}

/// LC-ISS-026
#[test]
fn no_key_has_the_name_of_an_earlier_one() {
    let (first, second) = (secret(), secret());
    assert!(Ring::new(first.clone(), first.clone()).is_err());
    let mut ring = Ring::new(first.clone(), second.clone()).unwrap();
    for _ in 0..3 {
        ring = ring
            .rotated(Succession::Next(secret()), 1000, WINDOW)
            .unwrap();
    }
    for earlier in [first, second, ring.current.clone(), ring.next.clone()] {
        let urgent = |current: &Arc<RingKey>, next: &Arc<RingKey>| Succession::Urgent {
            current: current.clone(),
            next: next.clone(),
        };
        let twice = secret();
        for to in [
            Succession::Next(earlier.clone()),
            Succession::Given(earlier.clone()),
            urgent(&earlier, &secret()),
            urgent(&secret(), &earlier),
            urgent(&twice, &twice),
        ] {
            assert_eq!(ring.rotated(to, 1000, WINDOW).err(), Some(NameTaken));
        }
    }
}

#[test]
fn the_ring_does_not_grow_with_its_rotations() {
    let mut ring = ring();
    let size = |ring: &Ring| format!("{ring:?}").len();
    for _ in 0..1000 {
        ring = ring
            .rotated(Succession::Given(secret()), 1000, WINDOW)
            .unwrap();
    }
    let before = size(&ring);
    for _ in 0..100 {
        ring = ring
            .rotated(Succession::Given(secret()), 1000, WINDOW)
            .unwrap();
    }
    assert_eq!(ring.version, 1100);
    assert!(size(&ring) <= before);
}
