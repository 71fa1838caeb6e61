//! What a deployment decides about its issuer.

use std::time::Duration;

use btx_spec::{Identifier, Origin, ReceiveUrl};

use super::partners::Partners;
use crate::duration::whole_seconds;
use crate::store::Room;

/// The configuration of an issuer. Clones share the partners.
#[derive(Debug, Clone)]
pub struct Config {
    /// The name under which token calls have to address this issuer.
    pub identifier: Identifier,
    /// The origins under which this issuer is reached, for status URLs: the one that the token
    /// call was sent to is used, or else the first. Without any it is that of the identifier.
    pub origins: Vec<Origin>,
    /// The initiators that are registered. One identifier has one registrant.
    pub partners: Partners,
    /// How much, and for how long.
    pub limits: Limits,
    /// Whether a caller that asks for it is answered before the outcome.
    pub asynchronous: bool,
    /// The realm of the resource, in challenges. No quotes, no backslashes.
    pub realm: String,
}

impl Config {
    /// A synchronous issuer with the default limits. An identifier that stands twice among the partners is
    /// registered for neither.
    pub fn new(identifier: Identifier, partners: Vec<Partner>) -> Self {
        Self {
            identifier,
            origins: Vec::new(),
            partners: partners.into(),
            limits: Limits::default(),
            asynchronous: false,
            realm: "btx".to_owned(),
        }
    }
}

/// A registered initiator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Its name.
    pub identifier: Identifier,
    /// The only URL that tokens for it are sent to.
    pub receives: ReceiveUrl,
    /// How long its tokens live, where that differs from the rest.
    pub token_lifetime: Option<Duration>,
}

impl Partner {
    /// A registration.
    ///
    /// # Errors
    /// [`WrongOrigin`] unless the URL has the origin of the identifier (EX-ISS-001).
    pub fn new(identifier: Identifier, receives: ReceiveUrl) -> Result<Self, WrongOrigin> {
        if receives.origin() != identifier.origin() {
            return Err(WrongOrigin);
        }
        Ok(Self {
            identifier,
            receives,
            token_lifetime: None,
        })
    }
}

/// The receive URL of a registration belongs to another server than the identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the receive URL must have the scheme, host and port of the identifier")]
pub struct WrongOrigin;

/// How much, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long one exchange may take, from the admitted token call to its answer.
    pub exchange_deadline: Duration,
    /// How long one attempt to deliver the token issue may take.
    pub attempt_timeout: Duration,
    /// How many exchanges one initiator may have open.
    pub parallel_per_partner: usize,
    /// How many exchanges may be open in all.
    pub open_exchanges: usize,
    /// How many exchanges, open and finished, are remembered in all.
    pub remembered_exchanges: usize,
    /// How long a finished exchange is remembered; its id is refused for so long. Not less than
    /// 600 seconds, whatever is set here.
    pub retention: Duration,
    /// How long a token lives. Not more than 24 hours, whatever is set here.
    pub token_lifetime: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            exchange_deadline: Duration::from_secs(10),
            attempt_timeout: Duration::from_millis(4500),
            parallel_per_partner: 4,
            open_exchanges: 1024,
            remembered_exchanges: 1_000_000,
            retention: SHORTEST_RETENTION,
            token_lifetime: Duration::from_secs(3600),
        }
    }
}

/// EX-ISS-016: how long an id stays refused at the least.
const SHORTEST_RETENTION: Duration = Duration::from_secs(600);

impl Limits {
    /// The limits that the store keeps.
    pub(super) fn room(&self) -> Room {
        Room {
            open_per_partner: self.parallel_per_partner,
            open: self.open_exchanges,
            remembered: self.remembered_exchanges,
        }
    }

    /// Unix seconds from which on an exchange that begins now may be forgotten: the retention
    /// counts from its end, which is at the deadline at the latest.
    pub(super) fn forget_at(&self, now: i64) -> i64 {
        let known = self.exchange_deadline + self.retention.max(SHORTEST_RETENTION);
        now.saturating_add(whole_seconds(known))
    }
}
