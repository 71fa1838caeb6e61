//! When the keys of an issuer are fetched, and which are used: pure.

use std::sync::Arc;

use btx_spec::jose::KeySet;
use tokio::time::Instant;

use super::config::Limits;

/// The keys of one issuer, as they were when they were last fetched. A fetch that fails changes nothing of
/// them: an error is never kept in their place.
#[derive(Debug, Default)]
pub struct KeyCache {
    held: Option<Held>,
    /// When a fetch last began that the age of the keys did not ask for, or failed with keys at hand.
    hurried: Option<Instant>,
}

#[derive(Debug)]
struct Held {
    keys: Arc<KeySet>,
    since: Instant,
}

/// What to do for a token.
#[derive(Debug, Clone)]
pub enum Decision {
    /// These keys are the ones.
    Use(Arc<KeySet>),
    /// Fetch; if that fails, these do, where there are any.
    Fetch(Option<Arc<KeySet>>),
}

impl KeyCache {
    /// Which keys are used for a token that names this one.
    pub fn decide(&mut self, key_id: Option<&str>, now: Instant, limits: &Limits) -> Decision {
        let Some(held) = &self.held else {
            return Decision::Fetch(None);
        };
        let age = now.duration_since(held.since);
        if age >= limits.keys_lifetime + limits.keys_grace {
            return Decision::Fetch(None);
        }
        let is_unknown = key_id.is_some_and(|id| !held.keys.has(id));
        let is_old = age >= limits.keys_lifetime;
        let hurried_before = (self.hurried)
            .is_some_and(|hurried| now.duration_since(hurried) < limits.keys_interval);
        if (is_unknown || is_old) && !hurried_before {
            let keys = Arc::clone(&held.keys);
            // OA-RES-033, and no more often than that whatever strangers put into their tokens.
            if is_unknown && !is_old {
                self.hurried = Some(now);
            }
            return Decision::Fetch(Some(keys));
        }
        Decision::Use(Arc::clone(&held.keys))
    }

    /// The keys have come. A key that is no longer among them is not used any more.
    pub fn fetched(&mut self, keys: Arc<KeySet>, now: Instant) {
        self.held = Some(Held { keys, since: now });
    }

    /// They have not.
    pub fn failed(&mut self, now: Instant) {
        self.hurried = Some(now);
    }
}
