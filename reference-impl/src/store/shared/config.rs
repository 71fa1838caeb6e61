//! What a deployment decides about the store that its replicas share.

use std::time::Duration;

/// What a store keeps when it restarts, or when another takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keeps {
    /// Perhaps not the last of what was written: then nothing counts that was there before.
    #[default]
    NotEverything,
    /// Everything that it has acknowledged. With Redis that takes `appendonly yes` with `appendfsync always`,
    /// and as many copies as can fail at once.
    Everything,
}

/// The store that replicas share.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it is: `redis://host:port/database`, or `unix:/path`.
    pub url: String,
    /// What all keys begin with. Replicas of one service have the same, and others another.
    pub name: String,
    /// How long anything may take that it is asked.
    pub patience: Duration,
    /// What it keeps.
    pub keeps: Keeps,
    /// How many copies have to have what was written before it counts as written.
    pub copies: u32,
    /// How long the longest-lived thing lives whose repeat, or whose revocation, must not be forgotten. For so
    /// long after everything was lost nothing is taken that is to be taken once.
    pub longest_memory: Duration,
}

impl Config {
    /// A store at that place that is not trusted to keep everything: one second for everything, no copies, and a
    /// memory of an hour.
    pub fn new(url: String, name: String) -> Self {
        Self {
            url,
            name,
            patience: Duration::from_secs(1),
            keeps: Keeps::default(),
            copies: 0,
            longest_memory: Duration::from_secs(3600),
        }
    }
}
