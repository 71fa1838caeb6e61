//! What the initiator makes of an answer to its token call.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::time::Duration;

use btx_reference::initiator::judge::judge_answer;
use btx_reference::initiator::{Action, Answered, Event, Exchange, Failure};
use btx_reference::outbound::Answer;
use btx_spec::{HttpsUrl, Pending, Problem, ProblemType, Timestamp, TokenCall};

const NOW: i64 = 1_767_225_600;
const STATUS_URL: &str = "https://issuer.example/btx/exchange/1";

fn pending(url: &str, expires_at: i64) -> Answer {
    let body = Pending {
        status_url: HttpsUrl::parse(url).unwrap(),
        exchange_expires_at: Timestamp::from_unix(expires_at),
    };
    Answer {
        status: 202,
        location: Some(url.to_owned()),
        body: body.to_json().into(),
        ..Answer::default()
    }
}

fn judged(answer: &Answer, asked: bool) -> Answered {
    let called = HttpsUrl::parse("https://issuer.example/btx/token-call").unwrap();
    judge_answer(answer, &called.origin(), asked, NOW)
}

#[test]
fn a_202_counts_only_if_it_was_asked_for() {
    let answer = pending(STATUS_URL, NOW + 600);
    assert!(matches!(judged(&answer, true), Answered::Pending { .. }));
    let Answered::Failed(Failure::Refused { status, .. }) = judged(&answer, false) else {
        panic!("a 202 that nobody asked for was taken");
    };
    assert_eq!(status, 202);
}

#[test]
fn a_202_has_to_be_right_in_everything() {
    let good = pending(STATUS_URL, NOW + 600);
    for bad in [
        pending("https://other.example/btx/exchange/1", NOW + 600),
        pending("https://issuer.example:8443/btx/exchange/1", NOW + 600),
        pending(STATUS_URL, NOW),
        Answer {
            location: None,
            ..good.clone()
        },
        Answer {
            location: Some("/btx/exchange/1".to_owned()),
            ..good.clone()
        },
        Answer {
            body: good.body.slice(1..),
            ..good.clone()
        },
    ] {
        assert_eq!(judged(&bad, true), Answered::Failed(Failure::BadPending));
    }
}

#[test]
fn every_other_answer_is_failure() {
    for status in (100..600).filter(|status| ![202, 204].contains(status)) {
        let answer = Answer {
            status,
            ..Answer::default()
        };
        assert!(
            matches!(judged(&answer, true), Answered::Failed(_)),
            "{status}"
        );
    }
    let refused = Answer {
        status: 429,
        retry_after: Some(7),
        body: Problem::new(ProblemType::TooManyRequests, "")
            .to_json()
            .into(),
        ..Answer::default()
    };
    let failure = Failure::Refused {
        status: 429,
        problem: Some(ProblemType::TooManyRequests),
        retry_after: Some(7),
    };
    assert_eq!(judged(&refused, false), Answered::Failed(failure));
}

#[test]
fn questions_are_asked_as_often_as_the_issuer_likes_within_reason() {
    let call = br#"{"version":"BTX-1","exchange_id":"0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f",
        "issuer":"https://issuer.example","initiator":"https://initiator.example",
        "hmac_key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}"#;
    let longest = Duration::from_secs(40);
    let mut exchange = Exchange::new(TokenCall::parse(call).unwrap(), 60, longest);
    exchange.start();
    exchange.on(Event::Prepared);
    let mut pause_after = |retry_after| {
        let Answered::Pending { pending, .. } = judged(&pending(STATUS_URL, NOW + 600), true)
        else {
            panic!("a good 202 was not taken");
        };
        let told = Answered::Pending {
            pending,
            retry_after,
        };
        match exchange.on(Event::Answered(told)).as_slice() {
            [Action::Ask { pause, .. }] => *pause,
            other => panic!("not asked again: {other:?}"),
        }
    };
    for (told, seconds) in [
        (Some(0), 1),
        (Some(7), 7),
        (Some(41), 40),
        (Some(u64::MAX), 40),
    ] {
        assert_eq!(pause_after(told), Duration::from_secs(seconds));
    }
    // Without a word from the issuer the pauses grow, to fifteen seconds.
    let pauses: Vec<Duration> = (0..8).map(|_| pause_after(None)).collect();
    assert!(
        pauses.windows(2).all(|pair| pair[0] <= pair[1]),
        "{pauses:?}"
    );
    assert_eq!(pauses.last(), Some(&Duration::from_secs(15)));
}
