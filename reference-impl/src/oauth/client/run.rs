//! Drives the machine of one server: carries out what it says, and tells it what came of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_spec::HttpsUrl;
use btx_spec::oauth::{SERVER_SUFFIX, well_known};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::{info, warn};
use zeroize::Zeroizing;

use super::answer::{judge_metadata, judge_token};
use super::config::{Grant, Limits, Proof, ServerEntry, TokenEndpoint};
use super::failure::Failure;
use super::machine::{Action, Event, Granted, Machine, Pace};
use super::request::{Material, Shown, assertion_claims, sign, token_request};
use super::token::Token;
use crate::lock::lock;
use crate::oauth::Parts;
use crate::outbound::{Answer, OutboundOutcome, OutboundRequest};

/// One server, with its machine.
pub(super) struct Server {
    pub(super) entry: ServerEntry,
    limits: Limits,
    parts: Parts,
    state: Mutex<State>,
    /// What the metadata said, and until when that is believed.
    found: Mutex<Option<(HttpsUrl, Instant)>>,
}

struct State {
    machine: Machine,
    waiting: Vec<oneshot::Sender<Result<Token, Failure>>>,
}

impl Server {
    pub(super) fn new(entry: ServerEntry, limits: Limits, parts: Parts) -> Self {
        let pace = Pace::new(limits.renew_ahead, limits.assumed_lifetime);
        Self {
            entry,
            limits,
            parts,
            state: Mutex::new(State {
                machine: Machine::new(pace),
                waiting: Vec::new(),
            }),
            found: Mutex::default(),
        }
    }

    /// How long until a token is due; `None` when only a person can help.
    pub(super) fn due_in(&self) -> Option<Duration> {
        let seconds = lock(&self.state).machine.due_in(self.parts.clock.now());
        seconds.map(Duration::from_secs)
    }

    /// Tells the machine, and gives what it has for whoever needs a token.
    pub(super) async fn obtain(self: &Arc<Self>, event: Event) -> Result<Token, Failure> {
        let (given, waits) = self.tell(event);
        match (given, waits) {
            (Some(given), _) => given,
            (None, Some(waits)) => waits.await.unwrap_or(Err(Failure::Broken)),
            (None, None) => Err(Failure::Broken),
        }
    }

    /// Tells the machine what nobody waits for.
    pub(super) fn note(self: &Arc<Self>, event: Event) {
        self.tell(event);
    }

    fn tell(
        self: &Arc<Self>,
        event: Event,
    ) -> (Option<Outcome>, Option<oneshot::Receiver<Outcome>>) {
        let (mut given, mut waits) = (None, None);
        let mut state = lock(&self.state);
        for action in state.machine.on(event, self.parts.clock.now()) {
            match action {
                Action::Give(outcome) => given = Some(outcome),
                Action::Wait => {
                    let (tell, told) = oneshot::channel();
                    state.waiting.push(tell);
                    waits = Some(told);
                }
                // In a task of its own, so that whoever waits may stop waiting.
                Action::Ask => {
                    tokio::spawn(Arc::clone(self).ask_once());
                }
            }
        }
        (given, waits)
    }

    /// One request, from its beginning to everybody's knowing of its end.
    async fn ask_once(self: Arc<Self>) {
        let outcome = self.ask().await;
        let server = self.entry.name.as_str();
        match &outcome {
            Ok(granted) => info!(server, lifetime = granted.lifetime, "token granted"),
            Err(failure) => warn!(server, %failure, "no token"),
        }
        let mut state = lock(&self.state);
        let actions = (state.machine).on(Event::Ended(outcome), self.parts.clock.now());
        for action in actions {
            if let Action::Give(outcome) = action {
                for waiting in state.waiting.drain(..) {
                    // Whoever has stopped waiting does not mind.
                    let _ = waiting.send(outcome.clone());
                }
            }
        }
    }

    async fn ask(&self) -> Result<Granted, Failure> {
        let deadline = Instant::now() + self.limits.token_deadline;
        let url = self.token_endpoint(deadline).await?;
        let material = self.material().await?;
        let request = token_request(url.as_str(), &self.entry, &material, deadline);
        let outcome = self.parts.outbound.post(request).await;
        judge_token(&self.answered(outcome)?)
    }

    async fn token_endpoint(&self, deadline: Instant) -> Result<HttpsUrl, Failure> {
        if let TokenEndpoint::At(url) = &self.entry.token {
            return Ok(url.clone());
        }
        let found = lock(&self.found).clone();
        if let Some((url, until)) = found
            && Instant::now() < until
        {
            return Ok(url);
        }
        let issuer = url::Url::parse(self.entry.issuer.as_str()).map_err(|_| Failure::Broken)?;
        // OA-CLI-061
        let request = OutboundRequest::bare(well_known(&issuer, SERVER_SUFFIX), deadline)
            .with("accept", "application/json");
        let outcome = self.parts.outbound.get(request).await;
        let url = judge_metadata(&self.answered(outcome)?, &self.entry.issuer)?;
        let until = Instant::now() + self.limits.metadata_lifetime;
        *lock(&self.found) = Some((url.clone(), until));
        Ok(url)
    }

    fn answered(&self, outcome: OutboundOutcome) -> Result<Answer, Failure> {
        let server = self.entry.name.as_str();
        match outcome {
            OutboundOutcome::Answered(answer) => Ok(answer),
            OutboundOutcome::Unreachable(reason) => {
                info!(server, reason, "authorization server not reached");
                Err(Failure::Unreachable)
            }
            OutboundOutcome::NoAnswer(reason) => {
                info!(server, reason, "no answer of the authorization server");
                Err(Failure::Unanswered)
            }
        }
    }

    /// What the request is made of, read and signed for this one request.
    async fn material(&self) -> Result<Material, Failure> {
        let assertion = match &self.entry.grant {
            Grant::ClientCredentials => None,
            Grant::JwtBearer { assertion } => Some(assertion.read().await?),
        };
        let proof = match &self.entry.identity {
            None => None,
            Some(identity) => Some(match &identity.proof {
                Proof::SecretBasic(secret) => Shown::Basic(secret.read().await?),
                Proof::SecretPost(secret) => Shown::Post(secret.read().await?),
                Proof::PrivateKeyJwt(key) => {
                    let lifetime = self.limits.assertion_lifetime.as_secs();
                    let claims = assertion_claims(
                        &identity.id,
                        self.entry.issuer.as_str(),
                        self.parts.clock.now(),
                        i64::try_from(lifetime).unwrap_or(i64::MAX),
                        &self.fresh_id()?,
                    );
                    Shown::Assertion(sign(key, &claims).ok_or(Failure::Broken)?)
                }
            }),
        };
        Ok(Material { proof, assertion })
    }

    /// OA-CLI-022: 128 unpredictable bits.
    fn fresh_id(&self) -> Result<Zeroizing<String>, Failure> {
        let mut bytes = [0; 16];
        self.parts
            .random
            .fill(&mut bytes)
            .map_err(|_| Failure::Broken)?;
        Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes)))
    }
}

type Outcome = Result<Token, Failure>;
