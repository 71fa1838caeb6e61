//! When the key set of a signer is fetched, and which one is used: pure.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::config::Limits;
use super::trusted::TrustedKeys;

/// The key set of one signer, as it was when it last came. A fetch that fails puts nothing in its place.
#[derive(Debug, Default)]
pub struct Cache {
    held: Option<Held>,
    /// When a fetch last began for a key that is not known.
    hurried: Option<Instant>,
    /// When a fetch last failed, if none has succeeded since.
    failed: Option<Instant>,
}

#[derive(Debug)]
struct Held {
    keys: Arc<TrustedKeys>,
    fresh_until: Instant,
}

/// What to do for a bearer.
#[derive(Debug, Clone)]
pub enum Decision {
    /// These keys are the ones.
    Use(Arc<TrustedKeys>),
    /// Fetch first.
    Fetch {
        /// Whether age is no reason for it, only a key that is not known.
        hurried: bool,
    },
}

impl Cache {
    /// What to do for a bearer that names this key.
    pub fn decide(&self, key_id: &str, now: Instant, limits: &Limits) -> Decision {
        let Some(usable) = self.usable(now, limits) else {
            return Decision::Fetch { hurried: false };
        };
        let recently = |instant: Option<Instant>| {
            instant.is_some_and(|instant| now.duration_since(instant) < limits.keys_interval)
        };
        let is_fresh = (self.held.as_ref()).is_some_and(|held| now < held.fresh_until);
        // LC-RES-012, LC-RES-015 and, while nothing can be fetched, LC-RES-016.
        if !is_fresh && !recently(self.failed) {
            return Decision::Fetch { hurried: false };
        }
        // LC-RES-013, LC-RES-014
        if !usable.has(key_id) && !recently(self.hurried) {
            return Decision::Fetch { hurried: true };
        }
        Decision::Use(usable)
    }

    /// The keys that do while they cannot be fetched anew, if there are any.
    pub fn usable(&self, now: Instant, limits: &Limits) -> Option<Arc<TrustedKeys>> {
        let held = self.held.as_ref()?;
        let is_usable = now < held.fresh_until + limits.longest_stale;
        is_usable.then(|| Arc::clone(&held.keys))
    }

    /// A fetch begins for a key that is not known.
    pub fn hurry(&mut self, now: Instant) {
        self.hurried = Some(now);
    }

    /// The key set has come that was asked for at `asked`, with the lifetime that the answer states, if it states
    /// one.
    pub fn came(
        &mut self,
        keys: Arc<TrustedKeys>,
        stated: Option<Duration>,
        asked: Instant,
        limits: &Limits,
    ) {
        let longest = limits.longest_freshness.min(Limits::LONGEST_FRESHNESS);
        let lifetime = stated.unwrap_or(limits.unstated_freshness).min(longest);
        self.held = Some(Held {
            keys,
            fresh_until: asked + lifetime,
        });
        self.failed = None;
    }

    /// It has not come, or is of no use.
    pub fn failed(&mut self, now: Instant) {
        self.failed = Some(now);
    }
}
