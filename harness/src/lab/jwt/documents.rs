//! A client that the harness plays: its document and its keys, and what is answered to those who fetch them.

use super::{
    super::{
        Visit,
        reception::{Reception, json},
    },
    DocPlace, Host, HostAnswer,
    hosts::{DOCUMENT, KEYS},
};
use crate::{
    timeline::{EventId, Timeline},
    wire::{Request, Response},
};
use btx_spec::jose::{PublicKey, SigningKey};
use serde_json::{Map, Value, json};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::oneshot;
use url::Url;

/// How long document and keys hold, in seconds, where a scenario does not say it.
const MAX_AGE: u64 = 300;

/// A client that a scenario has published.
#[derive(Clone)]
pub struct Published {
    /// Its client id.
    pub id: String,
    /// Where its keys are.
    pub jwks: String,
    /// The base of the places of the client at another origin, without a slash: `/client.json` and `/jwks.json`
    /// are answered there as well.
    pub elsewhere: String,
    /// Its key, with the `kid` `k1`.
    pub key: Arc<SigningKey>,
    /// Who came for its document and its keys, and what they are answered.
    pub desk: Arc<DocumentDesk>,
}

/// The desk at which document and keys of one client are handed out.
pub struct DocumentDesk {
    /// The timeline of the scenario.
    pub timeline: Timeline,
    pub(super) host: Host,
    id: String,
    jwks: String,
    reception: Reception<DocPlace>,
    content: Mutex<Content>,
    connections: AtomicUsize,
}

/// Alters a document before it leaves.
type Alter = Arc<dyn Fn(&mut Map<String, Value>) + Send + Sync>;

/// What is published.
struct Content {
    keys: Vec<PublicKey>,
    inline: bool,
    max_age: Option<u64>,
    alter: Option<Alter>,
}

impl Published {
    /// A client with a key of its own, below a segment of its own at a base URL, and at another for the place
    /// elsewhere.
    #[must_use]
    pub fn new(
        timeline: Timeline,
        host: Host,
        [base, elsewhere]: [&Url; 2],
        segment: &str,
        key: SigningKey,
    ) -> Self {
        let at = |url: &Url, last: &str| {
            let origin = url.origin().ascii_serialization();
            format!("{origin}/{segment}{last}")
        };
        let (id, jwks) = (at(base, DOCUMENT), at(base, KEYS));
        let desk = DocumentDesk::new(timeline, host, &id, &jwks, key.public());
        Self {
            desk: Arc::new(desk),
            elsewhere: at(elsewhere, ""),
            id,
            jwks,
            key: Arc::new(key),
        }
    }
}

impl DocumentDesk {
    /// The desk of a client with one key.
    fn new(timeline: Timeline, host: Host, id: &str, jwks: &str, key: PublicKey) -> Self {
        Self {
            timeline,
            host,
            id: id.to_owned(),
            jwks: jwks.to_owned(),
            reception: Reception::default(),
            content: Mutex::new(Content {
                keys: vec![key],
                inline: false,
                max_age: Some(MAX_AGE),
                alter: None,
            }),
            connections: AtomicUsize::new(0),
        }
    }

    /// Lets requests at a place be answered so from now on, in turn, and with the last answer for ever.
    pub fn set(&self, place: DocPlace, answers: Vec<HostAnswer>) {
        self.reception.answer_with(place, answers);
    }

    /// Publishes these keys from now on.
    pub fn set_keys(&self, keys: Vec<PublicKey>) {
        self.content().keys = keys;
    }

    /// Alters the document before it leaves, from now on.
    pub fn alter_document(&self, alter: impl Fn(&mut Map<String, Value>) + Send + Sync + 'static) {
        self.content().alter = Some(Arc::new(alter));
    }

    /// Whether the keys stand in the document, and not at a place of their own.
    pub fn inline(&self, inline: bool) {
        self.content().inline = inline;
    }

    /// How many seconds `Cache-Control` gives document and keys; nothing lets the field out.
    pub fn max_age(&self, seconds: Option<u64>) {
        self.content().max_age = seconds;
    }

    /// The requests at a place so far.
    #[must_use]
    pub fn visits(&self, place: DocPlace) -> Vec<Visit> {
        self.reception.visits(place)
    }

    /// All requests so far, in the order in which they came.
    #[must_use]
    pub fn all_visits(&self) -> Vec<(DocPlace, Visit)> {
        self.reception.all_visits()
    }

    /// How many connections came to its port, where that is the client's alone.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Lets what is held at both places go on as with a sound host, and what comes from now on as well.
    pub fn release(&self) {
        for place in [DocPlace::Document, DocPlace::Keys] {
            self.reception.release(place, &HostAnswer::Sound);
        }
    }

    /// Ends the scenario: what is held goes on.
    pub fn close(&self) {
        self.reception.close();
    }

    /// Waits until something is there, no longer than `patience`.
    pub async fn wait_for<T>(
        &self,
        patience: Duration,
        found: impl Fn(&Self) -> Option<T>,
    ) -> Option<T> {
        let look = |_: &Reception<DocPlace>| found(self);
        self.reception.wait_for(patience, look).await
    }

    /// The document as it is published now.
    #[must_use]
    pub fn document(&self) -> Value {
        let content = self.content();
        let mut document = json!({"client_id": self.id, "client_name": "A client of the harness"});
        if let Some(members) = document.as_object_mut() {
            match content.inline {
                true => members.insert("jwks".to_owned(), key_set(&content.keys)),
                false => members.insert("jwks_uri".to_owned(), json!(self.jwks)),
            };
            if let Some(alter) = &content.alter {
                alter(members);
            }
        }
        document
    }

    /// What a sound host answers.
    pub(super) fn soundly(&self, place: DocPlace, path: &str, method: &str) -> Response {
        let body = match place {
            DocPlace::Document => Some(self.document()),
            DocPlace::Keys => Some(key_set(&self.content().keys)),
            DocPlace::Elsewhere if path.ends_with(KEYS) => Some(key_set(&self.content().keys)),
            DocPlace::Elsewhere => Some(self.document()),
            DocPlace::Other => None,
        };
        let Some(body) = body.filter(|_| method == "GET") else {
            return super::super::door::not_found();
        };
        let mut response = json(200, &body);
        let max_age = self.content().max_age;
        response.fields.remove("cache-control");
        if let Some(seconds) = max_age {
            let value = format!("max-age={seconds}");
            response.fields.push("cache-control", value);
        }
        response
    }

    /// Takes a request in.
    pub(super) fn take(
        &self,
        place: DocPlace,
        request: Request,
        event: EventId,
    ) -> oneshot::Receiver<HostAnswer> {
        let at = Instant::now();
        self.reception.take(place, Visit { request, event, at })
    }

    pub(super) fn connect(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A key set with these keys.
fn key_set(keys: &[PublicKey]) -> Value {
    let keys: Vec<Value> = keys.iter().map(PublicKey::to_jwk).collect();
    json!({"keys": keys})
}

#[cfg(test)]
mod tests {
    use super::*;
    use btx_spec::jose::Algorithm;

    fn client() -> Published {
        let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
        let key = SigningKey::from_pkcs8_pem(Algorithm::ES256, "k1", &pem).unwrap();
        let url = |text| Url::parse(text).unwrap();
        let urls = [
            &url("https://127.0.1.1:9470"),
            &url("https://127.0.1.1:9471"),
        ];
        Published::new(Timeline::default(), Host::Main, urls, "one", key)
    }

    fn answered(client: &Published, place: DocPlace, path: &str) -> (u16, Value) {
        let response = client.desk.soundly(place, path, "GET");
        let body = serde_json::from_slice(&response.body).unwrap_or_default();
        (response.status, body)
    }

    #[test]
    fn a_client_has_its_places_below_a_segment_of_its_own() {
        let client = client();
        assert_eq!(client.id, "https://127.0.1.1:9470/one/client.json");
        assert_eq!(client.jwks, "https://127.0.1.1:9470/one/jwks.json");
        assert_eq!(client.elsewhere, "https://127.0.1.1:9471/one");
    }

    #[test]
    fn the_document_names_the_client_and_its_keys_in_one_way() {
        let client = client();
        let document = client.desk.document();
        assert_eq!(document["client_id"], client.id.as_str());
        assert_eq!(document["jwks_uri"], client.jwks.as_str());
        assert!(document.get("jwks").is_none());
        client.desk.inline(true);
        let document = client.desk.document();
        assert_eq!(document["jwks"]["keys"][0]["kid"], "k1");
        assert!(document.get("jwks_uri").is_none());
        client
            .desk
            .alter_document(|members| drop(members.remove("jwks")));
        assert!(client.desk.document().get("jwks").is_none());
    }

    #[test]
    fn document_and_keys_are_at_their_places_and_elsewhere() {
        let client = client();
        for (place, path, member) in [
            (DocPlace::Document, "/one/client.json", "client_id"),
            (DocPlace::Keys, "/one/jwks.json", "keys"),
            (DocPlace::Elsewhere, "/one/client.json", "client_id"),
            (DocPlace::Elsewhere, "/one/jwks.json", "keys"),
        ] {
            let (status, body) = answered(&client, place, path);
            assert_eq!(status, 200);
            assert!(body.get(member).is_some(), "{path}: {body}");
        }
        assert_eq!(answered(&client, DocPlace::Other, "/one/x").0, 404);
        let posted = client
            .desk
            .soundly(DocPlace::Document, "/one/client.json", "POST");
        assert_eq!(posted.status, 404);
    }

    #[test]
    fn how_long_it_holds_is_said_or_not() {
        let client = client();
        let said = |client: &Published| {
            let response = client.desk.soundly(DocPlace::Keys, "/one/jwks.json", "GET");
            response.fields.get("cache-control").map(str::to_owned)
        };
        assert_eq!(said(&client).as_deref(), Some("max-age=300"));
        client.desk.max_age(Some(0));
        assert_eq!(said(&client).as_deref(), Some("max-age=0"));
        client.desk.max_age(None);
        assert_eq!(said(&client), None);
    }
}
