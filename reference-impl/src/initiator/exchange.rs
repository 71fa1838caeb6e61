//! One exchange as the initiator sees it, from its first thought to the token in use.
//!
//! ```text
//! New --start--> Preparing --written--> Calling --204, token held--> Adopting --written--> Active
//!                                         |  ^                          ^
//!                                         |  token issues come in here  |
//!                                         |                             |
//!                                         +--202, if asked for--> Polling --204, token held
//!
//! Everything else, at any stage, ends in Failed, and what was held is thrown away.
//! ```
//!
//! A token issue that is not acceptable ends nothing: anyone may send one. What cannot be known
//! has failed; then a new exchange begins, with a fresh id and key.

use std::time::Duration;

use btx_spec::{ExchangeId, Pending, ProblemType, TokenCall, TokenIssue};

use super::judge::{Verdict, judge_issue, unknown_exchange};
use crate::http::refusal::Refusal;
use crate::store::HeldToken;

/// How an exchange ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The token is in use.
    Active {
        /// Unix seconds from which on it is not used any more.
        expires_at: i64,
    },
    /// There is no token.
    Failed(Failure),
}

/// Why an exchange ended without a token. As text it is made of our own words only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The issuer answered with something other than success.
    #[error("the issuer answered {status}{}", in_words(*problem))]
    Refused {
        /// The status of the answer.
        status: u16,
        /// The type of the problem, if it is one of the registry.
        problem: Option<ProblemType>,
        /// How long the issuer asks to wait, in seconds.
        retry_after: Option<u64>,
    },
    /// A 202 that is not as it should be.
    #[error("the issuer answered with a 202 that is not as it should be")]
    BadPending,
    /// The issuer reports success, and no token is held.
    #[error("the issuer reports success, and no token has come")]
    NoToken,
    /// Nothing of the token call was sent.
    #[error("no connection to the issuer came about")]
    Unreachable,
    /// Nobody knows what became of the token call.
    #[error("the issuer did not answer")]
    Unanswered,
    /// It took too long.
    #[error("it took too long")]
    TimedOut,
    /// The issuer is not registered, or not any more.
    #[error("the issuer is not registered")]
    NotRegistered,
    /// Something of our own did not work.
    #[error("something of our own did not work")]
    Broken,
}

fn in_words(problem: Option<ProblemType>) -> String {
    problem.map_or_else(String::new, |problem| format!(", {}", problem.name()))
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The exchange is written down.
    Prepared,
    /// The token call, or the question how things stand, was answered.
    Answered(Answered),
    /// Nothing was sent.
    Unreachable,
    /// Something may have arrived, and no answer came back.
    Unanswered,
    /// The token is written down as in use.
    Adopted,
    /// The store could not do what it was asked.
    StoreFailed,
    /// The issuer is not registered, or not any more.
    Removed,
    /// The time for the whole exchange is over.
    DeadlinePassed,
}

/// What an answer of the issuer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// 204: the token is live.
    Live,
    /// 202 as it should be: not yet.
    Pending {
        /// Where to ask, and until when.
        pending: Pending,
        /// How long the issuer asks to wait, in seconds.
        retry_after: Option<u64>,
    },
    /// Everything else.
    Failed(Failure),
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Write the exchange down.
    Prepare,
    /// Send the token call, once.
    Call,
    /// After this pause, ask how things stand.
    Ask {
        /// Where and until when.
        pending: Pending,
        /// How long to wait first.
        pause: Duration,
    },
    /// Write the held token down as in use.
    Adopt,
    /// Throw away what is held.
    Discard,
    /// Tell the outcome.
    Finish(Outcome),
}

/// What to do with a token issue.
#[derive(Debug, Clone, PartialEq)]
pub enum OnIssue {
    /// Write the token down as held, then report with [`Exchange::on_held`].
    Hold(HeldToken),
    /// Answer 204.
    Accept,
    /// Refuse it.
    Refuse(Refusal),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Stage {
    New,
    Preparing,
    Calling,
    Polling { pending: Pending, asked: u32 },
    Adopting,
    Ended,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Holding {
    Nothing,
    /// Being written down.
    Storing(TokenIssue),
    /// Written down; the issuer has been told 204.
    Held(TokenIssue),
}

/// The state of one exchange.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Exchange {
    call: TokenCall,
    stage: Stage,
    holding: Holding,
    clock_skew: i64,
    longest_pause: Duration,
}

impl Exchange {
    /// An exchange that will send this call. `clock_skew` is how many seconds the clocks of the
    /// parties may differ, `longest_pause` how long a `Retry-After` makes it wait at the most.
    pub fn new(call: TokenCall, clock_skew: i64, longest_pause: Duration) -> Self {
        Self {
            call,
            stage: Stage::New,
            holding: Holding::Nothing,
            clock_skew,
            longest_pause,
        }
    }

    /// The token call: its values are what a token issue is judged by.
    pub fn call(&self) -> &TokenCall {
        &self.call
    }

    /// The id of this exchange.
    pub fn id(&self) -> &ExchangeId {
        &self.call.exchange_id
    }

    /// Begins. Nothing is sent before the exchange is written down (EX-INI-014).
    pub fn start(&mut self) -> Vec<Action> {
        if self.stage != Stage::New {
            return Vec::new();
        }
        self.stage = Stage::Preparing;
        vec![Action::Prepare]
    }

    /// Takes one event. One that does not fit the stage changes nothing.
    pub fn on(&mut self, event: Event) -> Vec<Action> {
        match (&self.stage, event) {
            (Stage::New | Stage::Ended, _) => Vec::new(),
            (_, Event::StoreFailed) => self.fail(Failure::Broken),
            (_, Event::Removed) => self.fail(Failure::NotRegistered),
            // EX-INI-067
            (_, Event::DeadlinePassed) => self.fail(Failure::TimedOut),

            (Stage::Preparing, Event::Prepared) => {
                self.stage = Stage::Calling;
                vec![Action::Call]
            }

            // EX-INI-061: a token is used after this and not before.
            (Stage::Calling | Stage::Polling { .. }, Event::Answered(Answered::Live)) => {
                self.succeed()
            }
            (
                Stage::Calling,
                Event::Answered(Answered::Pending {
                    pending,
                    retry_after,
                }),
            ) => self.ask(pending, retry_after, 0),
            // Where to ask is what the first 202 said; later ones only say when.
            (
                Stage::Polling { pending, asked },
                Event::Answered(Answered::Pending { retry_after, .. }),
            ) => {
                let (pending, asked) = (pending.clone(), *asked);
                self.ask(pending, retry_after, asked)
            }
            (
                Stage::Calling | Stage::Polling { .. },
                Event::Answered(Answered::Failed(failure)),
            ) => self.fail(failure),
            // EX-INI-015, EX-INI-072: the call is never sent twice. Its fate is unknown, so it has
            // failed.
            (Stage::Calling, Event::Unreachable) => self.fail(Failure::Unreachable),
            (Stage::Calling, Event::Unanswered) => self.fail(Failure::Unanswered),
            // Asking again does no harm, until the deadline (EX-INI-082).
            (Stage::Polling { pending, asked }, Event::Unreachable | Event::Unanswered) => {
                let (pending, asked) = (pending.clone(), *asked);
                self.ask(pending, None, asked)
            }

            (Stage::Adopting, Event::Adopted) => {
                self.stage = Stage::Ended;
                let expires_at = self.held().map_or(0, |issue| issue.expires_at.unix());
                vec![Action::Finish(Outcome::Active { expires_at })]
            }
            _ => Vec::new(),
        }
    }

    /// Takes a token issue that arrived at the URL registered for this exchange's issuer. One that
    /// is refused ends nothing (EX-INI-047).
    pub fn on_issue(&mut self, issue: TokenIssue, now: i64) -> OnIssue {
        let expects_issue = matches!(
            self.stage,
            Stage::Calling | Stage::Polling { .. } | Stage::Adopting
        );
        if !expects_issue {
            return OnIssue::Refuse(unknown_exchange());
        }
        match judge_issue(&issue, &self.call, self.first_issue(), now, self.clock_skew) {
            Err(refusal) => OnIssue::Refuse(refusal),
            // EX-INI-070. Writing it down once more does no harm, and the first writer may be gone.
            Ok(Verdict::Repeat) if matches!(self.holding, Holding::Storing(_)) => {
                OnIssue::Hold(held_token(&issue))
            }
            Ok(Verdict::Repeat) => OnIssue::Accept,
            Ok(Verdict::First) => {
                let token = held_token(&issue);
                self.holding = Holding::Storing(issue);
                OnIssue::Hold(token)
            }
        }
    }

    /// The store has, or has not, written the token down. Gives the answer to the token issue:
    /// 204 only for a token that is written down, in an exchange that is still open (EX-INI-060).
    pub fn on_held(&mut self, written: bool) -> OnIssue {
        if self.stage == Stage::Ended {
            return OnIssue::Refuse(unknown_exchange());
        }
        if !written {
            return OnIssue::Refuse(Refusal::unavailable());
        }
        if let Holding::Storing(issue) = &self.holding {
            self.holding = Holding::Held(issue.clone());
        }
        OnIssue::Accept
    }

    /// EX-INI-064: success counts only with a token that was issued and is written down.
    fn succeed(&mut self) -> Vec<Action> {
        if self.held().is_none() {
            return self.fail(Failure::NoToken);
        }
        self.stage = Stage::Adopting;
        vec![Action::Adopt]
    }

    fn ask(&mut self, pending: Pending, retry_after: Option<u64>, asked: u32) -> Vec<Action> {
        self.stage = Stage::Polling {
            pending: pending.clone(),
            asked: asked.saturating_add(1),
        };
        let pause = pause_before_asking(retry_after, asked, self.longest_pause);
        vec![Action::Ask { pending, pause }]
    }

    /// EX-INI-062: what was held is thrown away.
    fn fail(&mut self, failure: Failure) -> Vec<Action> {
        self.stage = Stage::Ended;
        self.holding = Holding::Nothing;
        vec![Action::Discard, Action::Finish(Outcome::Failed(failure))]
    }

    fn held(&self) -> Option<&TokenIssue> {
        match &self.holding {
            Holding::Held(issue) => Some(issue),
            _ => None,
        }
    }

    fn first_issue(&self) -> Option<&TokenIssue> {
        match &self.holding {
            Holding::Nothing => None,
            Holding::Storing(issue) | Holding::Held(issue) => Some(issue),
        }
    }
}

fn held_token(issue: &TokenIssue) -> HeldToken {
    HeldToken {
        token: issue.bearer_token.clone(),
        expires_at: issue.expires_at.unix(),
    }
}

/// As long as the issuer asks, within reason (EX-INI-080, EX-INI-083): not a busy loop, and not for ever.
/// Without a word from the issuer two seconds, then ever longer, to fifteen.
fn pause_before_asking(retry_after: Option<u64>, asked: u32, longest: Duration) -> Duration {
    match retry_after {
        Some(seconds) => Duration::from_secs(seconds.max(1)).min(longest),
        None => {
            let growth = 1.5_f64.powi(i32::try_from(asked.min(16)).unwrap_or(16));
            Duration::from_secs_f64((2.0 * growth).min(15.0))
        }
    }
}
