//! What holds of the machine of a caller whatever its issuer answers, in whatever order.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lifecycle_caller_lab;

use std::collections::{BTreeMap, BTreeSet};

use btx_reference::lifecycle::caller::Failure;
use btx_reference::lifecycle::caller::machine::{CallId, Event, Machine, Step};
use btx_reference::outbound::Answer;
use lifecycle_caller_lab::{bearer, bringing, invalid_token, login, session_token, status};
use proptest::prelude::*;

/// What happens next.
#[derive(Debug, Clone)]
enum Act {
    Begin {
        at_issuer: bool,
    },
    /// The request that was sent so many requests ago is answered.
    Answer {
        which: usize,
        how: How,
    },
    Leave {
        which: usize,
    },
    Pass {
        seconds: i64,
    },
}

#[derive(Debug, Clone, Copy)]
enum How {
    Refused,
    Good,
    /// With a bearer that lives so much longer than the one that was shown.
    Better(i64),
    /// With a bearer of another session.
    Foreign,
    Failing,
    Pausing,
    Silent,
}

fn how() -> impl Strategy<Value = How> {
    prop_oneof![
        6 => Just(How::Refused),
        4 => Just(How::Good),
        3 => (-20_i64..40).prop_map(How::Better),
        1 => Just(How::Foreign),
        1 => Just(How::Failing),
        1 => Just(How::Pausing),
        1 => Just(How::Silent),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => any::<bool>().prop_map(|at_issuer| Act::Begin { at_issuer }),
        8 => (any::<usize>(), how()).prop_map(|(which, how)| Act::Answer { which, how }),
        1 => any::<usize>().prop_map(|which| Act::Leave { which }),
        1 => (1_i64..30).prop_map(|seconds| Act::Pass { seconds }),
    ]
}

/// What a call has asked for, and waits for.
#[derive(Debug, Clone)]
enum Asked {
    Login,
    Call {
        session: String,
        until: i64,
        with_session: bool,
    },
}

#[derive(Debug, Default)]
struct Call {
    at_issuer: bool,
    sent: usize,
    refused: Option<String>,
    asked: Option<Asked>,
}

#[derive(Default)]
struct World {
    machine: Machine,
    now: i64,
    calls: BTreeMap<CallId, Call>,
    begun: CallId,
    logins: usize,
    not_before: i64,
    /// Sessions that were refused with both tokens.
    dead: BTreeSet<String>,
    /// The latest end of a bearer of each session that was shown.
    shown_until: BTreeMap<String, i64>,
}

impl World {
    fn act(&mut self, act: Act) {
        match act {
            Act::Begin { at_issuer } => {
                let id = self.begun;
                self.begun += 1;
                let call = Call {
                    at_issuer,
                    ..Call::default()
                };
                self.calls.insert(id, call);
                self.tell(id, Event::Begun { at_issuer });
            }
            Act::Answer { which, how } => {
                let asking: Vec<_> = self.asking().collect();
                if !asking.is_empty() {
                    self.answer(asking[which % asking.len()], how);
                }
            }
            Act::Leave { which } => {
                let all: Vec<_> = self.calls.keys().copied().collect();
                if !all.is_empty() {
                    let id = all[which % all.len()];
                    self.calls.remove(&id);
                    self.tell(id, Event::Left);
                }
            }
            Act::Pass { seconds } => self.now += seconds,
        }
        self.check();
    }

    fn asking(&self) -> impl Iterator<Item = CallId> + '_ {
        let asking = self.calls.iter().filter(|(_, call)| call.asked.is_some());
        asking.map(|(id, _)| *id)
    }

    fn answer(&mut self, id: CallId, how: How) {
        let call = self.calls.get_mut(&id).unwrap();
        let event = match (call.asked.take().unwrap(), how) {
            (_, How::Silent) => Event::Missed(Failure::Unanswered),
            (Asked::Login, How::Refused) => Event::Answered(status(401)),
            (Asked::Login, How::Failing) => Event::Answered(status(500)),
            (Asked::Login, How::Pausing) => {
                self.not_before = self.now + 20;
                Event::Answered(Answer {
                    retry_after: Some(20),
                    ..status(429)
                })
            }
            (Asked::Login, _) => {
                self.logins += 1;
                let session = self.logins.to_string();
                Event::Answered(login(&session, self.now + 60))
            }
            (Asked::Call { session, .. }, How::Refused) => {
                // LC-CLI-007
                if call.sent == 2 {
                    self.dead.insert(session);
                } else {
                    call.refused = Some(session);
                }
                Event::Answered(invalid_token())
            }
            (Asked::Call { session, until, .. }, How::Better(more)) => {
                Event::Answered(bringing(200, &bearer(&session, until + more)))
            }
            (Asked::Call { until, .. }, How::Foreign) => {
                Event::Answered(bringing(200, &bearer("foreign", until + 60)))
            }
            (Asked::Call { .. }, How::Failing | How::Pausing) => Event::Answered(status(503)),
            (Asked::Call { .. }, How::Good) => Event::Answered(status(200)),
        };
        self.tell(id, event);
    }

    fn tell(&mut self, id: CallId, event: Event) {
        for (id, step) in self.machine.on(id, event, self.now) {
            // Nobody is told anything after the end.
            let call = self.calls.get_mut(&id).unwrap();
            assert!(call.asked.is_none(), "one thing after the other");
            match step {
                Step::LogIn => {
                    // LC-CLI-023
                    assert!(self.now >= self.not_before, "a login during the pause");
                    call.asked = Some(Asked::Login);
                }
                Step::Send { bearer, session } => {
                    call.sent += 1;
                    assert!(call.sent <= 2, "a third send (LC-CLI-006)");
                    let claims = &bearer.claims;
                    assert!(!self.dead.contains(&claims.session), "a dead session");
                    let latest = self.shown_until.entry(claims.session.clone()).or_default();
                    assert!(*latest <= claims.expires_at, "an earlier end (LC-CLI-012)");
                    *latest = claims.expires_at;
                    if let Some(token) = &session {
                        let refused = call.refused.as_ref();
                        assert_eq!(refused, Some(&claims.session), "not refused (LC-CLI-004)");
                        assert!(call.at_issuer, "another origin (LC-CLI-003)");
                        assert_eq!(token.expose(), session_token(&claims.session));
                    }
                    call.asked = Some(Asked::Call {
                        session: claims.session.clone(),
                        until: claims.expires_at,
                        with_session: session.is_some(),
                    });
                }
                Step::Done(_) | Step::Failed(_) => {
                    self.calls.remove(&id);
                }
            }
        }
    }

    fn check(&self) {
        let busy = self.calls.values().filter(|call| {
            let asked = call.asked.as_ref();
            asked.is_some_and(|asked| match asked {
                Asked::Login => true,
                Asked::Call { with_session, .. } => *with_session,
            })
        });
        let busy = busy.count();
        assert!(busy <= 1, "two refreshes or logins at once (LC-CLI-008)");
        let waiting = self.calls.values().filter(|call| call.asked.is_none());
        assert!(
            busy == 1 || waiting.count() == 0,
            "somebody waits for nothing"
        );
    }
}

proptest! {
    #[test]
    fn whatever_happens_the_rules_are_kept(acts in prop::collection::vec(act(), 1..80)) {
        let mut world = World::default();
        for act in acts {
            world.act(act);
        }
        // Whatever is under way comes to an end, once everything is answered.
        loop {
            let asking: Vec<_> = world.asking().collect();
            let Some(id) = asking.first() else { break };
            world.answer(*id, How::Good);
            world.check();
        }
        prop_assert!(world.calls.is_empty());
    }

    /// LC-CLI-008, LC-CLI-005
    #[test]
    fn one_refresh_does_for_any_number_of_calls(
        many in 2_u64..20,
        order in prop::collection::vec(any::<prop::sample::Index>(), 200),
    ) {
        let mut world = World::default();
        world.act(Act::Begin { at_issuer: true });
        world.answer(0, How::Good);
        world.answer(0, How::Good);
        for _ in 0..many {
            world.act(Act::Begin { at_issuer: true });
        }
        // An issuer that takes only the second bearer, and refreshes the first.
        let mut refreshes = 0;
        for index in order {
            let asking: Vec<_> = world.asking().collect();
            if asking.is_empty() {
                break;
            }
            let id = *index.get(&asking);
            let how = match world.calls[&id].asked.clone().unwrap() {
                Asked::Call { until: 60, with_session: false, .. } => How::Refused,
                Asked::Call { until: 60, .. } => {
                    refreshes += 1;
                    How::Better(30)
                }
                _ => How::Good,
            };
            world.answer(id, how);
            world.check();
        }
        prop_assert!(world.calls.is_empty());
        prop_assert_eq!((refreshes, world.logins), (1, 1));
    }
}
