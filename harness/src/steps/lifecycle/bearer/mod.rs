//! A bearer before it is shown: faultless at first, and then altered in the one way that a scenario describes in
//! words.

mod parties;
mod read;
mod session;
mod times;

pub(in crate::steps) use read::Read;

use crate::steps::{
    Stop,
    jose::{Jws, Key, NoSecret, Seal, faults},
};
use serde_json::json;

/// The `typ` of a bearer.
const TYPE: &str = "bearer+jwt";

/// What a bearer is about, and what its faults are measured by: who says it, to whom, and when.
#[derive(Debug, Clone)]
pub(in crate::steps) struct Facts {
    /// The identifier of the issuer.
    pub(in crate::steps) issuer: String,
    /// Whom it is for.
    pub(in crate::steps) audience: String,
    /// The key that signs it.
    pub(in crate::steps) key: Key,
    /// A URL at which a key lies that is not of the issuer's set.
    pub(in crate::steps) elsewhere: String,
    /// The time, in seconds of the epoch.
    pub(in crate::steps) now: i64,
    /// The difference of clocks that the target allows, in seconds.
    pub(in crate::steps) skew: i64,
    /// How long a bearer lives, in seconds.
    pub(in crate::steps) lifetime: i64,
}

/// A bearer before it is shown.
#[derive(Debug, Clone)]
pub(in crate::steps) struct Draft {
    /// What it says, and how it is signed.
    pub(in crate::steps) jws: Jws,
}

impl Draft {
    /// A bearer of an issuer that the harness plays, with one fault or without, about a subject and a session
    /// that nobody else has.
    ///
    /// # Errors
    /// When the words mean no fault, or the target declares too little for it.
    pub(in crate::steps) fn with(fault: &str, facts: &Facts) -> Result<Self, Stop> {
        let fresh = |what: &str| format!("{what}-{}", uuid::Uuid::new_v4().simple());
        Self::about(&fresh("subject"), &fresh("session"), facts).altered(fault, facts)
    }

    /// A bearer about that subject and session, with which nothing is wrong.
    #[must_use]
    pub(in crate::steps) fn about(subject: &str, session: &str, facts: &Facts) -> Self {
        let claims = [
            ("iss", json!(facts.issuer)),
            ("aud", json!(facts.audience)),
            ("sub", json!(subject)),
            ("sid", json!(session)),
            ("iat", json!(facts.now)),
            ("exp", json!(facts.now + facts.lifetime)),
        ];
        let mut jws = Jws::by(facts.key.clone(), &claims);
        jws.header.set("typ", &json!(TYPE));
        Self { jws }
    }

    /// A bearer as it came, to be signed anew with the key of these facts.
    #[must_use]
    pub(in crate::steps) fn of(read: &Read, facts: &Facts) -> Self {
        let mut jws = Jws::by(facts.key.clone(), &[]);
        jws.header = read.header();
        jws.claims = read.claims();
        Self { jws }
    }

    /// The same bearer with one fault, signed by its issuer unless the fault is another signature.
    ///
    /// # Errors
    /// When the words mean no fault, or the target declares too little for it.
    pub(in crate::steps) fn altered(mut self, fault: &str, facts: &Facts) -> Result<Self, Stop> {
        let jws = &mut self.jws;
        let known = fault == "without fault"
            || faults::alter(jws, fault, &facts.elsewhere)?
            || key_name(jws, fault)
            || times::alter(jws, fault, facts)?
            || parties::alter(jws, fault, facts)
            || session::alter(jws, fault)
            || more(jws, fault);
        if known {
            return Ok(self);
        }
        Err(Stop::Harness(format!("no fault of a bearer: {fault}")))
    }

    /// What is shown.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub(in crate::steps) fn text(&self) -> Result<String, Stop> {
        self.jws.text()
    }
}

/// Faults of the name of the key, and of the type, that any statement may have but only bearers need.
fn key_name(jws: &mut Jws, fault: &str) -> bool {
    let (name, value) = match fault {
        "without kid" => {
            jws.header.remove("kid");
            return true;
        }
        "whose kid is empty" => ("kid", json!("")),
        "whose kid is a number" => ("kid", json!(1)),
        "whose kid is null" => ("kid", json!(null)),
        "whose kid is a list" => ("kid", json!([jws.key.key_id()])),
        "whose kid has a letter more" => ("kid", json!(format!("{}x", jws.key.key_id()))),
        "whose kid is a name that nobody has" => ("kid", json!("a-name-that-no-key-has")),
        "whose typ is empty" => ("typ", json!("")),
        "whose typ is a number" => ("typ", json!(7)),
        "whose typ is a list" => ("typ", json!([TYPE])),
        _ => return false,
    };
    jws.header.set(name, &value);
    true
}

/// What means nothing and does no harm, and keys that another algorithm takes.
fn more(jws: &mut Jws, fault: &str) -> bool {
    match fault {
        "with claims that nobody knows" => {
            jws.claims
                .set("rutabagas", &json!({ "how many": [5000, null] }));
            jws.claims.set("scope", &json!("read write"));
        }
        // A secret key can do the other HMAC as well; of a key pair an attacker has the public half.
        "of another algorithm, by the same key" => {
            let (name, seal) = match jws.key.algorithm() {
                "HS256" => ("HS512", Seal::OtherHash),
                "HS512" => ("HS256", Seal::OtherHash),
                _ => ("HS256", Seal::Hmac(NoSecret::Pem)),
            };
            jws.header.set("alg", &json!(name));
            jws.seal = seal;
        }
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests;
