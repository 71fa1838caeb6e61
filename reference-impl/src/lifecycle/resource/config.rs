//! What a deployment decides about its resource.

use std::time::Duration;

use btx_spec::jose::Algorithm;
use btx_spec::{HttpsUrl, Identifier};

/// The configuration of a resource.
#[derive(Debug, Clone)]
pub struct Config {
    /// The resource identifier: the audience of the bearers that it takes.
    pub identifier: Identifier,
    /// Named in the challenge; it holds neither quotes nor backslashes.
    pub realm: String,
    /// Whose bearers it takes. Of two with one identifier, the first counts.
    pub signers: Vec<TrustedSigner>,
    /// How long a bearer lives at most, from its `iat` to its `exp` (LC-RES-007).
    pub lifetime: Duration,
    /// How far the clocks of signers may be ahead (LC-RES-008).
    pub clock_skew: Duration,
    /// How long and how often.
    pub limits: Limits,
}

impl Config {
    /// A resource that trusts nobody, with the usual limits.
    pub fn new(identifier: Identifier) -> Self {
        Self {
            identifier,
            realm: "resource".to_owned(),
            signers: Vec::new(),
            lifetime: Duration::from_secs(420),
            clock_skew: Duration::from_secs(5),
            limits: Limits::default(),
        }
    }
}

/// An issuer whose bearers are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedSigner {
    /// The `iss` of its bearers.
    pub identifier: Identifier,
    /// Where its keys are. Nothing else leads to any (LC-RES-018).
    pub key_set: HttpsUrl,
    /// What it may sign with.
    pub algorithms: Vec<Algorithm>,
}

/// How long and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a key set may take to arrive.
    pub deadline: Duration,
    /// The shortest time between two fetches because of a key that is not known (LC-RES-014), and between two
    /// tries while older keys are at hand.
    pub keys_interval: Duration,
    /// How long a key set is fresh that does not say.
    pub unstated_freshness: Duration,
    /// How long a key set is fresh at most; never longer than [`Limits::LONGEST_FRESHNESS`].
    pub longest_freshness: Duration,
    /// How much longer it is used while it cannot be fetched anew (LC-RES-016).
    pub longest_stale: Duration,
}

impl Limits {
    /// No key set is fresh for longer, whatever it says (LC-RES-015).
    pub const LONGEST_FRESHNESS: Duration = Duration::from_secs(300);
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(5),
            keys_interval: Duration::from_secs(30),
            unstated_freshness: Duration::from_secs(60),
            longest_freshness: Self::LONGEST_FRESHNESS,
            longest_stale: Duration::from_secs(300),
        }
    }
}
