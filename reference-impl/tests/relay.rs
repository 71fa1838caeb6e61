//! A dishonest issuer passes a token call on, and a token issue of another issuer comes back: the
//! initiator takes nothing that does not come from the issuer that it called.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use btx_reference::Parts;
use btx_reference::initiator::{Config, Initiator, IssuerEntry, Outcome};
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use btx_reference::store::memory::MemoryStore;
use btx_spec::signature::sign;
use btx_spec::{BearerToken, HttpsUrl, Identifier, Timestamp, TokenCall, TokenIssue};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tower::ServiceExt as _;

const FAR_AWAY: i64 = 4_000_000_000;

/// An issuer that answers a token call with token issues of its choice, and then with 204.
struct Mallory {
    initiator: OnceLock<Router>,
    /// Where to deliver, and in whose name.
    deliveries: Vec<(&'static str, &'static str)>,
    answers: Mutex<Vec<u16>>,
}

impl Mallory {
    async fn deliver(&self, call: &TokenCall, url: &str, issuer: &str) -> u16 {
        let issuer = Identifier::parse(issuer).unwrap();
        let token = BearerToken::from_random([5; 32]);
        let expires_at = Timestamp::from_unix(FAR_AWAY);
        let (initiator, id) = (&call.initiator, &call.exchange_id);
        let issue = TokenIssue {
            version: call.version,
            signature: sign(&call.hmac_key, &issuer, initiator, id, &expires_at, &token),
            exchange_id: id.clone(),
            initiator: initiator.clone(),
            issuer,
            bearer_token: token,
            expires_at,
        };
        let request = Request::post(url)
            .header("content-type", "application/json")
            .body(Body::from(issue.to_json().to_vec()))
            .unwrap();
        let router = self.initiator.get().unwrap().clone();
        router.oneshot(request).await.unwrap().status().as_u16()
    }
}

impl Outbound for Mallory {
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        async move {
            let call = TokenCall::parse(&request.body).unwrap();
            for (url, issuer) in &self.deliveries {
                let answer = self.deliver(&call, url, issuer).await;
                self.answers.lock().unwrap().push(answer);
            }
            OutboundOutcome::Answered(Answer {
                status: 204,
                ..Answer::default()
            })
        }
        .boxed()
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.post(request)
    }
}

fn issuer(name: &str) -> IssuerEntry {
    IssuerEntry {
        name: name.to_owned(),
        identifier: Identifier::parse(&format!("https://{name}.example")).unwrap(),
        token_call: HttpsUrl::parse(&format!("https://{name}.example/btx/token-call")).unwrap(),
        receives: HttpsUrl::parse(&format!("https://shop.example/receive?from={name}")).unwrap(),
        asynchronous: None,
    }
}

/// Calls Mallory, who delivers; gives the answers to the deliveries and the outcome.
async fn call(deliveries: &[(&'static str, &'static str)]) -> (Vec<u16>, Outcome) {
    let mallory = Arc::new(Mallory {
        initiator: OnceLock::new(),
        deliveries: deliveries.to_vec(),
        answers: Mutex::default(),
    });
    let issuers = vec![issuer("mallory"), issuer("farm")];
    let config = Config::new(Identifier::parse("https://shop.example").unwrap(), issuers);
    let parts = Parts::new(Arc::new(MemoryStore::new()), mallory.clone());
    let initiator = Initiator::new(config, parts);
    mallory.initiator.set(initiator.router()).unwrap();
    let outcome = initiator.exchange(&issuer("mallory")).await;
    let answers = mallory.answers.lock().unwrap().clone();
    (answers, outcome)
}

#[tokio::test]
async fn an_issue_counts_only_at_its_own_url_and_in_its_own_name() {
    let own_url = "/receive?from=mallory";
    let (answers, outcome) = call(&[
        ("/receive?from=farm", "https://mallory.example"),
        ("/receive", "https://mallory.example"),
        (own_url, "https://farm.example"),
        (own_url, "https://mallory.example"),
        (own_url, "https://mallory.example"),
    ])
    .await;
    assert_eq!(answers, [404, 404, 403, 204, 204]);
    assert!(matches!(outcome, Outcome::Active { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_token_of_another_issuer_is_never_held() {
    let (answers, outcome) = call(&[("/receive?from=farm", "https://farm.example")]).await;
    assert_eq!(answers, [404]);
    assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
}
