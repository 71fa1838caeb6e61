//! Saboteurs of the chapter "The token call", where it is about repeats and parallel exchanges.

use crate::{
    Saboteur,
    ledger::lock,
    message::Told,
    sabotage::Sabotage,
    store::{Clerk, Done},
};
use btx_reference::{
    issuer::Failure,
    store::{Begun, Digest, ExchangeKey, LiveToken, Opening, Store},
};
use btx_spec::{ExchangeId, Identifier, ProblemType};
use futures::FutureExt as _;
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "forgets-ids-when-exchanges-end",
            "EX-ISS-016",
            "Remembers an exchange_id only as long as its exchange is open.",
            || {
                Sabotage::new()
                    .one_clerk(Forgetful::default())
                    .alterations()
            },
        )
        .only(&["an exchange that has", "A caller that has lost its"])
        .also(
            "EX-ISS-033",
            &["is answered 409"],
            "a repeat that is taken is not answered with 409",
        ),
        Saboteur::new(
            "thanks-for-repeats",
            "EX-ISS-016",
            "Answers a used exchange_id with 204, as if it were the first answer again.",
            || {
                Sabotage::new()
                    .call_answers(|_, told| {
                        if told.problem() == Some(ProblemType::DuplicateExchange) {
                            *told = Told::empty(204);
                        }
                    })
                    .alterations()
            },
        )
        .also(
            "EX-ISS-033",
            &["is answered 409"],
            "a repeat that is taken is not answered with 409",
        )
        .also(
            "EX-ISS-017",
            &["twenty simultaneous calls"],
            "nineteen of the calls are repeats",
        ),
        Saboteur::new(
            "remembers-ids-on-each-replica-alone",
            "EX-ISS-017",
            "Looks for a repeat among the exchanges of the replica that was called.",
            || {
                Sabotage::new()
                    .clerk(|replica| Arc::new(OnItsOwn(replica)))
                    .alterations()
            },
        ),
        Saboteur::new(
            "has-one-list-of-ids-for-all",
            "EX-ISS-018",
            "Refuses an exchange_id that any initiator has used.",
            || Sabotage::new().one_clerk(OneList::default()).alterations(),
        ),
        Saboteur::new(
            "carries-on-three-exchanges",
            "EX-ISS-019",
            "Has no more than three exchanges open with one initiator.",
            || {
                Sabotage::new()
                    .config(|c| c.limits.parallel_per_partner = 3)
                    .alterations()
            },
        ),
        Saboteur::new(
            "opens-any-number-of-exchanges",
            "EX-ISS-020",
            "Does not count the open exchanges of an initiator.",
            || Sabotage::new().one_clerk(Boundless).alterations(),
        )
        .also(
            "EX-ISS-034",
            &["One call too many"],
            "nothing is too many to it",
        ),
        Saboteur::new(
            "has-four-places-for-all",
            "EX-ISS-021",
            "Refuses a token call while four exchanges are open, whoever they belong to.",
            || {
                Sabotage::new()
                    .config(|c| c.limits.open_exchanges = 4)
                    .alterations()
            },
        )
        .one_by_one(),
        Saboteur::new(
            "keeps-one-token-for-each",
            "EX-ISS-066",
            "Lets only the newest token of an initiator live.",
            || Sabotage::new().one_clerk(Newest::default()).alterations(),
        )
        .also(
            "EX-ISS-060",
            &["was lost once"],
            "the control of that scenario is a later exchange of the same initiator",
        ),
    ]
}

/// Knows exchanges by other names after they have ended, so that their ids are free.
#[derive(Default)]
struct Forgetful {
    ended: Mutex<HashSet<ExchangeKey>>,
    names: Mutex<HashMap<ExchangeKey, ExchangeKey>>,
    count: AtomicU64,
}

impl Forgetful {
    /// What the store of the reference calls this exchange.
    fn name(&self, key: &ExchangeKey) -> ExchangeKey {
        lock(&self.names).get(key).unwrap_or(key).clone()
    }

    /// A name that the store of the reference has not heard yet.
    fn rename(&self, key: &ExchangeKey) {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let bytes = (u128::from(count) + (7 << 64)).to_be_bytes();
        let id = ExchangeId::from_random(bytes);
        let other = ExchangeKey {
            peer: key.peer.clone(),
            id,
        };
        lock(&self.names).insert(key.clone(), other);
    }
}

impl Clerk for Forgetful {
    fn begin<'a>(&'a self, inner: &'a dyn Store, mut opening: Opening) -> Done<'a, Begun> {
        if lock(&self.ended).remove(&opening.key) {
            self.rename(&opening.key);
        }
        opening.key = self.name(&opening.key);
        inner.begin(opening)
    }

    fn activate<'a>(
        &'a self,
        inner: &'a dyn Store,
        key: ExchangeKey,
        token: LiveToken,
    ) -> Done<'a, ()> {
        let name = self.name(&key);
        lock(&self.ended).insert(key);
        inner.activate(name, token)
    }

    fn fail<'a>(
        &'a self,
        inner: &'a dyn Store,
        key: ExchangeKey,
        failure: Failure,
    ) -> Done<'a, ()> {
        let name = self.name(&key);
        lock(&self.ended).insert(key);
        inner.fail(name, failure)
    }
}

/// Names the exchanges of the second replica so that the first does not know them.
struct OnItsOwn(usize);

impl OnItsOwn {
    fn name(&self, mut key: ExchangeKey) -> ExchangeKey {
        if self.0 > 0 {
            // The first digit, turned around.
            let flipped = key.id.as_str().chars().enumerate().map(|(place, digit)| {
                match digit.to_digit(16).filter(|_| place == 0) {
                    Some(value) => char::from_digit(15 - value, 16).unwrap_or(digit),
                    None => digit,
                }
            });
            let flipped: String = flipped.collect();
            if let Ok(id) = ExchangeId::parse(&flipped) {
                key.id = id;
            }
        }
        key
    }
}

impl Clerk for OnItsOwn {
    fn begin<'a>(&'a self, inner: &'a dyn Store, mut opening: Opening) -> Done<'a, Begun> {
        opening.key = self.name(opening.key);
        inner.begin(opening)
    }

    fn activate<'a>(
        &'a self,
        inner: &'a dyn Store,
        key: ExchangeKey,
        token: LiveToken,
    ) -> Done<'a, ()> {
        inner.activate(self.name(key), token)
    }

    fn fail<'a>(
        &'a self,
        inner: &'a dyn Store,
        key: ExchangeKey,
        failure: Failure,
    ) -> Done<'a, ()> {
        inner.fail(self.name(key), failure)
    }
}

/// The ids of all initiators in one list.
#[derive(Default)]
struct OneList(Mutex<HashMap<String, Identifier>>);

impl Clerk for OneList {
    fn begin<'a>(&'a self, inner: &'a dyn Store, opening: Opening) -> Done<'a, Begun> {
        let id = opening.key.id.as_str().to_owned();
        let first = lock(&self.0)
            .entry(id)
            .or_insert_with(|| opening.key.peer.clone())
            .clone();
        if first != opening.key.peer {
            return async { Ok(Begun::Duplicate) }.boxed();
        }
        inner.begin(opening)
    }
}

struct Boundless;

impl Clerk for Boundless {
    fn begin<'a>(&'a self, inner: &'a dyn Store, mut opening: Opening) -> Done<'a, Begun> {
        opening.room.open_per_partner = usize::MAX;
        inner.begin(opening)
    }
}

/// When an exchange succeeds, the tokens that its initiator had when it began are dead.
#[derive(Default)]
struct Newest {
    live: Mutex<HashMap<Identifier, Vec<Digest>>>,
    before: Mutex<HashMap<ExchangeKey, Vec<Digest>>>,
    dead: Mutex<HashSet<Digest>>,
}

impl Clerk for Newest {
    fn begin<'a>(&'a self, inner: &'a dyn Store, opening: Opening) -> Done<'a, Begun> {
        let now = lock(&self.live)
            .get(&opening.key.peer)
            .cloned()
            .unwrap_or_default();
        lock(&self.before).insert(opening.key.clone(), now);
        inner.begin(opening)
    }

    fn activate<'a>(
        &'a self,
        inner: &'a dyn Store,
        key: ExchangeKey,
        token: LiveToken,
    ) -> Done<'a, ()> {
        let before = lock(&self.before).remove(&key).unwrap_or_default();
        lock(&self.dead).extend(before);
        lock(&self.live)
            .entry(key.peer.clone())
            .or_default()
            .push(token.digest);
        inner.activate(key, token)
    }

    fn token<'a>(&'a self, inner: &'a dyn Store, digest: Digest) -> Done<'a, Option<LiveToken>> {
        if lock(&self.dead).contains(&digest) {
            return async { Ok(None) }.boxed();
        }
        inner.token(digest)
    }
}
