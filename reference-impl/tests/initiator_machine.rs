//! The initiator's state machine under arbitrary events and token issues, in arbitrary order.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::time::Duration;

use btx_reference::initiator::{Action, Answered, Event, Exchange, Failure, OnIssue, Outcome};
use btx_spec::signature::sign;
use btx_spec::{
    BearerToken, HmacKey, Identifier, Pending, ProblemType, StatusUrl, Timestamp, TokenCall,
    TokenIssue,
};
use proptest::prelude::*;

const NOW: i64 = 1_767_225_600;
const SKEW: i64 = 60;
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

fn call() -> TokenCall {
    let call = br#"{"version":"BTX-1","exchange_id":"0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f",
        "issuer":"https://issuer.example","initiator":"https://initiator.example",
        "hmac_key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}"#;
    TokenCall::parse(call).unwrap()
}

fn issue(token: u8, expires_at: i64, key: &HmacKey) -> TokenIssue {
    let call = call();
    let token = BearerToken::from_random([token; 32]);
    let expires_at = Timestamp::from_unix(expires_at);
    let id = &call.exchange_id;
    TokenIssue {
        version: call.version,
        signature: sign(key, &call.issuer, &call.initiator, id, &expires_at, &token),
        exchange_id: call.exchange_id,
        issuer: call.issuer,
        initiator: call.initiator,
        bearer_token: token,
        expires_at,
    }
}

fn good(token: u8) -> TokenIssue {
    issue(token, NOW + 3600, &call().hmac_key)
}

fn forged() -> TokenIssue {
    issue(7, NOW + 3600, &HmacKey::from_bytes([9; 32]))
}

fn pending() -> Pending {
    Pending {
        status_url: StatusUrl::parse("https://issuer.example/btx/exchange/1").unwrap(),
        exchange_expires_at: Timestamp::from_unix(NOW + 600),
    }
}

/// One thing that may come from outside.
#[derive(Debug, Clone)]
enum Input {
    Event(Event),
    Good(u8),
    Forged,
    Expired,
    Written(bool),
}

fn inputs() -> impl Strategy<Value = Vec<Input>> {
    let answered = prop_oneof![
        Just(Answered::Live),
        Just(Answered::Pending {
            pending: pending(),
            retry_after: None
        }),
        Just(Answered::Failed(Failure::BadPending)),
    ];
    let input = prop_oneof![
        2 => Just(Input::Event(Event::Prepared)),
        4 => answered.prop_map(|answered| Input::Event(Event::Answered(answered))),
        1 => Just(Input::Event(Event::Unanswered)),
        1 => Just(Input::Event(Event::Unreachable)),
        2 => Just(Input::Event(Event::Adopted)),
        1 => Just(Input::Event(Event::StoreFailed)),
        1 => Just(Input::Event(Event::DeadlinePassed)),
        1 => Just(Input::Event(Event::Removed)),
        4 => (0..2_u8).prop_map(Input::Good),
        1 => Just(Input::Forged),
        1 => Just(Input::Expired),
        4 => any::<bool>().prop_map(Input::Written),
    ];
    proptest::collection::vec(input, 0..16)
}

proptest! {
    #[test]
    fn whatever_happens_a_token_is_used_only_after_success(inputs in inputs()) {
        let mut exchange = Exchange::new(call(), SKEW, LONGEST_PAUSE);
        prop_assert_eq!(exchange.start(), [Action::Prepare]);
        let (mut storing, mut held, mut live, mut ended) = (false, false, false, false);
        for input in inputs {
            match input {
                Input::Good(token) => match exchange.on_issue(good(token), NOW) {
                    OnIssue::Hold(_) => {
                        prop_assert!(!held && !ended);
                        storing = true;
                    }
                    OnIssue::Accept => prop_assert!(held && !ended),
                    OnIssue::Refuse(_) => {}
                },
                Input::Forged => {
                    let answer = exchange.on_issue(forged(), NOW);
                    prop_assert!(matches!(answer, OnIssue::Refuse(_)));
                }
                Input::Expired => {
                    let expired = issue(3, NOW - SKEW, &call().hmac_key);
                    let answer = exchange.on_issue(expired, NOW);
                    prop_assert!(matches!(answer, OnIssue::Refuse(_)));
                }
                // The store answers only what it was asked.
                Input::Written(written) if storing => match exchange.on_held(written) {
                    OnIssue::Accept => {
                        prop_assert!(written && !ended);
                        held = true;
                    }
                    OnIssue::Refuse(_) => prop_assert!(!written || ended),
                    OnIssue::Hold(_) => prop_assert!(false, "nothing to hold"),
                },
                Input::Written(_) => {}
                Input::Event(event) => {
                    let success = event == Event::Answered(Answered::Live);
                    for action in exchange.on(event) {
                        prop_assert!(!ended || matches!(action, Action::Finish(_)));
                        match action {
                            Action::Adopt => {
                                prop_assert!(success && held, "used before success");
                                live = true;
                            }
                            Action::Discard => ended = true,
                            Action::Finish(Outcome::Active { .. }) => {
                                prop_assert!(live && !ended, "in use without success");
                                ended = true;
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
    }
}

/// An exchange that waits for the answer to its call.
fn calling() -> Exchange {
    let mut exchange = Exchange::new(call(), SKEW, LONGEST_PAUSE);
    exchange.start();
    assert_eq!(exchange.on(Event::Prepared), [Action::Call]);
    exchange
}

/// An exchange that holds the first good token.
fn holding() -> Exchange {
    let mut exchange = calling();
    assert!(matches!(exchange.on_issue(good(1), NOW), OnIssue::Hold(_)));
    assert_eq!(exchange.on_held(true), OnIssue::Accept);
    exchange
}

fn problem(answer: OnIssue) -> ProblemType {
    match answer {
        OnIssue::Refuse(refusal) => refusal.problem,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_token_is_taken_into_use_after_success() {
    let mut exchange = holding();
    assert_eq!(
        exchange.on(Event::Answered(Answered::Live)),
        [Action::Adopt]
    );
    let expires_at = NOW + 3600;
    let active = Action::Finish(Outcome::Active { expires_at });
    assert_eq!(exchange.on(Event::Adopted), [active]);
}

#[test]
fn an_identical_repeat_gets_the_answer_of_the_first() {
    let mut exchange = holding();
    assert_eq!(exchange.on_issue(good(1), NOW), OnIssue::Accept);
    // Even when the token has expired meanwhile: the order of judging says so.
    assert_eq!(exchange.on_issue(good(1), NOW + 7200), OnIssue::Accept);
    let other = problem(exchange.on_issue(good(2), NOW));
    assert_eq!(other, ProblemType::ConflictingIssue);
}

#[test]
fn a_repeat_while_the_first_is_being_written_is_written_too() {
    let mut exchange = calling();
    assert!(matches!(exchange.on_issue(good(1), NOW), OnIssue::Hold(_)));
    assert!(matches!(exchange.on_issue(good(1), NOW), OnIssue::Hold(_)));
}

#[test]
fn bad_issues_are_refused_each_for_its_reason_and_end_nothing() {
    let mut exchange = calling();
    let mut foreign = good(1);
    foreign.issuer = Identifier::parse("https://other.example").unwrap();
    let expired = issue(1, NOW - SKEW, &call().hmac_key);
    for (bad, reason) in [
        (forged(), ProblemType::SignatureMismatch),
        (foreign, ProblemType::ExchangeMismatch),
        (expired, ProblemType::TokenExpired),
    ] {
        assert_eq!(problem(exchange.on_issue(bad, NOW)), reason);
    }
    assert!(matches!(exchange.on_issue(good(1), NOW), OnIssue::Hold(_)));
}

#[test]
fn success_without_a_token_is_failure() {
    let mut exchange = calling();
    let failed = Action::Finish(Outcome::Failed(Failure::NoToken));
    let actions = exchange.on(Event::Answered(Answered::Live));
    assert_eq!(actions, [Action::Discard, failed]);
    let late = problem(exchange.on_issue(good(1), NOW));
    assert_eq!(late, ProblemType::UnknownExchange);
}

#[test]
fn an_unknown_fate_of_the_call_is_failure_even_with_a_token() {
    let mut exchange = holding();
    let failed = Action::Finish(Outcome::Failed(Failure::Unanswered));
    assert_eq!(exchange.on(Event::Unanswered), [Action::Discard, failed]);
}

#[test]
fn a_token_that_is_written_too_late_is_refused() {
    let mut exchange = calling();
    assert!(matches!(exchange.on_issue(good(1), NOW), OnIssue::Hold(_)));
    exchange.on(Event::DeadlinePassed);
    assert_eq!(
        problem(exchange.on_held(true)),
        ProblemType::UnknownExchange
    );
}
