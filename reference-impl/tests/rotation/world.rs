//! What there is, and what can happen next.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use btx_reference::lifecycle::issuer::judge::{Judged, Refused, Verdict};
use btx_reference::lifecycle::keys::book::{self, Book};
use btx_reference::lifecycle::ring::{Ring, Succession};
use stateright::{Model, Property};

use crate::keys::{Signed, WINDOW, bearer, key, limits};
use crate::promises;

/// How many replicas there are.
pub(crate) const REPLICAS: usize = 2;
/// How long a copy of the keys is good, in seconds.
const LEASE: i64 = 1;
/// How many bearers there are at most.
const BEARERS: usize = 2;

/// What is done more simply than it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A replica works with its copy until it has another.
    CopiesForEver,
    /// An emergency has ended when it is written.
    UrgentAtOnce,
    /// An orderly rotation is in force when it is written.
    NotDated,
    /// A replica that has seen a session alive does not look again.
    RemembersSessions,
}

/// The model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rotations {
    fault: Option<Fault>,
    /// Whether the second operator is in a hurry.
    pub(crate) hurry: bool,
    /// When the world ends, in seconds from its beginning.
    end: i64,
    /// How often a way to the store is cut, or a replica begins anew.
    pub(crate) troubles: u8,
}

impl Rotations {
    /// Nothing is done more simply.
    pub(crate) fn sound(hurry: bool) -> Self {
        // An orderly rotation takes three seconds, and two of them one after the other take six.
        let (end, troubles) = if hurry { (4, 1) } else { (7, 0) };
        Self {
            fault: None,
            hurry,
            end,
            troubles,
        }
    }

    /// One thing is.
    pub(crate) fn with(fault: Fault, hurry: bool) -> Self {
        Self {
            fault: Some(fault),
            troubles: 1,
            ..Self::sound(hurry)
        }
    }

    fn has(self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }
}

/// A book, compared by what is in it.
#[derive(Debug, Clone)]
pub(crate) struct Sheet(pub(crate) Arc<Book>);

impl Sheet {
    fn print(&self) -> impl Hash + PartialEq {
        let ring = |ring: &Ring| {
            let previous = ring.previous.as_ref();
            (
                ring.current.id().to_owned(),
                ring.next.id().to_owned(),
                previous.map(|one| (one.key.id().to_owned(), one.retired_at, one.until)),
            )
        };
        let Self(book) = self;
        let then = book.then.as_ref();
        let then = then.map(|(from, then)| (*from, ring(then)));
        (book.version, ring(&book.ring), then)
    }
}

impl PartialEq for Sheet {
    fn eq(&self, other: &Self) -> bool {
        self.print() == other.print()
    }
}

impl Eq for Sheet {}

impl Hash for Sheet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.print().hash(state);
    }
}

/// A bearer, compared by its key and its time.
#[derive(Clone, Copy)]
pub(crate) struct Bearer(pub(crate) &'static Signed);

impl Bearer {
    fn print(self) -> (&'static str, i64) {
        (self.0.key.as_str(), self.0.expires_at)
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.print().fmt(f)
    }
}

impl PartialEq for Bearer {
    fn eq(&self, other: &Self) -> bool {
        self.print() == other.print()
    }
}

impl Eq for Bearer {}

impl Hash for Bearer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.print().hash(state);
    }
}

/// Somebody who rotates the keys, once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Operator {
    /// He has not begun.
    Idle,
    /// He has read the book that he is going to change.
    Read(Sheet),
    /// He has changed it, and waits until then.
    Written {
        /// Until when.
        until: i64,
        /// The keys that sign nothing any more once it has ended.
        old: Vec<String>,
    },
    /// It has ended: these sign nothing any more.
    Ended {
        /// Those.
        old: Vec<String>,
    },
}

/// All there is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) now: i64,
    pub(crate) store: Sheet,
    /// Which replicas reach the store.
    pub(crate) reach: [bool; REPLICAS],
    /// When each replica has asked for its copy, and the copy.
    copies: [Option<(i64, Sheet)>; REPLICAS],
    /// Which replicas have seen the session alive.
    seen_alive: [bool; REPLICAS],
    pub(crate) bearers: Vec<Bearer>,
    /// Whether the client has logged out, and whether it knows it.
    pub(crate) logged_out: bool,
    /// Two, the first of whom is never in a hurry.
    pub(crate) operators: [Operator; 2],
    /// Whether somebody has signed with a key that signs nothing any more.
    pub(crate) signed_with_old: bool,
    troubles: u8,
    keys: u8,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Tick,
    Copy(usize),
    Cut(usize),
    Heal(usize),
    BeginAnew(usize),
    LogIn(usize),
    Renew(usize, usize),
    LogOut(usize),
    Read(usize),
    Write(usize),
    End(usize),
}

/// Whether a copy of that age is good. The store was asked at any moment of its second, so it is good into the one in
/// which its lease ends.
fn is_good(age: i64) -> bool {
    let seconds = |seconds: i64| Duration::from_secs(seconds.unsigned_abs());
    book::is_good(seconds(age), seconds(LEASE + 1))
}

/// What a replica does with a bearer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It lets it in.
    Opens(Verdict),
    /// It refuses it.
    Refuses,
    /// It cannot say, and answers 503.
    Undecided,
}

impl World {
    /// The ring that a replica works with: that of its copy, or of the store once that is good no more.
    fn ring(&self, model: Rotations, replica: usize) -> Option<Arc<Ring>> {
        let for_ever = model.has(Fault::CopiesForEver);
        let copy = self.copies[replica].as_ref();
        let copy = copy.filter(|(asked, _)| for_ever || is_good(self.now - asked));
        match copy {
            Some((_, Sheet(book))) => Some(Arc::clone(book.at(self.now))),
            None => self.newest(replica),
        }
    }

    /// The newest ring, if the replica reaches the store.
    fn newest(&self, replica: usize) -> Option<Arc<Ring>> {
        self.reach[replica].then(|| Arc::clone(self.store.0.at(self.now)))
    }

    /// What a replica does with a bearer, if it may look for newer keys or may not.
    pub(crate) fn answer(
        &self,
        model: Rotations,
        replica: usize,
        bearer: usize,
        look: bool,
    ) -> Answer {
        let Some(ring) = self.ring(model, replica) else {
            return Answer::Undecided;
        };
        let judged = self.judge(bearer, &ring);
        let judged = match (judged, look) {
            (Err(Refused::UnknownKey), true) => match self.newest(replica) {
                Some(newest) => self.judge(bearer, &newest),
                None => return Answer::Undecided,
            },
            (judged, _) => judged,
        };
        let Ok(judged) = judged else {
            return Answer::Refuses;
        };
        if model.has(Fault::RemembersSessions) && self.seen_alive[replica] {
            return Answer::Opens(judged.verdict);
        }
        match (self.reach[replica], self.logged_out) {
            (false, _) => Answer::Undecided,
            (true, true) => Answer::Refuses,
            (true, false) => Answer::Opens(judged.verdict),
        }
    }

    fn judge(&self, bearer: usize, ring: &Ring) -> Result<Judged, Refused> {
        let Bearer(signed) = self.bearers[bearer];
        signed.shown.judge(ring, limits(), self.now)
    }

    /// The key that has signed a bearer.
    pub(crate) fn key_of(&self, bearer: usize) -> &'static str {
        &self.bearers[bearer].0.key
    }

    /// Whether a bearer has not expired.
    pub(crate) fn is_young(&self, bearer: usize) -> bool {
        self.now < self.bearers[bearer].0.expires_at
    }

    /// The keys that sign nothing any more, by what the operators were told.
    fn old(&self) -> impl Iterator<Item = &String> {
        self.operators.iter().flat_map(|one| match one {
            Operator::Ended { old } => old.as_slice(),
            Operator::Idle | Operator::Read(_) | Operator::Written { .. } => &[],
        })
    }

    /// Signs as a replica does for a login or a renewal: with the newest ring.
    fn sign(&mut self, ring: &Ring) {
        let signs = ring.current.id();
        let with_old = self.old().any(|old| old == signs);
        self.signed_with_old |= with_old;
        let new = Bearer(bearer(ring, self.now));
        if !self.bearers.contains(&new) {
            self.bearers.push(new);
            // In which order they were signed makes no difference.
            self.bearers.sort_by_key(|one| one.print());
        }
    }
}

impl Model for Rotations {
    type State = World;
    type Action = Act;

    fn init_states(&self) -> Vec<World> {
        let ring = Ring::new(key(0), key(1)).unwrap();
        let store = Sheet(Arc::new(Book::new(ring)));
        vec![World {
            now: 1_000_000,
            copies: std::array::from_fn(|_| Some((1_000_000, store.clone()))),
            store,
            reach: [true; REPLICAS],
            seen_alive: [false; REPLICAS],
            bearers: Vec::new(),
            logged_out: false,
            operators: [Operator::Idle, Operator::Idle],
            signed_with_old: false,
            troubles: 0,
            keys: 2,
        }]
    }

    fn actions(&self, world: &World, acts: &mut Vec<Act>) {
        if world.now < 1_000_000 + self.end {
            acts.push(Act::Tick);
        }
        for replica in 0..REPLICAS {
            if world.reach[replica] {
                acts.push(Act::Copy(replica));
                if world.troubles < self.troubles {
                    acts.push(Act::Cut(replica));
                }
                if world.bearers.len() < BEARERS && !world.logged_out {
                    acts.push(Act::LogIn(replica));
                    acts.extend((0..world.bearers.len()).map(|one| Act::Renew(replica, one)));
                }
                if !world.bearers.is_empty() && !world.logged_out {
                    acts.push(Act::LogOut(replica));
                }
            } else {
                acts.push(Act::Heal(replica));
            }
            if world.troubles < self.troubles {
                acts.push(Act::BeginAnew(replica));
            }
        }
        for (index, operator) in world.operators.iter().enumerate() {
            match operator {
                Operator::Idle => acts.push(Act::Read(index)),
                Operator::Read(_) => acts.push(Act::Write(index)),
                Operator::Written { until, .. } if *until <= world.now => {
                    acts.push(Act::End(index));
                }
                Operator::Written { .. } | Operator::Ended { .. } => {}
            }
        }
    }

    fn next_state(&self, before: &World, act: Act) -> Option<World> {
        let mut world = before.clone();
        match act {
            Act::Tick => world.now += 1,
            Act::Copy(replica) => {
                let held = world.copies[replica].as_ref();
                let store = world.store.clone();
                let may = held.is_none_or(|(_, held)| store.0.may_follow(&held.0));
                world.copies[replica] = may.then_some((world.now, store));
            }
            Act::Cut(replica) => {
                world.troubles += 1;
                world.reach[replica] = false;
            }
            Act::Heal(replica) => world.reach[replica] = true,
            Act::BeginAnew(replica) => {
                world.troubles += 1;
                world.copies[replica] = None;
                world.seen_alive[replica] = false;
            }
            Act::LogIn(replica) => {
                let ring = world.newest(replica)?;
                world.sign(&ring);
                world.seen_alive[replica] = true;
            }
            Act::Renew(replica, bearer) => {
                let Answer::Opens(Verdict::OpenAndReissue | Verdict::Refresh) =
                    before.answer(*self, replica, bearer, true)
                else {
                    return None;
                };
                let ring = world.newest(replica)?;
                // If the key of the old one counts no more, nothing follows from it.
                ring.find(world.key_of(bearer), world.now)?;
                world.sign(&ring);
                world.seen_alive[replica] = true;
            }
            Act::LogOut(replica) => {
                world.logged_out = true;
                world.seen_alive[replica] = false;
            }
            Act::Read(index) => world.operators[index] = Operator::Read(world.store.clone()),
            Act::Write(index) => self.write(&mut world, index)?,
            Act::End(index) => {
                if let Operator::Written { old, .. } = &world.operators[index] {
                    world.operators[index] = Operator::Ended { old: old.clone() };
                }
            }
        }
        self.forget(&mut world);
        (world != *before).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let always = promises::ALWAYS.iter();
        let always = always.map(|one| Property::always(one.name, one.holds));
        let sometimes = promises::SOMETIMES.iter();
        let sometimes = sometimes.map(|one| Property::sometimes(one.name, one.holds));
        always.chain(sometimes).collect()
    }
}

impl Rotations {
    /// Forgets what can make no difference any more, so that there are fewer worlds.
    fn forget(self, world: &mut World) {
        let (now, for_ever) = (world.now, self.has(Fault::CopiesForEver));
        for copy in &mut world.copies {
            copy.take_if(|(asked, _)| !for_ever && !is_good(now - *asked));
        }
        if !self.has(Fault::RemembersSessions) {
            world.seen_alive = [false; REPLICAS];
        }
    }

    /// An operator writes what he has made of what he has read, unless somebody was faster.
    fn write(self, world: &mut World, index: usize) -> Option<()> {
        let Operator::Read(Sheet(read)) = world.operators[index].clone() else {
            return None;
        };
        if read.version != world.store.0.version {
            world.operators[index] = Operator::Read(world.store.clone());
            return Some(());
        }
        let now = world.now;
        let ring = Arc::clone(read.at(now));
        let urgent = index == 1 && self.hurry;
        let (to, used) = match urgent {
            false => (Succession::Next(key(world.keys)), 1),
            true => {
                let (current, next) = (key(world.keys), key(world.keys + 1));
                (Succession::Urgent { current, next }, 2)
            }
        };
        world.keys += used;
        let mut new = read.rotated(to, now, LEASE, WINDOW).ok()?;
        if self.has(Fault::NotDated)
            && let Some((_, then)) = new.then.take()
        {
            new.ring = then;
        }
        let (until, mut old) = match &new.then {
            Some((from, _)) => (*from, vec![ring.current.id().to_owned()]),
            None if self.has(Fault::UrgentAtOnce) || !urgent => {
                (now, vec![ring.current.id().to_owned()])
            }
            None => (now + LEASE + 1, vec![ring.current.id().to_owned()]),
        };
        if urgent {
            // An emergency ends all: the next key, the previous one, and those of a rotation that was dated.
            old.push(ring.next.id().to_owned());
            old.extend(ring.previous.as_ref().map(|one| one.key.id().to_owned()));
            old.extend(read.then.iter().map(|(_, then)| then.next.id().to_owned()));
        }
        world.store = Sheet(Arc::new(new));
        world.operators[index] = Operator::Written { until, old };
        Some(())
    }
}
