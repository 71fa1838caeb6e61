//! The ring as replicas share it, and how a rotation gets into force everywhere at once: pure.
//!
//! A replica works with a copy for the length of a lease, and without one it answers nothing. So an orderly rotation
//! is dated: it comes into force when no copy from before it is good any more. An emergency is in force at once, and
//! has ended when that is so.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::KeysError;
use crate::lifecycle::ring::{NameTaken, Ring, Succession};

/// The ring in force, and the one that follows it.
#[derive(Debug, Clone)]
pub struct Book {
    /// Drawn when the first ring was made, so that another one is not taken for an older one.
    pub id: String,
    /// How often it has been written.
    pub version: u64,
    /// The ring, up to the second of [`Book::then`].
    pub ring: Arc<Ring>,
    /// The ring that is in force from a second on.
    pub then: Option<(i64, Arc<Ring>)>,
}

/// Why there is no rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoRotation {
    /// One is dated already.
    #[error("a rotation is under way")]
    UnderWay,
    /// LC-ISS-026
    #[error(transparent)]
    NameTaken(#[from] NameTaken),
}

/// Whether a copy may be worked with that was asked for so long ago.
pub fn is_good(age: Duration, lease: Duration) -> bool {
    age < lease
}

impl Book {
    /// The first book with a ring, called after its key.
    pub fn new(ring: Ring) -> Self {
        Self {
            id: ring.current.id().to_owned(),
            version: 0,
            ring: Arc::new(ring),
            then: None,
        }
    }

    /// The ring that is in force at a second.
    pub fn at(&self, now: i64) -> &Arc<Ring> {
        match &self.then {
            Some((from, ring)) if *from <= now => ring,
            _ => &self.ring,
        }
    }

    /// The book after a rotation that is written at `now`. `lease` is how long a copy is good, and `window` how long
    /// the previous key verifies, both in seconds.
    ///
    /// # Errors
    /// [`NoRotation`] while an orderly one is dated and this is no emergency, or for a name that was there before.
    pub fn rotated(
        &self,
        to: Succession,
        now: i64,
        lease: i64,
        window: i64,
    ) -> Result<Self, NoRotation> {
        let urgent = matches!(to, Succession::Urgent { .. });
        if self.then.as_ref().is_some_and(|(from, _)| now < *from) && !urgent {
            return Err(NoRotation::UnderWay);
        }
        let ring = self.at(now);
        // Two seconds more, since clocks are read in whole ones at both ends.
        let from = now.saturating_add(lease).saturating_add(2);
        let at = if urgent { now } else { from };
        let rotated = Arc::new(ring.rotated(to, at, window)?);
        Ok(Self {
            id: self.id.clone(),
            version: self.version.saturating_add(1),
            ring: Arc::clone(if urgent { &rotated } else { ring }),
            then: (!urgent).then(|| (from, Arc::clone(&rotated))),
        })
    }

    /// Whether it may take the place of a copy. A retired key must not come back with an old copy of the store.
    pub fn may_follow(&self, copy: &Self) -> bool {
        self.id != copy.id || self.version >= copy.version
    }

    /// As it is kept.
    pub(super) fn to_value(&self) -> Result<Value, KeysError> {
        let kept = |ring: &Ring| {
            let kept = ring.to_kept();
            kept.map_err(|fault| KeysError::Broken(fault.to_string()))
        };
        let then = match &self.then {
            None => Value::Null,
            Some((from, ring)) => json!({ "from": from, "ring": kept(ring)? }),
        };
        Ok(json!({
            "id": self.id,
            "version": self.version,
            "ring": kept(&self.ring)?,
            "then": then,
        }))
    }

    /// Reads what was kept.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let book: Value = serde_json::from_slice(text).ok()?;
        let ring = |kept: &Value| Ring::from_kept(kept).map(Arc::new);
        let then = match book.get("then")? {
            Value::Null => None,
            then => Some((then.get("from")?.as_i64()?, ring(then.get("ring")?)?)),
        };
        Some(Self {
            id: book.get("id")?.as_str()?.to_owned(),
            version: book.get("version")?.as_u64()?,
            ring: ring(book.get("ring")?)?,
            then,
        })
    }
}
