//! The store that replicas share, over a real Redis: it says what the store in memory says, and whatever happens
//! to it, nothing that was refused, revoked or shown before is taken.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod exchanges;
mod faults;
mod keys;
mod server;
mod sessions;
mod tokens;

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use btx_reference::store::shared::{Config, Keeps, SharedStore};
use btx_reference::store::{ExchangeKey, LiveToken, Opening, Room, StatusEntry};
use btx_spec::{ExchangeId, Identifier};
use server::Server;

/// How long a store may take in these tests.
const PATIENCE: Duration = Duration::from_secs(2);

fn config(server: &Server) -> Config {
    Config {
        patience: PATIENCE,
        ..Config::new(server.url(), "test".to_owned())
    }
}

/// A store that was never used before.
async fn new_store(server: &Server) -> SharedStore {
    let store = SharedStore::new(config(server)).unwrap();
    store.begin_anew().await.unwrap();
    store
}

/// A store that is trusted to keep everything.
async fn new_keeping_store(server: &Server, copies: u32) -> SharedStore {
    let store = SharedStore::new(Config {
        keeps: Keeps::Everything,
        copies,
        ..config(server)
    });
    let store = store.unwrap();
    store.begin_anew().await.unwrap();
    store
}

/// The second in which the tests began, so that what is compared is made alike.
fn now() -> i64 {
    static NOW: LazyLock<i64> = LazyLock::new(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap().as_secs().try_into().unwrap()
    });
    *NOW
}

fn key(id: u8) -> ExchangeKey {
    let peer = format!("https://initiator-{}.example", id % 2);
    ExchangeKey {
        peer: Identifier::parse(&peer).unwrap(),
        id: ExchangeId::from_random([id; 16]),
    }
}

fn opening(id: u8) -> Opening {
    Opening {
        key: key(id),
        status: Some(StatusEntry {
            secret: [id; 32],
            origin: "https://issuer.example".to_owned(),
        }),
        now: now(),
        forget_at: now() + 610,
        lasts: Duration::from_secs(60),
        room: Room {
            open_per_partner: 2,
            open: 3,
            remembered: 5,
        },
    }
}

fn live(id: u8) -> LiveToken {
    LiveToken {
        digest: [id; 32],
        initiator: key(id).peer,
        expires_at: now() + 3600,
    }
}
