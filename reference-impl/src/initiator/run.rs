//! Drives one exchange: carries out its actions, and tells it what came of them.

use std::sync::Arc;
use std::time::Duration;

use btx_spec::{ExchangeId, HmacKey, Pending, TokenCall, Version};
use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{info, warn};

use super::config::request_target;
use super::judge::judge_answer;
use super::{
    Action, Event, Exchange, Failure, Initiator, IssuerEntry, OpenExchange, Outcome, lock,
};
use crate::open::OpenTask;
use crate::outbound::{OutboundOutcome, OutboundRequest};
use crate::random::{Random, RandomError};
use crate::store::ExchangeKey;

/// Runs an exchange in a task of its own, so that whoever waits for it may stop waiting.
pub(super) async fn exchange(initiator: &Initiator, issuer: &IssuerEntry) -> Outcome {
    let broken = Outcome::Failed(Failure::Broken);
    let Ok(call) = new_call(initiator, issuer) else {
        return broken;
    };
    let run = Run {
        initiator: initiator.clone(),
        issuer: issuer.clone(),
        key: ExchangeKey {
            peer: call.issuer.clone(),
            id: call.exchange_id.clone(),
        },
        body: Bytes::from_owner(call.to_json()),
        deadline: Instant::now() + initiator.inner.config.limits.call_deadline,
    };
    let limits = &initiator.inner.config.limits;
    let skew = i64::try_from(limits.clock_skew.as_secs()).unwrap_or(i64::MAX);
    let exchange = Exchange::new(call, skew, limits.longest_pause);
    let open = initiator.inner.tasks.enter();
    tokio::spawn(run.run(exchange, open))
        .await
        .unwrap_or(broken)
}

/// A fresh id and a fresh key for every exchange (EX-INI-011 to EX-INI-013, EX-INI-073).
fn new_call(initiator: &Initiator, issuer: &IssuerEntry) -> Result<TokenCall, RandomError> {
    let random = initiator.inner.parts.random.as_ref();
    Ok(TokenCall {
        version: Version,
        exchange_id: ExchangeId::from_random(fresh(random)?),
        issuer: issuer.identifier.clone(),
        initiator: initiator.inner.config.identifier.clone(),
        hmac_key: HmacKey::from_bytes(fresh(random)?),
    })
}

fn fresh<const N: usize>(random: &dyn Random) -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}

struct Run {
    initiator: Initiator,
    issuer: IssuerEntry,
    key: ExchangeKey,
    body: Bytes,
    deadline: Instant,
}

impl Run {
    /// `_open` counts the exchange for as long as it takes.
    async fn run(mut self, mut exchange: Exchange, _open: OpenTask) -> Outcome {
        let mut actions = exchange.start();
        let open = Arc::new(OpenExchange {
            target: request_target(&self.issuer.receives),
            removed: Notify::new(),
            exchange: std::sync::Mutex::new(exchange),
        });
        // EX-INI-014: token issues are welcome before the first byte of the call is sent.
        lock(&self.initiator.inner.open).insert(self.key.id.clone(), Arc::clone(&open));

        // Whoever removes the issuer tells the exchanges that are open; this one is from here on.
        if !self.initiator.inner.issuers.stands(&self.issuer) {
            open.removed.notify_one();
        }

        let mut outcome = Outcome::Failed(Failure::Broken);
        while !actions.is_empty() {
            let mut event = None;
            for action in actions {
                match action {
                    Action::Finish(finished) => outcome = finished,
                    Action::Discard => self.discard().await,
                    action => {
                        event = tokio::select! {
                            biased;
                            () = open.removed.notified() => Some(Event::Removed),
                            happened = self.carry_out(action) => happened,
                        }
                    }
                }
            }
            actions = event.map_or_else(Vec::new, |event| lock(&open.exchange).on(event));
        }
        lock(&self.initiator.inner.open).remove(&self.key.id);

        let metrics = &self.initiator.inner.metrics;
        match outcome {
            Outcome::Active { .. } => metrics.exchanges_active.add(),
            Outcome::Failed(_) => metrics.exchanges_failed.add(),
        }
        info!(
            issuer = self.key.peer.as_str(),
            exchange = self.key.id.as_str(),
            ?outcome,
            "exchange ended"
        );
        outcome
    }

    async fn carry_out(&mut self, action: Action) -> Option<Event> {
        let store = &self.initiator.inner.parts.store;
        match action {
            Action::Prepare => Some(match store.prepare(self.key.clone()).await {
                Ok(()) => Event::Prepared,
                Err(error) => {
                    warn!(%error, "an exchange could not be written down");
                    Event::StoreFailed
                }
            }),
            Action::Call => Some(self.call().await),
            Action::Ask { pending, pause } => Some(self.ask(&pending, pause).await),
            Action::Adopt => Some(match store.adopt(self.key.clone()).await {
                Ok(()) => Event::Adopted,
                Err(error) => {
                    warn!(%error, "a token could not be taken into use");
                    Event::StoreFailed
                }
            }),
            Action::Discard | Action::Finish(_) => None,
        }
    }

    async fn discard(&self) {
        let store = &self.initiator.inner.parts.store;
        if let Err(error) = store.discard(self.key.clone()).await {
            warn!(%error, "a token could not be discarded");
        }
    }

    /// Whether this issuer is asked not to keep us waiting.
    fn asks_async(&self) -> bool {
        let usual = self.initiator.inner.config.asynchronous;
        self.issuer.asynchronous.unwrap_or(usual)
    }

    async fn call(&mut self) -> Event {
        // EX-INI-001: no message says where a call goes, only the configuration does.
        let url = self.issuer.token_call.as_str();
        let mut request = OutboundRequest::json(url, self.body.clone(), self.deadline);
        if self.asks_async() {
            request = request.with("prefer", "respond-async");
        }
        let outcome = self.initiator.inner.parts.outbound.post(request).await;
        let event = self.judge(outcome);
        if let Event::Answered(super::Answered::Pending { pending, .. }) = &event {
            self.deadline = self.pending_deadline(pending);
        }
        event
    }

    async fn ask(&self, pending: &Pending, pause: Duration) -> Event {
        let asking = async {
            sleep(pause).await;
            let attempt = Instant::now() + self.initiator.inner.config.limits.call_deadline;
            let url = pending.status_url.as_str();
            let request = OutboundRequest::bare(url, attempt.min(self.deadline));
            self.initiator.inner.parts.outbound.get(request).await
        };
        match timeout_at(self.deadline, asking).await {
            Ok(outcome) => self.judge(outcome),
            Err(_) => Event::DeadlinePassed,
        }
    }

    fn judge(&self, outcome: OutboundOutcome) -> Event {
        match outcome {
            OutboundOutcome::Answered(answer) => Event::Answered(judge_answer(
                &answer,
                &self.issuer.token_call.origin(),
                self.asks_async(),
                self.initiator.inner.parts.clock.now(),
            )),
            OutboundOutcome::Unreachable(reason) => {
                info!(
                    issuer = self.key.peer.as_str(),
                    reason, "issuer not reached"
                );
                Event::Unreachable
            }
            OutboundOutcome::NoAnswer(reason) => {
                info!(
                    issuer = self.key.peer.as_str(),
                    reason, "no answer of the issuer"
                );
                Event::Unanswered
            }
        }
    }

    /// EX-INI-082: until the issuer forgets the exchange, and no longer than we are prepared to wait.
    fn pending_deadline(&self, pending: &Pending) -> Instant {
        let left = pending.exchange_expires_at.unix() - self.initiator.inner.parts.clock.now();
        let left = Duration::from_secs(u64::try_from(left).unwrap_or(0));
        Instant::now() + left.min(self.initiator.inner.config.limits.pending_deadline)
    }
}
