//! The calls of an issuer as a pure machine: what is sent, how often, and with which tokens.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lifecycle_caller_lab;

use btx_reference::lifecycle::caller::machine::{CallId, Event, Machine, Order, Step};
use btx_reference::lifecycle::caller::{Failure, NoBearer};
use btx_reference::outbound::Answer;
use lifecycle_caller_lab::{
    bearer, bearer_of, bringing, challenge, invalid_token, login, session_token, status,
};

const BEGUN: Event = Event::Begun { at_issuer: true };

/// A machine, and what it says in words.
struct Caller {
    machine: Machine,
    now: i64,
}

impl Caller {
    fn new() -> Self {
        Self::reading(false)
    }

    fn reading(authorization_field: bool) -> Self {
        Self {
            machine: Machine::new(authorization_field),
            now: 0,
        }
    }

    /// One that has a session called `s`, with a bearer that ends at 60.
    fn logged_in(authorization_field: bool) -> Self {
        let mut caller = Self::reading(authorization_field);
        assert_eq!(caller.tell(0, BEGUN), ["0 logs in"]);
        assert_eq!(caller.answer(0, login("s", 60)), ["0 shows s until 60"]);
        assert_eq!(caller.answer(0, status(200)), ["0 done 200"]);
        caller
    }

    fn tell(&mut self, id: CallId, event: Event) -> Vec<String> {
        let orders = self.machine.on(id, event, self.now);
        orders.iter().map(words).collect()
    }

    fn begin(&mut self, id: CallId) -> Vec<String> {
        self.tell(id, BEGUN)
    }

    fn answer(&mut self, id: CallId, answer: Answer) -> Vec<String> {
        self.tell(id, Event::Answered(answer))
    }

    /// What the next call shows.
    fn shows(&mut self) -> String {
        let said = self.begin(99);
        self.tell(99, Event::Left);
        said.concat().replacen("99 ", "", 1)
    }
}

fn words((id, step): &Order) -> String {
    match step {
        Step::LogIn => format!("{id} logs in"),
        Step::Send { bearer, session } => {
            let claims = &bearer.claims;
            let with = match session {
                Some(token) if token.expose() == session_token(&claims.session) => " with session",
                Some(_) => " with another session",
                None => "",
            };
            format!(
                "{id} shows {} until {}{with}",
                claims.session, claims.expires_at
            )
        }
        Step::Done(answer) => format!("{id} done {}", answer.status),
        Step::Failed(failure) => format!("{id} failed: {failure}"),
    }
}

#[test]
fn who_has_no_bearer_logs_in_and_goes_on_with_it() {
    let mut caller = Caller::logged_in(false);
    assert_eq!(caller.shows(), "shows s until 60");
}

/// LC-CLI-005, LC-CLI-010
#[test]
fn what_is_refused_comes_again_with_the_session_token_and_brings_a_new_bearer() {
    let mut caller = Caller::logged_in(false);
    assert_eq!(caller.begin(1), ["1 shows s until 60"]);
    let again = caller.answer(1, invalid_token());
    assert_eq!(again, ["1 shows s until 60 with session"]);
    let brought = bringing(204, &bearer("s", 90));
    assert_eq!(caller.answer(1, brought), ["1 done 204"]);
    assert_eq!(caller.shows(), "shows s until 90");
}

/// LC-CLI-006, LC-CLI-007
#[test]
fn what_is_refused_twice_is_over_and_so_are_both_tokens() {
    let mut caller = Caller::logged_in(false);
    caller.begin(1);
    caller.answer(1, invalid_token());
    assert_eq!(caller.answer(1, invalid_token()), ["1 done 401"]);
    assert_eq!(caller.shows(), "logs in");
    // Any other answer than 401 says nothing of the tokens.
    let mut caller = Caller::logged_in(false);
    caller.begin(1);
    caller.answer(1, invalid_token());
    assert_eq!(caller.answer(1, status(503)), ["1 done 503"]);
    assert_eq!(caller.shows(), "shows s until 60");
}

/// LC-CLI-005: a 401 with another reason is no reason to show the session token.
#[test]
fn only_invalid_token_means_that_the_bearer_is_refused() {
    let others = [
        status(401),
        challenge("realm=\"farm\""),
        challenge("error=\"insufficient_user_authentication\""),
        Answer {
            www_authenticate: Some("Basic realm=\"farm\", error=\"invalid_token\"".to_owned()),
            ..status(401)
        },
        Answer {
            status: 403,
            ..invalid_token()
        },
    ];
    for answer in others {
        let mut caller = Caller::logged_in(false);
        caller.begin(1);
        let expected = format!("1 done {}", answer.status);
        assert_eq!(caller.answer(1, answer), [expected]);
        assert_eq!(caller.shows(), "shows s until 60");
    }
}

/// LC-CLI-003
#[test]
fn elsewhere_no_session_token_is_shown() {
    let elsewhere = Event::Begun { at_issuer: false };
    let mut caller = Caller::logged_in(false);
    assert_eq!(caller.tell(1, elsewhere.clone()), ["1 shows s until 60"]);
    assert_eq!(caller.answer(1, invalid_token()), ["1 done 401"]);
    assert_eq!(caller.shows(), "shows s until 60");
    // Nor is a bearer taken that comes from there.
    caller.tell(2, elsewhere.clone());
    caller.answer(2, bringing(200, &bearer("s", 90)));
    assert_eq!(caller.shows(), "shows s until 60");
    // One that is over gives way to a login.
    caller.now = 60;
    caller.tell(3, elsewhere);
    assert_eq!(caller.answer(3, invalid_token()), ["3 done 401"]);
    assert_eq!(caller.shows(), "logs in");
}

/// LC-CLI-008
#[test]
fn of_many_calls_one_has_the_session_token_and_the_others_the_new_bearer() {
    let mut caller = Caller::logged_in(false);
    for id in 1..=3 {
        assert_eq!(caller.begin(id), [format!("{id} shows s until 60")]);
    }
    let again = caller.answer(1, invalid_token());
    assert_eq!(again, ["1 shows s until 60 with session"]);
    assert!(caller.answer(2, invalid_token()).is_empty());
    // Who begins now waits for the new bearer, too.
    assert!(caller.begin(4).is_empty());
    assert_eq!(
        caller.answer(1, bringing(200, &bearer("s", 90))),
        ["1 done 200", "2 shows s until 90", "4 shows s until 90"]
    );
    // Nor does it need another one when it hears late that the old one is refused.
    assert_eq!(caller.answer(3, invalid_token()), ["3 shows s until 90"]);
    assert_eq!(caller.answer(3, status(200)), ["3 done 200"]);
}

#[test]
fn when_a_refresh_brings_nothing_the_next_one_tries() {
    for event in [
        Event::Answered(status(200)),
        Event::Answered(status(503)),
        Event::Missed(Failure::Unanswered),
        Event::Left,
    ] {
        let mut caller = Caller::logged_in(false);
        caller.begin(1);
        caller.begin(2);
        caller.answer(1, invalid_token());
        assert!(caller.answer(2, invalid_token()).is_empty());
        let said = caller.tell(1, event.clone());
        let last = said.last().map(String::as_str);
        assert_eq!(last, Some("2 shows s until 60 with session"), "{event:?}");
    }
    // What both tokens were refused for is not tried with them again.
    let mut caller = Caller::logged_in(false);
    caller.begin(1);
    caller.begin(2);
    caller.answer(1, invalid_token());
    caller.answer(2, invalid_token());
    caller.begin(3);
    let said = caller.answer(1, invalid_token());
    assert_eq!(said, ["1 done 401", "2 done 401", "3 logs in"]);
}

/// LC-CLI-011 to LC-CLI-016
#[test]
fn a_new_bearer_is_taken_if_it_continues_the_old_one() {
    let better = bearer("s", 90);
    let in_authorization = |code, field: &str| Answer {
        authorization: vec![field.to_owned()],
        ..status(code)
    };
    let shown = |reads, answer| {
        let mut caller = Caller::logged_in(reads);
        caller.begin(1);
        caller.answer(1, answer);
        caller.shows()
    };
    let (new, old) = ("shows s until 90", "shows s until 60");
    assert_eq!(shown(false, bringing(200, &better)), new);
    assert_eq!(shown(false, bringing(299, &better)), new);
    for answer in [
        bringing(200, &bearer("other", 90)),
        bringing(200, &bearer_of("bert", "s", 90)),
        bringing(200, &bearer("s", 59)),
        bringing(200, "no.bearer.at-all"),
        bringing(304, &better),
        bringing(404, &better),
        in_authorization(200, &format!("Bearer {better}")),
    ] {
        assert_eq!(shown(false, answer.clone()), old, "{answer:?}");
    }
    assert_eq!(
        shown(true, in_authorization(200, &format!("Bearer {better}"))),
        new
    );
    assert_eq!(shown(true, bringing(200, &better)), new);
    for answer in [
        in_authorization(404, &format!("Bearer {better}")),
        in_authorization(200, &format!("Basic {better}")),
        in_authorization(200, &better),
    ] {
        assert_eq!(shown(true, answer.clone()), old, "{answer:?}");
    }
}

/// LC-CLI-022, LC-CLI-024
#[test]
fn a_login_that_brings_nothing_is_over_for_all_who_wait_for_it() {
    let cut = Answer {
        cut: true,
        ..login("s", 60)
    };
    let cases = [
        (status(401), NoBearer::Refused),
        (status(400), NoBearer::Refused),
        (status(302), NoBearer::Unusable),
        (status(500), NoBearer::Unusable),
        (status(200), NoBearer::Unusable),
        (cut, NoBearer::Unusable),
    ];
    for (answer, why) in cases {
        let mut caller = Caller::new();
        assert_eq!(caller.begin(1), ["1 logs in"]);
        assert!(caller.begin(2).is_empty());
        let failure = Failure::from(why);
        assert_eq!(
            caller.answer(1, answer),
            [
                format!("1 failed: {failure}"),
                format!("2 failed: {failure}")
            ]
        );
        // Whoever asks once more is asked for.
        assert_eq!(caller.begin(3), ["3 logs in"]);
    }
}

/// One whose bearer was refused while somebody else logs in hears of the refusal, and not of the login.
#[test]
fn a_refusal_is_what_a_call_ends_with_when_no_login_helps() {
    let mut caller = Caller::logged_in(false);
    caller.begin(1);
    caller.now = 7200;
    assert_eq!(caller.begin(2), ["2 logs in"]);
    assert!(caller.answer(1, invalid_token()).is_empty());
    let failure = Failure::from(NoBearer::Refused);
    let said = caller.answer(2, status(401));
    assert_eq!(
        said,
        ["1 done 401".to_owned(), format!("2 failed: {failure}")]
    );
}

/// LC-CLI-023
#[test]
fn nobody_logs_in_before_the_issuer_wants_it() {
    let pause = |wait| Answer {
        retry_after: wait,
        ..status(429)
    };
    for (answer, seconds) in [
        (pause(Some(7)), 7),
        (pause(None), 60),
        (pause(Some(u64::MAX)), 24 * 3600),
        (
            Answer {
                status: 503,
                ..pause(Some(7))
            },
            7,
        ),
    ] {
        let mut caller = Caller::new();
        caller.begin(1);
        caller.answer(1, answer);
        caller.now = seconds - 1;
        let paused = Failure::from(NoBearer::Paused);
        assert_eq!(caller.begin(2), [format!("2 failed: {paused}")]);
        caller.now = seconds;
        assert_eq!(caller.begin(3), ["3 logs in"]);
    }
}

#[test]
fn a_session_that_is_over_is_not_shown_any_more() {
    let mut caller = Caller::logged_in(false);
    caller.now = 7199;
    assert_eq!(caller.shows(), "shows s until 60");
    caller.now = 7200;
    assert_eq!(caller.shows(), "logs in");
}

#[test]
fn whoever_leaves_during_a_login_lets_the_next_one_log_in() {
    let mut caller = Caller::new();
    caller.begin(1);
    caller.begin(2);
    assert_eq!(caller.tell(1, Event::Left), ["2 logs in"]);
    // What is answered to nobody means nothing.
    assert!(caller.answer(1, login("s", 60)).is_empty());
    assert_eq!(caller.answer(2, login("t", 60)), ["2 shows t until 60"]);
}
