//! Sessions over the shared store: what the store in memory says, and one renewal of many.

use btx_reference::lifecycle::sessions::{
    Attempt, Attempts, MemorySessions, NewSession, Renewal, Session, SessionStore,
};
use futures::future::join_all;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::{new_store, now};
use crate::server::Server;

const ALLOWED: Attempts = Attempts {
    most: 3,
    pause: 100,
};

#[derive(Debug, Clone, Copy)]
enum Order {
    Begin(u8),
    Renew(u8, i64),
    End(u8),
    EndAll(u8),
    Attempt(u8),
    LetIn(u8),
    /// So many seconds pass for whoever asks.
    Wait(i64),
}

fn orders() -> impl Strategy<Value = Vec<Order>> {
    let id = || 0..4_u8;
    let order = prop_oneof![
        4 => id().prop_map(Order::Begin),
        4 => (id(), 0..20_i64).prop_map(|(id, back)| Order::Renew(id, back)),
        2 => id().prop_map(Order::End),
        1 => id().prop_map(Order::EndAll),
        3 => id().prop_map(Order::Attempt),
        1 => id().prop_map(Order::LetIn),
        3 => (1..120_i64).prop_map(Order::Wait),
    ];
    proptest::collection::vec(order, 0..24)
}

fn session(id: u8, ends_at: i64) -> NewSession {
    NewSession {
        digest: [id; 32],
        session: Session {
            name: format!("name-{id}"),
            subject: format!("subject-{}", id % 2),
            ends_at,
        },
    }
}

/// What the store says to an order, and to every question after it.
async fn give(store: &dyn SessionStore, order: Order, now: i64) -> String {
    let said = match order {
        Order::Begin(id) => format!("{:?}", store.begin(session(id, now + 300), now).await),
        Order::Renew(id, back) => {
            let wanted = Renewal {
                issued_at: now,
                expires_at: now + 60,
            };
            format!(
                "{:?}",
                store.renew(&format!("name-{id}"), wanted, now - back).await
            )
        }
        Order::End(id) => format!("{:?}", store.end(&format!("name-{id}"), now).await),
        Order::EndAll(id) => format!("{:?}", store.end_all(&format!("subject-{}", id % 2)).await),
        Order::Attempt(id) => format!("{:?}", store.attempt([id; 32], now, ALLOWED).await),
        Order::LetIn(id) => format!("{:?}", store.let_in([id; 32]).await),
        Order::Wait(_) => String::new(),
    };
    let mut all = vec![format!("{order:?}: {said}")];
    for id in 0..4 {
        let known = store.by_digest([id; 32], now).await;
        let lives = store.subject_of(&format!("name-{id}"), now).await;
        all.push(format!("{id}: {known:?} {lives:?}"));
    }
    all.join("\n")
}

#[test]
fn they_say_what_the_store_in_memory_says() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = Server::forgetful();
    let mut runner = TestRunner::default();
    let outcome = runner.run(&orders(), |orders| {
        runtime.block_on(async {
            let shared = new_store(&server).await;
            let memory = MemorySessions::new();
            // The store has a clock of its own, by which it forgets what is over: nothing here is.
            let mut at = now() + 1000;
            let mut begun = Vec::new();
            for order in orders {
                match order {
                    Order::Wait(seconds) => at += seconds,
                    // A digest and a name are drawn once.
                    Order::Begin(id) if begun.contains(&id) => continue,
                    Order::Begin(id) => begun.push(id),
                    _ => {}
                }
                let (shared, memory) = (
                    give(&shared, order, at).await,
                    give(&memory, order, at).await,
                );
                prop_assert_eq!(shared, memory);
            }
            Ok(())
        })
    });
    outcome.unwrap();
}

/// T-45
#[tokio::test]
async fn of_many_renewals_at_the_same_time_one_is_kept() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    let at = now();
    SessionStore::begin(&store, session(1, at + 300), at)
        .await
        .unwrap();
    let many = (0..50_i64).map(|place| {
        let wanted = Renewal {
            issued_at: at + place % 3,
            expires_at: at + 60 + place,
        };
        store.renew("name-1", wanted, at)
    });
    let renewed = join_all(many).await;
    let first = renewed[0].clone().unwrap();
    assert!(first.is_some());
    assert!(
        renewed.iter().all(|renewed| *renewed == Ok(first)),
        "{renewed:?}"
    );
}

#[tokio::test]
async fn of_many_guesses_at_the_same_time_so_many_are_looked_at() {
    let server = Server::forgetful();
    let store = new_store(&server).await;
    let many = (0..50).map(|_| store.attempt([1; 32], now(), ALLOWED));
    let tried = join_all(many).await;
    assert_eq!(
        tried
            .iter()
            .filter(|tried| **tried == Ok(Attempt::Go))
            .count(),
        3
    );
}

#[tokio::test]
async fn a_session_that_was_ended_is_over_after_a_restart_too() {
    let mut server = Server::forgetful();
    let store = new_store(&server).await;
    SessionStore::begin(&store, session(1, now() + 300), now())
        .await
        .unwrap();
    assert_eq!(store.end("name-1", now()).await, Ok(true));
    server.kill();
    assert!(store.subject_of("name-1", now()).await.is_err());
    server.start_again();
    let lives = async || store.subject_of("name-1", now()).await;
    let mut said = lives().await;
    for _ in 0..100 {
        if said.is_ok() {
            break;
        }
        said = lives().await;
    }
    assert_eq!(said, Ok(None));
}
