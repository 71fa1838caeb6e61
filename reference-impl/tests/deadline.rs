//! One deadline over the whole exchange, whatever the peer or the store does. Time is paused: the
//! runtime moves it on whenever everything waits.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use btx_reference::Parts;
use btx_reference::initiator::{self, Failure, Initiator, IssuerEntry, Outcome};
use btx_reference::issuer::{Config, Issuer, Partner};
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use btx_reference::random::SystemRandom;
use btx_reference::store::memory::MemoryStore;
use btx_reference::store::{
    Begun, Digest, ExchangeKey, HeldToken, InitiatorStore, IssuerStore, LiveToken, Opening, Status,
    Store, StoreError,
};
use btx_spec::{BearerToken, HttpsUrl, Identifier, TokenIssue};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use lab::TestClock;
use std::sync::Mutex;
use tokio::time::Instant;
use tower::ServiceExt as _;

/// How a peer behaves.
#[derive(Clone, Copy)]
enum Manner {
    /// It answers with this status at once.
    Answers(u16),
    /// It says nothing until the attempt is over.
    Silent,
    /// The client itself never comes back.
    Stuck,
    /// It breaks the connection this many times, then accepts.
    Breaks(usize),
}

struct Peer {
    manner: Manner,
    bodies: Mutex<Vec<bytes::Bytes>>,
    asked: AtomicUsize,
}

impl Peer {
    fn new(manner: Manner) -> Arc<Self> {
        Arc::new(Self {
            manner,
            bodies: Mutex::default(),
            asked: AtomicUsize::new(0),
        })
    }

    fn tokens(&self) -> Vec<BearerToken> {
        let bodies = self.bodies.lock().unwrap();
        let issue = |body: &bytes::Bytes| TokenIssue::parse(body).unwrap().bearer_token;
        bodies.iter().map(issue).collect()
    }
}

fn answered(status: u16) -> OutboundOutcome {
    OutboundOutcome::Answered(Answer {
        status,
        ..Answer::default()
    })
}

impl Outbound for Peer {
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        async move {
            self.bodies.lock().unwrap().push(request.body.clone());
            let before = self.asked.fetch_add(1, Ordering::SeqCst);
            match self.manner {
                Manner::Answers(status) => answered(status),
                Manner::Breaks(times) if before >= times => answered(204),
                Manner::Breaks(_) => OutboundOutcome::NoAnswer("reset".to_owned()),
                Manner::Stuck => std::future::pending().await,
                Manner::Silent => {
                    tokio::time::sleep_until(request.deadline).await;
                    OutboundOutcome::NoAnswer("silence".to_owned())
                }
            }
        }
        .boxed()
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.post(request)
    }
}

/// A store that never finishes an activation.
#[derive(Default)]
struct Sticky(MemoryStore);

impl IssuerStore for Sticky {
    fn begin(&self, opening: Opening) -> BoxFuture<'_, Result<Begun, StoreError>> {
        self.0.begin(opening)
    }

    fn activate(
        &self,
        key: ExchangeKey,
        token: LiveToken,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let done = self.0.activate(key, token);
        async move {
            done.await?;
            std::future::pending().await
        }
        .boxed()
    }

    fn fail(
        &self,
        key: ExchangeKey,
        failure: btx_reference::issuer::Failure,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.fail(key, failure)
    }

    fn status(&self, secret: Digest) -> BoxFuture<'_, Result<Option<Status>, StoreError>> {
        self.0.status(secret)
    }

    fn token(&self, digest: Digest) -> BoxFuture<'_, Result<Option<LiveToken>, StoreError>> {
        self.0.token(digest)
    }
}

impl InitiatorStore for Sticky {
    fn prepare(&self, key: ExchangeKey) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.prepare(key)
    }

    fn hold(&self, key: ExchangeKey, token: HeldToken) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.hold(key, token)
    }

    fn adopt(&self, key: ExchangeKey) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.adopt(key)
    }

    fn discard(&self, key: ExchangeKey) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.discard(key)
    }

    fn in_use(&self, issuer: Identifier) -> BoxFuture<'_, Result<Option<HeldToken>, StoreError>> {
        self.0.in_use(issuer)
    }
}

fn issuer(peer: &Arc<Peer>, store: Arc<dyn Store>) -> Issuer {
    let identifier = Identifier::parse("https://initiator.example").unwrap();
    let receives = HttpsUrl::parse("https://initiator.example/receive").unwrap();
    let partner = Partner::new(identifier, receives).unwrap();
    let own = Identifier::parse("https://issuer.example").unwrap();
    let parts = Parts {
        clock: TestClock::new(),
        random: Arc::new(SystemRandom),
        store,
        outbound: peer.clone(),
    };
    Issuer::new(Config::new(own, vec![partner]), parts)
}

async fn call(issuer: &Issuer) -> Response<Body> {
    let body = "{\"version\":\"BTX-1\",\"exchange_id\":\"0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f\",\
         \"issuer\":\"https://issuer.example\",\"initiator\":\"https://initiator.example\",\
         \"hmac_key\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}";
    let request = Request::post("/btx/token-call")
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap();
    issuer.router().oneshot(request).await.unwrap()
}

async fn opens(issuer: &Issuer, token: &BearerToken) -> bool {
    let request = Request::get("/api/whoami")
        .header("authorization", format!("Bearer {}", token.expose()))
        .body(Body::empty())
        .unwrap();
    issuer.router().oneshot(request).await.unwrap().status() == StatusCode::OK
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_answers_costs_exactly_the_deadline() {
    for manner in [Manner::Silent, Manner::Stuck] {
        let peer = Peer::new(manner);
        let issuer = issuer(&peer, Arc::new(MemoryStore::new()));
        let begun = Instant::now();
        let answer = call(&issuer).await;
        assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
        assert_eq!(begun.elapsed().as_secs(), 10);
        for token in peer.tokens() {
            assert!(!opens(&issuer, &token).await);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_connection_is_tried_twice_more_with_the_same_bytes() {
    for (breaks, status) in [(2, 204), (3, 504)] {
        let peer = Peer::new(Manner::Breaks(breaks));
        let issuer = issuer(&peer, Arc::new(MemoryStore::new()));
        assert_eq!(call(&issuer).await.status().as_u16(), status);
        {
            let bodies = peer.bodies.lock().unwrap();
            assert_eq!(bodies.len(), 3);
            assert!(bodies.iter().all(|body| *body == bodies[0]));
        }
        assert_eq!(opens(&issuer, &peer.tokens()[0]).await, status == 204);
    }
}

#[tokio::test(start_paused = true)]
async fn an_activation_that_does_not_end_in_time_is_undone() {
    let peer = Peer::new(Manner::Answers(204));
    let issuer = issuer(&peer, Arc::new(Sticky::default()));
    assert_eq!(call(&issuer).await.status(), StatusCode::GATEWAY_TIMEOUT);
    assert!(!opens(&issuer, &peer.tokens()[0]).await);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_stops_nothing() {
    let peer = Peer::new(Manner::Breaks(2));
    let issuer = issuer(&peer, Arc::new(MemoryStore::new()));
    let waiting = tokio::time::timeout(Duration::from_millis(50), call(&issuer));
    assert!(waiting.await.is_err());
    issuer.idle().await;
    assert!(opens(&issuer, &peer.tokens()[0]).await);
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_never_answers_is_given_up() {
    let own = Identifier::parse("https://initiator.example").unwrap();
    let entry = IssuerEntry {
        name: "issuer".to_owned(),
        identifier: Identifier::parse("https://issuer.example").unwrap(),
        token_call: HttpsUrl::parse("https://issuer.example/btx/token-call").unwrap(),
        receives: HttpsUrl::parse("https://initiator.example/receive").unwrap(),
        asynchronous: None,
    };
    for manner in [Manner::Silent, Manner::Answers(204), Manner::Answers(202)] {
        let parts = Parts::new(Arc::new(MemoryStore::new()), Peer::new(manner));
        let config = initiator::Config::new(own.clone(), vec![entry.clone()]);
        let initiator = Initiator::new(config, parts);
        let begun = Instant::now();
        let outcome = initiator.exchange(&entry).await;
        let expected = match manner {
            Manner::Silent => Failure::Unanswered,
            // Success without a token, and a 202 that nobody asked for.
            Manner::Answers(204) => Failure::NoToken,
            _ => Failure::Refused {
                status: 202,
                problem: None,
                retry_after: None,
            },
        };
        assert_eq!(outcome, Outcome::Failed(expected));
        assert!(begun.elapsed() <= Duration::from_secs(15));
        assert!(initiator.token_for(&entry.identifier).await.is_none());
    }
}
