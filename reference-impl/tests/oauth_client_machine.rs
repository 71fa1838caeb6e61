//! The machine of the OAuth client: events in, actions out.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::sync::Arc;
use std::time::Duration;

use btx_reference::oauth::client::machine::{Action, Event, Granted, Machine, Pace};
use btx_reference::oauth::client::{Failure, Token};
use btx_spec::oauth::{AccessToken, OauthError};
use proptest::prelude::*;

const NOW: i64 = 1_000_000;

fn machine() -> Machine {
    Machine::new(Pace::new(Duration::from_secs(300), Duration::from_secs(60)))
}

fn granted(lifetime: u64) -> Event {
    Event::Ended(Ok(Granted {
        token: Arc::new(AccessToken::parse("rutabaga").unwrap()),
        lifetime: Some(lifetime),
    }))
}

fn refused(error: OauthError, retry_after: Option<u64>) -> Event {
    Event::Ended(Err(Failure::Refused {
        status: 400,
        error: Some(error),
        retry_after,
    }))
}

/// The token in these actions.
fn given(actions: &[Action]) -> Token {
    let token = actions.iter().find_map(|action| match action {
        Action::Give(Ok(token)) => Some(token.clone()),
        _ => None,
    });
    token.unwrap_or_else(|| panic!("no token: {actions:?}"))
}

fn asks(actions: &[Action]) -> bool {
    actions.contains(&Action::Ask)
}

#[test]
fn one_request_does_for_all_who_wait() {
    let mut machine = machine();
    assert_eq!(machine.on(Event::Wanted, NOW), [Action::Ask, Action::Wait]);
    for event in [Event::Wanted, Event::Ordered, Event::Due, Event::Refused(7)] {
        assert_eq!(machine.on(event, NOW), [Action::Wait]);
    }
    let token = given(&machine.on(granted(3600), NOW + 2));
    // Its life is counted from when it was asked for.
    assert_eq!(token.expires_at(), NOW + 3600);
    assert_eq!(
        machine.on(Event::Wanted, NOW + 3),
        [Action::Give(Ok(token))]
    );
}

#[test]
fn a_token_is_renewed_ahead_and_not_shown_after_its_end() {
    let mut machine = machine();
    machine.on(Event::Wanted, NOW);
    machine.on(granted(3600), NOW);
    assert_eq!(machine.due_in(NOW), Some(3300));
    assert!(!asks(&machine.on(Event::Wanted, NOW + 3299)));
    let ahead = machine.on(Event::Wanted, NOW + 3300);
    assert!(asks(&ahead));
    assert_eq!(given(&ahead).serial(), 1);
    // Nobody waits for the renewal, and nobody begins a second one.
    let meanwhile = machine.on(Event::Wanted, NOW + 3301);
    assert!(!asks(&meanwhile));
    assert_eq!(given(&meanwhile).serial(), 1);
    // At its end it is over, whatever became of the renewal.
    assert_eq!(machine.on(Event::Wanted, NOW + 3600), [Action::Wait]);
}

#[test]
fn a_short_life_is_renewed_in_its_middle() {
    let mut machine = machine();
    machine.on(Event::Wanted, NOW);
    machine.on(granted(10), NOW + 1);
    assert_eq!(machine.due_in(NOW + 1), Some(4));
}

#[test]
fn a_token_that_has_ended_when_it_comes_is_none() {
    for lifetime in [0, 5] {
        let mut machine = machine();
        machine.on(Event::Wanted, NOW);
        let told = machine.on(granted(lifetime), NOW + 5);
        assert!(matches!(
            told[..],
            [Action::Give(Err(Failure::BadAnswer(_)))]
        ));
    }
}

#[test]
fn after_invalid_client_only_a_person_makes_it_ask() {
    let mut machine = machine();
    machine.on(Event::Wanted, NOW);
    machine.on(refused(OauthError::InvalidClient, None), NOW);
    for event in [Event::Wanted, Event::Due, Event::Refused(1)] {
        let told = machine.on(event, NOW + 1_000_000);
        assert!(matches!(
            told[..],
            [Action::Give(Err(Failure::Refused { .. }))]
        ));
    }
    assert_eq!(machine.due_in(NOW), None);
    assert!(asks(&machine.on(Event::Ordered, NOW + 1)));
}

#[test]
fn after_another_failure_it_waits_ever_longer_and_then_asks() {
    let mut machine = machine();
    let mut now = NOW;
    machine.on(Event::Wanted, now);
    for pause in [1, 2, 4, 8] {
        machine.on(refused(OauthError::InvalidScope, None), now);
        assert_eq!(machine.due_in(now), Some(pause));
        let pause = i64::try_from(pause).unwrap();
        assert!(!asks(&machine.on(Event::Wanted, now + pause - 1)));
        now += pause;
        assert!(asks(&machine.on(Event::Wanted, now)));
    }
    for (asked, pause) in [(Some(30), 30), (Some(u64::MAX), 300), (Some(0), 64)] {
        machine.on(refused(OauthError::InvalidRequest, asked), now);
        assert_eq!(machine.due_in(now), Some(pause));
        machine.on(Event::Ordered, now);
    }
    // A success makes it forget.
    machine.on(granted(3600), now);
    machine.on(Event::Ordered, now);
    machine.on(refused(OauthError::InvalidGrant, None), now);
    assert_eq!(machine.due_in(now), Some(1));
}

#[test]
fn one_new_token_for_a_refused_one_and_none_for_that() {
    let mut machine = machine();
    machine.on(Event::Wanted, NOW);
    let first = given(&machine.on(granted(3600), NOW));
    let refusal = Event::Refused(first.serial());
    assert_eq!(
        machine.on(refusal.clone(), NOW),
        [Action::Ask, Action::Wait]
    );
    let second = given(&machine.on(granted(3600), NOW));
    // Who is refused with the first one later gets the second, which is there.
    assert_eq!(given(&machine.on(refusal, NOW)), second);
    let again = machine.on(Event::Refused(second.serial()), NOW);
    assert_eq!(again, [Action::Give(Err(Failure::RefusedAgain))]);
    // An API that has taken it may refuse it once more.
    machine.on(Event::Taken(second.serial()), NOW);
    assert!(asks(&machine.on(Event::Refused(second.serial()), NOW)));
}

#[test]
fn a_token_without_a_lifetime_has_the_assumed_one() {
    let mut machine = machine();
    machine.on(Event::Wanted, NOW);
    let told = machine.on(
        Event::Ended(Ok(Granted {
            token: Arc::new(AccessToken::parse("rutabaga").unwrap()),
            lifetime: None,
        })),
        NOW,
    );
    assert_eq!(given(&told).expires_at(), NOW + 60);
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Wanted),
        Just(Event::Due),
        Just(Event::Ordered),
        (0..5u64).prop_map(Event::Refused),
        (0..5u64).prop_map(Event::Taken),
        any::<u64>().prop_map(granted),
        (0..20u64).prop_map(granted),
        Just(refused(OauthError::InvalidClient, None)),
        any::<Option<u64>>().prop_map(|after| refused(OauthError::InvalidGrant, after)),
    ]
}

proptest! {
    /// Whatever happens in whatever order: one request at a time, everybody is served or told to wait, and
    /// nobody gets a token that has ended.
    #[test]
    fn no_order_of_events_breaks_a_promise(
        events in prop::collection::vec((any_event(), 0..5i64), 0..200),
    ) {
        let mut machine = machine();
        let mut now = NOW;
        let mut under_way = false;
        for (event, later) in events {
            now += later;
            let ends = matches!(event, Event::Ended(_));
            let needs = !ends && !matches!(event, Event::Taken(_));
            let actions = machine.on(event, now);
            if ends {
                under_way = false;
            }
            for action in &actions {
                match action {
                    Action::Ask => {
                        prop_assert!(!under_way, "two requests at a time");
                        under_way = true;
                    }
                    Action::Wait => prop_assert!(needs),
                    Action::Give(Ok(token)) => prop_assert!(token.expires_at() > now),
                    Action::Give(Err(_)) => {}
                }
            }
            let served = actions.iter().filter(|action| **action != Action::Ask).count();
            prop_assert!(!needs || served == 1, "{actions:?}");
            let waits = actions.contains(&Action::Wait);
            prop_assert!(!waits || under_way, "it waits for nothing");
        }
    }
}
