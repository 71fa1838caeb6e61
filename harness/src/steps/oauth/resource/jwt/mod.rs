//! A JWT access token before it is shown: faultless at first, and then altered in the one way that a
//! scenario describes in words.

mod claims;
mod header;
mod proof;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use btx_spec::jose::{KeyFault, SigningKey};
pub(super) use proof::Proof;
use serde_json::{Value, json};

/// What a token is about: who issues it, for whom, and when.
pub(super) struct Facts {
    /// The identifier of its issuer.
    pub(super) issuer: String,
    /// The identifier of another issuer that the resource trusts as well.
    pub(super) other_issuer: Option<String>,
    /// The key id of that other issuer.
    pub(super) other_key_id: Option<String>,
    /// The key id under which the issuer publishes its key.
    pub(super) key_id: String,
    /// The algorithm of that key.
    pub(super) algorithm: String,
    /// The public half of that key, as a JWK.
    pub(super) public: Value,
    /// The public half of the key of a stranger, as a JWK.
    pub(super) strange: Value,
    /// The certificate that the stranger has made for it, as base64.
    pub(super) certificate: String,
    /// A URL at which nobody has any business; the key of the stranger is served there.
    pub(super) trap: String,
    /// The identifier of the resource.
    pub(super) resource: String,
    /// The scopes, as they stand in a token.
    pub(super) scope: String,
    /// The time, in seconds of the epoch.
    pub(super) now: i64,
    /// The difference of clocks that the resource allows, in seconds.
    pub(super) skew: i64,
}

/// A JWT access token before it is signed.
#[derive(Debug, Clone)]
pub(super) struct Jwt {
    /// The members of its header.
    pub(super) header: Members,
    /// Its claims.
    pub(super) claims: Members,
    /// What stands in the place of its signature.
    pub(super) proof: Proof,
    /// What is shown in the place of what was signed.
    pub(super) shown: Shown,
}

/// What of a token is another once it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// Nothing.
    AsSigned,
    /// Its header has a member that it had not.
    WithHeader(&'static str),
    /// A claim of it has this value.
    WithClaim(&'static str, Value),
}

/// The members of a JSON object, in their order; a name may stand twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Members(Vec<(String, Value)>);

/// How long a faultless token lives, in seconds.
const LIFETIME: i64 = 300;

impl Jwt {
    /// A token without fault (RFC 9068 section 2).
    pub(super) fn faultless(facts: &Facts) -> Self {
        Self {
            header: Members::of([
                ("typ", json!("at+jwt")),
                ("alg", json!(facts.algorithm)),
                ("kid", json!(facts.key_id)),
            ]),
            claims: Members::of([
                ("iss", json!(facts.issuer)),
                ("sub", json!("btx-client")),
                ("client_id", json!("btx-client")),
                ("aud", json!(facts.resource)),
                ("scope", json!(facts.scope)),
                ("iat", json!(facts.now)),
                ("exp", json!(facts.now + LIFETIME)),
                ("jti", json!(uuid::Uuid::new_v4().to_string())),
            ]),
            proof: Proof::OfTheIssuer,
            shown: Shown::AsSigned,
        }
    }

    /// Alters the token as the words of a scenario say.
    ///
    /// # Errors
    /// The words that mean nothing here.
    pub(super) fn alter(&mut self, words: &str, facts: &Facts) -> Result<(), String> {
        let known = words == "no fault"
            || self.alter_header(words, facts)
            || self.alter_claims(words, facts)
            || self.alter_proof(words, facts);
        if known { Ok(()) } else { Err(words.to_owned()) }
    }

    /// The token in its compact form, signed with the key of its issuer, or with that of the stranger.
    ///
    /// # Errors
    /// When a key does not sign.
    pub(super) fn compact(
        &self,
        own: &SigningKey,
        stranger: &SigningKey,
    ) -> Result<String, KeyFault> {
        let (header, claims) = (self.header.to_json(), self.claims.to_json());
        let signed = match &self.proof {
            Proof::OfTheIssuer => own.sign_raw(&header, &claims)?,
            Proof::OfAStranger => stranger.sign_raw(&header, &claims)?,
            Proof::CutShort => proof::cut_short(&own.sign_raw(&header, &claims)?),
            other => other.without_a_key(&header, &claims),
        };
        Ok(self.shown_of(signed))
    }

    fn shown_of(&self, signed: String) -> String {
        let mut parts = signed.splitn(3, '.');
        let (header, claims) = (parts.next(), parts.next());
        let (Some(header), Some(claims), Some(signature)) = (header, claims, parts.next()) else {
            return signed;
        };
        match &self.shown {
            Shown::AsSigned => signed,
            Shown::WithHeader(name) => {
                let mut other = self.header.clone();
                other.push(name, json!("added"));
                format!("{}.{claims}.{signature}", encode(other.to_json()))
            }
            Shown::WithClaim(name, value) => {
                let mut other = self.claims.clone();
                other.set(name, value.clone());
                format!("{header}.{}.{signature}", encode(other.to_json()))
            }
        }
    }
}

impl Members {
    fn of<const N: usize>(members: [(&str, Value); N]) -> Self {
        Self(
            members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    /// Puts a value in the place of that of a member, or adds the member.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        match self.0.iter_mut().find(|(n, _)| n == name) {
            Some(member) => member.1 = value,
            None => self.push(name, value),
        }
    }

    /// Adds a member after those that are there, even if one of them has its name.
    pub(super) fn push(&mut self, name: &str, value: Value) {
        self.0.push((name.to_owned(), value));
    }

    /// Adds a member before those that are there, even if one of them has its name.
    pub(super) fn precede(&mut self, name: &str, value: Value) {
        self.0.insert(0, (name.to_owned(), value));
    }

    /// Takes a member out.
    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| n != name);
    }

    /// The members as JSON text.
    pub(super) fn to_json(&self) -> String {
        let members: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())))
            .collect();
        format!("{{{}}}", members.join(","))
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests;
