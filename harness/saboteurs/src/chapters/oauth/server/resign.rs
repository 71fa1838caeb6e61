//! Assertions whose fault a saboteur does not see: it mends the fault and signs again, with a key of its
//! own that it has put beside those of the party. All other assertions stay as they are.

use super::requests::{edit_form, form, is_token, put};
use crate::{
    chapters::oauth::pairs::pairs, ledger::lock, message::Members, sabotage::ServerSabotage,
};
use btx_harness::embedded::Alterations;
use btx_reference::oauth::server::{ClientAuth, Config};
use btx_spec::jose::{Algorithm, KeySet, SignedToken, SigningKey};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

/// What the key of a saboteur is called.
const KEY_ID: &str = "saboteur";

/// Whose assertions are mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Those by which a client proves itself.
    Client,
    /// Those about a service account.
    Account,
}

/// A party that signs: its name, its keys, and the account that it speaks for.
#[derive(Clone)]
struct Signer {
    name: String,
    subject: String,
    keys: Arc<KeySet>,
    algorithms: Vec<Algorithm>,
}

/// An assertion, taken apart as far as that goes.
pub(super) struct Opened {
    /// Its header; of members of one name the last.
    pub(super) header: Members,
    /// Its claims; likewise.
    pub(super) claims: Members,
    /// Whether a name stands twice in one of the two.
    pub(super) repeats: bool,
    /// The first audience of several members.
    pub(super) first_audience: Option<Value>,
    /// Who has signed it, if anybody has.
    signed_by: Option<Signer>,
    /// Whose key it names.
    key_of: Option<Signer>,
    /// The first of all signers.
    anybody: Option<Signer>,
    /// The issuer identifier of the server.
    pub(super) issuer: String,
    /// The time.
    pub(super) now: i64,
}

impl Opened {
    /// Whether the key of its party verifies it.
    pub(super) fn is_signed(&self) -> bool {
        self.signed_by.is_some()
    }

    /// Whether it names a key of a party.
    pub(super) fn names_a_key(&self) -> bool {
        self.key_of.is_some()
    }

    /// Whether its algorithm is the one of the key that it names.
    pub(super) fn has_the_algorithm_of_its_key(&self) -> bool {
        let named = self.header.get("alg").and_then(Value::as_str);
        let signer = self.key_of.as_ref();
        signer.is_some_and(|s| {
            s.algorithms
                .iter()
                .any(|a| Some(a.to_string().as_str()) == named)
        })
    }

    /// Whether it has a header parameter of that name.
    pub(super) fn brings(&self, name: &str) -> bool {
        self.header.contains_key(name)
    }

    /// What a claim says, if it is text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// Puts a claim in the place of what is there.
    pub(super) fn say(&mut self, name: &str, value: Value) {
        self.claims.insert(name.to_owned(), value);
    }

    /// Lets it live a minute from now on.
    pub(super) fn renew(&mut self) {
        let now = self.now;
        self.claims.remove("nbf");
        self.say("iat", json!(now));
        self.say("exp", json!(now + 60));
    }

    /// Makes it one of the party whose key it names, about whom that party may speak.
    pub(super) fn speak_for_its_key(&mut self) {
        let signer = self.key_of.clone().or_else(|| self.anybody.clone());
        if let Some(Signer { name, subject, .. }) = signer {
            self.say("iss", json!(name));
            self.say("sub", json!(subject));
        }
    }
}

/// A server that does not see a fault: `mend` takes it away, and says whether it was there.
pub(super) fn blind(
    of: Of,
    mend: impl Fn(&mut Opened) -> bool + Send + Sync + 'static,
) -> Alterations {
    let Some(key) = own_key().map(Arc::new) else {
        return Alterations::default();
    };
    let known: Arc<Mutex<(String, Vec<Signer>)>> = Arc::default();
    let (learning, added) = (known.clone(), key.clone());
    ServerSabotage::new()
        .config(move |config| {
            let signers = take_in(of, config, &added);
            *lock(&learning) = (config.issuer.as_str().to_owned(), signers);
        })
        .asked(move |asked| {
            if !is_token(asked) {
                return;
            }
            let (issuer, signers) = lock(&known).clone();
            let name = of.parameter();
            let mut shown = form(asked).into_iter().filter(|(n, _)| n == name);
            // What stands twice is refused for that.
            let shown = shown.next().filter(|_| shown.next().is_none());
            let opened = shown.and_then(|(_, text)| open(&text, issuer, &signers));
            if let Some(mut opened) = opened
                && mend(&mut opened)
                && let Some(signed) = signed_again(&key, &opened)
            {
                edit_form(asked, |form| put(form, name, &signed));
            }
        })
        .alterations()
}

/// A new key of a saboteur.
pub(super) fn own_key() -> Option<SigningKey> {
    let pem = rcgen::KeyPair::generate().ok()?.serialize_pem();
    SigningKey::from_pkcs8_pem(Algorithm::ES256, KEY_ID, &pem).ok()
}

impl Of {
    /// The parameter that such assertions stand in.
    pub(super) fn parameter(self) -> &'static str {
        match self {
            Self::Client => "client_assertion",
            Self::Account => "assertion",
        }
    }
}

/// Puts the key of the saboteur beside those of the parties, and gives these.
fn take_in(of: Of, config: &mut Config, key: &SigningKey) -> Vec<Signer> {
    let mut signers = Vec::new();
    let mut add =
        |name: &str, subject: &str, keys: &mut Arc<KeySet>, algorithms: &mut Vec<Algorithm>| {
            signers.push(Signer {
                name: name.to_owned(),
                subject: subject.to_owned(),
                keys: keys.clone(),
                algorithms: algorithms.clone(),
            });
            let all = keys.keys().iter().cloned().chain([key.public()]);
            *keys = Arc::new(KeySet::of(all.collect()));
            algorithms.push(Algorithm::ES256);
        };
    match of {
        Of::Client => {
            for client in &mut config.clients {
                if let ClientAuth::PrivateKeyJwt { keys, algorithms } = &mut client.auth {
                    add(&client.id, &client.id, keys, algorithms);
                }
            }
        }
        Of::Account => {
            for trusted in &mut config.trusted_issuers {
                let mut accounts = config.accounts.iter();
                let own = accounts.find(|a| a.issuers.contains(&trusted.issuer));
                let account = own.map_or("", |account| &account.name);
                add(
                    &trusted.issuer,
                    account,
                    &mut trusted.keys,
                    &mut trusted.algorithms,
                );
            }
        }
    }
    signers
}

fn open(text: &str, issuer: String, signers: &[Signer]) -> Option<Opened> {
    let mut parts = text.split('.');
    let header = pairs(parts.next()?)?;
    let claims = pairs(parts.next()?)?;
    let first_audience = claims.0.iter().find(|(n, _)| n == "aud");
    let kid = header.0.iter().find(|(n, _)| n == "kid");
    let kid = kid.and_then(|(_, value)| value.as_str());
    let key_of = signers
        .iter()
        .find(|s| kid.is_some_and(|kid| s.keys.has(kid)));
    let token = SignedToken::parse(text).ok();
    let signed_by = key_of.filter(|signer| {
        token
            .as_ref()
            .is_some_and(|token| signer.keys.verify(token, &signer.algorithms).is_ok())
    });
    Some(Opened {
        repeats: header.repeats() || claims.repeats(),
        first_audience: first_audience.map(|(_, value)| value.clone()),
        signed_by: signed_by.cloned(),
        key_of: key_of.cloned(),
        anybody: signers.first().cloned(),
        header: header.0.into_iter().collect(),
        claims: claims.0.into_iter().collect(),
        issuer,
        now: now(),
    })
}

/// Signed anew: with what it says, and with nothing in its header but what has to be there and its type.
fn signed_again(key: &SigningKey, opened: &Opened) -> Option<String> {
    let typ = opened.header.get("typ").and_then(Value::as_str);
    key.sign(typ, &opened.claims).ok()
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
}
