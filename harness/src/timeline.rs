//! What happened between the harness and the target, in order of time, on both legs.

use crate::wire::{Request, Response};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The place of an event in its timeline, from 0.
pub type EventId = usize;

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// Time since the scenario began.
    pub at: Duration,
    /// Who acted.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum What {
    /// A request, with the URL that it was sent to.
    Request(String, Request),
    /// A response.
    Response(Response),
    /// Anything else, in words.
    Note(String),
    /// No event, but the beginning of another part of the scenario.
    Heading(String),
}

/// The timeline of one scenario; clones are the same timeline.
#[derive(Debug, Clone)]
pub struct Timeline {
    id: uuid::Uuid,
    started: Instant,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            id: uuid::Uuid::new_v4(),
            started: Instant::now(),
            events: Arc::default(),
        }
    }
}

impl Timeline {
    /// What tells this timeline from all others.
    #[must_use]
    pub fn id(&self) -> uuid::Uuid {
        self.id
    }

    /// Adds an event.
    pub fn add(&self, from: &str, to: &str, what: What) -> EventId {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(Event {
            at: self.started.elapsed(),
            from: from.to_owned(),
            to: to.to_owned(),
            what,
        });
        events.len() - 1
    }

    /// Adds an event in words.
    pub fn note(&self, from: &str, to: &str, words: impl Into<String>) -> EventId {
        self.add(from, to, What::Note(words.into()))
    }

    /// Adds a heading: what follows belongs to another part of the scenario.
    pub fn heading(&self, words: &str) {
        self.add("", "", What::Heading(words.to_owned()));
    }

    /// All events so far.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Time since the scenario began.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}
