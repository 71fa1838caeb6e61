//! What is known of one client, how long it holds, and what is fetched when: pure.

use std::sync::Arc;
use std::time::Duration;

use btx_spec::HttpsUrl;
use btx_spec::jose::KeySet;
use tokio::time::Instant;

use super::config::Limits;

/// Something that was fetched, and until when it may be used unasked.
#[derive(Debug, Clone)]
pub struct Held<T> {
    what: T,
    fresh_until: Instant,
}

impl<T> Held<T> {
    /// What was asked for at `asked`, with the lifetime that the answer states, if it states one.
    pub fn new(what: T, stated: Option<Duration>, asked: Instant, limits: &Limits) -> Self {
        // JW-ANY-035: the upper bound counts, even against the lower one.
        let lifetime = stated
            .unwrap_or(limits.unstated_freshness)
            .max(limits.least_freshness)
            .min(limits.longest_freshness);
        Self {
            what,
            fresh_until: asked + lifetime,
        }
    }

    fn is_fresh(&self, now: Instant) -> bool {
        now < self.fresh_until
    }

    /// Whether it may still be used when it cannot be fetched anew.
    fn is_usable(&self, now: Instant, limits: &Limits) -> bool {
        self.is_fresh(now) || now.duration_since(self.fresh_until) < limits.longest_stale
    }
}

/// Where the keys are that a document tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the document itself: they are as old as it is.
    Inline,
    /// At an address of their own.
    At(HttpsUrl),
}

/// Document and keys of one client, each as it was when it last came. A fetch that fails puts nothing in
/// their place (JW-ANY-028).
#[derive(Debug, Clone, Default)]
pub struct Cached {
    document: Option<Held<Place>>,
    keys: Option<Held<Arc<KeySet>>>,
    /// When a fetch last began for a key that is not known.
    hurried: Option<Instant>,
    /// When a fetch last failed.
    failed: Option<Instant>,
}

/// What to do for a JWT.
#[derive(Debug, Clone)]
pub enum Decision {
    /// These keys are the ones.
    Use(Arc<KeySet>),
    /// Fetch first.
    Fetch(Errand),
}

/// What is to be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Errand {
    /// The document.
    pub document: bool,
    /// The keys, where they have an address of their own.
    pub keys: bool,
    /// Whether age is no reason for it, only a key that is not known.
    pub hurried: bool,
}

impl Cached {
    /// What to do for a JWT that names this key.
    pub fn decide(&self, key_id: &str, now: Instant, limits: &Limits) -> Decision {
        let document = (self.document.as_ref()).is_some_and(|held| held.is_fresh(now));
        let keys = self.keys.as_ref().is_some_and(|held| held.is_fresh(now));
        let anew = Errand {
            document: !document,
            keys: !keys,
            hurried: false,
        };
        let Some(usable) = self.usable(now, limits) else {
            return Decision::Fetch(anew);
        };
        let recently = |instant: Option<Instant>| {
            instant.is_some_and(|instant| now.duration_since(instant) < limits.keys_interval)
        };
        // JW-ANY-026 and, while nothing can be fetched, JW-ANY-032.
        let fresh = document && keys;
        if !(fresh || recently(self.failed)) {
            return Decision::Fetch(anew);
        }
        // JW-ANY-030, JW-ANY-031
        if !usable.has(key_id) && !recently(self.hurried) {
            return Decision::Fetch(Errand {
                document: !document || self.place() == Some(&Place::Inline),
                keys: true,
                hurried: true,
            });
        }
        Decision::Use(usable)
    }

    /// A fetch begins for a key that is not known.
    pub fn hurry(&mut self, now: Instant) {
        self.hurried = Some(now);
    }

    /// The keys that do while they cannot be fetched anew, if there are any (JW-ANY-032, JW-ANY-033).
    pub fn usable(&self, now: Instant, limits: &Limits) -> Option<Arc<KeySet>> {
        let document = self.document.as_ref()?;
        let keys = self.keys.as_ref()?;
        let both = document.is_usable(now, limits) && keys.is_usable(now, limits);
        both.then(|| Arc::clone(&keys.what))
    }

    /// Where the keys are, as long as nothing else is heard.
    pub fn usable_place(&self, now: Instant, limits: &Limits) -> Option<Place> {
        let document = self.document.as_ref()?;
        let usable = document.is_usable(now, limits);
        usable.then(|| document.what.clone())
    }

    /// A document has come that tells of keys at an address. Keys that came from elsewhere are not those of
    /// the client any more.
    pub fn document_came(&mut self, at: Held<HttpsUrl>) {
        let place = Place::At(at.what);
        if self.place() != Some(&place) {
            self.keys = None;
        }
        self.document = Some(Held {
            what: place,
            fresh_until: at.fresh_until,
        });
    }

    /// A document has come with the keys in it.
    pub fn whole_document_came(&mut self, keys: Held<Arc<KeySet>>) {
        self.document = Some(Held {
            what: Place::Inline,
            fresh_until: keys.fresh_until,
        });
        self.keys = Some(keys);
    }

    /// The keys have come. A key that is no longer among them is not used any more (JW-ANY-029).
    pub fn keys_came(&mut self, keys: Held<Arc<KeySet>>) {
        self.keys = Some(keys);
    }

    /// Whether the keys have to be fetched after a document has come.
    pub fn lacks_keys(&self) -> bool {
        self.keys.is_none()
    }

    /// An errand is over; with an instant if document or keys have not come.
    pub fn ended(&mut self, failed: Option<Instant>) {
        self.failed = failed;
    }

    /// Whether there is anything that is worth being held.
    pub fn is_empty(&self) -> bool {
        self.document.is_none()
    }

    fn place(&self) -> Option<&Place> {
        self.document.as_ref().map(|held| &held.what)
    }
}
