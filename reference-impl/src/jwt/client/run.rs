//! Drives the machine of one call: carries out what it says, and tells it what came of it.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_spec::jwt::{GRANT_TYPE_JWT, SERVICE_TYPE};
use btx_spec::oauth::{SERVER_SUFFIX, well_known};
use tokio::time::Instant;
use tracing::{info, warn};
use zeroize::Zeroizing;

use super::config::PeerEntry;
use super::failure::Failure;
use super::machine::{Event, Machine, Memory, Pace, Step};
use super::request::{self, Draft};
use super::{Inner, lock};
use crate::duration::whole_seconds;
use crate::oauth::client as oauth;
use crate::outbound::{Answer, OutboundOutcome};

/// A resource, and what is kept of it.
pub(super) struct Peer {
    pub(super) entry: PeerEntry,
    memory: Mutex<Memory>,
}

impl Peer {
    pub(super) fn new(entry: PeerEntry) -> Self {
        Self {
            entry,
            memory: Mutex::default(),
        }
    }
}

/// One call of a resource.
pub(super) struct Call<'a> {
    pub(super) inner: &'a Arc<Inner>,
    pub(super) peer: &'a Peer,
    pub(super) url: &'a str,
    pub(super) deadline: Instant,
}

impl Call<'_> {
    pub(super) async fn make(self) -> Result<Answer, Failure> {
        let limits = &self.inner.limits;
        let pace = Pace {
            assumed_lifetime: whole_seconds(limits.assumed_lifetime),
            metadata_lifetime: whole_seconds(limits.metadata_lifetime),
        };
        let mut machine = Machine::new(&self.peer.entry, pace);
        let mut event = Event::Begun;
        loop {
            let step = self.tell(&mut machine, event);
            event = match step {
                Step::ShowJwt => {
                    let jwt = self.sign(SERVICE_TYPE, self.peer.entry.resource.as_str())?;
                    self.show(&jwt).await?
                }
                Step::ShowToken(token) => self.show(token.expose()).await?,
                Step::FetchResource(url) => self.fetch(url.as_str()).await,
                Step::FetchServer(server) => {
                    let issuer = url::Url::parse(self.issuer(server)?);
                    let issuer = issuer.map_err(|_| Failure::Broken)?;
                    self.fetch(well_known(&issuer, SERVER_SUFFIX).as_str())
                        .await
                }
                Step::Ask { server, endpoint } => {
                    let assertion = self.sign(GRANT_TYPE_JWT, self.issuer(server)?)?;
                    self.ask(endpoint.as_str(), &assertion).await
                }
                Step::Done(answer) => return Ok(answer),
                Step::Failed(failure) => {
                    let peer = self.peer.entry.name.as_str();
                    warn!(peer, %failure, "call failed");
                    return Err(failure);
                }
            };
        }
    }

    fn tell(&self, machine: &mut Machine<'_>, event: Event) -> Step {
        let mut memory = lock(&self.peer.memory);
        machine.on(event, &mut memory, self.inner.parts.clock.now())
    }

    fn issuer(&self, server: usize) -> Result<&str, Failure> {
        let issuer = self.peer.entry.servers.get(server);
        issuer.map(AsRef::as_ref).ok_or(Failure::Broken)
    }

    /// A redirect is an answer like any other: nothing follows it (JW-CLI-010). Nothing leaves before the
    /// certificate is validated (JW-CLI-011), which is what every [`Outbound`](crate::outbound::Outbound) does.
    async fn show(&self, shown: &str) -> Result<Event, Failure> {
        let request = request::call(self.url, shown, self.deadline);
        let peer = self.peer.entry.name.as_str();
        match self.inner.parts.outbound.get(request).await {
            OutboundOutcome::Answered(answer) => Ok(Event::Answered(answer)),
            OutboundOutcome::Unreachable(reason) => {
                info!(peer, reason, "resource not reached");
                Err(Failure::Unreachable)
            }
            OutboundOutcome::NoAnswer(reason) => {
                info!(peer, reason, "no answer of the resource");
                Err(Failure::Unanswered)
            }
        }
    }

    async fn fetch(&self, url: &str) -> Event {
        let request = request::metadata(url, self.deadline);
        self.heard(self.inner.parts.outbound.get(request).await)
    }

    async fn ask(&self, endpoint: &str, assertion: &str) -> Event {
        let resource = self.peer.entry.resource.as_str();
        let request = request::grant(endpoint, assertion, resource, self.deadline);
        self.heard(self.inner.parts.outbound.post(request).await)
    }

    fn heard(&self, outcome: OutboundOutcome) -> Event {
        let peer = self.peer.entry.name.as_str();
        match outcome {
            OutboundOutcome::Answered(answer) => Event::Answered(answer),
            OutboundOutcome::Unreachable(reason) => {
                info!(peer, reason, "not reached on the way to a token");
                Event::Missed(oauth::Failure::Unreachable)
            }
            OutboundOutcome::NoAnswer(reason) => {
                info!(peer, reason, "no answer on the way to a token");
                Event::Missed(oauth::Failure::Unanswered)
            }
        }
    }

    /// A JWT for one request (JW-CLI-008), with 128 unpredictable bits as its id.
    fn sign(&self, typ: &str, audience: &str) -> Result<Zeroizing<String>, Failure> {
        let mut id = [0; 16];
        let filled = self.inner.parts.random.fill(&mut id);
        filled.map_err(|_| Failure::Broken)?;
        let issued_at = self.inner.parts.clock.now();
        let lifetime = whole_seconds(self.inner.limits.lifetime);
        let expires_at = request::end_of_life(issued_at, lifetime);
        let draft = Draft {
            typ,
            client: &self.inner.id,
            audience,
            issued_at,
            expires_at,
            id: &URL_SAFE_NO_PAD.encode(id),
        };
        let key = lock(&self.inner.keys).take(expires_at);
        draft.sign(&key).ok_or(Failure::Broken)
    }
}
