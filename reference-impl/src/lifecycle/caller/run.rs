//! Drives the machine of an issuer: carries out, for each call, what it says, and tells it what came of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use super::config::Peer;
use super::failure::{Failure, NoBearer};
use super::machine::{CallId, Event, Machine, Step};
use super::request;
use crate::lifecycle::parts::Parts;
use crate::outbound::{Answer, OutboundOutcome};

/// An issuer, and what goes on with it.
pub(super) struct Counterpart {
    pub(super) peer: Peer,
    desk: Mutex<Desk>,
}

struct Desk {
    machine: Machine,
    /// Where each call that is under way hears what to do next.
    calls: HashMap<CallId, UnboundedSender<Step>>,
    next: CallId,
}

impl Counterpart {
    pub(super) fn new(peer: Peer, authorization_field: bool) -> Self {
        Self {
            peer,
            desk: Mutex::new(Desk {
                machine: Machine::new(authorization_field),
                calls: HashMap::new(),
                next: 0,
            }),
        }
    }

    /// Nothing panics while it holds this lock, so that a poisoned one is still whole.
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that is under way. The others learn of it when it is given up, so that nobody waits for it.
pub(super) struct Call<'a> {
    parts: &'a Parts,
    counterpart: &'a Arc<Counterpart>,
    id: CallId,
    steps: UnboundedReceiver<Step>,
    deadline: Instant,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        parts: &'a Parts,
        counterpart: &'a Arc<Counterpart>,
        deadline: Instant,
    ) -> Self {
        let (sender, steps) = unbounded_channel();
        let mut desk = counterpart.desk();
        let id = desk.next;
        desk.next += 1;
        desk.calls.insert(id, sender);
        drop(desk);
        Self {
            parts,
            counterpart,
            id,
            steps,
            deadline,
        }
    }

    /// Makes the call: a GET to this URL, which is at the origin of the issuer or is not.
    pub(super) async fn make(mut self, url: &str, at_issuer: bool) -> Result<Answer, Failure> {
        self.tell(Event::Begun { at_issuer });
        loop {
            // LC-CLI-025
            let step = timeout_at(self.deadline, self.steps.recv()).await;
            let event = match step.ok().flatten() {
                Some(Step::LogIn) => self.log_in().await,
                Some(Step::Send { bearer, session }) => {
                    let session = session.as_deref();
                    let request = request::call(url, &bearer, session, self.deadline);
                    self.heard(self.parts.outbound.get(request).await)
                }
                Some(Step::Done(answer)) => return Ok(answer),
                Some(Step::Failed(failure)) => {
                    warn!(peer = self.name(), %failure, "call failed");
                    return Err(failure);
                }
                None => return Err(NoBearer::TooLate.into()),
            };
            self.tell(event);
        }
    }

    async fn log_in(&self) -> Event {
        let request = request::login(&self.counterpart.peer, self.deadline);
        self.heard(self.parts.outbound.post(request).await)
    }

    /// A redirect is an answer like any other: nothing follows it (LC-CLI-020). Nothing leaves before the
    /// certificate is validated (LC-CLI-021), which is what every [`Outbound`](crate::outbound::Outbound) does.
    fn heard(&self, outcome: OutboundOutcome) -> Event {
        match outcome {
            OutboundOutcome::Answered(answer) => Event::Answered(answer),
            OutboundOutcome::Unreachable(reason) => {
                info!(peer = self.name(), reason, "issuer not reached");
                Event::Missed(Failure::Unreachable)
            }
            OutboundOutcome::NoAnswer(reason) => {
                info!(peer = self.name(), reason, "no answer of the issuer");
                Event::Missed(Failure::Unanswered)
            }
        }
    }

    fn name(&self) -> &str {
        &self.counterpart.peer.name
    }

    fn tell(&self, event: Event) {
        let now = self.parts.clock.now();
        let mut desk = self.counterpart.desk();
        for (id, step) in desk.machine.on(self.id, event, now) {
            if let Some(call) = desk.calls.get(&id) {
                // One that has just ended its wait tells the machine so itself.
                let _heard = call.send(step);
            }
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.counterpart.desk().calls.remove(&self.id);
        self.tell(Event::Left);
    }
}
