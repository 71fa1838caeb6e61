//! The desk of a peer as an issuer: the token calls, status requests and API calls that come to it, and
//! what they are answered.

use super::PeerAnswer;
use crate::{
    timeline::EventId,
    wire::{Fields, Request, Response},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::{Notify, oneshot};

/// A request that came to the desk.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The request, as it came.
    pub request: Request,
    /// Its place in the timeline of its scenario.
    pub event: EventId,
    /// When it came.
    pub at: Instant,
}

/// A token call that came to the desk, and waits for its answer.
#[derive(Debug)]
pub struct ReceivedCall {
    /// The request.
    pub visit: Visit,
    answer: Mutex<Option<oneshot::Sender<PeerAnswer>>>,
}

impl ReceivedCall {
    /// Answers the call; a second answer is none.
    pub fn answer(&self, answer: PeerAnswer) {
        if let Some(waiting) = lock(&self.answer).take() {
            // The initiator may have given up.
            let _ = waiting.send(answer);
        }
    }
}

/// The desk of a peer during one scenario.
#[derive(Debug, Default)]
pub struct Desk {
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct State {
    refusing: bool,
    call_answer: Option<PeerAnswer>,
    calls: Vec<Arc<ReceivedCall>>,
    polls: Vec<Visit>,
    poll_answers: Vec<PeerAnswer>,
    uses: Vec<Visit>,
    use_answer: Option<PeerAnswer>,
}

impl Desk {
    /// Takes a token call in; its answer comes when the scenario gives it.
    pub fn take_call(&self, visit: Visit) -> oneshot::Receiver<PeerAnswer> {
        let (sender, receiver) = oneshot::channel();
        let mut state = lock(&self.state);
        let call = Arc::new(ReceivedCall {
            visit,
            answer: Mutex::new(Some(sender)),
        });
        if state.refusing {
            call.answer(unavailable());
        } else if let Some(answer) = &state.call_answer {
            call.answer(answer.clone());
        }
        state.calls.push(call);
        drop(state);
        self.arrived.notify_waiters();
        receiver
    }

    /// Takes a request for the status in, and says what it is answered.
    pub fn take_poll(&self, visit: Visit) -> PeerAnswer {
        let mut state = lock(&self.state);
        let turn = state.polls.len();
        state.polls.push(visit);
        let answer = state.poll_answers.get(turn).or(state.poll_answers.last());
        let answer = answer.cloned().unwrap_or_else(|| PeerAnswer::status(404));
        drop(state);
        self.arrived.notify_waiters();
        answer
    }

    /// Takes a call of the API in, and says what it is answered.
    pub fn take_use(&self, visit: Visit) -> PeerAnswer {
        let mut state = lock(&self.state);
        state.uses.push(visit);
        let answer = state.use_answer.clone();
        drop(state);
        self.arrived.notify_waiters();
        answer.unwrap_or_else(|| {
            let fields = Fields::from([("content-type", "application/json")]);
            PeerAnswer::Respond(Response::new(200, fields, b"{}"))
        })
    }

    /// Lets requests for the status be answered so, in turn, and with the last one from then on.
    pub fn set_poll_answers(&self, answers: Vec<PeerAnswer>) {
        lock(&self.state).poll_answers = answers;
    }

    /// Lets calls of the API be answered so.
    pub fn set_use_answer(&self, answer: PeerAnswer) {
        lock(&self.state).use_answer = Some(answer);
    }

    /// All token calls so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Arc<ReceivedCall>> {
        lock(&self.state).calls.clone()
    }

    /// All requests for the status so far.
    #[must_use]
    pub fn polls(&self) -> Vec<Visit> {
        lock(&self.state).polls.clone()
    }

    /// All calls of the API so far.
    #[must_use]
    pub fn uses(&self) -> Vec<Visit> {
        lock(&self.state).uses.clone()
    }

    /// Waits until something is there, no longer than `patience`.
    pub async fn wait_for<T>(
        &self,
        patience: Duration,
        found: impl Fn(&Self) -> Option<T>,
    ) -> Option<T> {
        let waiting = async {
            loop {
                let arrived = self.arrived.notified();
                tokio::pin!(arrived);
                arrived.as_mut().enable();
                if let Some(found) = found(self) {
                    return found;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(patience, waiting).await.ok()
    }

    /// Lets token calls that come from now on be answered so at once.
    pub fn answer_calls_with(&self, answer: PeerAnswer) {
        lock(&self.state).call_answer = Some(answer);
    }

    /// Leaves the answers to token calls to the scenario again.
    pub fn leave_calls(&self) {
        lock(&self.state).call_answer = None;
    }

    /// Refuses token calls that come from now on at once, or leaves them to the scenario again.
    pub fn refuse_calls(&self, refusing: bool) {
        lock(&self.state).refusing = refusing;
    }

    /// Refuses whatever waits for an answer, and whatever comes from now on: an exchange that is pending
    /// ends with the next question.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        state.refusing = true;
        state.poll_answers = vec![PeerAnswer::status(404)];
        for call in &state.calls {
            call.answer(unavailable());
        }
    }
}

fn unavailable() -> PeerAnswer {
    let fields = Fields::from([("retry-after", "60"), ("cache-control", "no-store")]);
    PeerAnswer::Respond(Response::new(503, fields, b""))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
