//! Requests to the reference issuer, as on the wire. The first byte is a place at which a mark is put into the
//! body, the second the status with which the initiator answers a token issue.
#![no_main]

use axum::http::{Response, header};
use btx_fuzz::{
    INITIATOR, ISSUER, Peer, holds, marked,
    peer::{answer, parts, request},
    run,
};
use btx_harness::wire::{Request, Wire};
use btx_reference::{
    issuer::{Config, Issuer, Partner},
    outbound::OutboundRequest,
};
use btx_spec::{HttpsUrl, Identifier, Problem, TokenCall, TokenIssue, signature::verify};
use libfuzzer_sys::fuzz_target;

const MARK: &str = "Quatsch4711";
const RECEIVES: &str = "https://initiator.example/receive";
/// The answers of the initiator that there are.
const STATUSES: [u16; 6] = [204, 200, 302, 404, 409, 503];

fuzz_target!(|data: &[u8]| {
    let [place, status, wire @ ..] = data else {
        return;
    };
    let Ok(read) = run(Wire::new(wire).read_request()) else {
        return;
    };
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    check(&read, read.body.clone(), status);
    check(&read, marked(&read.body, *place, MARK), status);
});

fn check(read: &Request, body: Vec<u8>, status: u16) {
    let Some(first) = request(read, body.clone()) else {
        return;
    };
    let peer = Peer::of_status(status);
    run(async {
        let receives = HttpsUrl::parse(RECEIVES).unwrap();
        let partner = Partner::new(Identifier::parse(INITIATOR).unwrap(), receives).unwrap();
        let mut config = Config::new(Identifier::parse(ISSUER).unwrap(), vec![partner]);
        config.asynchronous = true;
        let router = Issuer::new(config, parts(peer.clone())).router();
        let (head, answered) = answer(&router, first).await;
        check_answer(&head, &answered, read.method == "HEAD");
        // The task of a call that was answered 202 goes on.
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        let sent = peer.sent();
        if let Some(issue) = sent.first() {
            check_issue(read, &body, issue);
            let again = request(read, body).unwrap();
            let (head, _) = answer(&router, again).await;
            assert_eq!(head.status(), 409, "an id is used once");
            assert_eq!(
                peer.sent().len(),
                sent.len(),
                "a repeated call was answered by a token"
            );
        }
        assert_eq!(
            head.status() == 204,
            status == 204 && !sent.is_empty() && head.status() != 202
        );
    });
}

/// A refusal is a whole problem; and no answer repeats what was sent.
fn check_answer(head: &Response<()>, body: &[u8], to_head: bool) {
    assert!(!holds(body, MARK), "the answer repeats what was sent");
    for value in head.headers().values() {
        assert!(
            !holds(value.as_bytes(), MARK),
            "the answer repeats what was sent"
        );
    }
    let media_type = head.headers().get(header::CONTENT_TYPE);
    if !to_head && media_type.is_some_and(|value| value == "application/problem+json") {
        let problem = Problem::parse(body).unwrap();
        assert_eq!(problem.status, Some(head.status().as_u16()));
        assert_eq!(head.headers()[header::CACHE_CONTROL], "no-store");
    }
}

/// A token goes out only for a whole call, and only to the registered URL.
fn check_issue(read: &Request, body: &[u8], sent: &OutboundRequest) {
    assert_eq!(read.method, "POST");
    let call = TokenCall::parse(body).expect("a token for what is no call");
    assert_eq!(
        (call.issuer.as_str(), call.initiator.as_str()),
        (ISSUER, INITIATOR)
    );
    assert_eq!(sent.url, RECEIVES);
    let issue = TokenIssue::parse(&sent.body).unwrap();
    assert_eq!(issue.exchange_id, call.exchange_id);
    assert!(verify(
        &call.hmac_key,
        &call.issuer,
        &call.initiator,
        &call.exchange_id,
        &issue.expires_at,
        &issue.bearer_token,
        &issue.signature,
    ));
}
