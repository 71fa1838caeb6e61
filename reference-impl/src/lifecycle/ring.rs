//! Which key signs, which ones verify and which are published: pure.

use std::collections::VecDeque;
use std::sync::Arc;

use btx_spec::lifecycle::{RingKey, RingKeyFault};
use serde_json::{Value, json};

/// So many names of keys are remembered. Whatever an older key has signed is over for good.
const NAMES: usize = 1000;

/// The keys of an issuer.
#[derive(Debug, Clone)]
pub struct Ring {
    /// The key that signs from the next rotation on. It verifies already, since a bearer that it has signed shows
    /// that there was a rotation of which this replica has not heard yet (LC-ISS-027).
    pub next: Arc<RingKey>,
    /// The key that signs.
    pub current: Arc<RingKey>,
    /// The key that signed before the last rotation, unless that was an emergency.
    pub previous: Option<Retired>,
    /// How many rotations there have been.
    pub version: u64,
    /// The names of all keys so far, the youngest last.
    names: VecDeque<String>,
}

/// A key that signs nothing any more.
#[derive(Debug, Clone)]
pub struct Retired {
    /// The key.
    pub key: Arc<RingKey>,
    /// The second of the rotation, in Unix seconds.
    pub retired_at: i64,
    /// Unix seconds from which on it verifies nothing any more.
    pub until: i64,
}

/// What a rotation rotates to.
#[derive(Debug)]
pub enum Succession {
    /// The next key signs, and this one is the next.
    Next(Arc<RingKey>),
    /// This key signs, and the next one stays what it is.
    Given(Arc<RingKey>),
    /// An emergency: none of the keys counts any more. The next key was kept where the others were, so it is
    /// trusted no more than they are.
    Urgent {
        /// The key that signs.
        current: Arc<RingKey>,
        /// The next one.
        next: Arc<RingKey>,
    },
}

/// A key with the name of an earlier one (LC-ISS-026).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key of that name is, or was, in the ring")]
pub struct NameTaken;

/// A key that verifies.
#[derive(Debug, Clone, Copy)]
pub struct Found<'r> {
    /// The key.
    pub key: &'r RingKey,
    /// When it was retired, if it was: what it signed later does not count.
    pub retired_at: Option<i64>,
}

impl Ring {
    /// The first ring of an issuer.
    ///
    /// # Errors
    /// [`NameTaken`] when both keys have one name.
    pub fn new(current: Arc<RingKey>, next: Arc<RingKey>) -> Result<Self, NameTaken> {
        let mut names = VecDeque::new();
        take_name(&mut names, &current)?;
        take_name(&mut names, &next)?;
        Ok(Self {
            next,
            current,
            previous: None,
            version: 0,
            names,
        })
    }

    /// The ring after a rotation at `now`, the window of which is counted from then. The key that was the
    /// previous one until then is none any more, even if its window was not over (LC-ISS-024).
    ///
    /// # Errors
    /// [`NameTaken`] when a key has the name of an earlier one.
    pub fn rotated(&self, to: Succession, now: i64, window: i64) -> Result<Self, NameTaken> {
        let mut names = self.names.clone();
        let retired = Retired {
            key: Arc::clone(&self.current),
            retired_at: now,
            until: now.saturating_add(window),
        };
        let (current, next, previous) = match to {
            Succession::Next(then) => {
                take_name(&mut names, &then)?;
                (Arc::clone(&self.next), then, Some(retired))
            }
            Succession::Given(given) => {
                take_name(&mut names, &given)?;
                (given, Arc::clone(&self.next), Some(retired))
            }
            // LC-ISS-025
            Succession::Urgent { current, next } => {
                take_name(&mut names, &current)?;
                take_name(&mut names, &next)?;
                (current, next, None)
            }
        };
        Ok(Self {
            next,
            current,
            previous,
            version: self.version.saturating_add(1),
            names,
        })
    }

    /// The key of this name, if it verifies anything at `now` (LC-ISS-017, LC-ISS-021, LC-ISS-022).
    pub fn find(&self, name: &str, now: i64) -> Option<Found<'_>> {
        let mut living = [&self.current, &self.next].into_iter();
        if let Some(key) = living.find(|key| key.id() == name) {
            return Some(Found {
                key,
                retired_at: None,
            });
        }
        let retired = self.previous_at(now)?;
        (retired.key.id() == name).then_some(Found {
            key: &retired.key,
            retired_at: Some(retired.retired_at),
        })
    }

    /// The public halves of the keys, as a key set has them; none of keys that are secret (LC-ISS-030 to
    /// LC-ISS-035).
    pub fn published(&self, now: i64) -> Vec<Value> {
        let living = [&self.current, &self.next].into_iter();
        let living = living.filter_map(|key| key.to_published_jwk());
        let retired = self.previous_at(now).and_then(Retired::to_published_jwk);
        living.chain(retired).collect()
    }

    /// The whole ring, to be kept where nobody else comes. The caller wipes it.
    ///
    /// # Errors
    /// [`RingKeyFault`] when the cryptographic library does not give a key away.
    pub fn to_kept(&self) -> Result<Value, RingKeyFault> {
        let previous = match &self.previous {
            None => Value::Null,
            Some(retired) => json!({
                "key": retired.key.to_kept()?,
                "retired_at": retired.retired_at,
                "until": retired.until,
            }),
        };
        Ok(json!({
            "next": self.next.to_kept()?,
            "current": self.current.to_kept()?,
            "previous": previous,
            "version": self.version,
            "names": self.names,
        }))
    }

    /// Reads what [`Ring::to_kept`] has written; nothing if it is something else.
    pub fn from_kept(kept: &Value) -> Option<Self> {
        let key = |of: &Value| RingKey::from_kept(of).ok().map(Arc::new);
        let previous = match kept.get("previous")? {
            Value::Null => None,
            retired => Some(Retired {
                key: key(retired.get("key")?)?,
                retired_at: retired.get("retired_at")?.as_i64()?,
                until: retired.get("until")?.as_i64()?,
            }),
        };
        Some(Self {
            next: key(kept.get("next")?)?,
            current: key(kept.get("current")?)?,
            previous,
            version: kept.get("version")?.as_u64()?,
            names: serde_json::from_value(kept.get("names")?.clone()).ok()?,
        })
    }

    fn previous_at(&self, now: i64) -> Option<&Retired> {
        self.previous.as_ref().filter(|retired| now < retired.until)
    }
}

impl Retired {
    /// LC-ISS-033
    fn to_published_jwk(&self) -> Option<Value> {
        let mut jwk = self.key.to_published_jwk()?;
        let members = jwk.as_object_mut()?;
        members.insert("retired_at".to_owned(), self.retired_at.into());
        Some(jwk)
    }
}

fn take_name(names: &mut VecDeque<String>, key: &RingKey) -> Result<(), NameTaken> {
    if names.iter().any(|name| name == key.id()) {
        return Err(NameTaken);
    }
    if names.len() >= NAMES {
        names.pop_front();
    }
    names.push_back(key.id().to_owned());
    Ok(())
}
