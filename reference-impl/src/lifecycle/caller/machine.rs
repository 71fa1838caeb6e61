//! All calls of one issuer, as a caller makes them: pure.
//!
//! ```text
//!   begun --no bearer--> logging in --+
//!     |                               |
//!     +--a bearer is held-------------+--> shown --2xx--> done; a new bearer that came along is taken
//!                                            |
//!                                            +--401, invalid_token--> shown again, with the session token,
//!                                                                     or with the newer bearer of another call
//! ```
//!
//! Of all calls one at a time logs in or shows the session token. The others that need the same wait for it, and go
//! on with what it brings (LC-CLI-008). Whatever is refused is sent once more at most (LC-CLI-006).

use std::collections::BTreeMap;
use std::sync::Arc;

use btx_spec::lifecycle::SessionToken;

use super::answer::{Held, LoginSaid, Tokens, is_invalid_token, new_bearers, read_login};
use super::failure::{Failure, NoBearer};
use crate::outbound::Answer;

/// One call among those of an issuer.
pub type CallId = u64;

/// What happened to a call.
#[derive(Debug, Clone)]
pub enum Event {
    /// Somebody wants to make it. A session token may come with it only if it goes to the origin of the issuer.
    Begun {
        /// Whether it does.
        at_issuer: bool,
    },
    /// What was sent last for it was answered.
    Answered(Answer),
    /// No answer came to that.
    Missed(Failure),
    /// Nobody waits for it any more.
    Left,
}

/// What to do for a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Log in.
    LogIn,
    /// Send the request.
    Send {
        /// With this bearer.
        bearer: Arc<Held>,
        /// And with this session token.
        session: Option<Arc<SessionToken>>,
    },
    /// That was the answer.
    Done(Answer),
    /// It came to no end.
    Failed(Failure),
}

/// What to do next, and for which call.
pub type Order = (CallId, Step);

/// The calls of one issuer, and what is held of it.
#[derive(Debug, Default)]
pub struct Machine {
    authorization_field: bool,
    tokens: Option<Tokens>,
    /// Nobody logs in before this time, in Unix seconds (LC-CLI-023).
    no_login_before: Option<i64>,
    calls: BTreeMap<CallId, Call>,
    /// The call that logs in, or shows the session token.
    busy: Option<CallId>,
}

#[derive(Debug)]
struct Call {
    at_issuer: bool,
    stage: Stage,
    /// The answer to its first request, and the bearer that was in it, if that was refused.
    refused: Option<(Answer, Arc<Held>)>,
}

#[derive(Debug)]
enum Stage {
    Waiting,
    LoggingIn,
    Shown(Arc<Held>),
    /// With or without the token of this session, which is that of the bearer.
    ShownAgain(Arc<SessionToken>),
}

impl Machine {
    /// A machine that holds nothing yet.
    pub fn new(authorization_field: bool) -> Self {
        Self {
            authorization_field,
            ..Self::default()
        }
    }

    /// Takes one event of one call. `now` is in Unix seconds. An event of a call that is over means nothing.
    pub fn on(&mut self, id: CallId, event: Event, now: i64) -> Vec<Order> {
        let mut orders = Vec::new();
        match event {
            Event::Begun { at_issuer } => {
                let call = Call {
                    at_issuer,
                    stage: Stage::Waiting,
                    refused: None,
                };
                self.calls.insert(id, call);
                self.go_on(id, now, &mut orders);
            }
            Event::Answered(answer) => self.answered(id, answer, now, &mut orders),
            Event::Missed(failure) => self.missed(id, failure, now, &mut orders),
            Event::Left => {
                self.calls.remove(&id);
                self.free(id, now, &mut orders);
            }
        }
        orders
    }

    /// What a call that waits for nothing does next.
    fn go_on(&mut self, id: CallId, now: i64, orders: &mut Vec<Order>) {
        if self.busy.is_some() {
            return;
        }
        self.tokens.take_if(|tokens| tokens.session_ends <= now);
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        match (&call.refused, &self.tokens) {
            (None, None) => self.log_in(id, now, orders),
            (None, Some(tokens)) => {
                let bearer = Arc::clone(&tokens.bearer);
                call.stage = Stage::Shown(Arc::clone(&bearer));
                // LC-CLI-004
                let session = None;
                orders.push((id, Step::Send { bearer, session }));
            }
            // Another call has got a newer one.
            (Some((_, refused)), Some(tokens)) if tokens.bearer != *refused => {
                call.stage = Stage::ShownAgain(Arc::clone(&tokens.session));
                let bearer = Arc::clone(&tokens.bearer);
                let session = None;
                orders.push((id, Step::Send { bearer, session }));
            }
            // LC-CLI-003, LC-CLI-005
            (Some(_), Some(tokens)) if call.at_issuer => {
                call.stage = Stage::ShownAgain(Arc::clone(&tokens.session));
                self.busy = Some(id);
                let bearer = Arc::clone(&tokens.bearer);
                let session = Some(Arc::clone(&tokens.session));
                orders.push((id, Step::Send { bearer, session }));
            }
            (Some(_), _) => self.end_as_refused(id, now, orders),
        }
    }

    /// Elsewhere no bearer is refreshed. Once it is over, the next call begins with a login.
    fn end_as_refused(&mut self, id: CallId, now: i64, orders: &mut Vec<Order>) {
        (self.tokens).take_if(|tokens| tokens.bearer.claims.expires_at <= now);
        if let Some(call) = self.calls.remove(&id)
            && let Some((answer, _)) = call.refused
        {
            orders.push((id, Step::Done(answer)));
        }
    }

    fn log_in(&mut self, id: CallId, now: i64, orders: &mut Vec<Order>) {
        if self.no_login_before.is_some_and(|instant| now < instant) {
            return self.end(id, Step::Failed(NoBearer::Paused.into()), orders);
        }
        if let Some(call) = self.calls.get_mut(&id) {
            call.stage = Stage::LoggingIn;
            self.busy = Some(id);
            orders.push((id, Step::LogIn));
        }
    }

    fn answered(&mut self, id: CallId, answer: Answer, now: i64, orders: &mut Vec<Order>) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        match std::mem::replace(&mut call.stage, Stage::Waiting) {
            Stage::Waiting => {}
            Stage::LoggingIn => self.login_answered(id, &answer, now, orders),
            Stage::Shown(bearer) if is_invalid_token(&answer) => {
                call.refused = Some((answer, bearer));
                self.go_on(id, now, orders);
            }
            Stage::Shown(_) => {
                let at_issuer = call.at_issuer;
                self.take_new(at_issuer, &answer);
                self.end(id, Step::Done(answer), orders);
            }
            Stage::ShownAgain(session) => {
                let at_issuer = call.at_issuer;
                if answer.status == 401 {
                    // LC-CLI-007: this session, and not one that somebody has begun meanwhile.
                    (self.tokens).take_if(|tokens| Arc::ptr_eq(&tokens.session, &session));
                }
                self.take_new(at_issuer, &answer);
                self.end(id, Step::Done(answer), orders);
                self.free(id, now, orders);
            }
        }
    }

    fn login_answered(&mut self, id: CallId, answer: &Answer, now: i64, orders: &mut Vec<Order>) {
        let why = match read_login(answer, now) {
            LoginSaid::Granted(tokens) => {
                self.tokens = Some(tokens);
                return self.free(id, now, orders);
            }
            LoginSaid::Refused => NoBearer::Refused,
            LoginSaid::NotBefore(instant) => {
                self.no_login_before = Some(instant);
                NoBearer::Paused
            }
            LoginSaid::Nothing => NoBearer::Unusable,
        };
        self.no_login(why, orders);
    }

    /// Everybody waits for a login alike. Whoever else went on would only log in once more (LC-CLI-022).
    fn no_login(&mut self, why: NoBearer, orders: &mut Vec<Order>) {
        self.busy = None;
        let all: Vec<_> = self.waiting().collect();
        for id in all {
            let refused = self.calls.get_mut(&id).and_then(|call| call.refused.take());
            let step = match refused {
                Some((answer, _)) => Step::Done(answer),
                None => Step::Failed(why.into()),
            };
            self.end(id, step, orders);
        }
    }

    fn missed(&mut self, id: CallId, failure: Failure, now: i64, orders: &mut Vec<Order>) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        match call.stage {
            Stage::Waiting => {}
            Stage::LoggingIn => {
                call.stage = Stage::Waiting;
                self.no_login(NoBearer::Unanswered, orders);
            }
            Stage::Shown(_) => self.end(id, Step::Failed(failure), orders),
            // Its first request has got somewhere.
            Stage::ShownAgain(_) => {
                self.end(id, Step::Failed(Failure::Unanswered), orders);
                self.free(id, now, orders);
            }
        }
    }

    /// What others wait for is not done by this call any more: whoever waits goes on.
    fn free(&mut self, id: CallId, now: i64, orders: &mut Vec<Order>) {
        if self.busy.take_if(|busy| *busy == id).is_none() {
            return;
        }
        let waiting: Vec<_> = self.waiting().collect();
        for id in waiting {
            self.go_on(id, now, orders);
        }
    }

    fn waiting(&self) -> impl Iterator<Item = CallId> + '_ {
        let waiting = |(_, call): &(&CallId, &Call)| matches!(call.stage, Stage::Waiting);
        self.calls.iter().filter(waiting).map(|(id, _)| *id)
    }

    fn end(&mut self, id: CallId, step: Step, orders: &mut Vec<Order>) {
        if self.calls.remove(&id).is_some() {
            orders.push((id, step));
        }
    }

    /// Takes the bearer that an answer of the issuer has brought, if it may (LC-CLI-010, LC-CLI-013, LC-CLI-014).
    fn take_new(&mut self, at_issuer: bool, answer: &Answer) {
        let Some(tokens) = self.tokens.as_mut().filter(|_| at_issuer) else {
            return;
        };
        let brought = new_bearers(answer, self.authorization_field);
        let next = brought
            .into_iter()
            .find(|new| new.continues(&tokens.bearer));
        if let Some(next) = next {
            tokens.bearer = Arc::new(next);
        }
    }
}
