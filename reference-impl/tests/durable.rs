//! What survives: the durable store, closed and opened again; and the program, killed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::time::Duration;

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;

use btx_reference::initiator::{Config, Initiator, IssuerEntry, Outcome};
use btx_reference::issuer::Failure;
use btx_reference::outbound::{HttpsOutbound, Overrides, Trust};
use btx_reference::random::SystemRandom;
use btx_reference::store::durable::DurableStore;
use btx_reference::store::memory::MemoryStore;
use btx_reference::store::{
    Begun, ExchangeKey, HeldToken, InitiatorStore as _, IssuerStore as _, LiveToken, Opening,
    Progress, Room, StatusEntry, StoreError,
};
use btx_reference::{Parts, clock};
use btx_spec::{BearerToken, ExchangeId, HttpsUrl, Identifier};
use lab::{Lab, NEW_YEAR, Pair};

fn key(id: u8) -> ExchangeKey {
    ExchangeKey {
        peer: Identifier::parse("https://initiator.example").unwrap(),
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
        now: NEW_YEAR,
        forget_at: NEW_YEAR + 610,
        lasts: Duration::from_secs(10),
        room: Room {
            open_per_partner: 4,
            open: 8,
            remembered: 100,
        },
    }
}

fn live(id: u8) -> LiveToken {
    LiveToken {
        digest: [id; 32],
        initiator: key(id).peer,
        expires_at: NEW_YEAR + 3600,
    }
}

#[tokio::test]
async fn an_issuer_store_remembers_what_it_has_promised() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("btx.redb");
    {
        let store = DurableStore::open(&path).unwrap();
        for id in 1..=3 {
            assert_eq!(store.begin(opening(id)).await, Ok(Begun::New));
        }
        store.activate(key(1), live(1)).await.unwrap();
        store.fail(key(2), Failure::Refused).await.unwrap();
    }
    let store = DurableStore::open(&path).unwrap();
    for id in 1..=3 {
        assert_eq!(store.begin(opening(id)).await, Ok(Begun::Duplicate), "{id}");
    }
    assert_eq!(store.token([1; 32]).await, Ok(Some(live(1))));
    for (id, progress) in [
        (1, Progress::Live),
        (2, Progress::Failed(Failure::Refused)),
        // What was open in a crash has failed, and can never become live.
        (3, Progress::Failed(Failure::TimedOut)),
    ] {
        let status = store.status([id; 32]).await.unwrap().unwrap();
        assert_eq!(status.progress, progress);
    }
    assert_eq!(
        store.activate(key(3), live(3)).await,
        Err(StoreError::NotOpen)
    );
    assert_eq!(store.token([3; 32]).await, Ok(None));
}

#[tokio::test]
async fn what_is_outdated_is_dropped_from_the_file_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("btx.redb");
    {
        let store = DurableStore::open(&path).unwrap();
        store.begin(opening(1)).await.unwrap();
        store.activate(key(1), live(1)).await.unwrap();
        store.begin(opening(2)).await.unwrap();
        // Even a beginning that comes to nothing drops what is outdated; and an id may be used
        // again after its time.
        let later = |id| Opening {
            now: NEW_YEAR + 3600,
            forget_at: NEW_YEAR + 4210,
            ..opening(id)
        };
        assert_eq!(store.begin(later(2)).await, Ok(Begun::New));
        assert_eq!(store.begin(later(2)).await, Ok(Begun::Duplicate));
    }
    let store = DurableStore::open(&path).unwrap();
    assert_eq!(store.token([1; 32]).await, Ok(None));
    assert_eq!(store.status([1; 32]).await, Ok(None));
    assert_eq!(store.begin(opening(1)).await, Ok(Begun::New));
    assert_eq!(store.begin(opening(2)).await, Ok(Begun::Duplicate));
}

#[tokio::test]
async fn room_is_bounded_and_comes_back() {
    let store = MemoryStore::new();
    for id in 1..=4 {
        assert_eq!(store.begin(opening(id)).await, Ok(Begun::New));
    }
    assert_eq!(store.begin(opening(5)).await, Ok(Begun::PartnerBusy));
    assert_eq!(store.begin(opening(4)).await, Ok(Begun::Duplicate));
    store.fail(key(1), Failure::Unreachable).await.unwrap();
    assert_eq!(store.begin(opening(5)).await, Ok(Begun::New));
    store.activate(key(2), live(2)).await.unwrap();
    assert_eq!(store.begin(opening(6)).await, Ok(Begun::New));
}

#[tokio::test]
async fn a_failure_kills_a_token_whose_activation_is_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("btx.redb");
    {
        let store = DurableStore::open(&path).unwrap();
        store.begin(opening(1)).await.unwrap();
        let activating = store.activate(key(1), live(1));
        let failing = store.fail(key(1), Failure::TimedOut);
        let (activated, failed) = futures::future::join(activating, failing).await;
        assert_eq!((activated, failed), (Err(StoreError::NotOpen), Ok(())));
        assert_eq!(store.token([1; 32]).await, Ok(None));
    }
    let store = DurableStore::open(&path).unwrap();
    assert_eq!(store.token([1; 32]).await, Ok(None));
}

#[tokio::test]
async fn an_initiator_store_keeps_tokens_in_use_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("btx.redb");
    let token = |byte| HeldToken {
        token: BearerToken::from_random([byte; 32]),
        expires_at: NEW_YEAR + 3600,
    };
    {
        let store = DurableStore::open(&path).unwrap();
        for id in 1..=3 {
            store.prepare(key(id)).await.unwrap();
            store.hold(key(id), token(id)).await.unwrap();
        }
        store.adopt(key(1)).await.unwrap();
        store.adopt(key(2)).await.unwrap();
        assert_eq!(store.in_use(key(1).peer).await, Ok(Some(token(2))));
    }
    let store = DurableStore::open(&path).unwrap();
    assert_eq!(store.in_use(key(1).peer).await, Ok(Some(token(2))));
    // Held before the crash, never in use: gone.
    assert_eq!(store.adopt(key(3)).await, Err(StoreError::NotOpen));
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("btx.redb");
    let _store = DurableStore::open(&path).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn an_exchange_between_durable_stores_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| Arc::new(DurableStore::open(&folder.path().join(name)).unwrap());
    let pair = Pair::with_stores(false, open("issuer.redb"), open("initiator.redb")).await;
    let outcome = pair.initiator.exchange(&pair.entry).await;
    assert!(matches!(outcome, Outcome::Active { .. }), "{outcome:?}");
    let token = pair
        .initiator
        .token_for(&pair.entry.identifier)
        .await
        .unwrap();
    assert_eq!(pair.open(Some(token.expose())).await.0, 200);
}

/// The program as an issuer, in a process of its own.
struct Program {
    child: Child,
    log: Option<JoinHandle<String>>,
}

impl Program {
    /// Starts it and waits until it says that it is ready.
    fn start(config: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_btx-reference"))
            .args(["issuer", "--config"])
            .arg(config)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let ready = lines.any(|line| line.unwrap().contains("issuer ready"));
        assert!(ready, "the program ended before it was ready");
        // The log is taken to its end, or the program would block on a full pipe.
        let log = std::thread::spawn(move || lines.map_while(Result::ok).collect());
        Self {
            child,
            log: Some(log),
        }
    }

    /// Ends it as a supervisor does; gives its exit code.
    fn terminate(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(told.success());
        self.child.wait().unwrap().code()
    }

    /// Ends it without a warning (SIGKILL on Unix); gives what it had logged.
    fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.log.take().unwrap().join().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Only a test that has failed leaves it running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A configuration for an issuer at this port whose only partner is at that one.
fn write_config(lab: &Lab, folder: &Path, farm: u16, shop: u16) -> std::path::PathBuf {
    let (certificate, key) = lab.ca.issue_pem(&["farm.test"]).unwrap();
    for (name, text) in [
        ("certificate.pem", certificate.as_str()),
        ("key.pem", key.as_str()),
        ("ca.pem", lab.ca.pem()),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let peers = format!(
        "[{{\"name\":\"shop\",\"identifier\":\"https://shop.test:{shop}\",\
          \"receives\":\"https://shop.test:{shop}/receive\"}}]"
    );
    std::fs::write(folder.join("peers.json"), peers).unwrap();
    let config = format!(
        "identifier = \"https://farm.test:{farm}\"\n\
         listen = {{ protocol = \"127.0.0.1:{farm}\" }}\n\
         tls = {{ certificate = \"certificate.pem\", key = \"key.pem\" }}\n\
         issuer = {{ partners_file = \"peers.json\" }}\n\
         log = {{ level = \"trace\" }}\n\
         [outbound]\n\
         system_trust = false\n\
         trust = [\"ca.pem\"]\n\
         public_networks = [\"127.0.0.1\"]\n\
         resolve = {{ \"shop.test:{shop}\" = \"127.0.0.1:{shop}\" }}\n"
    );
    let path = folder.join("issuer.toml");
    std::fs::write(&path, config).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_token_survives_the_death_of_the_issuer() {
    let folder = tempfile::tempdir().unwrap();
    let mut lab = Lab::new();
    let shop = lab.place("shop.test");
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let farm_at = free.local_addr().unwrap();
    drop(free);
    let farm = format!("https://farm.test:{}", farm_at.port());
    let config = write_config(&lab, folder.path(), farm_at.port(), shop.address.port());

    let entry = IssuerEntry {
        name: "farm".to_owned(),
        identifier: Identifier::parse(&farm).unwrap(),
        token_call: HttpsUrl::parse(&format!("{farm}/btx/token-call")).unwrap(),
        receives: shop.https("/receive"),
        asynchronous: None,
    };
    let resolve = Overrides::from([(format!("farm.test:{}", farm_at.port()), farm_at)]);
    let loopback = vec!["127.0.0.1".parse().unwrap()];
    let outbound = HttpsOutbound::new(&Trust::only(lab.ca.pem()), &resolve, loopback).unwrap();
    lab.resolve.extend(resolve);
    let parts = Parts {
        clock: Arc::new(clock::SystemClock),
        random: Arc::new(SystemRandom),
        store: Arc::new(MemoryStore::new()),
        outbound: Arc::new(outbound),
    };
    let initiator = Initiator::new(Config::new(shop.identifier(), vec![entry.clone()]), parts);
    lab.serve(shop, initiator.router()).await;

    let program = Program::start(&config);
    let outcome = initiator.exchange(&entry).await;
    assert!(matches!(outcome, Outcome::Active { .. }), "{outcome:?}");
    let token = initiator.token_for(&entry.identifier).await.unwrap();
    let whoami = format!("{farm}/api/whoami");
    assert_eq!(lab.get(&whoami, Some(token.expose())).await.0, 200);

    let log = program.kill();
    assert!(log.contains("exchange ended"), "{log}");
    assert!(!log.contains(token.expose()), "the token is in the log");
    let mut program = Program::start(&config);
    assert_eq!(lab.get(&whoami, Some(token.expose())).await.0, 200);
    assert_eq!(lab.get(&whoami, None).await.0, 401);

    assert_eq!(program.terminate(), Some(0));
}
