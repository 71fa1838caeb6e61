//! Service JWTs whose fault a saboteur does not see: it mends the fault and signs again, with a key of its own
//! that it puts among the keys of every client whose document or key set the resource fetches. All other JWTs
//! stay as they are, and so do those of clients that the resource has not met: what is fetched for whom, and
//! when, is not what such a saboteur gets wrong.

use super::requests::{Opened, jwt, show};
use crate::{ledger::lock, outbound::Courier, sabotage::JwtResourceSabotage};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::{
    jose::{Algorithm, KeySet, PublicKey, SignedToken, SigningKey},
    jwt::{LARGEST_DOCUMENT, LARGEST_JWT, LARGEST_KEY_SET, MOST_KEYS, SERVICE_TYPE},
};
use bytes::Bytes;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

/// How long a signature of ES256 is.
const SIGNATURE: usize = 86;

/// What a saboteur has seen of its configuration and of its clients.
#[derive(Clone, Default)]
pub(in crate::chapters::jwt) struct Place {
    /// The identifier of the resource.
    pub(super) identifier: String,
    /// Where the keys of a client are, by its client id.
    places: HashMap<String, String>,
    /// The keys that were there last.
    keys: HashMap<String, Vec<PublicKey>>,
}

impl Place {
    /// Whether the keys of a client have been fetched.
    pub(in crate::chapters::jwt) fn has_met(&self, client: &str) -> bool {
        !self.keys_of(client).is_empty()
    }

    /// Whether one of the client's keys has that name.
    pub(in crate::chapters::jwt) fn has_key(&self, client: &str, key_id: &str) -> bool {
        self.keys_of(client)
            .iter()
            .any(|key| key.id() == Some(key_id))
    }

    /// Whether a key of anybody that has the name of the key of a JWT verifies it.
    pub(in crate::chapters::jwt) fn verified_by_anybody(&self, text: &str) -> bool {
        let Ok(token) = SignedToken::parse(text) else {
            return false;
        };
        let all = self.keys.values().flatten();
        all.filter(|key| key.id() == token.key_id()).any(|key| {
            KeySet::of(vec![key.clone()])
                .verify(&token, &Algorithm::ALL)
                .is_ok()
        })
    }

    /// Whether one of the client's keys verifies a JWT, whatever it is called.
    pub(in crate::chapters::jwt) fn verified_by_any(&self, client: &str, text: &str) -> bool {
        let Ok(token) = SignedToken::parse(text) else {
            return false;
        };
        let own = self.keys_of(client).iter();
        own.filter_map(|key| called(key, token.key_id()))
            .any(|key| {
                KeySet::of(vec![key])
                    .verify(&token, &Algorithm::ALL)
                    .is_ok()
            })
    }

    fn keys_of(&self, client: &str) -> &[PublicKey] {
        let keys = self
            .places
            .get(client)
            .and_then(|place| self.keys.get(place));
        keys.map_or(&[], Vec::as_slice)
    }

    /// Notes what was fetched.
    fn note(&mut self, url: &str, body: &[u8]) {
        let Ok(members) = serde_json::from_slice::<Value>(body) else {
            return;
        };
        if let Some(place) = members.get("jwks_uri").and_then(Value::as_str) {
            self.places.insert(url.to_owned(), place.to_owned());
        }
        let inline = members.pointer("/jwks/keys");
        if inline.is_some() {
            self.places.insert(url.to_owned(), url.to_owned());
        }
        if let Some(Value::Array(keys)) = inline.or(members.get("keys")) {
            let keys = keys
                .iter()
                .filter_map(|key| PublicKey::parse_jwk(&key.to_string()).ok());
            self.keys.insert(url.to_owned(), keys.collect());
        }
    }
}

/// The same key under another name.
fn called(key: &PublicKey, name: Option<&str>) -> Option<PublicKey> {
    let mut jwk = key.to_jwk();
    if let (Some(members), Some(name)) = (jwk.as_object_mut(), name) {
        members.insert("kid".to_owned(), json!(name));
    }
    PublicKey::parse_jwk(&jwk.to_string()).ok()
}

/// A JWT that was shown, as a saboteur looks at it.
pub(super) struct Shown<'a> {
    /// Its text.
    pub(super) text: &'a str,
    /// Its parts.
    pub(super) opened: Opened,
    /// What is known besides.
    pub(super) place: &'a Place,
    /// The name by which the resource was called.
    pub(super) host: &'a str,
    /// The replica that it came to, counted from 0.
    pub(super) replica: usize,
}

impl Shown<'_> {
    /// The client that it says to be of.
    pub(super) fn client(&self) -> String {
        self.opened.claim("iss").to_owned()
    }

    /// Whether it has the form of a JWT but for its signature, so that something else is what a scenario is
    /// about.
    pub(super) fn is_plain(&self) -> bool {
        let Some((signed, seal)) = self.text.rsplit_once('.') else {
            return false;
        };
        let right = format!("{signed}.{}", "A".repeat(SIGNATURE));
        seal.chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
            && SignedToken::parse(&right).is_ok()
            && self.text.len() <= LARGEST_JWT
            && !self.opened.header.contains_key("crit")
    }

    /// Whether it names a key of its client.
    pub(super) fn names_a_key(&self) -> bool {
        self.place.has_key(&self.client(), self.opened.head("kid"))
    }

    /// Whether a key of its client has signed it.
    pub(super) fn is_signed(&self) -> bool {
        self.place.verified_by_any(&self.client(), self.text)
    }

    /// Makes a JWT of now of it.
    pub(super) fn renew(&mut self) {
        let now = self.opened.now;
        self.opened.say("iat", json!(now));
        self.opened.say("exp", json!(now + 60));
    }
}

/// The alterations of a saboteur that signs again.
pub(in crate::chapters::jwt) struct Forger {
    key: Arc<SigningKey>,
    place: Arc<Mutex<Place>>,
}

impl Forger {
    /// A forger with a new key, if one can be made.
    pub(in crate::chapters::jwt) fn new() -> Option<Self> {
        let pem = rcgen::KeyPair::generate().ok()?.serialize_pem();
        let key = SigningKey::from_pkcs8_pem(Algorithm::ES256, "saboteur", &pem);
        Some(Self {
            key: Arc::new(key.ok()?),
            place: Arc::default(),
        })
    }

    /// What adds its key to everything that is fetched, and notes what that was.
    pub(in crate::chapters::jwt) fn courier(&self) -> impl Courier + use<> {
        Adding {
            jwk: self.key.public().to_jwk().to_string(),
            place: self.place.clone(),
        }
    }

    /// What it has seen so far.
    pub(in crate::chapters::jwt) fn place(&self) -> Place {
        lock(&self.place).clone()
    }

    /// Signs what is opened again.
    pub(in crate::chapters::jwt) fn sign(&self, typ: &str, opened: &Opened) -> Option<String> {
        self.key.sign(Some(typ), &opened.claims).ok()
    }

    /// A resource whose clients all have the key of the forger, which signs again what is mended.
    pub(super) fn mending(
        self,
        mend: impl Fn(&mut Shown) -> bool + Send + Sync + 'static,
    ) -> JwtResourceSabotage {
        let courier = self.courier();
        let Self { key, place } = self;
        let known = place.clone();
        JwtResourceSabotage::new()
            .config(move |config| {
                config
                    .identifier
                    .as_str()
                    .clone_into(&mut lock(&known).identifier);
            })
            .courier(courier)
            .asked(move |asked| {
                let place = lock(&place).clone();
                let signed = jwt(asked).and_then(|text| {
                    let mut shown = Shown {
                        text,
                        opened: Opened::of(text)?,
                        place: &place,
                        host: asked.field("host").unwrap_or_default(),
                        replica: asked.replica,
                    };
                    let mends = place.has_met(&shown.client()) && mend(&mut shown);
                    mends.then(|| key.sign(Some(SERVICE_TYPE), &shown.opened.claims).ok())?
                });
                if let Some(signed) = signed {
                    show(asked, &signed);
                }
            })
    }
}

/// A resource that does not see a fault: `mend` takes it away, and says whether it was there.
pub(super) fn blind(mend: fn(&mut Shown) -> bool) -> Alterations {
    match Forger::new() {
        Some(forger) => forger.mending(mend).alterations(),
        None => Alterations::default(),
    }
}

/// A `jti` that nobody has used.
pub(super) fn fresh() -> String {
    static USED: AtomicU64 = AtomicU64::new(0);
    format!(
        "of-the-saboteur-{:020}",
        USED.fetch_add(1, Ordering::Relaxed)
    )
}

/// Adds a key to every set of keys that is fetched, as long as it stays one that may be used. Everything else
/// of the answer stays as it came, octet by octet.
struct Adding {
    jwk: String,
    place: Arc<Mutex<Place>>,
}

impl Courier for Adding {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let url = request.url.clone();
            let mut outcome = inner.get(request).await;
            if let OutboundOutcome::Answered(answer) = &mut outcome
                && answer.status == 200
            {
                lock(&self.place).note(&url, &answer.body);
                if let Some(body) = self.added_to(&answer.body) {
                    answer.body = body;
                }
            }
            outcome
        })
    }
}

impl Adding {
    fn added_to(&self, body: &[u8]) -> Option<Bytes> {
        let text = std::str::from_utf8(body).ok()?;
        let (before, after) = text.split_once("\"keys\":[")?;
        let comma = if after.starts_with(']') { "" } else { "," };
        let longer = format!("{before}\"keys\":[{}{comma}{after}", self.jwk);
        let is_document = text.contains("\"client_id\"");
        let most = if is_document {
            LARGEST_DOCUMENT
        } else {
            LARGEST_KEY_SET
        };
        let fits = longer.len() <= most && longer.matches("\"kty\"").count() <= MOST_KEYS;
        fits.then(|| Bytes::from(longer))
    }
}
