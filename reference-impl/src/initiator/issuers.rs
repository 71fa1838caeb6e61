//! The issuers that tokens come from, and how that changes while the initiator runs.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use btx_spec::{Identifier, Origin};
use tokio::sync::{Mutex, MutexGuard};
use tracing::error;

use super::config::{IssuerEntry, receive_path};
use crate::issuer::WrongOrigin;
use crate::registration::RegistrationError;

/// The registered issuers, in the order in which they came.
pub(super) struct Issuers {
    known: RwLock<Vec<Known>>,
    /// Registering and removing take turns, the store's part included.
    turn: Mutex<()>,
}

struct Known {
    entry: IssuerEntry,
    /// The path at which its token issues arrive.
    path: String,
}

impl Issuers {
    /// Those of a configuration. One that cannot be registered is left out.
    pub(super) fn new(own: &Origin, entries: &[IssuerEntry]) -> Self {
        let issuers = Self {
            known: RwLock::default(),
            turn: Mutex::default(),
        };
        for entry in entries {
            let checked = issuers.check(own, entry);
            match checked {
                Ok(()) => issuers.insert(entry.clone()),
                Err(why) => error!(issuer = entry.identifier.as_str(), %why, "not registered"),
            }
        }
        issuers
    }

    /// Whoever holds it changes the issuers, and nobody else does.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Whether this issuer may be registered, at an initiator of this origin.
    pub(super) fn check(&self, own: &Origin, entry: &IssuerEntry) -> Result<(), RegistrationError> {
        // EX-ISS-001, on this side: the issuer would refuse the URL.
        if entry.receives.origin() != *own {
            return Err(WrongOrigin.into());
        }
        let known = self.reading();
        // EX-ANY-003
        if known
            .iter()
            .any(|one| one.entry.identifier == entry.identifier)
        {
            return Err(RegistrationError::Taken);
        }
        if known.iter().any(|one| one.entry.name == entry.name) {
            return Err(RegistrationError::NameTaken);
        }
        Ok(())
    }

    pub(super) fn insert(&self, entry: IssuerEntry) {
        let path = receive_path(&entry);
        self.writing().push(Known { entry, path });
    }

    /// Gives whether it was there.
    pub(super) fn remove(&self, issuer: &Identifier) -> bool {
        let mut known = self.writing();
        let before = known.len();
        known.retain(|one| one.entry.identifier != *issuer);
        known.len() < before
    }

    pub(super) fn all(&self) -> Vec<IssuerEntry> {
        let known = self.reading();
        known.iter().map(|one| one.entry.clone()).collect()
    }

    pub(super) fn knows(&self, issuer: &Identifier) -> bool {
        let known = self.reading();
        known.iter().any(|one| one.entry.identifier == *issuer)
    }

    /// Whether it is registered with exactly these values.
    pub(super) fn stands(&self, entry: &IssuerEntry) -> bool {
        self.reading().iter().any(|one| one.entry == *entry)
    }

    /// Whether token issues of anybody arrive at this path.
    pub(super) fn receive_at(&self, path: &str) -> bool {
        let known = self.reading();
        known.iter().any(|one| one.path == path)
    }

    /// Nothing panics while it holds this lock, so that a poisoned one is still whole.
    fn reading(&self) -> RwLockReadGuard<'_, Vec<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> RwLockWriteGuard<'_, Vec<Known>> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}
