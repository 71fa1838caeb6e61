//! A laboratory on this machine: real HTTPS, a certificate authority of its own, any number of
//! parties.

#![allow(
    dead_code,
    reason = "every test file uses another part of the laboratory"
)]

pub(crate) mod desk;
pub(crate) mod farm;
pub(crate) mod late;
pub(crate) mod program;
pub(crate) mod wire;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use btx_reference::Parts;
use btx_reference::clock::Clock;
use btx_reference::initiator::{self, Initiator, IssuerEntry};
use btx_reference::issuer::{self, Issuer, Partner};
use btx_reference::local_ca::LocalCa;
use btx_reference::outbound::{
    HttpsOutbound, Outbound, OutboundOutcome, OutboundRequest, Overrides, Trust,
};
use btx_reference::random::SystemRandom;
use btx_reference::serve::{self, Running};
use btx_reference::store::Store;
use btx_reference::store::memory::MemoryStore;
use btx_spec::{HttpsUrl, Identifier};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// 2026-01-01T00:00:00Z
pub(crate) const NEW_YEAR: i64 = 1_767_225_600;

/// A clock that moves when it is told to.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(NEW_YEAR)))
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A place where a party will be.
pub(crate) struct Place {
    pub(crate) listener: TcpListener,
    pub(crate) host: &'static str,
    pub(crate) address: SocketAddr,
}

impl Place {
    pub(crate) fn new(host: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        Self {
            listener,
            host,
            address,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}:{}{path}", self.host, self.address.port())
    }

    pub(crate) fn identifier(&self) -> Identifier {
        Identifier::parse(&self.url("")).unwrap()
    }

    pub(crate) fn https(&self, path: &str) -> HttpsUrl {
        HttpsUrl::parse(&self.url(path)).unwrap()
    }
}

/// What all parties share.
pub(crate) struct Lab {
    pub(crate) ca: LocalCa,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) resolve: Overrides,
    stop: watch::Sender<bool>,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self {
            ca: LocalCa::new("laboratory").unwrap(),
            clock: TestClock::new(),
            resolve: Overrides::new(),
            stop: watch::Sender::new(false),
        }
    }

    pub(crate) fn place(&mut self, host: &'static str) -> Place {
        let place = Place::new(host);
        let name = format!("{host}:{}", place.address.port());
        self.resolve.insert(name, place.address);
        place
    }

    pub(crate) fn outbound(&self) -> Arc<dyn Outbound> {
        self.outbound_with(&self.resolve)
    }

    /// An outbound client for which names lead elsewhere.
    pub(crate) fn outbound_with(&self, resolve: &Overrides) -> Arc<dyn Outbound> {
        let trust = Trust::only(self.ca.pem());
        let loopback = vec!["127.0.0.0/8".parse().unwrap()];
        Arc::new(HttpsOutbound::new(&trust, resolve, loopback).unwrap())
    }

    pub(crate) fn parts(&self, store: Arc<dyn Store>) -> Parts {
        Parts {
            clock: self.clock.clone(),
            random: Arc::new(SystemRandom),
            store,
            outbound: self.outbound(),
        }
    }

    pub(crate) async fn serve(&self, place: Place, router: Router) -> Running {
        let tls = self.ca.issue(&[place.host]).unwrap();
        let mut stop = self.stop.subscribe();
        let stopped = async move {
            let _ = stop.wait_for(|stopped| *stopped).await;
        };
        serve::https(router, place.listener, tls, stopped)
            .await
            .unwrap()
    }

    /// Status and body of a resource for whoever shows this token.
    pub(crate) async fn get(&self, url: &str, token: Option<&str>) -> (u16, String) {
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut request = OutboundRequest::bare(url, deadline);
        if let Some(token) = token {
            request = request.with("authorization", format!("Bearer {token}"));
        }
        match self.outbound().get(request).await {
            OutboundOutcome::Answered(answer) => {
                let body = String::from_utf8_lossy(&answer.body).into_owned();
                (answer.status, body)
            }
            other => panic!("the resource did not answer: {other:?}"),
        }
    }

    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }
}

/// An issuer and an initiator that know each other.
pub(crate) struct Pair {
    pub(crate) lab: Lab,
    pub(crate) issuer: Issuer,
    pub(crate) initiator: Initiator,
    pub(crate) entry: IssuerEntry,
    pub(crate) whoami: String,
    pub(crate) identifier: Identifier,
}

impl Pair {
    pub(crate) async fn start(asynchronous: bool) -> Self {
        Self::with_stores(
            asynchronous,
            Arc::new(MemoryStore::new()),
            Arc::new(MemoryStore::new()),
        )
        .await
    }

    pub(crate) async fn with_stores(
        asynchronous: bool,
        issuer_store: Arc<dyn Store>,
        initiator_store: Arc<dyn Store>,
    ) -> Self {
        let mut lab = Lab::new();
        let (farm, shop) = (lab.place("farm.test"), lab.place("shop.test"));
        let (whoami, identifier) = (farm.url("/api/whoami"), shop.identifier());
        let partner = Partner::new(shop.identifier(), shop.https("/receive/farm?x=1")).unwrap();
        let mut config = issuer::Config::new(farm.identifier(), vec![partner]);
        config.asynchronous = asynchronous;
        let issuer = Issuer::new(config, lab.parts(issuer_store));

        let entry = IssuerEntry {
            name: "farm".to_owned(),
            identifier: farm.identifier(),
            token_call: farm.https("/btx/token-call"),
            receives: shop.https("/receive/farm?x=1"),
            asynchronous: None,
        };
        let mut config = initiator::Config::new(shop.identifier(), vec![entry.clone()]);
        config.asynchronous = asynchronous;
        let initiator = Initiator::new(config, lab.parts(initiator_store));

        lab.serve(farm, issuer.router()).await;
        lab.serve(shop, initiator.router()).await;
        Self {
            lab,
            issuer,
            initiator,
            entry,
            whoami,
            identifier,
        }
    }

    /// The status of the resource for whoever shows this token.
    pub(crate) async fn open(&self, token: Option<&str>) -> (u16, String) {
        self.lab.get(&self.whoami, token).await
    }
}
