//! A service JWT before it is shown: faultless at first, and then altered in the one way that a scenario
//! describes in words. With another type and another audience it is the assertion for an authorization
//! server, which has the same faults.

mod form;
mod identity;
mod parties;
mod times;

pub(in crate::steps) use form::Form;

use crate::steps::{
    Stop,
    jose::{Jws, faults},
};
use btx_spec::jose::SigningKey;
use serde_json::json;
use std::sync::Arc;

/// How long a faultless JWT lives, in seconds.
const LIFETIME: i64 = 60;

/// What a JWT is about: who says it, to whom, and when.
#[derive(Debug, Clone)]
pub(in crate::steps) struct Facts {
    /// The client id.
    pub(in crate::steps) client: String,
    /// A key of the client's document.
    pub(in crate::steps) key: Arc<SigningKey>,
    /// The `typ` that a JWT of its kind has.
    pub(in crate::steps) typ: &'static str,
    /// The identifier of the one that it is for.
    pub(in crate::steps) audience: String,
    /// A URL at which a key lies that is not of the client's document.
    pub(in crate::steps) elsewhere: String,
    /// The time, in seconds of the epoch.
    pub(in crate::steps) now: i64,
    /// The difference of clocks that the target allows, in seconds.
    pub(in crate::steps) skew: i64,
}

/// A JWT before it is shown.
#[derive(Debug, Clone)]
pub(in crate::steps) struct Token {
    /// What it says, and how it is signed.
    pub(in crate::steps) jws: Jws,
    /// How it is written down.
    pub(in crate::steps) form: Form,
}

impl Token {
    /// A JWT with which nothing is wrong.
    #[must_use]
    pub(in crate::steps) fn faultless(facts: &Facts) -> Self {
        let claims = [
            ("iss", json!(facts.client)),
            ("sub", json!(facts.client)),
            ("aud", json!(facts.audience)),
            ("iat", json!(facts.now)),
            ("exp", json!(facts.now + LIFETIME)),
            ("jti", json!(uuid::Uuid::new_v4().to_string())),
        ];
        let mut jws = Jws::by(facts.key.clone(), &claims);
        jws.header.set("typ", &json!(facts.typ));
        Self {
            jws,
            form: Form::Compact,
        }
    }

    /// A JWT with one fault, signed by its client unless the fault is another signature.
    ///
    /// # Errors
    /// When the words mean no fault, or the target declares too little for it.
    pub(in crate::steps) fn with(fault: &str, facts: &Facts) -> Result<Self, Stop> {
        let mut token = Self::faultless(facts);
        let known = fault == "without fault"
            || faults::alter(&mut token.jws, fault, &facts.elsewhere)?
            || times::alter(&mut token.jws, fault, facts)?
            || parties::alter(&mut token.jws, fault, facts)
            || identity::alter(&mut token.jws, fault)
            || form::alter(&mut token, fault, facts);
        if known {
            return Ok(token);
        }
        Err(Stop::Harness(format!("no fault of a JWT: {fault}")))
    }

    /// The same JWT with that `jti`.
    #[must_use]
    pub(in crate::steps) fn named(mut self, id: &str) -> Self {
        self.jws.claims.set("jti", &json!(id));
        self
    }

    /// What is shown.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub(in crate::steps) fn text(&self) -> Result<String, Stop> {
        self.form.written(&self.jws)
    }
}

#[cfg(test)]
mod tests;
