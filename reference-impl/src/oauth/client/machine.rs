//! The token of one server as the client sees it: asked for, held, renewed, refused.
//!
//! ```text
//!   Quiet --somebody needs a token--> Asking --a token--> Quiet, holding it
//!     ^                                 |
//!     |                                 +--a failure--> Pausing --over--> Quiet
//!     |                                 |
//!     |                                 +--invalid_client--> Stopped
//!     +-------------a person says so (Ordered): asks from anywhere----------+
//! ```
//!
//! While one request is under way nobody sends a second one (OA-CLI-007): whoever needs a token waits for
//! its end. A token that is held is given out in every stage for as long as it lives (OA-CLI-043).

use std::sync::Arc;
use std::time::Duration;

use btx_spec::oauth::AccessToken;

use super::failure::Failure;
use super::token::Token;

/// The shortest and the longest pause after a failure, in seconds.
const SHORTEST_PAUSE: i64 = 1;
const LONGEST_PAUSE: i64 = 300;

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// Somebody needs a token.
    Wanted,
    /// A token that is held is due to be renewed.
    Due,
    /// A person, or somebody in the place of one, wants a new token whatever has happened before.
    Ordered,
    /// An API refused the token of this number with `invalid_token`; somebody needs another.
    Refused(u64),
    /// An API took the token of this number.
    Taken(u64),
    /// The request that was under way has ended.
    Ended(Result<Granted, Failure>),
}

/// What the server granted.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The token.
    pub token: Arc<AccessToken>,
    /// How many seconds it lives from when it was asked for, if the answer says so.
    pub lifetime: Option<u64>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Ask the server for a token, once.
    Ask,
    /// Whoever brought the event waits until the request under way has ended.
    Wait,
    /// Give this to whoever brought the event; after [`Event::Ended`], to everybody who waits.
    Give(Result<Token, Failure>),
}

/// How tokens are aged, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long before its end a token is renewed.
    pub renew_ahead: i64,
    /// How long a token lives whose answer does not say.
    pub assumed_lifetime: i64,
}

impl Pace {
    /// The pace of these limits.
    pub fn new(renew_ahead: Duration, assumed_lifetime: Duration) -> Self {
        Self {
            renew_ahead: seconds(renew_ahead.as_secs()),
            assumed_lifetime: seconds(assumed_lifetime.as_secs()),
        }
    }
}

#[derive(Debug, Clone)]
enum Stage {
    /// No request is under way.
    Quiet,
    /// One is.
    Asking {
        /// When it began. The life of a token is counted from here.
        since: i64,
        /// Whether the token is to take the place of one that an API refused.
        replaces_refused: bool,
    },
    /// The last one failed, and the next is not sent before this instant.
    Pausing { until: i64, failure: Failure },
    /// The server does not know the client (OA-CLI-008).
    Stopped { failure: Failure },
}

#[derive(Debug, Clone)]
struct Held {
    token: Token,
    renew_at: i64,
    /// Whether it came in the place of one that an API refused, and no API has taken it yet.
    replaces_refused: bool,
}

/// The state of one server's token.
#[derive(Debug)]
pub struct Machine {
    pace: Pace,
    stage: Stage,
    held: Option<Held>,
    tokens_so_far: u64,
    failures: u32,
}

impl Machine {
    /// A machine that holds no token and has asked for none.
    pub fn new(pace: Pace) -> Self {
        Self {
            pace,
            stage: Stage::Quiet,
            held: None,
            tokens_so_far: 0,
            failures: 0,
        }
    }

    /// Takes one event. `now` is in Unix seconds.
    pub fn on(&mut self, event: Event, now: i64) -> Vec<Action> {
        match event {
            Event::Wanted => self.wanted(now),
            Event::Due => self.ask_if_allowed(false, now),
            Event::Ordered => {
                self.stage = match std::mem::replace(&mut self.stage, Stage::Quiet) {
                    asking @ Stage::Asking { .. } => asking,
                    _ => Stage::Quiet,
                };
                self.ask_if_allowed(false, now)
            }
            Event::Refused(serial) => self.refused(serial, now),
            Event::Taken(serial) => {
                if let Some(held) = self.held.as_mut().filter(|held| held.is(serial)) {
                    held.replaces_refused = false;
                }
                Vec::new()
            }
            Event::Ended(outcome) => self.ended(outcome, now),
        }
    }

    /// How many seconds until [`Event::Due`] makes sense; `None` when only a person can help.
    pub fn due_in(&self, now: i64) -> Option<u64> {
        let at = match (&self.stage, &self.held) {
            (Stage::Stopped { .. }, _) => return None,
            (Stage::Pausing { until, .. }, _) => *until,
            (Stage::Quiet | Stage::Asking { .. }, Some(held)) => held.renew_at,
            (Stage::Quiet | Stage::Asking { .. }, None) => now,
        };
        Some(u64::try_from(at.saturating_sub(now)).unwrap_or(0))
    }

    fn wanted(&mut self, now: i64) -> Vec<Action> {
        let Some((token, is_due)) = self.usable(now) else {
            return self.ask_if_allowed(false, now);
        };
        let mut actions = vec![Action::Give(Ok(token))];
        // Renewed ahead of its end, so that nobody has to wait.
        if is_due && self.may_ask(now) {
            actions.push(self.ask(false, now));
        }
        actions
    }

    /// OA-CLI-045, OA-CLI-046: one new token for a refused one, and none for that.
    fn refused(&mut self, serial: u64, now: i64) -> Vec<Action> {
        match &self.held {
            Some(held) if held.is(serial) && held.replaces_refused => {
                vec![Action::Give(Err(Failure::RefusedAgain))]
            }
            // Somebody else has renewed it already.
            Some(held) if !held.is(serial) => self.wanted(now),
            _ => {
                self.held = None;
                self.ask_if_allowed(true, now)
            }
        }
    }

    fn ended(&mut self, outcome: Result<Granted, Failure>, now: i64) -> Vec<Action> {
        let Stage::Asking {
            since,
            replaces_refused,
        } = self.stage
        else {
            return Vec::new();
        };
        let outcome = outcome.and_then(|granted| self.hold(granted, since, replaces_refused, now));
        match &outcome {
            Ok(_) => {
                self.failures = 0;
                self.stage = Stage::Quiet;
            }
            Err(failure) if failure.is_final() => {
                self.stage = Stage::Stopped {
                    failure: failure.clone(),
                };
            }
            Err(failure) => {
                let pause = pause_after(failure, self.failures);
                self.failures = self.failures.saturating_add(1);
                self.stage = Stage::Pausing {
                    until: now.saturating_add(pause),
                    failure: failure.clone(),
                };
            }
        }
        vec![Action::Give(outcome)]
    }

    /// Whoever counts from when the token was asked for never shows it too long.
    fn hold(
        &mut self,
        granted: Granted,
        since: i64,
        replaces_refused: bool,
        now: i64,
    ) -> Result<Token, Failure> {
        let lifetime = granted.lifetime.map_or(self.pace.assumed_lifetime, seconds);
        let expires_at = since.saturating_add(lifetime);
        if expires_at <= now {
            return Err(Failure::BadAnswer("its token has ended already"));
        }
        self.tokens_so_far = self.tokens_so_far.saturating_add(1);
        let token = Token::new(granted.token, self.tokens_so_far, expires_at);
        let ahead = self.pace.renew_ahead.min(lifetime / 2);
        self.held = Some(Held {
            token: token.clone(),
            renew_at: expires_at.saturating_sub(ahead),
            replaces_refused,
        });
        Ok(token)
    }

    /// The token that is held and has not ended (OA-CLI-044), and whether it is due to be renewed.
    fn usable(&mut self, now: i64) -> Option<(Token, bool)> {
        if (self.held.as_ref()).is_some_and(|held| held.token.expires_at() <= now) {
            self.held = None;
        }
        let held = self.held.as_ref()?;
        Some((held.token.clone(), held.renew_at <= now))
    }

    fn may_ask(&self, now: i64) -> bool {
        match self.stage {
            Stage::Quiet => true,
            Stage::Pausing { until, .. } => until <= now,
            Stage::Asking { .. } | Stage::Stopped { .. } => false,
        }
    }

    fn ask_if_allowed(&mut self, for_refused: bool, now: i64) -> Vec<Action> {
        if self.may_ask(now) {
            return vec![self.ask(for_refused, now), Action::Wait];
        }
        match &mut self.stage {
            Stage::Asking {
                replaces_refused, ..
            } => {
                *replaces_refused |= for_refused;
                vec![Action::Wait]
            }
            Stage::Pausing { failure, .. } | Stage::Stopped { failure } => {
                vec![Action::Give(Err(failure.clone()))]
            }
            Stage::Quiet => Vec::new(),
        }
    }

    fn ask(&mut self, replaces_refused: bool, now: i64) -> Action {
        self.stage = Stage::Asking {
            since: now,
            replaces_refused,
        };
        Action::Ask
    }
}

impl Held {
    fn is(&self, serial: u64) -> bool {
        self.token.serial() == serial
    }
}

/// Ever longer from failure to failure; as long as the server asks, within reason.
fn pause_after(failure: &Failure, failures_before: u32) -> i64 {
    let growing = SHORTEST_PAUSE << failures_before.min(16);
    let asked = failure.retry_after().map_or(0, seconds);
    growing.max(asked).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
}

fn seconds(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}
