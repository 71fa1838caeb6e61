//! Clients that nobody has registered, and the hosts of their documents, without sockets.

#![allow(
    dead_code,
    reason = "every test file uses another part of the laboratory"
)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use btx_reference::jwt::verifier::{Config, Expected, Proven, Refused, Verifier};
use btx_reference::oauth::Parts;
use btx_reference::oauth::store::{MemoryTokens, TokenStore};
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use btx_reference::random::SystemRandom;
use btx_spec::jose::{Algorithm, KeySet, SigningKey};
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256};
use serde_json::{Map, Value, json};

use crate::lab::{NEW_YEAR, TestClock};

pub(crate) const AUDIENCE: &str = "https://counter.example";
pub(crate) const EXPECTED: Expected<'static> = Expected {
    typ: "service+jwt",
    audience: AUDIENCE,
};

/// What stands at an address.
#[derive(Clone)]
pub(crate) enum Page {
    /// This answer.
    Answered(Box<Answer>),
    /// Nothing that ever comes.
    Stalled,
    /// Nobody.
    Nobody,
}

/// The hosts of all clients.
#[derive(Default)]
pub(crate) struct Hosts {
    pages: Mutex<HashMap<String, Page>>,
    asked: Mutex<Vec<OutboundRequest>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl Hosts {
    pub(crate) fn put(&self, url: &str, page: Page) {
        self.pages.lock().unwrap().insert(url.to_owned(), page);
    }

    /// How often this address was asked.
    pub(crate) fn count(&self, url: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| asked.url == url).count()
    }

    pub(crate) fn total(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    pub(crate) fn last(&self) -> OutboundRequest {
        self.asked.lock().unwrap().last().unwrap().clone()
    }

    pub(crate) fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::SeqCst)
    }

    async fn answer(&self, request: OutboundRequest) -> OutboundOutcome {
        let page = self.pages.lock().unwrap().get(&request.url).cloned();
        let deadline = request.deadline;
        self.asked.lock().unwrap().push(request);
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        // Others get their turn meanwhile, as they would while octets travel.
        tokio::task::yield_now().await;
        let outcome = match page {
            Some(Page::Answered(answer)) => OutboundOutcome::Answered(*answer),
            Some(Page::Stalled) => {
                tokio::time::sleep_until(deadline).await;
                OutboundOutcome::NoAnswer("too slow".to_owned())
            }
            Some(Page::Nobody) | None => OutboundOutcome::Unreachable("nobody".to_owned()),
        };
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        outcome
    }
}

impl Outbound for Hosts {
    fn post(&self, _: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        futures::future::ready(OutboundOutcome::Unreachable("nobody posts".to_owned())).boxed()
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.answer(request).boxed()
    }

    fn refuses(&self, url: &str) -> Option<String> {
        let inside = url.starts_with("https://10.") || url.starts_with("https://[::1]");
        inside.then(|| "an address of special use".to_owned())
    }
}

/// An answer of 200 with this JSON.
pub(crate) fn json_answer(body: &Value) -> Answer {
    Answer {
        status: 200,
        content_type: Some("application/json".to_owned()),
        body: Bytes::from(body.to_string()),
        ..Answer::default()
    }
}

pub(crate) fn page(body: &Value) -> Page {
    Page::Answered(Box::new(json_answer(body)))
}

/// An answer that says how it may be cached.
pub(crate) fn held_for(body: &Value, cache_control: &str) -> Page {
    Page::Answered(Box::new(Answer {
        cache_control: Some(cache_control.to_owned()),
        ..json_answer(body)
    }))
}

pub(crate) fn signing_key(algorithm: Algorithm, id: &str) -> SigningKey {
    let kind = match algorithm {
        Algorithm::ES256 => &PKCS_ECDSA_P256_SHA256,
        Algorithm::EdDSA => &PKCS_ED25519,
        Algorithm::PS256 | Algorithm::RS256 => &PKCS_RSA_SHA256,
    };
    let pem = KeyPair::generate_for(kind).unwrap().serialize_pem();
    SigningKey::from_pkcs8_pem(algorithm, id, &pem).unwrap()
}

/// A client and its key.
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) jwks: String,
    pub(crate) key: SigningKey,
}

static JWTS: AtomicU64 = AtomicU64::new(0);

impl Client {
    /// A client of this name at a host of its own.
    pub(crate) fn new(name: &str) -> Self {
        Self::at(&format!("https://{name}.example"), name)
    }

    /// A client of this name at this host.
    pub(crate) fn at(origin: &str, name: &str) -> Self {
        Self {
            id: format!("{origin}/{name}.json"),
            jwks: format!("{origin}/{name}.jwks"),
            key: signing_key(Algorithm::ES256, "k1"),
        }
    }

    pub(crate) fn document(&self) -> Value {
        json!({ "client_id": self.id, "jwks_uri": self.jwks })
    }

    pub(crate) fn keys(&self) -> Value {
        KeySet::of(vec![self.key.public()]).to_json()
    }

    /// Publishes document and keys, which say nothing of how long they hold.
    pub(crate) fn publish(&self, hosts: &Hosts) {
        hosts.put(&self.id, page(&self.document()));
        hosts.put(&self.jwks, page(&self.keys()));
    }

    pub(crate) fn claims(&self) -> Map<String, Value> {
        let number = JWTS.fetch_add(1, Ordering::SeqCst);
        let claims = json!({
            "iss": self.id, "sub": self.id, "aud": AUDIENCE, "jti": format!("a-name-of-its-own-{number}"),
            "iat": NEW_YEAR, "exp": NEW_YEAR + 60,
        });
        claims.as_object().unwrap().clone()
    }

    pub(crate) fn jwt(&self) -> String {
        self.sign(&self.claims())
    }

    pub(crate) fn sign(&self, claims: &Map<String, Value>) -> String {
        self.key.sign(Some("service+jwt"), claims).unwrap()
    }

    /// A JWT with one claim other than it should be; null leaves it out.
    pub(crate) fn jwt_with(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims();
        match value {
            Value::Null => claims.remove(name),
            value => claims.insert(name.to_owned(), value),
        };
        self.sign(&claims)
    }
}

/// A verifier, its hosts and its clock.
pub(crate) struct Scene {
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) tokens: Arc<dyn TokenStore>,
    pub(crate) verifier: Verifier,
}

impl Scene {
    pub(crate) fn new(alter: impl FnOnce(&mut Config)) -> Self {
        Self::with_store(Arc::new(MemoryTokens::new()), alter)
    }

    pub(crate) fn with_store(tokens: Arc<dyn TokenStore>, alter: impl FnOnce(&mut Config)) -> Self {
        let (hosts, clock) = (Arc::new(Hosts::default()), TestClock::new());
        let mut config = Config::default();
        alter(&mut config);
        let parts = parts(&hosts, &clock, &tokens);
        Self {
            verifier: Verifier::new(config, parts),
            hosts,
            clock,
            tokens,
        }
    }

    /// A scene with a client whose document and keys are published.
    pub(crate) fn with_client(alter: impl FnOnce(&mut Config)) -> (Self, Client) {
        let scene = Self::new(alter);
        let client = Client::new("shop");
        client.publish(&scene.hosts);
        (scene, client)
    }

    pub(crate) fn parts(&self) -> Parts {
        parts(&self.hosts, &self.clock, &self.tokens)
    }

    pub(crate) async fn verify(&self, jwt: &str) -> Result<Proven, Refused> {
        self.verifier.verify(jwt, &EXPECTED).await
    }

    /// Whether a JWT that it has not seen yet is taken.
    pub(crate) async fn takes(&self, client: &Client) -> bool {
        self.verify(&client.jwt()).await.is_ok()
    }
}

pub(crate) fn parts(
    hosts: &Arc<Hosts>,
    clock: &Arc<TestClock>,
    tokens: &Arc<dyn TokenStore>,
) -> Parts {
    Parts {
        clock: clock.clone(),
        random: Arc::new(SystemRandom),
        tokens: Arc::clone(tokens),
        outbound: hosts.clone(),
    }
}
