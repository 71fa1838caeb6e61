//! What a saboteur remembers of the tokens that were issued, and of those that were revoked.

use super::{
    master::shown,
    requests::{is_revocation, is_token, parameter},
};
use crate::{ledger::lock, sabotage::ServerSabotage};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

/// The tokens of one saboteur.
#[derive(Clone, Default)]
pub(super) struct Issued(Arc<Mutex<Notes>>);

#[derive(Default)]
struct Notes {
    /// The client of each token.
    owners: HashMap<String, String>,
    revoked: HashSet<String>,
}

impl Issued {
    /// A server that notes them.
    pub(super) fn noting(self) -> ServerSabotage {
        self.noting_with(ServerSabotage::new())
    }

    /// The same, around another.
    pub(super) fn noting_with(self, server: ServerSabotage) -> ServerSabotage {
        server.told(move |asked, told| {
            if let Some(token) = told.text("access_token").filter(|_| is_token(asked)) {
                let owner = shown(asked).map(|shown| shown.id).unwrap_or_default();
                lock(&self.0).owners.insert(token, owner);
            }
            let revoked = parameter(asked, "token").filter(|_| is_revocation(asked));
            if let Some(token) = revoked.filter(|_| told.is(200)) {
                lock(&self.0).revoked.insert(token);
            }
        })
    }

    /// Whether it was issued.
    pub(super) fn has(&self, token: &str) -> bool {
        lock(&self.0).owners.contains_key(token)
    }

    /// The client that it was issued to.
    pub(super) fn owner(&self, token: &str) -> Option<String> {
        lock(&self.0).owners.get(token).cloned()
    }

    /// Whether it was revoked.
    pub(super) fn was_revoked(&self, token: &str) -> bool {
        lock(&self.0).revoked.contains(token)
    }
}
