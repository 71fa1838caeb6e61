//! The initiators that are registered, and how that changes while the issuer runs.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use btx_spec::Identifier;
use tokio::sync::Mutex;
use tracing::error;

use super::config::Partner;
use crate::registration::RegistrationError;
use crate::store::{IssuerStore, StoreError};

type Known = HashMap<Identifier, Arc<Partner>>;

/// The registered initiators. Clones are the same register: whatever changes, changes for every replica
/// that has one.
///
/// A register lives in one process, and as long as that. Several processes over one store have one each,
/// to be changed alike.
#[derive(Clone, Default)]
pub struct Partners {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    known: RwLock<Known>,
    /// Registering and removing take turns, the store's part included.
    turn: Mutex<()>,
}

impl From<Vec<Partner>> for Partners {
    /// EX-ANY-003: a name with two registrants would belong to whoever came last, so it belongs to nobody.
    fn from(partners: Vec<Partner>) -> Self {
        let mut known = Known::new();
        let mut twice = Vec::new();
        for partner in partners {
            let name = partner.identifier.clone();
            if known.insert(name.clone(), Arc::new(partner)).is_some() {
                error!(initiator = name.as_str(), "registered twice, so not at all");
                twice.push(name);
            }
        }
        known.retain(|name, _| !twice.contains(name));
        Self {
            inner: Arc::new(Inner {
                known: RwLock::new(known),
                turn: Mutex::default(),
            }),
        }
    }
}

impl Partners {
    /// The initiator of this name, if it is registered.
    pub fn get(&self, initiator: &Identifier) -> Option<Arc<Partner>> {
        self.reading().get(initiator).cloned()
    }

    /// All of them as they are now, in no order.
    pub fn iter(&self) -> impl Iterator<Item = Arc<Partner>> {
        let all: Vec<_> = self.reading().values().cloned().collect();
        all.into_iter()
    }

    /// Whether this very registration stands. One that was removed and made anew is another.
    pub(super) fn stands(&self, partner: &Arc<Partner>) -> bool {
        let known = self.reading();
        let now = known.get(&partner.identifier);
        now.is_some_and(|now| Arc::ptr_eq(now, partner))
    }

    /// Registers a new initiator. Whatever an earlier registrant of the name left in the store dies first
    /// (EX-ISS-007).
    pub(super) async fn register(
        &self,
        partner: Partner,
        store: &(impl IssuerStore + ?Sized),
    ) -> Result<(), RegistrationError> {
        let _turn = self.inner.turn.lock().await;
        // EX-ANY-003
        if self.get(&partner.identifier).is_some() {
            return Err(RegistrationError::Taken);
        }
        store.revoke(partner.identifier.clone()).await?;
        let name = partner.identifier.clone();
        self.writing().insert(name, Arc::new(partner));
        Ok(())
    }

    /// Removes an initiator, then all that it has in the store. Gives whether it was registered.
    ///
    /// EX-ISS-007: from the first moment on nothing is admitted. An exchange that was admitted before and
    /// is not in the store yet finds that its registration stands no longer.
    pub(super) async fn remove(
        &self,
        initiator: &Identifier,
        store: &(impl IssuerStore + ?Sized),
    ) -> Result<bool, StoreError> {
        let _turn = self.inner.turn.lock().await;
        let was_known = self.writing().remove(initiator).is_some();
        store.revoke(initiator.clone()).await?;
        Ok(was_known)
    }

    /// Nothing panics while it holds this lock, so that a poisoned one is still whole.
    fn reading(&self) -> RwLockReadGuard<'_, Known> {
        let known = self.inner.known.read();
        known.unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> RwLockWriteGuard<'_, Known> {
        let known = self.inner.known.write();
        known.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Partners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.reading().values()).finish()
    }
}
