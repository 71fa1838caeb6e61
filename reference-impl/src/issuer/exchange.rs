//! One exchange as the issuer sees it, from the admitted token call to its answer.
//!
//! ```text
//! Minted --start--> CallingBack --204--> Activating --written--> Ended(Live)
//!                        |                    |
//!                        |                    +--not written--> Ended(NotActivated)
//!                        +--any other answer--> Ended(Refused)
//!                        +--not reachable-----> Ended(Unreachable), or Ended(TimedOut) if an
//!                        |                      earlier attempt was sent and not answered
//!                        +--no answer--> CallingBack again, at most twice, the same bytes
//!                        +--deadline----------> Ended(TimedOut)
//!                        +--registration gone-> Ended(NotActivated)
//! ```
//!
//! Nothing here waits, sends or writes: events come in, actions go out, and the driver in
//! `run.rs` carries them out. What is unknown ends as a failure: availability may be lost, safety
//! never.

use std::time::Duration;

use bytes::Bytes;

use super::mint::Minted;
use crate::store::LiveToken;

/// How long to wait before each re-send. Its length is the number of re-sends allowed.
const BACKOFF: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(300)];

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The initiator accepted the token, and the resource accepts it from now on.
    Live,
    /// The token is dead, for the reason given.
    Failed(Failure),
}

/// Why an exchange ended without a live token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The initiator answered, and not with 204.
    Refused,
    /// No connection to the initiator came about; it has not seen the token.
    Unreachable,
    /// Nobody knows whether the initiator accepted.
    TimedOut,
    /// The token could not be written down as live, though the initiator accepted it, or must not be,
    /// since it is registered no longer.
    NotActivated,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The initiator gave a complete answer with this status.
    Answered(u16),
    /// Nothing of the request was sent.
    Unreachable,
    /// The request may have arrived, and no complete answer came back.
    Unanswered,
    /// The store has written the token down as live, durably and for every replica.
    Activated,
    /// The store could not do so.
    NotActivated,
    /// The initiator is not registered any more.
    Removed,
    /// The time for the whole exchange is over.
    DeadlinePassed,
}

/// What to do next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Answer the token call with 202 now.
    AnswerPending,
    /// After this pause, post the token issue to the registered URL.
    Post(Duration),
    /// Write the token down as live.
    Activate(LiveToken),
    /// Write down that this exchange failed; its token must never live.
    Fail(Failure),
    /// Tell the ending to whoever waits for it.
    Answer(Ending),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum State {
    Minted,
    CallingBack { resends: usize },
    Activating,
    Ended,
}

/// The state of one exchange.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Exchange {
    state: State,
    minted: Minted,
}

impl Exchange {
    /// An exchange whose token is made and known to nobody yet.
    pub fn new(minted: Minted) -> Self {
        Self {
            state: State::Minted,
            minted,
        }
    }

    /// The body of the token issue. There is one per exchange, so every re-send has the same
    /// bytes (EX-ISS-072).
    pub fn token_issue(&self) -> Bytes {
        self.minted.body.clone()
    }

    /// Begins to call back. `pending` says whether the token call is answered before the outcome.
    pub fn start(&mut self, pending: bool) -> Vec<Action> {
        if self.state != State::Minted {
            return Vec::new();
        }
        self.state = State::CallingBack { resends: 0 };
        if pending {
            vec![Action::AnswerPending, Action::Post(Duration::ZERO)]
        } else {
            vec![Action::Post(Duration::ZERO)]
        }
    }

    /// Takes one event. An event that does not fit the state changes nothing: a late answer
    /// cannot revive an exchange.
    pub fn on(&mut self, event: Event) -> Vec<Action> {
        match (self.state, event) {
            // EX-ISS-060: only 204 is acceptance. EX-ISS-062: nothing is live before it.
            (State::CallingBack { .. }, Event::Answered(204)) => {
                self.state = State::Activating;
                vec![Action::Activate(self.minted.live.clone())]
            }
            // EX-ISS-061, EX-ISS-070: any other complete answer is final, 200 and redirects included.
            (State::CallingBack { .. }, Event::Answered(_)) => self.fail(Failure::Refused),
            // EX-ISS-036: that is only so if no earlier attempt got a byte of the token issue out.
            (State::CallingBack { resends: 0 }, Event::Unreachable) => {
                self.fail(Failure::Unreachable)
            }
            // EX-ISS-037
            (State::CallingBack { .. }, Event::Unreachable) => self.fail(Failure::TimedOut),
            // EX-ISS-071, EX-ISS-073: only a missing answer permits the same bytes again, twice.
            (State::CallingBack { resends }, Event::Unanswered) => match BACKOFF.get(resends) {
                Some(pause) => {
                    self.state = State::CallingBack {
                        resends: resends + 1,
                    };
                    vec![Action::Post(*pause)]
                }
                None => self.fail(Failure::TimedOut),
            },
            // EX-ISS-064, EX-ISS-065: success is told when the token is live, and only then.
            (State::Activating, Event::Activated) => {
                self.state = State::Ended;
                vec![Action::Answer(Ending::Live)]
            }
            // EX-ISS-067
            (State::Activating, Event::NotActivated) => self.fail(Failure::NotActivated),
            // EX-ISS-007: its next registrant gets nothing of this one's.
            (State::CallingBack { .. } | State::Activating, Event::Removed) => {
                self.fail(Failure::NotActivated)
            }
            // EX-ISS-069: what is unknown at the deadline is destroyed. An unfinished activation
            // is undone: the store keeps the order of its orders.
            (State::CallingBack { .. } | State::Activating, Event::DeadlinePassed) => {
                self.fail(Failure::TimedOut)
            }
            _ => Vec::new(),
        }
    }

    /// EX-ISS-063: the token is dead for good. The failure is on record before anyone is told.
    fn fail(&mut self, failure: Failure) -> Vec<Action> {
        self.state = State::Ended;
        vec![
            Action::Fail(failure),
            Action::Answer(Ending::Failed(failure)),
        ]
    }
}
