//! The configuration of an issuer.

use std::time::Duration;

use btx_spec::Identifier;
use btx_spec::lifecycle::RingAlgorithm;

use super::accounts::{Accounts, HashCost, PasswordError};
use super::judge::Limits;
use crate::duration::whole_seconds;
use crate::lifecycle::sessions::Attempts;

/// The configuration of an issuer. All its replicas have the same one.
#[derive(Debug, Clone)]
pub struct Config {
    /// The `iss` of every bearer.
    pub identifier: Identifier,
    /// The `aud` of every bearer.
    pub audience: String,
    /// Named in the challenge; it holds neither quotes nor backslashes.
    pub realm: String,
    /// What the keys sign with; those of [`super::Parts::keys`] are of this algorithm.
    pub algorithm: RingAlgorithm,
    /// How long everything lives.
    pub lifetimes: Lifetimes,
    /// How many logins may be refused, and what follows.
    pub login: Login,
    /// How much the clocks of the replicas may differ.
    pub clock_skew: Duration,
    /// How often a replica may look for newer keys because of what strangers send.
    pub look_interval: Duration,
    /// The compatibility option: whether new bearers are in an `Authorization` field, too.
    pub authorization_field: bool,
    /// How long others may keep the published keys; 300 seconds at most.
    pub key_set_max_age: Duration,
    /// Who may log in.
    pub accounts: Accounts,
}

/// How long everything lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// A bearer.
    pub bearer: Duration,
    /// How long after its end it can be refreshed.
    pub refresh_window: Duration,
    /// A session, whatever happens in it.
    pub session: Duration,
    /// How long the previous key verifies after a rotation. The keys have it for themselves, too.
    pub rotation_window: Duration,
    /// How long the same renewal answers again.
    pub refresh_repeat: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            bearer: Duration::from_secs(420),
            refresh_window: Duration::from_secs(420),
            session: Duration::from_secs(7200),
            rotation_window: Duration::from_secs(900),
            refresh_repeat: Duration::from_secs(10),
        }
    }
}

/// How many logins of one account may be refused, and what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login {
    /// After so many the account pauses.
    pub attempts: u32,
    /// So long.
    pub pause: Duration,
}

impl Default for Login {
    fn default() -> Self {
        Self {
            attempts: 10,
            pause: Duration::from_secs(60),
        }
    }
}

impl Config {
    /// An issuer that is its own audience, has no accounts, and is otherwise as usual.
    ///
    /// # Errors
    /// [`PasswordError`] when passwords cannot be hashed at the usual cost.
    pub fn new(identifier: Identifier, algorithm: RingAlgorithm) -> Result<Self, PasswordError> {
        Ok(Self {
            audience: identifier.as_str().to_owned(),
            identifier,
            realm: "session".to_owned(),
            algorithm,
            lifetimes: Lifetimes::default(),
            login: Login::default(),
            clock_skew: Duration::from_secs(5),
            look_interval: Duration::from_secs(5),
            authorization_field: false,
            key_set_max_age: Duration::from_secs(60),
            accounts: Accounts::new(HashCost::default())?,
        })
    }

    pub(super) fn limits(&self) -> Limits {
        let lifetimes = &self.lifetimes;
        Limits {
            issuer: self.identifier.as_str().to_owned(),
            audience: self.audience.clone(),
            bearer: whole_seconds(lifetimes.bearer),
            refresh_window: whole_seconds(lifetimes.refresh_window),
            session: whole_seconds(lifetimes.session),
            refresh_repeat: whole_seconds(lifetimes.refresh_repeat),
            skew: whole_seconds(self.clock_skew),
        }
    }

    pub(super) fn attempts(&self) -> Attempts {
        Attempts {
            most: self.login.attempts,
            pause: whole_seconds(self.login.pause),
        }
    }
}
