//! The world of one scenario: the parties that it plays, the exchanges that it has begun, and the
//! means to begin more.

use crate::{
    caller::{Outcome, Outgoing, Pace, request_to},
    draft::{Draft, Values},
    initiation::Initiation,
    lab::{Mailbox, PeerAnswer, PeerBox, inbox::Lease, oauth::ServerLease},
    lenient::Members,
    run::{Absence, Context, PeerLease},
    steps::{Registrations, Stop},
    target::{
        Issuer, Peer, PeerKind,
        oauth::{Access, ServerPeer},
    },
    timeline::{EventId, Timeline, What},
    wire::{Fields, Response},
    world_lifecycle::LifecycleWorld,
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::oneshot, task::JoinHandle};
use url::Url;

/// The world of one scenario.
pub struct World {
    /// What all scenarios of the run share.
    pub context: Arc<Context>,
    /// The tags of the scenario.
    pub tags: Vec<String>,
    /// What has happened.
    pub timeline: Timeline,
    /// The parties that the scenario plays, in the order of its steps.
    pub parties: Vec<Party>,
    /// The call that the scenario is about.
    pub call: Option<Exchange>,
    /// Exchanges that came before, or that run beside the call.
    pub others: Vec<Exchange>,
    /// What the resource answered to the tokens that were shown.
    pub shown: Vec<(Response, EventId)>,
    /// What the status URL answered.
    pub statuses: Vec<(Response, EventId)>,
    /// What has to be absent until the end of the run.
    pub absences: Vec<Absence>,
    /// Tells a call that keeps its last byte back to send it.
    pub last_byte: Option<oneshot::Sender<()>>,
    /// What the last handshake attempt showed.
    pub handshake: Option<(crate::tls_probe::Handshake, EventId)>,
    /// What a message of the target was answered when it was sent back to it.
    pub reflected: Option<Answer>,
    /// What a scenario about an initiator has seen and done.
    pub initiation: Initiation,
    /// What orders were answered that came where the protocol is spoken.
    pub orders: Vec<Answer>,
    /// What the target was asked to register.
    pub registrations: Registrations,
    /// What a scenario about OAuth has seen and done.
    pub oauth: crate::steps::OauthWorld,
    /// What a scenario about service JWTs has published, plays, has seen and done.
    pub jwt: crate::steps::JwtWorld,
    /// What a scenario about keys and sessions has leased, plays, has seen and done.
    pub lifecycle: LifecycleWorld,
    /// The authorization servers that the scenario plays, in the order of its steps.
    pub servers: Vec<ServerParty>,
    leases: Vec<PeerLease>,
    server_leases: Vec<PeerLease<ServerPeer>>,
}

/// An authorization server that the scenario plays.
pub struct ServerParty {
    /// The peer of the target file.
    pub peer: ServerPeer,
    /// What has reached it, and what it answers.
    pub lease: Arc<ServerLease>,
}

/// A party that the scenario plays.
pub struct Party {
    /// The peer of the target file.
    pub peer: Peer,
    /// What has reached it.
    pub inbox: Arc<PeerBox>,
    /// What has reached it and fits no exchange.
    pub lease: Arc<Lease>,
    /// What it answers token issues with, in turn.
    pub answers: Vec<PeerAnswer>,
}

/// An exchange that the harness has begun, or tried to.
pub struct Exchange {
    /// Its values, before any alteration.
    pub values: Values,
    /// Which of the parties is the initiator.
    pub party: usize,
    /// The URL that was called.
    pub url: Url,
    /// What reached the initiator.
    pub mailbox: Arc<Mailbox>,
    /// How many token issues had reached it before this call.
    pub before: usize,
    /// The answer to the token call, once it is there.
    pub answer: Option<Answer>,
    task: Option<JoinHandle<Answer>>,
}

/// What became of a token call.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The response, or why there is none.
    pub outcome: Outcome,
    /// Its place in the timeline.
    pub event: EventId,
    /// How long it took.
    pub took: Duration,
}

impl Answer {
    /// The status, if there is a response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.response().map(|r| r.status)
    }

    /// The response, if there is one.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        match &self.outcome {
            Outcome::Answered(response) => Some(response),
            _ => None,
        }
    }

    /// What came, in words.
    #[must_use]
    pub fn words(&self) -> String {
        match &self.outcome {
            Outcome::Answered(response) => describe(response),
            Outcome::NoAnswer(error) => error.to_string(),
            Outcome::NotConnected(error) => error.to_string(),
            Outcome::TimedOut => format!("nothing in {:.1} s", self.took.as_secs_f64()),
        }
    }
}

/// A response in a few words: its status, and the problem in it if there is one.
#[must_use]
pub fn describe(response: &Response) -> String {
    let status = format!(
        "{} {}",
        response.status,
        crate::wire::message::reason(response.status)
    );
    match btx_spec::Problem::parse(&response.body) {
        Ok(problem) => match problem.kind() {
            Some(kind) => format!("{} ({})", status.trim(), kind.name()),
            None => status.trim().to_owned(),
        },
        Err(_) => status.trim().to_owned(),
    }
}

impl Exchange {
    /// The token issues that this call has caused so far.
    #[must_use]
    pub fn deliveries(&self) -> Vec<crate::lab::Delivery> {
        self.mailbox
            .deliveries()
            .split_off(self.before.min(self.mailbox.deliveries().len()))
    }

    /// The token that the first of them brought.
    #[must_use]
    pub fn token(&self) -> Option<String> {
        let first = self.deliveries().into_iter().next()?;
        Members::read(&first.request.body)?.text("bearer_token")
    }

    /// Waits for the answer to the call. It can be waited for again if this is given up.
    pub async fn finish(&mut self) -> &Answer {
        if let Some(task) = &mut self.task {
            let answer = task.await.unwrap_or_else(|error| Answer {
                outcome: Outcome::NoAnswer(crate::wire::ReadError::Io(error.to_string())),
                event: 0,
                took: Duration::ZERO,
            });
            self.task = None;
            self.answer = Some(answer);
        }
        self.answer.get_or_insert(Answer {
            outcome: Outcome::TimedOut,
            event: 0,
            took: Duration::ZERO,
        })
    }

    /// Whether the call has been answered by now.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.task.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl World {
    /// An empty world.
    #[must_use]
    pub fn new(context: Arc<Context>) -> Self {
        Self {
            context,
            tags: Vec::new(),
            timeline: Timeline::default(),
            parties: Vec::new(),
            call: None,
            others: Vec::new(),
            shown: Vec::new(),
            statuses: Vec::new(),
            absences: Vec::new(),
            last_byte: None,
            handshake: None,
            reflected: None,
            initiation: Initiation::default(),
            orders: Vec::new(),
            registrations: Registrations::default(),
            oauth: crate::steps::OauthWorld::default(),
            jwt: crate::steps::JwtWorld::default(),
            lifecycle: LifecycleWorld::default(),
            servers: Vec::new(),
            leases: Vec::new(),
            server_leases: Vec::new(),
        }
    }

    /// Leases that many peers of a kind, as parties of the scenario.
    ///
    /// # Errors
    /// When the target file has fewer of them.
    pub async fn lease(&mut self, kind: PeerKind, count: usize) -> Result<(), Stop> {
        let leases = self
            .context
            .lease(kind, count)
            .await
            .map_err(Stop::NotExercised)?;
        for lease in leases {
            let peer = lease.peer().clone();
            let inbox = self
                .context
                .lab
                .peer(&peer.name)
                .ok_or_else(|| Stop::Harness(format!("the peer {} has no inbox", peer.name)))?;
            self.parties.push(Party {
                lease: inbox.lease(self.timeline.clone()),
                peer,
                inbox,
                answers: vec![PeerAnswer::accept()],
            });
            self.leases.push(lease);
        }
        Ok(())
    }

    /// Leases that many authorization servers of a kind, as servers of the scenario: those at which the
    /// client of the target has a secret, if there are any.
    ///
    /// # Errors
    /// When the target file has fewer of them.
    pub async fn lease_server(&mut self, kind: PeerKind, count: usize) -> Result<(), Stop> {
        self.lease_server_for(kind, Access::Secret, count).await
    }

    /// The same for one way in which the client of the target comes to a token.
    ///
    /// # Errors
    /// When the target file has fewer of them.
    pub async fn lease_server_for(
        &mut self,
        kind: PeerKind,
        access: Access,
        count: usize,
    ) -> Result<(), Stop> {
        let leases = self.context.lease_servers(kind, access, count).await;
        for lease in leases.map_err(Stop::NotExercised)? {
            let peer = lease.peer().clone();
            let server = self.context.lab.oauth().server(&peer.name);
            let server = server
                .ok_or_else(|| Stop::Harness(format!("the server {} has no desk", peer.name)))?;
            self.servers.push(ServerParty {
                lease: server.lease(self.timeline.clone()),
                peer,
            });
            self.server_leases.push(lease);
        }
        Ok(())
    }

    /// Brings in the authorization server that the resource of the target asks about tokens. Any number of
    /// scenarios have it at once: what comes with a token that one of them has made known is that one's.
    ///
    /// # Errors
    /// When the target file has none.
    pub fn share_introspecting_server(&mut self) -> Result<(), Stop> {
        let mut peers = self.context.target.oauth.peers.iter();
        let peer = peers.find(|p| p.introspection).cloned().ok_or_else(|| {
            let words = "the target file has no [[server_peer]] with `introspection = true`";
            Stop::NotExercised(words.to_owned())
        })?;
        let server = self.context.lab.oauth().server(&peer.name);
        let server =
            server.ok_or_else(|| Stop::Harness(format!("the server {} has no desk", peer.name)))?;
        self.servers.push(ServerParty {
            lease: server.share(self.timeline.clone()),
            peer,
        });
        Ok(())
    }

    /// A server of the scenario, counted from 0.
    ///
    /// # Errors
    /// When no step has brought it in.
    pub fn server(&self, index: usize) -> Result<&ServerParty, Stop> {
        let missing = || Stop::Harness("the scenario has not brought in that server".to_owned());
        self.servers.get(index).ok_or_else(missing)
    }

    /// Brings in a party that the target file does not have, behind the door of one that is there, and
    /// gives its number.
    ///
    /// # Errors
    /// When no step has brought the other one in.
    pub fn invite(&mut self, host: usize, guest: Peer) -> Result<usize, Stop> {
        let door = &self.party(host)?.peer.name;
        let inbox = self.context.lab.admit(door, &guest);
        let inbox = inbox.ok_or_else(|| Stop::Harness(format!("{door} has no door")))?;
        self.parties.push(Party {
            lease: inbox.lease(self.timeline.clone()),
            peer: guest,
            inbox,
            answers: vec![PeerAnswer::accept()],
        });
        Ok(self.parties.len() - 1)
    }

    /// A party of the scenario, counted from 0.
    ///
    /// # Errors
    /// When no step has brought it in.
    pub fn party(&self, index: usize) -> Result<&Party, Stop> {
        self.parties.get(index).ok_or_else(|| {
            Stop::Harness("the scenario has not brought in that initiator".to_owned())
        })
    }

    /// Lets a party answer token issues so, from now on.
    ///
    /// # Errors
    /// When no step has brought it in.
    pub fn set_answers(&mut self, party: usize, answers: Vec<PeerAnswer>) -> Result<(), Stop> {
        self.party(party)?;
        if let Some(party) = self.parties.get_mut(party) {
            party.answers = answers;
        }
        Ok(())
    }

    /// Fresh values for an exchange of a party.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn fresh_values(&self, party: usize) -> Result<Values, Stop> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|e| Stop::Harness(format!("no randomness: {e}")))?;
        Ok(Values {
            exchange_id: uuid::Uuid::new_v4().to_string(),
            key,
            issuer: self.issuer()?.identifier.clone(),
            initiator: self.party(party)?.peer.identifier.clone(),
        })
    }

    /// Begins an exchange without fault, at the first replica.
    ///
    /// # Errors
    /// When no step has brought the party in.
    pub fn begin(&mut self, party: usize) -> Result<Exchange, Stop> {
        let values = self.fresh_values(party)?;
        let draft = Draft::faultless(&values);
        self.send(party, values, draft, 0)
    }

    /// Sends a token call and does not wait for its answer. Replicas are counted from 0, around.
    ///
    /// # Errors
    /// When no step has brought the party in.
    pub fn send(
        &mut self,
        party: usize,
        values: Values,
        draft: Draft,
        replica: usize,
    ) -> Result<Exchange, Stop> {
        let pace = draft.pace();
        self.send_paced(party, values, draft, replica, pace)
    }

    /// Sends a token call at a pace, and does not wait for its answer.
    ///
    /// # Errors
    /// When no step has brought the party in.
    pub fn send_paced(
        &mut self,
        party: usize,
        values: Values,
        draft: Draft,
        replica: usize,
        pace: Pace,
    ) -> Result<Exchange, Stop> {
        let initiator = self.party(party)?;
        let mailbox = Mailbox::new(self.timeline.clone(), initiator.answers.clone());
        let mailbox = initiator.inbox.open(&values.exchange_id, mailbox);
        let before = mailbox.deliveries().len();
        let name = initiator.peer.name.clone();
        let url = self.replica(&self.issuer()?.token_call, replica)?;
        let request = request_to(&url, &draft.method, draft.fields.clone(), draft.bytes());
        let task = tokio::spawn(call(
            self.context.clone(),
            self.timeline.clone(),
            name,
            Outgoing {
                url: url.clone(),
                request,
                pace,
            },
        ));
        Ok(Exchange {
            values,
            party,
            url,
            mailbox,
            before,
            answer: None,
            task: Some(task),
        })
    }

    /// The issuer of the target.
    ///
    /// # Errors
    /// When the target file has none.
    pub fn issuer(&self) -> Result<&Issuer, Stop> {
        let issuer = self.context.target.issuer.as_ref();
        issuer.ok_or_else(|| Stop::NotExercised("the target file has no [issuer]".to_owned()))
    }

    /// The URL of a replica, counted from 0, around.
    ///
    /// # Errors
    /// When the target has none at all.
    pub fn replica(&self, urls: &[Url], index: usize) -> Result<Url, Stop> {
        urls.get(index % urls.len().max(1))
            .cloned()
            .ok_or_else(|| Stop::Harness("the target has no such URL".to_owned()))
    }

    /// Sends any request and waits for what comes.
    pub async fn ask(&self, url: &Url, method: &str, fields: Fields, body: Vec<u8>) -> Answer {
        let name = self.parties.first().map_or("a client", |p| &p.peer.name);
        let request = request_to(url, method, fields, body);
        let outgoing = Outgoing {
            url: url.clone(),
            request,
            pace: Pace::Whole,
        };
        call(
            self.context.clone(),
            self.timeline.clone(),
            name.to_owned(),
            outgoing,
        )
        .await
    }

    /// Sends a message and waits for what comes.
    pub async fn post(&self, url: &Url, message: &Draft) -> Answer {
        self.post_paced(url, message, message.pace()).await
    }

    /// Sends a message at a pace, and waits for what comes.
    pub async fn post_paced(&self, url: &Url, message: &Draft, pace: Pace) -> Answer {
        let name = self.parties.first().map_or("a server", |p| &p.peer.name);
        let request = request_to(
            url,
            &message.method,
            message.fields.clone(),
            message.bytes(),
        );
        let outgoing = Outgoing {
            url: url.clone(),
            request,
            pace,
        };
        call(
            self.context.clone(),
            self.timeline.clone(),
            name.to_owned(),
            outgoing,
        )
        .await
    }

    /// Waits for what the target, or the harness as its peer, has declared: an expiry, a Retry-After.
    /// Nothing else is ever waited for.
    pub async fn wait(&self, time: Duration, what: &str) {
        let words = format!("waits {:.1} s: {what}", time.as_secs_f64());
        self.timeline.note("btx", "btx", words);
        tokio::time::sleep(time).await;
    }

    /// The call that the scenario is about.
    ///
    /// # Errors
    /// When no step has made it.
    pub fn the_call(&mut self) -> Result<&mut Exchange, Stop> {
        self.call
            .as_mut()
            .ok_or_else(|| Stop::Harness("the scenario has made no call yet".to_owned()))
    }

    /// The answer to the call that the scenario is about, waited for.
    ///
    /// # Errors
    /// When no step has made it.
    pub async fn the_answer(&mut self) -> Result<Answer, Stop> {
        Ok(self.the_call()?.finish().await.clone())
    }

    /// Ends what the scenario has left open, so that the next one finds its peers free.
    pub async fn settle(&mut self) {
        self.last_byte = None;
        let exchanges = self.call.iter_mut().chain(&mut self.others);
        for exchange in exchanges {
            exchange
                .mailbox
                .release(Response::new(204, Fields::default(), b""));
            exchange.finish().await;
        }
        crate::steps::settle_asynchronous(self).await;
        crate::steps::settle_initiator(self).await;
        crate::steps::settle_registration(self).await;
        crate::steps::settle_client(self).await;
        crate::steps::settle_jwt(self).await;
        crate::steps::settle_lifecycle(self).await;
    }
}

async fn call(
    context: Arc<Context>,
    timeline: Timeline,
    name: String,
    outgoing: Outgoing,
) -> Answer {
    let sent = What::Request(outgoing.url.to_string(), outgoing.request.clone());
    timeline.add(&name, "target", sent);
    let started = timeline.elapsed();
    let outcome = context.caller.call(outgoing, context.patience).await;
    let took = timeline.elapsed().saturating_sub(started);
    let mut answer = Answer {
        outcome,
        event: 0,
        took,
    };
    let what = match &answer.outcome {
        Outcome::Answered(response) => What::Response(response.clone()),
        _ => What::Note(answer.words()),
    };
    // A connection that breaks may be the first sign of a target that goes away.
    if matches!(
        answer.outcome,
        Outcome::NotConnected(_) | Outcome::NoAnswer(_)
    ) {
        context.suspect();
    }
    answer.event = timeline.add("target", &name, what);
    answer
}
