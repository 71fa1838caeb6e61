//! The world around a role of the reference implementation: a clock that stands still, randomness that
//! repeats itself, a store in memory, and a peer that answers as it is told.

use axum::{
    Router,
    body::Body,
    http::{Request, Response},
};
use btx_harness::wire;
use btx_reference::{
    Parts,
    clock::Clock,
    outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest},
    random::{Random, RandomError},
    store::memory::MemoryStore,
};
use futures::{FutureExt as _, future::BoxFuture};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU8, Ordering},
};
use tower::ServiceExt as _;

/// The identifier of the issuer.
pub const ISSUER: &str = "https://issuer.example";
/// The identifier of the initiator.
pub const INITIATOR: &str = "https://initiator.example";
/// Unix seconds at which the clock stands: 2026-01-01T00:00:00Z.
pub const NOW: i64 = 1_767_225_600;

/// A peer that gives one answer to everything, and remembers what it was sent.
#[derive(Default)]
pub struct Peer {
    /// What it answers.
    pub answer: Answer,
    /// What it was sent, in order.
    pub sent: Mutex<Vec<OutboundRequest>>,
}

impl Peer {
    /// A peer that answers with that status and nothing else.
    #[must_use]
    pub fn of_status(status: u16) -> Arc<Self> {
        Arc::new(Self {
            answer: Answer {
                status,
                ..Answer::default()
            },
            sent: Mutex::default(),
        })
    }

    /// The requests that it was sent.
    #[must_use]
    pub fn sent(&self) -> Vec<OutboundRequest> {
        self.sent.lock().unwrap().clone()
    }
}

impl Outbound for Peer {
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.sent.lock().unwrap().push(request);
        futures::future::ready(OutboundOutcome::Answered(self.answer.clone())).boxed()
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.post(request)
    }
}

struct StandingStill;

impl Clock for StandingStill {
    fn now(&self) -> i64 {
        NOW
    }
}

/// Another byte each time, the same ones in every run.
#[derive(Default)]
struct Counting(AtomicU8);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        for byte in bytes {
            *byte = self.0.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// The parts of a role whose messages go to that peer.
pub fn parts(peer: Arc<dyn Outbound>) -> Parts {
    Parts {
        clock: Arc::new(StandingStill),
        random: Arc::<Counting>::default(),
        store: Arc::new(MemoryStore::new()),
        outbound: peer,
    }
}

/// A request as a router takes it; none if no server would hand such a one on.
#[must_use]
pub fn request(read: &wire::Request, body: Vec<u8>) -> Option<Request<Body>> {
    let mut builder = Request::builder()
        .method(read.method.as_str())
        .uri(read.target.as_str());
    for (name, value) in read.fields.iter() {
        builder = builder.header(name, value);
    }
    builder.body(Body::from(body)).ok()
}

/// The answer of a router: its head, and the whole body.
pub async fn answer(router: &Router, request: Request<Body>) -> (Response<()>, Vec<u8>) {
    let response = router.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    (Response::from_parts(head, ()), body.to_vec())
}
