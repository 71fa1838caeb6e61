//! The issuer's state machine under arbitrary events, in arbitrary order.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::time::Duration;

use btx_reference::issuer::mint::{Minted, mint};
use btx_reference::issuer::{Action, Ending, Event, Exchange, Failure};
use btx_reference::random::{Random, RandomError};
use btx_spec::TokenCall;
use proptest::prelude::*;

struct Counting;

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        for (byte, value) in bytes.iter_mut().zip(1..) {
            *byte = value;
        }
        Ok(())
    }
}

fn minted() -> Minted {
    let call = br#"{"version":"BTX-1","exchange_id":"0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f",
        "issuer":"https://issuer.example","initiator":"https://initiator.example",
        "hmac_key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}"#;
    mint(
        &TokenCall::parse(call).unwrap(),
        3600,
        1_767_225_600,
        &Counting,
    )
    .unwrap()
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let status = prop_oneof![3 => Just(204), 2 => 100..600_u16];
    let event = prop_oneof![
        3 => status.prop_map(Event::Answered),
        1 => Just(Event::Unreachable),
        3 => Just(Event::Unanswered),
        3 => Just(Event::Activated),
        1 => Just(Event::NotActivated),
        1 => Just(Event::DeadlinePassed),
        1 => Just(Event::Removed),
    ];
    proptest::collection::vec(event, 0..12)
}

proptest! {
    #[test]
    fn whatever_happens_the_token_is_safe(events in events(), pending: bool) {
        let mut exchange = Exchange::new(minted());
        let body = exchange.token_issue();
        let mut posts = 0;
        let mut accepted = false;
        let mut activating = false;
        let mut activated = false;
        let mut answers = Vec::new();
        let mut failed = false;

        let mut steps = vec![(None, exchange.start(pending))];
        steps.extend(events.into_iter().map(|event| (Some(event), exchange.on(event))));
        for (event, actions) in steps {
            // What the world did, as far as it could have: answers come to what was asked.
            activated |= activating && event == Some(Event::Activated) && !failed;
            accepted |= event == Some(Event::Answered(204)) && posts > 0 && !failed;
            for action in actions {
                match action {
                    Action::AnswerPending => prop_assert!(pending && posts == 0),
                    Action::Post(pause) => {
                        prop_assert!(!accepted && !failed);
                        prop_assert_eq!(pause.is_zero(), posts == 0);
                        posts += 1;
                    }
                    Action::Activate(_) => {
                        prop_assert!(accepted && !failed, "live before acceptance");
                        activating = true;
                    }
                    Action::Fail(_) => failed = true,
                    Action::Answer(Ending::Live) => {
                        prop_assert!(activated && !failed, "success before activation");
                        answers.push(Ending::Live);
                    }
                    Action::Answer(ending) => {
                        prop_assert!(failed, "a failure is recorded before it is told");
                        answers.push(ending);
                    }
                }
            }
            prop_assert!(posts <= 3, "at most two re-sends");
            prop_assert!(answers.len() <= 1, "one answer");
            prop_assert!(body.as_ptr() == exchange.token_issue().as_ptr(), "one body");
        }
    }
}

fn ending(events: &[Event]) -> Vec<Action> {
    let mut exchange = Exchange::new(minted());
    let mut last = exchange.start(false);
    for event in events {
        last = exchange.on(*event);
    }
    last
}

#[test]
fn only_204_is_acceptance() {
    for status in (100..600).filter(|status| *status != 204) {
        let actions = ending(&[Event::Answered(status)]);
        let refused = Action::Answer(Ending::Failed(Failure::Refused));
        assert_eq!(actions.last(), Some(&refused), "{status}");
    }
}

#[test]
fn a_missing_answer_is_asked_for_twice_more_and_then_given_up() {
    let again = |milliseconds| vec![Action::Post(Duration::from_millis(milliseconds))];
    assert_eq!(ending(&[Event::Unanswered]), again(100));
    assert_eq!(ending(&[Event::Unanswered; 2]), again(300));
    let given_up = Action::Answer(Ending::Failed(Failure::TimedOut));
    assert_eq!(ending(&[Event::Unanswered; 3]).last(), Some(&given_up));
}

#[test]
fn an_acceptance_that_is_not_activated_in_time_is_undone() {
    let accepted = Event::Answered(204);
    for (event, failure) in [
        (Event::DeadlinePassed, Failure::TimedOut),
        (Event::NotActivated, Failure::NotActivated),
    ] {
        let actions = ending(&[accepted, event]);
        let answer = Action::Answer(Ending::Failed(failure));
        assert_eq!(actions, [Action::Fail(failure), answer]);
    }
}

#[test]
fn nothing_revives_an_exchange() {
    let late = [Event::Unreachable, Event::Answered(204), Event::Activated];
    assert_eq!(ending(&late), []);
}
