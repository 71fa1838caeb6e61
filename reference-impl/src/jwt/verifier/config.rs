//! What a deployment decides about its verifier.

use std::time::Duration;

use btx_spec::jose::Algorithm;

/// The configuration of a verifier.
#[derive(Debug, Clone)]
pub struct Config {
    /// The algorithms that it takes.
    pub algorithms: Vec<Algorithm>,
    /// How far the clocks of clients may be off.
    pub clock_skew: Duration,
    /// How long, how often and how many.
    pub limits: Limits,
}

impl Default for Config {
    /// Every algorithm, a minute, and the usual limits.
    fn default() -> Self {
        Self {
            algorithms: Algorithm::ALL.to_vec(),
            clock_skew: Duration::from_secs(60),
            limits: Limits::default(),
        }
    }
}

/// How long, how often and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long document and keys may take together, the wait for their turn included (JW-ANY-024).
    pub deadline: Duration,
    /// How many fetches may be under way at once (JW-ANY-037).
    pub at_once: usize,
    /// How many of them may go to one origin: fewer, so that one that does not answer leaves room for the
    /// others (JW-ANY-025).
    pub at_once_per_origin: usize,
    /// How many clients may be waited for at once, those included whose turn has not come. Whoever is one
    /// too many is told to come again.
    pub most_awaited: usize,
    /// The shortest time between two fetches for one client because of a key that is not known
    /// (JW-ANY-031), and between two tries while older keys are at hand.
    pub keys_interval: Duration,
    /// How long an answer is fresh at least, whatever it says.
    pub least_freshness: Duration,
    /// How long an answer is fresh that does not say.
    pub unstated_freshness: Duration,
    /// How long an answer is fresh at most (JW-ANY-035).
    pub longest_freshness: Duration,
    /// How much longer it is used while it cannot be fetched anew (JW-ANY-033).
    pub longest_stale: Duration,
    /// How many clients are held. The least recently used goes first.
    pub most_clients: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(5),
            at_once: 256,
            at_once_per_origin: 64,
            most_awaited: 4096,
            keys_interval: Duration::from_secs(30),
            least_freshness: Duration::ZERO,
            unstated_freshness: Duration::from_secs(300),
            longest_freshness: Duration::from_secs(24 * 3600),
            longest_stale: Duration::from_secs(3600),
            most_clients: 10_000,
        }
    }
}
