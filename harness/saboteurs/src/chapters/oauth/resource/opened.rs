//! A JWT, taken apart as far as that goes.

use crate::{chapters::oauth::pairs::Pairs, message::Members};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// How long a token lives that is given a new end, in seconds.
const LIFETIME: i64 = 300;
/// The names that a scenario has twice.
const NAMES: [&str; 5] = ["aud", "exp", "sub", "typ", "alg"];

/// A JWT, taken apart as far as that goes.
pub(in crate::chapters) struct Opened {
    /// Its header; of members of one name the last.
    pub(in crate::chapters) header: Members,
    /// Its claims; likewise.
    pub(in crate::chapters) claims: Members,
    /// What stands in the place of its signature.
    pub(in crate::chapters) seal: String,
    /// The time.
    pub(in crate::chapters) now: i64,
    header_text: String,
    claims_text: String,
}

impl Opened {
    /// Takes a token apart.
    pub(in crate::chapters) fn of(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let header_text = decoded(parts.next()?)?;
        let claims_text = decoded(parts.next()?)?;
        Some(Self {
            header: serde_json::from_str(&header_text).ok()?,
            claims: serde_json::from_str(&claims_text).ok()?,
            seal: parts.next().unwrap_or_default().to_owned(),
            now: now(),
            header_text,
            claims_text,
        })
    }

    /// A member of its header, if it is text.
    pub(in crate::chapters) fn head(&self, name: &str) -> &str {
        let value = self.header.get(name).and_then(Value::as_str);
        value.unwrap_or_default()
    }

    /// A claim, if it is text.
    pub(in crate::chapters) fn claim(&self, name: &str) -> &str {
        let value = self.claims.get(name).and_then(Value::as_str);
        value.unwrap_or_default()
    }

    /// Puts a claim in the place of what is there.
    pub(in crate::chapters) fn say(&mut self, name: &str, value: Value) {
        self.claims.insert(name.to_owned(), value);
    }

    /// Lets it live a while from now on.
    pub(in crate::chapters) fn renew(&mut self) {
        self.say("exp", json!(self.now + LIFETIME));
    }

    /// Whether it names the key of the issuer that it says it is of. A key of the lab is called as the host
    /// of its issuer begins.
    pub(in crate::chapters) fn names_the_key_of_its_issuer(&self) -> bool {
        let key_id = self.head("kid");
        !key_id.is_empty() && self.claim("iss").starts_with(&host_of(key_id))
    }

    /// Whether the issuer of the key that it names is that one.
    pub(in crate::chapters) fn names_a_key_of(&self, issuer: &str) -> bool {
        issuer.starts_with(&host_of(self.head("kid")))
    }

    /// Whether it brings a key along, or says where one is.
    pub(in crate::chapters) fn brings_a_key(&self) -> bool {
        let names = ["jwk", "jku", "x5c", "x5u"];
        names.iter().any(|name| self.header.contains_key(*name))
    }

    /// Whether a name stands twice in its header.
    pub(in crate::chapters) fn repeats_in_its_header(&self) -> bool {
        repeats(&self.header_text)
    }

    /// Whether a name stands twice in its claims.
    pub(in crate::chapters) fn repeats_in_its_claims(&self) -> bool {
        repeats(&self.claims_text)
    }

    /// Puts the first claim of each name in the place of the last.
    pub(in crate::chapters) fn prefer_the_first(&mut self) {
        for name in NAMES {
            if let Some(value) = first(&self.claims_text, name) {
                self.claims.insert(name.to_owned(), value);
            }
        }
    }
}

fn host_of(key_id: &str) -> String {
    format!("https://{key_id}.")
}

fn decoded(part: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn repeats(text: &str) -> bool {
    serde_json::from_str(text).is_ok_and(|members: Pairs| members.repeats())
}

/// The value behind the first member of a name.
fn first(text: &str, name: &str) -> Option<Value> {
    let (_, rest) = text.split_once(&format!("\"{name}\":"))?;
    let mut values = serde_json::Deserializer::from_str(rest).into_iter();
    values.next()?.ok()
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
}
