//! The store of sessions: against the simplest store that there can be, and where it is full.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use btx_reference::lifecycle::sessions::{
    MemorySessions, NewSession, Renewal, Room, Session, SessionStore, SessionsError,
};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use proptest::prelude::*;

/// This store never waits for anything.
fn at_once<T>(order: BoxFuture<'_, Result<T, SessionsError>>) -> Result<T, SessionsError> {
    order.now_or_never().unwrap()
}

fn session(number: u8, subject: u8, ends_at: i64) -> NewSession {
    NewSession {
        digest: [number; 32],
        session: Session {
            name: format!("session {number}"),
            subject: format!("subject {subject}"),
            ends_at,
        },
    }
}

/// Sessions in a list, each looked at every time.
#[derive(Default)]
struct List(Vec<(NewSession, Option<Renewal>)>);

impl List {
    fn live(&mut self, name: &str, now: i64) -> Option<&mut (NewSession, Option<Renewal>)> {
        let mut all = self.0.iter_mut();
        all.find(|(new, _)| new.session.name == name && now < new.session.ends_at)
    }
}

#[derive(Debug, Clone)]
enum Order {
    Begin { subject: u8, life: i64 },
    Renew { of: u8, life: i64, repeat: i64 },
    End { of: u8 },
    EndAll { subject: u8 },
    Pass { seconds: i64 },
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![
        (0..3_u8, 1..30_i64).prop_map(|(subject, life)| Order::Begin { subject, life }),
        (0..8_u8, 1..12_i64, 0..6_i64).prop_map(|(of, life, repeat)| Order::Renew {
            of,
            life,
            repeat
        }),
        (0..8_u8).prop_map(|of| Order::End { of }),
        (0..3_u8).prop_map(|subject| Order::EndAll { subject }),
        (0..8_i64).prop_map(|seconds| Order::Pass { seconds }),
    ]
}

proptest! {
    #[test]
    fn it_does_what_a_list_would_do(orders in proptest::collection::vec(order(), 1..60)) {
        let store = MemorySessions::new();
        let mut list = List::default();
        let (mut now, mut begun) = (1000, 0_u8);
        for order in orders {
            match order {
                Order::Begin { subject, life } => {
                    let new = session(begun, subject, now + life);
                    at_once(store.begin(new.clone(), now)).unwrap();
                    list.0.push((new, None));
                    begun += 1;
                }
                Order::Renew { of, life, repeat } => {
                    let name = format!("session {of}");
                    let wanted = Renewal { issued_at: now, expires_at: now + life };
                    let given = at_once(store.renew(&name, wanted, now - repeat)).unwrap();
                    let expected = list.live(&name, now).map(|(_, latest)| {
                        let recent = latest.filter(|latest| {
                            latest.issued_at >= now - repeat && latest.expires_at > now
                        });
                        *latest.insert(recent.unwrap_or(wanted))
                    });
                    prop_assert_eq!(given, expected);
                }
                Order::End { of } => {
                    let name = format!("session {of}");
                    let ended = at_once(store.end(&name, now)).unwrap();
                    prop_assert_eq!(ended, list.live(&name, now).is_some());
                    list.0.retain(|(new, _)| new.session.name != name);
                }
                Order::EndAll { subject } => {
                    let subject = format!("subject {subject}");
                    at_once(store.end_all(&subject)).unwrap();
                    list.0.retain(|(new, _)| new.session.subject != subject);
                }
                Order::Pass { seconds } => now += seconds,
            }
            for number in 0..begun {
                let name = format!("session {number}");
                let expected = list.live(&name, now).map(|(new, _)| new.session.clone());
                let subject = expected.as_ref().map(|session| session.subject.clone());
                prop_assert_eq!(at_once(store.subject_of(&name, now)).unwrap(), subject);
                prop_assert_eq!(at_once(store.by_digest([number; 32], now)).unwrap(), expected);
            }
        }
    }
}

/// LC-ISS-080
#[test]
fn a_renewal_answers_again_for_its_time_and_not_past_its_end() {
    let store = MemorySessions::new();
    at_once(store.begin(session(0, 0, 5000), 1000)).unwrap();
    let wanted = |now, life| Renewal {
        issued_at: now,
        expires_at: now + life,
    };
    let renew = |now, life| at_once(store.renew("session 0", wanted(now, life), now - 10)).unwrap();
    assert_eq!(renew(1000, 420), Some(wanted(1000, 420)));
    assert_eq!(renew(1010, 420), Some(wanted(1000, 420)));
    assert_eq!(renew(1011, 3), Some(wanted(1011, 3)));
    assert_eq!(renew(1013, 3), Some(wanted(1011, 3)));
    assert_eq!(renew(1014, 3), Some(wanted(1014, 3)));
}

#[test]
fn a_full_store_takes_no_session_until_one_is_over() {
    let room = Room {
        sessions: 2,
        ..Room::default()
    };
    let store = MemorySessions::with_room(room);
    at_once(store.begin(session(0, 0, 1010), 1000)).unwrap();
    at_once(store.begin(session(1, 0, 1020), 1000)).unwrap();
    let third = at_once(store.begin(session(2, 0, 1020), 1009));
    assert_eq!(third, Err(SessionsError::Full));
    assert!(
        at_once(store.subject_of("session 1", 1009))
            .unwrap()
            .is_some()
    );
    at_once(store.begin(session(2, 0, 1020), 1010)).unwrap();
    at_once(store.end("session 1", 1010)).unwrap();
    at_once(store.begin(session(3, 0, 1020), 1010)).unwrap();
}

#[test]
fn no_session_takes_the_name_or_the_token_of_another() {
    let store = MemorySessions::new();
    at_once(store.begin(session(0, 0, 2000), 1000)).unwrap();
    let mut same_name = session(1, 1, 2000);
    same_name.session.name = "session 0".to_owned();
    let mut same_token = session(2, 1, 2000);
    same_token.digest = [0; 32];
    for other in [same_name, same_token] {
        assert!(at_once(store.begin(other, 1000)).is_err());
    }
    let kept = at_once(store.by_digest([0; 32], 1000)).unwrap();
    assert_eq!(kept, Some(session(0, 0, 2000).session));
}
