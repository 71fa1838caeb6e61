//! Drives one exchange: carries out its actions, and tells it what came of them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{info, warn};

use super::config::Partner;
use super::judge::judge_begun;
use super::{Action, Ending, Event, Exchange, Failure, Issuer};
use crate::http::refusal::Refusal;
use crate::open::OpenTask;
use crate::outbound::{OutboundOutcome, OutboundRequest};
use crate::store::{ExchangeKey, Opening, StoreError};

/// How long an answer waits at the deadline for its failure to be on record. The token is dead by then in any
/// case.
const RECORD_TIMEOUT: Duration = Duration::from_secs(1);

/// How long to wait before a failure is recorded again.
const RECORD_PAUSE: Duration = Duration::from_millis(100);

/// What the waiting caller is told. It is told one thing.
pub(super) enum Told {
    /// The exchange has not begun.
    Refused(Refusal),
    /// It has begun, and the caller did not want to wait.
    Pending,
    /// It has ended.
    Ended(Ending),
}

/// One exchange and what it needs.
pub(super) struct Run {
    pub(super) issuer: Issuer,
    pub(super) key: ExchangeKey,
    pub(super) partner: Arc<Partner>,
    pub(super) exchange: Exchange,
}

impl Run {
    /// Begins the exchange and brings it to its end. `_open` counts it for as long as it takes.
    pub(super) async fn run(
        mut self,
        opening: Opening,
        tell: oneshot::Sender<Told>,
        _open: OpenTask,
    ) {
        // EX-ISS-068: one deadline over everything that follows.
        let deadline = Instant::now() + self.issuer.inner.config.limits.exchange_deadline;
        let pending = opening.status.is_some();
        if let Err(refusal) = self.begin(opening, deadline).await {
            // A caller that has gone away is not told anything.
            let _ = tell.send(Told::Refused(refusal));
            return;
        }

        let mut tell = Some(tell);
        let mut actions = self.exchange.start(pending);
        while !actions.is_empty() {
            let mut event = None;
            for action in actions {
                match self.carry_out(action, deadline).await {
                    Outcome::Tell(told) => {
                        if let Some(tell) = tell.take() {
                            let _ = tell.send(told);
                        }
                    }
                    Outcome::Event(happened) => event = Some(happened),
                    Outcome::Done => {}
                }
            }
            actions = event.map_or_else(Vec::new, |event| self.exchange.on(event));
        }
    }

    /// EX-ISS-017: written down before anything is sent, or a crash, or another replica, would let
    /// the id be used twice.
    async fn begin(&self, opening: Opening, deadline: Instant) -> Result<(), Refusal> {
        let inner = &self.issuer.inner;
        match timeout_at(deadline, inner.parts.store.begin(opening)).await {
            Ok(Ok(begun)) => judge_begun(begun)?,
            Ok(Err(error)) => {
                warn!(%error, "an exchange could not be written down");
                return Err(Refusal::unavailable());
            }
            // If it is written down yet, nobody takes it further, and in its time it is forgotten.
            Err(_) => {
                warn!("an exchange could not be written down in time");
                return Err(Refusal::unavailable());
            }
        }
        inner.metrics.calls_admitted.add();
        Ok(())
    }

    async fn carry_out(&self, action: Action, deadline: Instant) -> Outcome {
        match action {
            Action::AnswerPending => Outcome::Tell(Told::Pending),
            Action::Post(pause) => {
                let posting = self.post(pause, deadline);
                let posted = timeout_at(deadline, posting).await;
                Outcome::Event(posted.unwrap_or(Event::DeadlinePassed))
            }
            Action::Activate(token) => {
                let store = &self.issuer.inner.parts.store;
                let activating = store.activate(self.key.clone(), token);
                Outcome::Event(match timeout_at(deadline, activating).await {
                    Ok(Ok(())) => Event::Activated,
                    Ok(Err(error)) => {
                        warn!(%error, "a token could not be activated");
                        Event::NotActivated
                    }
                    Err(_) => Event::DeadlinePassed,
                })
            }
            Action::Fail(failure) => {
                self.record(failure, deadline).await;
                Outcome::Done
            }
            Action::Answer(ending) => {
                self.issuer.inner.metrics.ended(ending);
                info!(
                    initiator = self.key.peer.as_str(),
                    exchange = self.key.id.as_str(),
                    ?ending,
                    "exchange ended"
                );
                Outcome::Tell(Told::Ended(ending))
            }
        }
    }

    /// Delivers the token issue once.
    async fn post(&self, pause: Duration, deadline: Instant) -> Event {
        if !pause.is_zero() {
            self.issuer.inner.metrics.issues_resent.add();
            sleep(pause).await;
        }
        // EX-ISS-004, EX-ISS-007: a URL that is not registered any more gets nothing.
        if !self.issuer.inner.config.partners.stands(&self.partner) {
            return Event::Removed;
        }
        let attempt = Instant::now() + self.issuer.inner.config.limits.attempt_timeout;
        let body = self.exchange.token_issue();
        // EX-ISS-004: no message says where a token goes, only the registration does.
        let url = self.partner.receives.as_str();
        let request = OutboundRequest::json(url, body, attempt.min(deadline));
        match self.issuer.inner.parts.outbound.post(request).await {
            OutboundOutcome::Answered(answer) => Event::Answered(answer.status),
            OutboundOutcome::Unreachable(reason) => {
                info!(
                    initiator = self.key.peer.as_str(),
                    reason, "initiator not reached"
                );
                Event::Unreachable
            }
            OutboundOutcome::NoAnswer(reason) => {
                info!(
                    initiator = self.key.peer.as_str(),
                    reason, "no answer to the token issue"
                );
                Event::Unanswered
            }
        }
    }

    /// Puts a failure on record, so that a token whose activation is still on its way to the store dies there.
    ///
    /// A store that does not answer may yet carry out that activation, until the deadline: so nobody is told of
    /// the failure before either is certain (EX-ISS-063).
    async fn record(&self, failure: Failure, deadline: Instant) {
        let store = &self.issuer.inner.parts.store;
        let last = deadline.max(Instant::now() + RECORD_TIMEOUT);
        loop {
            match timeout_at(last, store.fail(self.key.clone(), failure)).await {
                Ok(Ok(()) | Err(StoreError::NotOpen)) => return,
                Ok(Err(error)) => warn!(%error, "a failure could not be recorded"),
                Err(_) => return warn!("a failure could not be recorded in time"),
            }
            if timeout_at(last, sleep(RECORD_PAUSE)).await.is_err() {
                return;
            }
        }
    }
}

enum Outcome {
    Tell(Told),
    Event(Event),
    Done,
}
