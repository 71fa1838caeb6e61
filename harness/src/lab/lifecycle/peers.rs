//! Issuers at which a caller logs in: what each has given out, and what has come to it.

use super::{
    HostAnswer, SessionPlace,
    office::{Asked, Office},
};
use crate::{
    lab::{
        Visit,
        played::{Played, ServerBox, ServerLease},
        reception::Reception,
    },
    target::{PeerKind, lifecycle::SessionPeer},
    timeline::Timeline,
    wire::{Request, Response},
};
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use url::Url;

/// An issuer that the harness plays for a caller.
#[derive(Clone)]
pub struct PlayedIssuer {
    /// What the target file says of it.
    pub peer: SessionPeer,
    /// There is none before the first scenario.
    office: Arc<Mutex<Option<Office>>>,
}

impl PlayedIssuer {
    /// The issuer.
    #[must_use]
    pub fn new(peer: SessionPeer) -> Self {
        Self {
            peer,
            office: Arc::default(),
        }
    }

    fn at_work<T>(&self, act: impl FnOnce(&mut Office) -> io::Result<T>) -> io::Result<T> {
        let mut office = lock(&self.office);
        match office.as_mut() {
            Some(office) => act(office),
            None => act(office.insert(Office::new(self.peer.issuer.as_str())?)),
        }
    }
}

impl Played for PlayedIssuer {
    type Place = SessionPlace;

    const API: SessionPlace = SessionPlace::Api;
    const OTHER: SessionPlace = SessionPlace::Other;

    fn name(&self) -> &str {
        &self.peer.name
    }

    fn kind(&self) -> PeerKind {
        self.peer.kind
    }

    fn base(&self) -> &Url {
        &self.peer.issuer
    }

    fn places(&self) -> Vec<(Url, SessionPlace)> {
        vec![
            (self.peer.login(), SessionPlace::Login),
            (self.peer.api(), SessionPlace::Api),
            (self.peer.logout(), SessionPlace::Logout),
        ]
    }

    /// Everything belongs to the scenario that has the issuer now: a token of an earlier one is none of it.
    fn token_in(_: SessionPlace, _: &Request) -> Option<String> {
        None
    }

    async fn soundly(
        &self,
        desk: &Reception<SessionPlace>,
        place: SessionPlace,
        request: &Request,
    ) -> io::Result<Response> {
        let mut random = [0; 48];
        getrandom::fill(&mut random).map_err(|e| io::Error::other(e.to_string()))?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = since.map_or(0, |since| since.as_secs());
        let asked = Asked {
            request,
            credentials: [&self.peer.account, &self.peer.password],
            now: i64::try_from(now).unwrap_or_default(),
            random: &random,
        };
        let decided = self.at_work(|office| office.answer(&asked, place))?;
        for token in &decided.given {
            desk.give(token);
        }
        Ok(decided.response)
    }
}

/// An issuer as one scenario has it.
pub struct SessionLease {
    /// What has come, and what it is answered.
    pub desk: SessionDesk,
}

impl SessionLease {
    /// Begins a lease: the issuer has given nothing out, and what comes from now on belongs to this scenario.
    #[must_use]
    pub fn begin(server: &ServerBox<PlayedIssuer>, timeline: Timeline) -> Arc<Self> {
        *lock(&server.peer.office) = None;
        Arc::new(Self {
            desk: SessionDesk {
                lease: server.lease(timeline),
                issuer: server.peer.clone(),
            },
        })
    }

    /// How many connections there were, at a port that is the issuer's alone.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.desk.lease.connections()
    }
}

/// The desk of an issuer during one scenario.
pub struct SessionDesk {
    lease: Arc<ServerLease<SessionPlace>>,
    issuer: PlayedIssuer,
}

impl SessionDesk {
    /// How long the bearers live that it gives from now on.
    pub fn bearers_live(&self, lifetime: Duration) {
        // An office that cannot be opened answers nothing either.
        let _ = self.issuer.at_work(|office| {
            office.bearers_live(lifetime);
            Ok(())
        });
    }

    /// Takes another key. Bearers of the one before bring a new one.
    pub fn rotate(&self) {
        // As above.
        let _ = self.issuer.at_work(Office::rotate);
    }

    /// Lets requests at a place be answered so from now on, in turn, and with the last answer for ever.
    pub fn answer_with(&self, place: SessionPlace, answers: Vec<HostAnswer>) {
        self.lease.desk.answer_with(place, answers);
    }

    /// Lets what is held at a place go on with this answer, and what comes from now on as well.
    pub fn release(&self, place: SessionPlace, answer: &HostAnswer) {
        self.lease.desk.release(place, answer);
    }

    /// Ends the scenario: what is held goes on.
    pub fn close(&self) {
        self.lease.desk.close();
    }

    /// The requests at a place so far.
    #[must_use]
    pub fn visits(&self, place: SessionPlace) -> Vec<Visit> {
        self.lease.desk.visits(place)
    }

    /// All requests so far, in the order in which they came.
    #[must_use]
    pub fn all_visits(&self) -> Vec<(SessionPlace, Visit)> {
        self.lease.desk.all_visits()
    }

    /// The tokens of both kinds that were made here so far, in order.
    #[must_use]
    pub fn given(&self) -> Vec<String> {
        self.lease.desk.given()
    }

    /// Waits until something is there, no longer than `patience`.
    pub async fn wait_for<T>(
        &self,
        patience: Duration,
        found: impl Fn(&Self) -> Option<T>,
    ) -> Option<T> {
        let look = |_: &Reception<SessionPlace>| found(self);
        self.lease.desk.wait_for(patience, look).await
    }
}

fn lock(office: &Mutex<Option<Office>>) -> MutexGuard<'_, Option<Office>> {
    office.lock().unwrap_or_else(PoisonError::into_inner)
}
