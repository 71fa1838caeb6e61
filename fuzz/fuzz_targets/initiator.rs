//! Token issues to the reference initiator while its call is open: the right one, altered as the first byte
//! says, and then byte for byte by what follows in threes, a place of two bytes and what stands there. After
//! it comes the right one.
#![no_main]

use axum::{Router, http::Request};
use btx_fuzz::{
    INITIATOR, ISSUER, NOW,
    peer::{answer, parts},
    run,
    words::ALTERATIONS,
};
use btx_harness::issue_draft::{CallValues, IssueDraft};
use btx_reference::{
    initiator::{Config, Initiator, IssuerEntry, Outcome},
    outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest},
};
use btx_spec::{HttpsUrl, Identifier, TokenCall, TokenIssue, signature::verify};
use futures::{FutureExt as _, future::BoxFuture};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, OnceLock};

const RECEIVES: &str = "https://initiator.example/receive";
const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz012345";
const SKEW: i64 = 60;

fuzz_target!(|data: &[u8]| {
    let Some((choice, edits)) = data.split_first() else {
        return;
    };
    let peer = Arc::new(HostileIssuer {
        router: OnceLock::new(),
        words: ALTERATIONS.get(usize::from(*choice)).copied(),
        edits: edits.to_vec(),
    });
    let entry = IssuerEntry {
        name: "issuer".to_owned(),
        identifier: Identifier::parse(ISSUER).unwrap(),
        token_call: HttpsUrl::parse("https://issuer.example/call").unwrap(),
        receives: HttpsUrl::parse(RECEIVES).unwrap(),
        asynchronous: None,
    };
    let config = Config::new(Identifier::parse(INITIATOR).unwrap(), vec![entry.clone()]);
    let initiator = Initiator::new(config, parts(peer.clone()));
    assert!(peer.router.set(initiator.router()).is_ok());
    let outcome = run(initiator.exchange(&entry));
    assert!(matches!(outcome, Outcome::Active { .. }), "{outcome:?}");
});

/// Sends an altered token issue, then the right one, and then says that all is well.
struct HostileIssuer {
    router: OnceLock<Router>,
    words: Option<&'static str>,
    edits: Vec<u8>,
}

impl HostileIssuer {
    async fn deliver(&self, call: &[u8]) {
        let call = TokenCall::parse(call).unwrap();
        let values = CallValues::read(&call.to_json()).unwrap();
        let right = IssueDraft::right(values, TOKEN.to_owned(), NOW);
        let mut altered = right.clone();
        if let Some(words) = self.words {
            assert_eq!(altered.alter(words, NOW, SKEW), Ok(()));
        }
        let mut bytes = altered.message().bytes();
        for edit in self.edits.chunks_exact(3) {
            let place = usize::from(u16::from_be_bytes([edit[0], edit[1]]));
            if let Some(byte) = bytes.get_mut(place) {
                *byte = edit[2];
            }
        }
        let accepted = self.send(bytes.clone()).await == 204;
        assert_eq!(
            accepted,
            is_acceptable(&call, &bytes),
            "{}",
            bytes.escape_ascii()
        );
        let same_token =
            TokenIssue::parse(&bytes).ok() == TokenIssue::parse(&right.message().bytes()).ok();
        let after = self.send(right.message().bytes()).await;
        assert_eq!(
            after == 204,
            !accepted || same_token,
            "the right issue was answered {after}"
        );
    }

    async fn send(&self, issue: Vec<u8>) -> u16 {
        let request = Request::post("/receive").header("content-type", "application/json");
        let (head, _) = answer(
            self.router.get().unwrap(),
            request.body(issue.into()).unwrap(),
        )
        .await;
        head.status().as_u16()
    }
}

/// Whether it says what it should and is signed with the key of the call.
fn is_acceptable(call: &TokenCall, bytes: &[u8]) -> bool {
    let Ok(issue) = TokenIssue::parse(bytes) else {
        return false;
    };
    issue.exchange_id == call.exchange_id
        && issue.expires_at.unix() > NOW - SKEW
        && (&issue.issuer, &issue.initiator) == (&call.issuer, &call.initiator)
        && verify(
            &call.hmac_key,
            &issue.issuer,
            &issue.initiator,
            &issue.exchange_id,
            &issue.expires_at,
            &issue.bearer_token,
            &issue.signature,
        )
}

impl Outbound for HostileIssuer {
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        async move {
            self.deliver(&request.body).await;
            OutboundOutcome::Answered(Answer {
                status: 204,
                ..Answer::default()
            })
        }
        .boxed()
    }

    fn get(&self, _: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        futures::future::ready(OutboundOutcome::NoAnswer("nothing is asked".to_owned())).boxed()
    }
}
