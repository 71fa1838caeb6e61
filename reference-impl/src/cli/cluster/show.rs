//! What is known of the cluster and of its client at a moment.

use std::sync::{Arc, Mutex, PoisonError};

/// How a bearer was got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Got {
    /// By name and password.
    Login,
    /// By the session token, since the last one had expired.
    Refresh,
    /// Unasked, since the key of the last one is about to go.
    Reissue,
}

impl Got {
    /// In a word.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Refresh => "refresh",
            Self::Reissue => "re-issue",
        }
    }
}

/// A replica.
#[derive(Debug, Clone, Default)]
pub(super) struct Replica {
    /// Whether it is there.
    pub(super) up: bool,
    /// How many requests it has answered.
    pub(super) answered: usize,
    /// How often it has died.
    pub(super) deaths: usize,
    /// The key that has signed the last bearer that came from it.
    pub(super) signed_with: Option<String>,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    /// The replicas.
    pub(super) replicas: Vec<Replica>,
    /// The key that signs.
    pub(super) key: String,
    /// The key of the bearer that the client holds, and how it got that.
    pub(super) bearer: Option<(String, Got)>,
    /// What has happened.
    pub(super) events: Vec<String>,
    /// How many rotations there were, and how many of them were emergencies.
    pub(super) rotations: (usize, usize),
    /// How often the client has logged in.
    pub(super) logins: usize,
    /// How often it has refreshed its bearer.
    pub(super) refreshes: usize,
    /// How often it was given another.
    pub(super) reissues: usize,
    /// Calls that were begun and have ended.
    pub(super) calls: usize,
    /// How often a request went to another replica, since the first gave no answer.
    pub(super) elsewhere: usize,
    /// How often a call was made again, since the first came to nothing.
    pub(super) again: usize,
    /// Calls that came to nothing in the end.
    pub(super) failed: usize,
}

/// The same, shared by all who change it.
#[derive(Clone)]
pub(super) struct Show(Arc<Mutex<Shown>>);

impl Show {
    /// A cluster of so many replicas that are all there.
    pub(super) fn new(replicas: usize) -> Self {
        let up = Replica {
            up: true,
            ..Replica::default()
        };
        Self(Arc::new(Mutex::new(Shown {
            replicas: vec![up; replicas],
            ..Shown::default()
        })))
    }

    /// As it is now.
    pub(super) fn shown(&self) -> Shown {
        self.change(|shown| shown.clone())
    }

    /// Something has happened.
    pub(super) fn note(&self, event: String) {
        self.change(|shown| shown.events.push(event));
    }

    /// That key signs.
    pub(super) fn key(&self, kid: &str) {
        self.change(|shown| kid.clone_into(&mut shown.key));
    }

    /// The keys have rotated.
    pub(super) fn rotated(&self, kid: &str, urgent: bool) {
        self.change(|shown| {
            shown.rotations.0 += 1;
            shown.rotations.1 += usize::from(urgent);
            let sort = if urgent { "in an emergency " } else { "" };
            let event = format!("the keys have rotated {sort}to {}", short(kid));
            shown.events.push(event);
        });
    }

    /// A replica has died.
    pub(super) fn went(&self, replica: usize) {
        self.with(replica, |one| {
            one.up = false;
            one.deaths += 1;
        });
        self.note(format!("replica {} was killed", replica + 1));
    }

    /// A replica is back.
    pub(super) fn came(&self, replica: usize) {
        self.with(replica, |one| one.up = true);
        self.note(format!("replica {} is back", replica + 1));
    }

    /// A replica has answered.
    pub(super) fn answered(&self, replica: usize) {
        self.with(replica, |one| one.answered += 1);
    }

    /// A bearer has come from a replica.
    pub(super) fn got(&self, replica: usize, kid: &str, how: Got) {
        self.with(replica, |one| one.signed_with = Some(kid.to_owned()));
        self.change(|shown| {
            shown.bearer = Some((kid.to_owned(), how));
            match how {
                Got::Login => shown.logins += 1,
                Got::Refresh => shown.refreshes += 1,
                Got::Reissue => shown.reissues += 1,
            }
            let event = format!("{} at replica {}", how.name(), replica + 1);
            shown.events.push(event);
        });
    }

    /// A request goes to another replica.
    pub(super) fn elsewhere(&self) {
        self.change(|shown| shown.elsewhere += 1);
    }

    /// A call is made again.
    pub(super) fn again(&self) {
        self.change(|shown| shown.again += 1);
    }

    /// A call has ended.
    pub(super) fn called(&self, granted: bool, outcome: &str) {
        self.change(|shown| {
            shown.calls += 1;
            if !granted {
                shown.failed += 1;
                shown.events.push(format!("a call failed: {outcome}"));
            }
        });
    }

    fn with(&self, replica: usize, change: impl FnOnce(&mut Replica)) {
        self.change(|shown| {
            if let Some(one) = shown.replicas.get_mut(replica) {
                change(one);
            }
        });
    }

    fn change<T>(&self, change: impl FnOnce(&mut Shown) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// As much of the name of a key as tells it from others.
pub(super) fn short(kid: &str) -> &str {
    kid.get(..6).unwrap_or(kid)
}
