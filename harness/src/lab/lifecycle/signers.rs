//! Issuers whose keys a resource fetches: what each has in its key set, and who has come for it.

use super::{HostAnswer, SignerPlace};
use crate::{
    lab::{
        Visit,
        door::not_found,
        played::{Played, ServerBox, ServerLease},
        reception::{Reception, json},
    },
    target::{PeerKind, lifecycle::SessionSigner},
    timeline::Timeline,
    wire::{Request, Response},
};
use btx_spec::jose::Algorithm;
use serde_json::{Value, json};
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use url::Url;

/// How long a key set holds, in seconds, where a scenario does not say it.
const MAX_AGE: u64 = 300;

/// An issuer that the harness plays for a resource.
#[derive(Clone)]
pub struct PlayedSigner {
    /// What the target file says of it.
    pub peer: SessionSigner,
    base: Url,
    set: Arc<Mutex<Set>>,
    /// The end of the last lease after which a resource may look for no new key yet.
    held_off: Arc<Mutex<Option<Instant>>>,
}

/// What is in the key set.
struct Set {
    keys: Vec<Value>,
    max_age: Option<u64>,
    /// Whether a resource may have been made to wait with its next fetch: a set that it had to keep, or an answer
    /// that was none.
    holds_off: bool,
}

impl Default for Set {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            max_age: Some(MAX_AGE),
            holds_off: false,
        }
    }
}

impl PlayedSigner {
    /// The issuer, without any key.
    #[must_use]
    pub fn new(peer: SessionSigner) -> Self {
        let base = Url::parse(&peer.identifier).unwrap_or_else(|_| peer.key_set.clone());
        Self {
            peer,
            base,
            set: Arc::default(),
            held_off: Arc::default(),
        }
    }

    /// How long this issuer has to rest before its next lease, if a resource looks for keys no oftener than that.
    #[must_use]
    pub fn rest(&self, keys_interval: Duration) -> Duration {
        let over = *lock(&self.held_off);
        let over = over.map(|since| since + keys_interval);
        over.map_or(Duration::ZERO, |over| {
            over.saturating_duration_since(Instant::now())
        })
    }
}

impl Played for PlayedSigner {
    type Place = SignerPlace;

    const API: SignerPlace = SignerPlace::KeySet;
    const OTHER: SignerPlace = SignerPlace::Other;

    fn name(&self) -> &str {
        &self.peer.name
    }

    fn kind(&self) -> PeerKind {
        PeerKind::Good
    }

    fn base(&self) -> &Url {
        &self.base
    }

    fn places(&self) -> Vec<(Url, SignerPlace)> {
        vec![(self.peer.key_set.clone(), SignerPlace::KeySet)]
    }

    /// Everything belongs to the scenario that has the issuer now.
    fn token_in(_: SignerPlace, _: &Request) -> Option<String> {
        None
    }

    async fn soundly(
        &self,
        _: &Reception<SignerPlace>,
        place: SignerPlace,
        request: &Request,
    ) -> io::Result<Response> {
        if place != SignerPlace::KeySet || request.method != "GET" {
            return Ok(not_found());
        }
        let set = lock(&self.set);
        let mut response = json(200, &json!({"keys": set.keys}));
        response.fields.remove("cache-control");
        if let Some(seconds) = set.max_age {
            let value = format!("max-age={seconds}");
            response.fields.push("cache-control", value);
        }
        Ok(response)
    }
}

/// An issuer as one scenario has it.
pub struct Signer {
    /// Its identifier.
    pub identifier: String,
    /// Where its key set is.
    pub key_set_url: Url,
    /// The algorithms that the resource takes from it.
    pub algorithms: Vec<Algorithm>,
    /// What it publishes, and who has come for it.
    pub desk: Arc<SignerDesk>,
}

impl Signer {
    /// Begins a lease: the key set is empty, and what comes from now on belongs to this scenario.
    #[must_use]
    pub fn lease(server: &ServerBox<PlayedSigner>, timeline: Timeline) -> Self {
        let peer = &server.peer.peer;
        *lock(&server.peer.set) = Set::default();
        Self {
            identifier: peer.identifier.clone(),
            key_set_url: peer.key_set.clone(),
            algorithms: peer.algorithms.clone(),
            desk: Arc::new(SignerDesk {
                set: server.peer.set.clone(),
                held_off: server.peer.held_off.clone(),
                lease: server.lease(timeline),
            }),
        }
    }
}

/// The desk at which the keys of an issuer are handed out.
pub struct SignerDesk {
    set: Arc<Mutex<Set>>,
    held_off: Arc<Mutex<Option<Instant>>>,
    lease: Arc<ServerLease<SignerPlace>>,
}

impl SignerDesk {
    /// Publishes these keys from now on.
    pub fn set_keys(&self, keys: Vec<Value>) {
        lock(&self.set).keys = keys;
    }

    /// How many seconds `Cache-Control` gives the key set; nothing lets the field out.
    pub fn max_age(&self, seconds: Option<u64>) {
        let mut set = lock(&self.set);
        set.max_age = seconds;
        set.holds_off |= seconds != Some(0);
    }

    /// Lets requests for the key set be answered so from now on, in turn, and with the last answer for ever.
    pub fn answers(&self, answers: Vec<HostAnswer>) {
        lock(&self.set).holds_off = true;
        self.lease.desk.answer_with(SignerPlace::KeySet, answers);
    }

    /// How often the key set has been asked for.
    #[must_use]
    pub fn fetches(&self) -> usize {
        self.visits().len()
    }

    /// The requests for the key set so far.
    #[must_use]
    pub fn visits(&self) -> Vec<Visit> {
        self.lease.desk.visits(SignerPlace::KeySet)
    }

    /// All requests so far, in the order in which they came.
    #[must_use]
    pub fn all_visits(&self) -> Vec<(SignerPlace, Visit)> {
        self.lease.desk.all_visits()
    }

    /// Lets what is held go on as with a sound issuer, and what comes from now on as well.
    pub fn release(&self) {
        let sound = &HostAnswer::Sound;
        self.lease.desk.release(SignerPlace::KeySet, sound);
    }

    /// Ends the scenario: what is held goes on.
    pub fn close(&self) {
        *lock(&self.held_off) = lock(&self.set).holds_off.then(Instant::now);
        self.lease.desk.close();
    }

    /// Waits until something is there, no longer than `patience`.
    pub async fn wait_for<T>(
        &self,
        patience: Duration,
        found: impl Fn(&Self) -> Option<T>,
    ) -> Option<T> {
        let look = |_: &Reception<SignerPlace>| found(self);
        self.lease.desk.wait_for(patience, look).await
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use crate::wire::Fields;

    fn server() -> ServerBox<PlayedSigner> {
        ServerBox::new(PlayedSigner::new(SessionSigner {
            name: "s1".to_owned(),
            identifier: "https://127.0.1.1:9500/s1".to_owned(),
            key_set: Url::parse("https://127.0.1.1:9500/s1/keys").unwrap(),
            algorithms: vec![Algorithm::ES256],
        }))
    }

    async fn fetched(server: &ServerBox<PlayedSigner>, method: &str) -> Response {
        let request = Request {
            method: method.to_owned(),
            target: "/s1/keys".to_owned(),
            fields: Fields::default(),
            body: Vec::new(),
        };
        let lease = server.lease(Timeline::default());
        let place = SignerPlace::KeySet;
        let answer = server.peer.soundly(&lease.desk, place, &request).await;
        answer.unwrap()
    }

    #[tokio::test]
    async fn the_key_set_has_what_the_scenario_published_and_is_empty_for_the_next() {
        let server = server();
        let signer = Signer::lease(&server, Timeline::default());
        signer.desk.set_keys(vec![json!({"kid": "k1"})]);
        signer.desk.max_age(Some(0));
        let set = fetched(&server, "GET").await;
        assert_eq!(set.body, br#"{"keys":[{"kid":"k1"}]}"#);
        assert_eq!(set.fields.get("cache-control"), Some("max-age=0"));
        assert_eq!(fetched(&server, "POST").await.status, 404);
        drop(Signer::lease(&server, Timeline::default()));
        assert_eq!(fetched(&server, "GET").await.body, br#"{"keys":[]}"#);
    }
}
