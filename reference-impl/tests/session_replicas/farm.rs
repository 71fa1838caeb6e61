//! The replicas, their ways to the store, and the store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use btx_reference::clock::SystemClock;
use btx_reference::lifecycle::issuer::{Accounts, Config, HashCost, Issuer, Parts, Password};
use btx_reference::lifecycle::keys::{SealingKey, SharedKeys};
use btx_reference::random::SystemRandom;
use btx_reference::store::shared::{self, Keeps, SharedStore};
use btx_spec::Identifier;
use btx_spec::lifecycle::RingAlgorithm;
use tokio::time::sleep;
use tower::ServiceExt as _;

use crate::link::{Link, Way};
use crate::server::Server;

/// Who logs in, and how.
pub(crate) const ACCOUNT: &str = "anna";
pub(crate) const PASSWORD: &str = "a password of anna";
/// How many replicas there are.
pub(crate) const REPLICAS: usize = 3;
/// How long the store may take, and a copy of the keys is good.
const PATIENCE: Duration = Duration::from_millis(400);
const LEASE: Duration = Duration::from_millis(300);
/// How long it may take until all is well after a fault.
const CALM: Duration = Duration::from_secs(20);
/// A try of the password is to cost little here.
const COST: HashCost = HashCost {
    memory: 8,
    passes: 1,
};

/// What the store is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreSort {
    /// It has written down whatever it has acknowledged.
    Durable,
    /// It forgets everything when it ends.
    Forgetful,
    /// It acknowledges what a copy has as well.
    WithCopy,
}

/// All of it.
pub(crate) struct Farm {
    sort: StoreSort,
    server: Server,
    copy: Option<Server>,
    links: Vec<Link>,
    replicas: Vec<Replica>,
}

struct Replica {
    keys: Arc<SharedKeys>,
    router: Router,
}

/// What a replica has answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Farm {
    pub(crate) async fn start(sort: StoreSort) -> Self {
        let server = match sort {
            StoreSort::Forgetful => Server::forgetful(),
            StoreSort::Durable | StoreSort::WithCopy => Server::durable(),
        };
        let copy = (sort == StoreSort::WithCopy).then(|| Server::copy_of(&server));
        let mut links = Vec::new();
        for _ in 0..REPLICAS {
            links.push(Link::to(server.address()).await);
        }
        let mut farm = Self {
            sort,
            server,
            copy,
            links,
            replicas: Vec::new(),
        };
        farm.store(0).begin_anew().await.unwrap();
        farm.replicas = (0..REPLICAS).map(|replica| farm.replica(replica)).collect();
        farm
    }

    /// The store, over the way of a replica.
    fn store(&self, replica: usize) -> SharedStore {
        let url = format!("redis://{}/0", self.links[replica].address);
        let config = shared::Config {
            patience: PATIENCE,
            keeps: match self.sort {
                StoreSort::Forgetful => Keeps::NotEverything,
                StoreSort::Durable | StoreSort::WithCopy => Keeps::Everything,
            },
            copies: u32::from(self.sort == StoreSort::WithCopy),
            ..shared::Config::new(url, "farm".to_owned())
        };
        SharedStore::new(config).unwrap()
    }

    fn replica(&self, replica: usize) -> Replica {
        let store = self.store(replica);
        let identifier = Identifier::parse("https://farm.example").unwrap();
        let mut config = Config::new(identifier, RingAlgorithm::HS256).unwrap();
        config.accounts = Accounts::new(COST).unwrap();
        let password = Password::of(PASSWORD, COST, &SystemRandom).unwrap();
        config.accounts.add(ACCOUNT, password);
        let keys = Arc::new(SharedKeys::new(
            store.clone(),
            config.algorithm,
            config.lifetimes.rotation_window,
            LEASE,
            SealingKey::new([7; 32]),
            Arc::new(SystemClock),
            Arc::new(SystemRandom),
        ));
        let parts = Parts::new(keys.clone(), Arc::new(store));
        Replica {
            keys,
            router: Issuer::new(config, parts).router(),
        }
    }

    /// A request at a replica.
    pub(crate) async fn ask(&self, replica: usize, request: Request<Body>) -> Answer {
        let answer = self.replicas[replica].router.clone().oneshot(request);
        let (head, body) = answer.await.unwrap().into_parts();
        let answer = Answer {
            status: head.status,
            headers: head.headers,
            body: to_bytes(body, 1 << 16).await.unwrap().to_vec(),
        };
        let busy = answer.status == StatusCode::SERVICE_UNAVAILABLE;
        assert!(
            !busy || answer.headers.contains_key("retry-after"),
            "{answer:?}"
        );
        answer
    }

    /// The keys, as a replica has them.
    pub(crate) fn keys(&self, replica: usize) -> Arc<SharedKeys> {
        Arc::clone(&self.replicas[replica].keys)
    }

    /// A replica hears nothing from the store, until it is calm.
    pub(crate) fn hang(&self, replica: usize) {
        self.links[replica].set(Way::Silent);
    }

    /// Everything takes long between a replica and the store, until it is calm.
    pub(crate) fn slow(&self, replica: usize) {
        self.links[replica].set(Way::Slow(PATIENCE / 4));
    }

    /// The store is killed and starts again.
    pub(crate) fn restart(&mut self) {
        self.server.kill();
        self.server.start_again();
    }

    /// The copy becomes the store, and gets a copy of its own.
    pub(crate) async fn fail_over(&mut self) {
        let Some(copy) = self.copy.take() else {
            return;
        };
        self.server.kill();
        copy.order(&["REPLICAOF", "NO", "ONE"]);
        for link in &self.links {
            link.lead_to(copy.address());
        }
        self.copy = Some(Server::copy_of(&copy));
        self.server = copy;
    }

    /// A replica is there again, without any memory.
    pub(crate) fn begin_anew(&mut self, replica: usize) {
        self.replicas[replica] = self.replica(replica);
    }

    /// Waits until every replica lets people in again.
    pub(crate) async fn calm(&self) {
        for link in &self.links {
            link.set(Way::Open);
        }
        let began = Instant::now();
        for replica in 0..REPLICAS {
            loop {
                let answer = self.ask(replica, crate::people::login()).await;
                if answer.status == StatusCode::OK {
                    break;
                }
                assert!(began.elapsed() < CALM, "it does not get calm: {answer:?}");
                sleep(PATIENCE / 8).await;
            }
        }
    }
}
