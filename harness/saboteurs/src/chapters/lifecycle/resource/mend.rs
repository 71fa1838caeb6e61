//! Bearers whose fault a saboteur does not see: it mends the fault and signs again, with a key of its own that it
//! puts into every key set that the resource fetches. All other bearers stay as they are.

use super::requests::{bearer, has_session_token, show};
use crate::{
    chapters::oauth::resource::opened::Opened, ledger::lock, message::Members, outbound::Courier,
    sabotage::LcResourceSabotage,
};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::jose::{Algorithm, KeySet, PublicKey, SignedToken, SigningKey};
use bytes::Bytes;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// The type of a bearer.
const TYPE: &str = "bearer+jwt";

/// What a saboteur has seen of its configuration and of the issuers.
#[derive(Clone, Default)]
pub(super) struct Place {
    /// The identifier of the resource.
    pub(super) identifier: String,
    /// How long a bearer lives, in seconds.
    pub(super) lifetime: i64,
    /// The difference of clocks that it allows, in seconds.
    pub(super) skew: i64,
    /// The identifier of each issuer, by the URL of its key set.
    issuers: HashMap<String, String>,
    /// The keys that were in each set last, by that URL.
    keys: HashMap<String, Vec<PublicKey>>,
}

impl Place {
    /// The issuer of whom a key that has the name in a bearer verifies it. Two may have keys of one name.
    pub(super) fn signer_of(&self, text: &str) -> Option<&str> {
        let token = SignedToken::parse(text).ok()?;
        let signs = |key: &PublicKey| key.id() == token.key_id() && verifies(key, &token);
        let (url, _) = self.keys.iter().find(|(_, keys)| keys.iter().any(signs))?;
        self.issuers.get(url).map(String::as_str)
    }

    /// Whether that one is an issuer whose keys have been fetched.
    pub(super) fn has_met(&self, issuer: &str) -> bool {
        self.keys_of(issuer).is_some()
    }

    /// Whether that issuer has a key of that name.
    pub(super) fn has_key(&self, issuer: &str, key_id: &str) -> bool {
        let keys = self.keys_of(issuer).unwrap_or_default();
        keys.iter().any(|key| key.id() == Some(key_id))
    }

    /// Whether a key of anybody that has the name in a bearer verifies it.
    pub(super) fn verified_by_anybody(&self, text: &str) -> bool {
        self.signer_of(text).is_some()
    }

    /// Whether a key of that issuer verifies a bearer.
    pub(super) fn verified_by(&self, issuer: &str, text: &str) -> bool {
        let Ok(token) = SignedToken::parse(text) else {
            return false;
        };
        let keys = self.keys_of(issuer).unwrap_or_default();
        keys.iter().any(|key| verifies(key, &token))
    }

    fn keys_of(&self, issuer: &str) -> Option<&[PublicKey]> {
        let (url, _) = self.issuers.iter().find(|(_, one)| *one == issuer)?;
        self.keys.get(url).map(Vec::as_slice)
    }

    fn note(&mut self, url: &str, body: &[u8]) {
        let Ok(members) = serde_json::from_slice::<Value>(body) else {
            return;
        };
        if let Some(Value::Array(keys)) = members.get("keys") {
            let keys = keys.iter();
            let keys = keys.filter_map(|key| PublicKey::parse_jwk(&key.to_string()).ok());
            self.keys.insert(url.to_owned(), keys.collect());
        }
    }
}

fn verifies(key: &PublicKey, token: &SignedToken) -> bool {
    let set = KeySet::of(vec![key.clone()]);
    set.verify(token, &Algorithm::ALL).is_ok()
}

/// A bearer that was shown, as a saboteur looks at it.
pub(super) struct Shown<'a> {
    /// Its text.
    pub(super) text: &'a str,
    /// Its parts.
    pub(super) opened: Opened,
    /// What is known besides.
    pub(super) place: &'a Place,
    /// Whether a session token came with it.
    pub(super) with_session: bool,
}

impl Shown<'_> {
    /// Whether the key that it names is one of the issuer that it says it is of.
    pub(super) fn names_a_key(&self) -> bool {
        let issuer = self.opened.claim("iss");
        self.place.has_key(issuer, self.opened.head("kid"))
    }

    /// A time in it, in seconds of the epoch.
    pub(super) fn time(&self, name: &str) -> Option<i64> {
        self.opened.claims.get(name).and_then(Value::as_i64)
    }

    /// Makes a bearer of now of it.
    pub(super) fn renew(&mut self) {
        let (now, lifetime) = (self.opened.now, self.place.lifetime);
        self.opened.say("iat", json!(now));
        self.opened.say("exp", json!(now + lifetime));
    }
}

/// A saboteur that signs again.
struct Forger {
    key: Arc<SigningKey>,
    place: Arc<Mutex<Place>>,
}

impl Forger {
    /// A forger with a new key, if one can be made.
    fn new() -> Option<Self> {
        let pem = rcgen::KeyPair::generate().ok()?.serialize_pem();
        let key = SigningKey::from_pkcs8_pem(Algorithm::ES256, "saboteur", &pem);
        Some(Self {
            key: Arc::new(key.ok()?),
            place: Arc::default(),
        })
    }

    /// What it has seen so far.
    fn place(&self) -> Place {
        lock(&self.place).clone()
    }

    /// Signs claims as a bearer.
    fn sign(&self, claims: &Members) -> Option<String> {
        self.key.sign(Some(TYPE), claims).ok()
    }

    /// A resource whose issuers all have the key of the forger.
    fn resource(&self) -> LcResourceSabotage {
        let known = self.place.clone();
        LcResourceSabotage::new()
            .config(move |config| {
                let mut place = lock(&known);
                config.identifier.as_str().clone_into(&mut place.identifier);
                let whole = |time: std::time::Duration| i64::try_from(time.as_secs());
                place.lifetime = whole(config.lifetime).unwrap_or_default();
                place.skew = whole(config.clock_skew).unwrap_or_default();
                for signer in &config.signers {
                    let url = signer.key_set.as_str().to_owned();
                    place
                        .issuers
                        .insert(url, signer.identifier.as_str().to_owned());
                }
            })
            .courier(Adding {
                jwk: self.key.public().to_jwk().to_string(),
                place: self.place.clone(),
            })
    }
}

/// A resource that does not see a fault: `mend` takes it away, and says whether it was there.
pub(super) fn blind(mend: fn(&mut Shown) -> bool) -> Alterations {
    let Some(forger) = Forger::new() else {
        return Alterations::default();
    };
    let resource = forger.resource();
    resource
        .asked(move |asked| {
            let place = forger.place();
            let signed = bearer(asked).and_then(|text| {
                let mut shown = Shown {
                    text,
                    opened: Opened::of(text)?,
                    place: &place,
                    with_session: has_session_token(asked),
                };
                mend(&mut shown).then(|| forger.sign(&shown.opened.claims))?
            });
            if let Some(signed) = signed {
                show(asked, &signed);
            }
        })
        .alterations()
}

/// Adds a key to every set of keys that is fetched. Everything else of the answer stays as it came, octet by octet.
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
        Some(Bytes::from(format!(
            "{before}\"keys\":[{}{comma}{after}",
            self.jwk
        )))
    }
}
