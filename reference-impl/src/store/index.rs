//! What a store knows, in memory: the answers to all questions, and the rules of all changes.
//!
//! Both stores answer from an index. The durable one writes each change to its file as well, and
//! rebuilds the index from there when it opens.

use std::collections::{BTreeSet, HashMap};

use btx_spec::Identifier;

use super::{
    Begun, Digest, ExchangeKey, HeldToken, LiveToken, Opening, Progress, Room, Status, StatusEntry,
    StoreError,
};
use crate::issuer::Failure;

/// How many outdated entries are dropped at each beginning: more than are added, so that the
/// index shrinks, and few enough that nobody waits.
const DROPPED_AT_ONCE: usize = 64;

/// The issuer's half.
#[derive(Default)]
pub(super) struct IssuerIndex {
    exchanges: HashMap<ExchangeKey, Entry>,
    by_status: HashMap<Digest, ExchangeKey>,
    tokens: HashMap<Digest, LiveToken>,
    open_of: HashMap<Identifier, usize>,
    open: usize,
    exchanges_due: BTreeSet<(i64, ExchangeKey)>,
    tokens_due: BTreeSet<(i64, Digest)>,
}

struct Entry {
    progress: Progress,
    forget_at: i64,
    status: Option<StatusEntry>,
    /// The token that is being activated, or is live.
    token: Option<Digest>,
}

/// What was dropped because its time is over.
#[derive(Default, Debug, PartialEq, Eq)]
pub(super) struct Dropped {
    pub(super) exchanges: Vec<ExchangeKey>,
    pub(super) tokens: Vec<Digest>,
}

/// An exchange that has failed.
pub(super) struct Failed {
    /// Why; if it had failed before, why it had then.
    pub(super) failure: Failure,
    pub(super) forget_at: i64,
    pub(super) status: Option<StatusEntry>,
    /// The token that died with it.
    pub(super) token: Option<Digest>,
}

/// What an initiator lost.
pub(super) struct Revoked {
    pub(super) exchanges: Vec<(ExchangeKey, Failed)>,
    pub(super) tokens: Vec<Digest>,
}

impl IssuerIndex {
    /// EX-ISS-016 to EX-ISS-020: insert if absent, and if there is room; the duplicate is noticed
    /// first.
    pub(super) fn begin(&mut self, opening: &Opening) -> Begun {
        if self.exchanges.contains_key(&opening.key) {
            return Begun::Duplicate;
        }
        if let Some(full) = self.lacks_room(&opening.key.peer, opening.room) {
            return full;
        }
        self.restore(
            opening.key.clone(),
            Progress::Open,
            opening.forget_at,
            opening.status.clone(),
        );
        Begun::New
    }

    fn lacks_room(&self, partner: &Identifier, room: Room) -> Option<Begun> {
        let open_of_partner = self.open_of.get(partner).copied().unwrap_or(0);
        if open_of_partner >= room.open_per_partner {
            Some(Begun::PartnerBusy)
        } else if self.open >= room.open || self.exchanges.len() >= room.remembered {
            Some(Begun::Full)
        } else {
            None
        }
    }

    /// Puts an exchange in as it was written down.
    pub(super) fn restore(
        &mut self,
        key: ExchangeKey,
        progress: Progress,
        forget_at: i64,
        status: Option<StatusEntry>,
    ) {
        if progress == Progress::Open {
            self.open += 1;
            *self.open_of.entry(key.peer.clone()).or_default() += 1;
        }
        if let Some(status) = &status {
            self.by_status.insert(status.secret, key.clone());
        }
        self.exchanges_due.insert((forget_at, key.clone()));
        let entry = Entry {
            progress,
            forget_at,
            status,
            token: None,
        };
        self.exchanges.insert(key, entry);
    }

    /// Puts a live token in as it was written down.
    pub(super) fn restore_token(&mut self, token: LiveToken) {
        self.tokens_due.insert((token.expires_at, token.digest));
        self.tokens.insert(token.digest, token);
    }

    /// Takes back a beginning that could not be written down.
    pub(super) fn withdraw(&mut self, key: &ExchangeKey) {
        self.close(key);
        if let Some(entry) = self.exchanges.remove(key) {
            self.exchanges_due.remove(&(entry.forget_at, key.clone()));
            if let Some(status) = entry.status {
                self.by_status.remove(&status.secret);
            }
        }
    }

    /// Notes that a token is about to be written down as live. It is not live yet.
    pub(super) fn activating(
        &mut self,
        key: &ExchangeKey,
        digest: Digest,
    ) -> Result<(i64, Option<StatusEntry>), StoreError> {
        match self.exchanges.get_mut(key) {
            Some(entry) if entry.progress == Progress::Open && entry.token.is_none() => {
                entry.token = Some(digest);
                Ok((entry.forget_at, entry.status.clone()))
            }
            _ => Err(StoreError::NotOpen),
        }
    }

    /// The token is written down. It becomes live, unless the exchange has failed meanwhile.
    pub(super) fn activated(
        &mut self,
        key: &ExchangeKey,
        token: LiveToken,
    ) -> Result<(), StoreError> {
        match self.exchanges.get(key) {
            Some(entry)
                if entry.progress == Progress::Open && entry.token == Some(token.digest) => {}
            _ => return Err(StoreError::NotOpen),
        }
        self.close(key);
        if let Some(entry) = self.exchanges.get_mut(key) {
            entry.progress = Progress::Live;
        }
        self.restore_token(token);
        Ok(())
    }

    /// EX-ISS-063, EX-ISS-069: the exchange has failed, and its token is dead from this moment.
    pub(super) fn fail(
        &mut self,
        key: &ExchangeKey,
        failure: Failure,
    ) -> Result<Failed, StoreError> {
        self.close(key);
        let Some(entry) = self.exchanges.get_mut(key) else {
            return Err(StoreError::NotOpen);
        };
        // EX-ISS-094: what was told once is told until it is forgotten.
        let failure = match entry.progress {
            Progress::Failed(first) => first,
            Progress::Open | Progress::Live => failure,
        };
        entry.progress = Progress::Failed(failure);
        let failed = Failed {
            failure,
            forget_at: entry.forget_at,
            status: entry.status.clone(),
            token: entry.token.take(),
        };
        if let Some(digest) = failed.token {
            self.kill(&digest);
        }
        Ok(failed)
    }

    /// EX-ISS-007: every token of the initiator is dead from this moment, and no exchange of it is open.
    pub(super) fn revoke(&mut self, initiator: &Identifier) -> Revoked {
        let exchanges = self.exchanges.iter();
        let open: Vec<ExchangeKey> = exchanges
            .filter(|(key, entry)| key.peer == *initiator && entry.progress == Progress::Open)
            .map(|(key, _)| key.clone())
            .collect();
        let fail = |key: ExchangeKey| {
            let failed = self.fail(&key, Failure::NotActivated).ok()?;
            Some((key, failed))
        };
        let exchanges = open.into_iter().filter_map(fail).collect();
        let tokens = self.tokens.values();
        let tokens: Vec<Digest> = tokens
            .filter(|token| token.initiator == *initiator)
            .map(|token| token.digest)
            .collect();
        for digest in &tokens {
            self.kill(digest);
        }
        Revoked { exchanges, tokens }
    }

    fn kill(&mut self, digest: &Digest) {
        if let Some(dead) = self.tokens.remove(digest) {
            self.tokens_due.remove(&(dead.expires_at, dead.digest));
        }
    }

    /// An exchange that was open gives its room back.
    fn close(&mut self, key: &ExchangeKey) {
        let is_open = self
            .exchanges
            .get(key)
            .is_some_and(|entry| entry.progress == Progress::Open);
        if !is_open {
            return;
        }
        self.open = self.open.saturating_sub(1);
        if let Some(open) = self.open_of.get_mut(&key.peer) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                self.open_of.remove(&key.peer);
            }
        }
    }

    pub(super) fn status(&self, secret: &Digest) -> Option<Status> {
        let key = self.by_status.get(secret)?;
        let entry = self.exchanges.get(key)?;
        Some(Status {
            progress: entry.progress,
            origin: entry.status.as_ref()?.origin.clone(),
            forget_at: entry.forget_at,
        })
    }

    pub(super) fn token(&self, digest: &Digest) -> Option<LiveToken> {
        self.tokens.get(digest).cloned()
    }

    /// Drops some of what is outdated.
    pub(super) fn drop_due(&mut self, now: i64) -> Dropped {
        let mut dropped = Dropped::default();
        for _ in 0..DROPPED_AT_ONCE {
            let exchange = self.exchanges_due.first().filter(|(due, _)| *due <= now);
            let Some((_, key)) = exchange.cloned() else {
                break;
            };
            self.withdraw(&key);
            dropped.exchanges.push(key);
        }
        for _ in 0..DROPPED_AT_ONCE {
            let token = self.tokens_due.first().filter(|(due, _)| *due <= now);
            let Some((due, digest)) = token.copied() else {
                break;
            };
            self.tokens_due.remove(&(due, digest));
            self.tokens.remove(&digest);
            dropped.tokens.push(digest);
        }
        dropped
    }
}

/// The initiator's half.
#[derive(Default)]
pub(super) struct InitiatorIndex {
    held: HashMap<ExchangeKey, HeldToken>,
    in_use: HashMap<Identifier, (ExchangeKey, HeldToken)>,
}

impl InitiatorIndex {
    pub(super) fn hold(&mut self, key: ExchangeKey, token: HeldToken) {
        self.held.insert(key, token);
    }

    pub(super) fn held(&self, key: &ExchangeKey) -> Result<HeldToken, StoreError> {
        self.held.get(key).cloned().ok_or(StoreError::NotOpen)
    }

    /// Moves the held token into use; gives the exchange whose token it replaces.
    pub(super) fn adopt(&mut self, key: &ExchangeKey) -> Result<Option<ExchangeKey>, StoreError> {
        let token = self.held.remove(key).ok_or(StoreError::NotOpen)?;
        Ok(self.restore(key.clone(), token))
    }

    /// Puts a token in use as it was written down.
    pub(super) fn restore(&mut self, key: ExchangeKey, token: HeldToken) -> Option<ExchangeKey> {
        let replaced = self.in_use.insert(key.peer.clone(), (key, token));
        replaced.map(|(earlier, _)| earlier)
    }

    /// The exchange whose token is in use with this issuer.
    pub(super) fn exchange_in_use(&self, issuer: &Identifier) -> Option<ExchangeKey> {
        self.in_use.get(issuer).map(|(key, _)| key.clone())
    }

    pub(super) fn discard(&mut self, key: &ExchangeKey) {
        self.held.remove(key);
    }

    /// Throws away all tokens of an issuer; gives the exchanges that they came from.
    pub(super) fn forget(&mut self, issuer: &Identifier) -> Vec<ExchangeKey> {
        let held = self.held.keys().filter(|key| key.peer == *issuer);
        let mut forgotten: Vec<ExchangeKey> = held.cloned().collect();
        self.held.retain(|key, _| key.peer != *issuer);
        forgotten.extend(self.in_use.remove(issuer).map(|(key, _)| key));
        forgotten
    }

    pub(super) fn in_use(&self, issuer: &Identifier) -> Option<HeldToken> {
        self.in_use.get(issuer).map(|(_, token)| token.clone())
    }
}
