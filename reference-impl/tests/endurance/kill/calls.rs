//! Token calls of the test itself, and what the issuer owes to each, whatever happens to it.

use std::sync::Arc;
use std::time::Duration;

use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::{ExchangeId, HmacKey, Identifier, Pending, TokenCall, Version};
use bytes::Bytes;
use tokio::time::{Instant, sleep};

use super::shop::{Awaited, Manner, Shop, Stage};
use crate::chance::Chance;

/// Longer than the issuer takes for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether the token opens the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The token call has succeeded: the token opens until it expires.
    Live,
    /// It was not accepted, or the issuer has said that the exchange has failed: it never opens.
    Dead,
    /// It was accepted, and nobody has told the outcome: either, and always the same.
    Either,
}

/// One exchange of the test.
pub(crate) struct Call {
    id: ExchangeId,
    manner: Manner,
    asks_async: bool,
    body: Bytes,
    pub(crate) awaited: Arc<Awaited>,
    /// What the issuer answered to the token call.
    answered: Option<u16>,
    status_url: Option<String>,
    /// What the status URL has told last.
    outcome: Option<u16>,
    /// As it was seen once.
    seen: Option<Fate>,
}

/// The issuer as its callers see it.
pub(crate) struct Issuer {
    pub(crate) identifier: Identifier,
    pub(crate) initiator: Identifier,
    pub(crate) outbound: Arc<dyn Outbound>,
}

impl Call {
    pub(crate) fn new(
        issuer: &Issuer,
        shop: &Shop,
        chance: &mut Chance,
        manner: Manner,
        asks_async: bool,
    ) -> Self {
        let id = ExchangeId::from_random(chance.bytes());
        let call = TokenCall {
            version: Version,
            exchange_id: id.clone(),
            issuer: issuer.identifier.clone(),
            initiator: issuer.initiator.clone(),
            hmac_key: HmacKey::from_bytes(chance.bytes()),
        };
        Self {
            awaited: shop.awaits(id.clone(), manner),
            id,
            manner,
            asks_async,
            body: Bytes::from_owner(call.to_json()),
            answered: None,
            status_url: None,
            outcome: None,
            seen: None,
        }
    }

    /// Makes the token call, and asks for the outcome until it is told or the issuer is gone.
    pub(crate) async fn make(mut self, issuer: &Issuer) -> Self {
        let Some(answer) = self.send(issuer).await else {
            return self;
        };
        self.answered = Some(answer.status);
        if answer.status == 202 {
            let pending = Pending::parse(&answer.body).unwrap();
            self.status_url = Some(pending.status_url.as_str().to_owned());
            while let Some(status) = self.ask(issuer).await {
                self.outcome = Some(status);
                if status != 202 {
                    break;
                }
                sleep(Duration::from_millis(1)).await;
            }
        } else {
            self.outcome = self.answered;
        }
        if self.outcome.is_some_and(|status| status != 202) {
            self.awaited.stage.send_replace(Stage::Settled);
        }
        self
    }

    async fn send(&self, issuer: &Issuer) -> Option<Answer> {
        let url = format!("{}/btx/token-call", issuer.identifier);
        let mut request = OutboundRequest::json(url, self.body.clone(), Instant::now() + PATIENCE);
        if self.asks_async {
            request = request.with("prefer", "respond-async");
        }
        answer(issuer.outbound.post(request).await)
    }

    async fn ask(&self, issuer: &Issuer) -> Option<u16> {
        let url = self.status_url.as_ref()?;
        let request = OutboundRequest::bare(url, Instant::now() + PATIENCE);
        answer(issuer.outbound.get(request).await).map(|answer| answer.status)
    }

    /// What the issuer owes to this exchange, by what it was told and what it has told.
    pub(crate) fn fate(&self) -> Fate {
        match (self.outcome, self.manner) {
            (Some(204), _) => Fate::Live,
            (None | Some(202), Manner::Answers(204)) => Fate::Either,
            _ => Fate::Dead,
        }
    }

    /// The same where a status URL may answer 503 because nobody can look: that tells nothing.
    #[allow(dead_code, reason = "for the runs over several replicas")]
    pub(crate) fn fate_among_faults(&self) -> Fate {
        match (self.answered, self.outcome, self.manner) {
            (Some(202), Some(503), Manner::Answers(204)) => Fate::Either,
            _ => self.fate(),
        }
    }

    /// Whether the issuer had begun the exchange, so that its id is used.
    fn had_begun(&self) -> bool {
        self.answered.is_some() || self.awaited.token().is_some()
    }

    /// Asserts that a restarted issuer keeps what it owes.
    pub(crate) async fn check(&mut self, issuer: &Issuer) {
        let owed = match self.fate() {
            Fate::Either => self.seen.unwrap_or(Fate::Either),
            certain => certain,
        };
        if let Some(token) = self.awaited.token() {
            let url = format!("{}/api/whoami", issuer.identifier);
            let request = OutboundRequest::bare(url, Instant::now() + PATIENCE)
                .with("authorization", format!("Bearer {}", token.expose()));
            let found = match answer(issuer.outbound.get(request).await).unwrap().status {
                200 => Fate::Live,
                401 => Fate::Dead,
                other => panic!("the resource answers {other}; {}", self.told()),
            };
            let keeps = owed == Fate::Either || owed == found;
            assert!(
                keeps,
                "after the restart the token is {found:?} and must be {owed:?}; {}",
                self.told()
            );
            self.seen = Some(found);
        }
        self.check_status(issuer).await;
        self.check_id(issuer).await;
    }

    /// The end of the exchange is told still, and agrees with the token.
    async fn check_status(&self, issuer: &Issuer) {
        if self.status_url.is_none() {
            return;
        }
        let status = self.ask(issuer).await.unwrap();
        let agrees = match (self.seen, self.outcome) {
            (_, Some(told)) if told != 202 => status == told,
            (Some(Fate::Live), _) => status == 204,
            _ => [502, 503, 504].contains(&status),
        };
        assert!(
            agrees,
            "after the restart the status URL answers {status}, and the token is {:?}; {}",
            self.seen,
            self.told()
        );
    }

    /// EX-ISS-016: the id is used, for this issuer too.
    async fn check_id(&self, issuer: &Issuer) {
        if !self.had_begun() {
            return;
        }
        let again = self.send(issuer).await.unwrap();
        let problem = String::from_utf8_lossy(&again.body).into_owned();
        assert!(
            again.status == 409 && problem.contains("duplicate-exchange"),
            "after the restart the same id is answered {} and not 409 duplicate-exchange; {}",
            again.status,
            self.told()
        );
    }

    /// What is known of it, in words.
    pub(crate) fn told(&self) -> String {
        format!(
            "exchange {}: the initiator {:?}, the token call was answered {:?}, its outcome was {:?}",
            self.id.as_str(),
            self.manner,
            self.answered,
            self.outcome
        )
    }
}

fn answer(outcome: OutboundOutcome) -> Option<Answer> {
    match outcome {
        OutboundOutcome::Answered(answer) => Some(answer),
        OutboundOutcome::NoAnswer(_) | OutboundOutcome::Unreachable(_) => None,
    }
}
