//! The answer of an issuer, as the reference initiator reads and judges it: a response as on the wire.
#![no_main]

use btx_fuzz::{ISSUER, NOW, run};
use btx_harness::wire::{Response, Wire};
use btx_reference::{
    initiator::{Answered, judge::judge_answer},
    outbound::{Answer, LARGEST_ANSWER, read_answer},
};
use btx_spec::Identifier;
use libfuzzer_sys::fuzz_target;
use std::time::Duration;
use tokio::time::Instant;

fuzz_target!(|wire: &[u8]| {
    let Ok(read) = run(Wire::new(wire).read_response("POST")) else {
        return;
    };
    let mut response = axum::http::Response::builder().status(read.status);
    for (name, value) in read.fields.iter() {
        response = response.header(name, value);
    }
    let Ok(response) = response.body(read.body.clone()) else {
        return;
    };
    let answer = run(async {
        read_answer(
            response.into(),
            Instant::now() + Duration::from_secs(1),
            LARGEST_ANSWER,
        )
        .await
    });
    check_answer(&read, &answer);
    for asked_async in [false, true] {
        check_judgement(&answer, asked_async);
    }
});

fn check_answer(read: &Response, answer: &Answer) {
    assert_eq!(answer.status, read.status);
    let fits = read.body.len().min(LARGEST_ANSWER);
    assert_eq!(answer.body, read.body[..fits]);
    let only = |name| {
        let mut values = read.fields.all(name);
        let only = values.next();
        only.filter(|_| values.next().is_none())
    };
    if let Some(seconds) = answer.retry_after {
        let text = only("retry-after").expect("one field counts, two say nothing");
        assert!(text.bytes().all(|b| b.is_ascii_digit()), "{text:?}");
        assert_eq!(seconds, text.parse().unwrap_or(u64::MAX));
    }
    if let Some(location) = &answer.location {
        assert_eq!(Some(location.as_str()), only("location"));
    }
    if let Some(challenge) = &answer.www_authenticate {
        assert_eq!(Some(challenge.as_str()), only("www-authenticate"));
    }
}

fn check_judgement(answer: &Answer, asked_async: bool) {
    let called = Identifier::parse(ISSUER).unwrap().origin();
    match judge_answer(answer, &called, asked_async, NOW) {
        Answered::Live => assert_eq!(answer.status, 204),
        Answered::Pending { pending, .. } => {
            assert!(answer.status == 202 && asked_async);
            assert_eq!(
                answer.location.as_deref(),
                Some(pending.status_url.as_str())
            );
            assert_eq!(
                pending.status_url.origin(),
                called,
                "never to another server"
            );
            assert!(pending.exchange_expires_at.unix() > NOW);
        }
        Answered::Failed(failure) => {
            assert_ne!(answer.status, 204);
            let words = failure.to_string();
            assert!(
                words.len() < 120 && words.is_ascii(),
                "made of our own words: {words}"
            );
        }
    }
}
