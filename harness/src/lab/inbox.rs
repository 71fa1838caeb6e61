//! What the peers of the harness have received, and what they are to answer.
//!
//! A mailbox belongs to one exchange of one scenario. A token issue finds its mailbox by the peer
//! that it reached and the `exchange_id` in it; one that fits no mailbox is a stray of that peer.

use super::{Desk, PeerAnswer};
use crate::{
    lenient::Members,
    timeline::{EventId, Timeline},
    wire::{Request, Response},
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, watch};

/// A token issue that reached a peer.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The request, as it came.
    pub request: Request,
    /// Its place in the timeline of its scenario.
    pub event: EventId,
}

/// What one exchange has received, and what is answered.
#[derive(Debug)]
pub struct Mailbox {
    /// The timeline of the scenario.
    pub timeline: Timeline,
    answers: Vec<PeerAnswer>,
    state: Mutex<Vec<Delivery>>,
    arrived: Notify,
    release: watch::Sender<Option<Response>>,
}

impl Mailbox {
    /// A mailbox that gives these answers in turn, and the last one from then on.
    #[must_use]
    pub fn new(timeline: Timeline, answers: Vec<PeerAnswer>) -> Arc<Self> {
        Arc::new(Self {
            timeline,
            answers,
            state: Mutex::default(),
            arrived: Notify::new(),
            release: watch::Sender::new(None),
        })
    }

    /// Puts a delivery in, and says what to answer.
    pub fn deliver(&self, delivery: Delivery) -> PeerAnswer {
        let mut deliveries = lock(&self.state);
        let turn = deliveries.len();
        deliveries.push(delivery);
        drop(deliveries);
        self.arrived.notify_waiters();
        self.answers
            .get(turn)
            .or(self.answers.last())
            .cloned()
            .unwrap_or_else(PeerAnswer::accept)
    }

    /// All that has arrived so far.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        lock(&self.state).clone()
    }

    /// What has arrived after the first deliveries, but for those that are one of these once more: an
    /// exchange that is open may be sent its token issue again.
    #[must_use]
    pub fn deliveries_beyond(&self, before: usize) -> Vec<Delivery> {
        let mut earlier = self.deliveries();
        let mut later = earlier.split_off(before.min(earlier.len()));
        later.retain(|d| !earlier.iter().any(|e| e.request.body == d.request.body));
        later
    }

    /// Waits for the first delivery.
    pub async fn first(&self) -> Delivery {
        loop {
            let arrived = self.arrived.notified();
            if let Some(first) = lock(&self.state).first().cloned() {
                return first;
            }
            arrived.await;
        }
    }

    /// Lets all held deliveries be answered with this response, now and in future.
    pub fn release(&self, response: Response) {
        self.release.send_replace(Some(response));
    }

    /// Waits until the scenario has said what a held delivery is answered.
    pub async fn released(&self) -> Option<Response> {
        let mut release = self.release.subscribe();
        let response = release.wait_for(Option::is_some).await.ok()?;
        response.clone()
    }
}

/// One peer of the harness: its mailboxes, and what came besides.
#[derive(Debug, Default)]
pub struct PeerBox {
    state: Mutex<PeerState>,
}

#[derive(Debug, Default)]
struct PeerState {
    mailboxes: HashMap<String, Arc<Mailbox>>,
    lease: Option<Arc<Lease>>,
    /// All leases so far, by the ids of their timelines, which stand in their status URLs.
    leases: HashMap<String, Arc<Lease>>,
}

/// A handshake that was left hanging: its place in the timeline, and how long the other side waited, if it
/// has given up by now.
pub type Hung = (EventId, Option<Duration>);

/// What reached a peer while one scenario had it, and fits none of its exchanges.
#[derive(Debug)]
pub struct Lease {
    /// The timeline of the scenario.
    pub timeline: Timeline,
    /// What came to the peer as an issuer.
    pub desk: Desk,
    strays: Mutex<Vec<Delivery>>,
    touched: Mutex<Vec<EventId>>,
    hung: Mutex<Vec<Hung>>,
    connections: AtomicUsize,
    sound: AtomicBool,
    current: Mutex<Option<Arc<Mailbox>>>,
}

impl Lease {
    /// What reached the peer and fits no exchange.
    #[must_use]
    pub fn strays(&self) -> Vec<Delivery> {
        lock(&self.strays).clone()
    }

    /// Notes that the target has connected to an address that is not public.
    pub(super) fn touch(&self, event: EventId) {
        lock(&self.touched).push(event);
    }

    /// Notes a connection at a door that is the peer's alone.
    pub(super) fn connect(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// How many connections there were, at a door that is the peer's alone.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Lets a peer whose certificate is faulty show a sound one, or the faulty one again, from the next
    /// handshake on. Once the lease is over, the faulty one is shown.
    pub fn show_sound_certificate(&self, sound: bool) {
        self.sound.store(sound, Ordering::Relaxed);
    }

    /// Whether a sound certificate is to be shown.
    pub(super) fn is_sound(&self) -> bool {
        self.sound.load(Ordering::Relaxed)
    }

    /// Notes a handshake that is left hanging, and gives its number.
    pub(super) fn hang(&self, event: EventId) -> usize {
        let mut hung = lock(&self.hung);
        hung.push((event, None));
        hung.len() - 1
    }

    /// Notes that the other side has given a handshake up.
    pub(super) fn give_up(&self, number: usize, lasted: Duration) {
        if let Some((_, waited)) = lock(&self.hung).get_mut(number) {
            *waited = Some(lasted);
        }
    }

    /// The handshakes that were left hanging.
    #[must_use]
    pub fn hung(&self) -> Vec<Hung> {
        lock(&self.hung).clone()
    }

    /// The connections to addresses that are not public, by their places in the timeline.
    #[must_use]
    pub fn touched(&self) -> Vec<EventId> {
        lock(&self.touched).clone()
    }
}

impl PeerBox {
    /// Begins a lease: what fits no exchange from now on belongs to this scenario.
    pub fn lease(&self, timeline: Timeline) -> Arc<Lease> {
        let lease = Arc::new(Lease {
            timeline,
            desk: Desk::default(),
            strays: Mutex::default(),
            touched: Mutex::default(),
            hung: Mutex::default(),
            connections: AtomicUsize::new(0),
            sound: AtomicBool::new(false),
            current: Mutex::default(),
        });
        let mut state = lock(&self.state);
        let id = lease.timeline.id().simple().to_string();
        state.leases.insert(id, lease.clone());
        state.lease = Some(lease.clone());
        drop(state);
        lease
    }

    /// Opens a mailbox for an exchange, unless one for that id is open already; gives the one that is.
    pub fn open(&self, exchange_id: &str, mailbox: Arc<Mailbox>) -> Arc<Mailbox> {
        let mut state = lock(&self.state);
        let mailbox = state
            .mailboxes
            .entry(exchange_id.to_ascii_lowercase())
            .or_insert(mailbox)
            .clone();
        if let Some(lease) = &state.lease {
            *lock(&lease.current) = Some(mailbox.clone());
        }
        mailbox
    }

    /// The mailbox for a body: by the exchange id in it, or, if it has none that can be read, that
    /// of the exchange that the scenario began last.
    #[must_use]
    pub fn find(&self, body: &[u8]) -> Option<Arc<Mailbox>> {
        let state = lock(&self.state);
        match exchange_id(body) {
            Some(id) => state.mailboxes.get(&id.to_ascii_lowercase()).cloned(),
            None => state
                .lease
                .as_ref()
                .and_then(|lease| lock(&lease.current).clone()),
        }
    }

    /// The lease that a status URL belongs to, by its last segment; it may be over. An unknown one belongs
    /// to the lease that is running.
    #[must_use]
    pub fn lease_of_status(&self, segment: &str) -> Option<Arc<Lease>> {
        let state = lock(&self.state);
        state.leases.get(segment).or(state.lease.as_ref()).cloned()
    }

    /// The lease that is running, if any.
    #[must_use]
    pub fn current_lease(&self) -> Option<Arc<Lease>> {
        lock(&self.state).lease.clone()
    }

    /// Puts a request that fits no exchange into the lease that is running.
    pub fn stray(&self, lease: &Lease, delivery: Delivery) {
        lock(&lease.strays).push(delivery);
    }
}

/// The exchange id in a body, read leniently: it decides only to whom the body is shown.
fn exchange_id(body: &[u8]) -> Option<String> {
    Members::read(body)?.text("exchange_id")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
