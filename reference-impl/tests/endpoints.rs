//! What each endpoint answers to requests that are not as they should be.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use btx_reference::Parts;
use btx_reference::initiator::{Config as InitiatorConfig, Initiator, IssuerEntry};
use btx_reference::issuer::{Config, Issuer, Partner};
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use btx_reference::random::SystemRandom;
use btx_reference::store::memory::MemoryStore;
use btx_spec::{HttpsUrl, Identifier, Problem, ProblemType, TokenIssue};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use lab::{NEW_YEAR, TestClock};
use tower::ServiceExt as _;

const ISSUER: &str = "https://issuer.example";
const INITIATOR: &str = "https://initiator.example";

/// A peer that answers everything with one status, and counts.
struct Peer {
    status: u16,
    asked: AtomicUsize,
    /// The last message that it was sent.
    last: Mutex<Bytes>,
}

impl Peer {
    fn new(status: u16) -> Arc<Self> {
        Arc::new(Self {
            status,
            asked: AtomicUsize::new(0),
            last: Mutex::default(),
        })
    }

    fn token_issue(&self) -> TokenIssue {
        TokenIssue::parse(&self.last.lock().unwrap()).unwrap()
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Outbound for Peer {
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        *self.last.lock().unwrap() = request.body;
        let status = self.status;
        futures::future::ready(OutboundOutcome::Answered(Answer {
            status,
            ..Answer::default()
        }))
        .boxed()
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.post(request)
    }
}

fn parts(peer: &Arc<Peer>) -> Parts {
    Parts {
        clock: TestClock::new(),
        random: Arc::new(SystemRandom),
        store: Arc::new(MemoryStore::new()),
        outbound: peer.clone(),
    }
}

fn issuer(peer: &Arc<Peer>, asynchronous: bool) -> Router {
    let mut config = Config::new(Identifier::parse(ISSUER).unwrap(), vec![partner()]);
    config.asynchronous = asynchronous;
    Issuer::new(config, parts(peer)).router()
}

fn initiator() -> Router {
    let entry = IssuerEntry {
        name: "issuer".to_owned(),
        identifier: Identifier::parse(ISSUER).unwrap(),
        token_call: HttpsUrl::parse("https://issuer.example/btx/token-call").unwrap(),
        receives: HttpsUrl::parse("https://initiator.example/receive").unwrap(),
        asynchronous: None,
    };
    let config = InitiatorConfig::new(Identifier::parse(INITIATOR).unwrap(), vec![entry]);
    Initiator::new(config, parts(&Peer::new(204))).router()
}

fn call(id: char) -> String {
    format!(
        "{{\"version\":\"BTX-1\",\"exchange_id\":\"0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1{id}\",\
         \"issuer\":\"{ISSUER}\",\"initiator\":\"{INITIATOR}\",\
         \"hmac_key\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}}"
    )
}

fn token_issue() -> String {
    call('f')
        .replace("\"hmac_key\":\"", "\"signature\":\"")
        .replace(
            '}',
            ",\"expires_at\":\"2026-01-02T00:00:00Z\",\"bearer_token\":\"abcdefghijklmnopqrst\"}",
        )
}

fn post(path: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap()
}

async fn send(router: &Router, request: Request<Body>) -> Response {
    router.clone().oneshot(request).await.unwrap()
}

fn field(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?;
    Some(value.to_str().unwrap().to_owned())
}

/// The type of the problem; and that it is a whole problem.
async fn problem(response: Response) -> ProblemType {
    assert_eq!(
        field(&response, "cache-control").as_deref(),
        Some("no-store")
    );
    let media_type = field(&response, "content-type");
    assert_eq!(media_type.as_deref(), Some("application/problem+json"));
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 65536)
        .await
        .unwrap();
    let problem = Problem::parse(&body).unwrap();
    let kind = problem.kind().unwrap();
    assert_eq!(kind.status(), status);
    if kind == ProblemType::UnsupportedVersion {
        assert_eq!(problem.accept_versions, Some(vec!["BTX-1".to_owned()]));
    }
    kind
}

#[tokio::test]
async fn both_messages_are_judged_in_the_same_order_up_to_their_form() {
    let peer = Peer::new(204);
    for (router, path, good) in [
        (issuer(&peer, false), "/btx/token-call", call('f')),
        (initiator(), "/receive", token_issue()),
    ] {
        let mut put = post(path, good.clone());
        *put.method_mut() = Method::PUT;
        let refused = send(&router, put).await;
        assert_eq!(field(&refused, "allow").as_deref(), Some("POST"));
        assert_eq!(problem(refused).await, ProblemType::MethodNotAllowed);

        let mut text = post(path, good.clone());
        text.headers_mut().remove(header::CONTENT_TYPE);
        let refused = send(&router, text).await;
        assert_eq!(
            field(&refused, "accept").as_deref(),
            Some("application/json")
        );
        assert_eq!(problem(refused).await, ProblemType::UnsupportedMediaType);

        let mut zipped = post(path, good.clone());
        zipped
            .headers_mut()
            .insert("content-encoding", "gzip".parse().unwrap());
        let refused = send(&router, zipped).await;
        assert_eq!(problem(refused).await, ProblemType::UnsupportedMediaType);

        let endless = futures::stream::repeat_with(|| {
            Ok::<_, std::convert::Infallible>(Bytes::from_static(&[b' '; 8192]))
        });
        let refused = send(&router, post(path, Body::from_stream(endless))).await;
        assert_eq!(problem(refused).await, ProblemType::MessageTooLarge);

        for (body, expected) in [
            (good.replace('{', "["), ProblemType::MalformedMessage),
            (
                good.replace("BTX-1", "BTX-2"),
                ProblemType::UnsupportedVersion,
            ),
            (good.replace("0f1e", "zzzz"), ProblemType::MalformedMessage),
        ] {
            assert_eq!(
                problem(send(&router, post(path, body)).await).await,
                expected
            );
        }
    }
    assert_eq!(peer.asked(), 0);
}

#[tokio::test]
async fn a_refused_call_is_not_called_back_and_leaves_nothing() {
    let peer = Peer::new(204);
    let router = issuer(&peer, false);
    for (body, expected) in [
        (
            call('f').replace(ISSUER, "https://other.example"),
            ProblemType::WrongIssuer,
        ),
        (
            call('f').replace(INITIATOR, "https://other.example"),
            ProblemType::UnknownInitiator,
        ),
    ] {
        let refused = send(&router, post("/btx/token-call", body)).await;
        assert_eq!(problem(refused).await, expected);
    }
    assert_eq!(peer.asked(), 0);
    // The same id is still free.
    let taken = send(&router, post("/btx/token-call", call('f'))).await;
    assert_eq!(taken.status(), StatusCode::NO_CONTENT);
    assert_eq!(field(&taken, "cache-control").as_deref(), Some("no-store"));
    let again = send(&router, post("/btx/token-call", call('f'))).await;
    assert_eq!(problem(again).await, ProblemType::DuplicateExchange);
    assert_eq!(peer.asked(), 1);
}

#[tokio::test]
async fn every_answer_but_204_is_a_final_refusal() {
    for status in [200, 202, 205, 302, 307, 400, 404, 429, 500, 503] {
        let peer = Peer::new(status);
        let refused = send(&issuer(&peer, false), post("/btx/token-call", call('f'))).await;
        assert_eq!(
            problem(refused).await,
            ProblemType::TokenIssueRefused,
            "{status}"
        );
        assert_eq!(peer.asked(), 1, "{status}");
    }
}

#[tokio::test]
async fn credentials_prove_nothing() {
    let mut with = post("/btx/token-call", call('f'));
    with.headers_mut()
        .insert("authorization", "Bearer x".parse().unwrap());
    with.headers_mut().insert("cookie", "a=b".parse().unwrap());
    let taken = send(&issuer(&Peer::new(204), false), with).await;
    assert_eq!(taken.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_202_says_where_to_ask_and_is_given_to_who_asks_only() {
    let router = issuer(&Peer::new(204), true);
    let taken = send(&router, post("/btx/token-call", call('e'))).await;
    assert_eq!(taken.status(), StatusCode::NO_CONTENT);

    let mut asking = post("/btx/token-call", call('f'));
    let prefer = "wait=5, Respond-Async; x=\"a,b\"".parse().unwrap();
    asking.headers_mut().insert("prefer", prefer);
    let pending = send(&router, asking).await;
    assert_eq!(pending.status(), StatusCode::ACCEPTED);
    assert_eq!(field(&pending, "retry-after").as_deref(), Some("1"));
    assert_eq!(
        field(&pending, "cache-control").as_deref(),
        Some("no-store")
    );
    let location = field(&pending, "location").unwrap();
    let body = axum::body::to_bytes(pending.into_body(), 8192)
        .await
        .unwrap();
    let told = btx_spec::Pending::parse(&body).unwrap();
    assert_eq!(told.status_url.as_str(), location);
    let path = location.strip_prefix(ISSUER).unwrap().to_owned();
    assert_eq!(path.strip_prefix("/btx/exchange/").unwrap().len(), 43);

    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    // The exchange ends in a task of its own; asking often does no harm.
    let mut ended = send(&router, get(&path)).await;
    while ended.status() == StatusCode::ACCEPTED {
        tokio::task::yield_now().await;
        ended = send(&router, get(&path)).await;
    }
    assert_eq!(ended.status(), StatusCode::NO_CONTENT);
    let mut head = get(&path);
    *head.method_mut() = Method::HEAD;
    assert_eq!(send(&router, head).await.status(), StatusCode::NO_CONTENT);
    let mut delete = get(&path);
    *delete.method_mut() = Method::DELETE;
    let refused = send(&router, delete).await;
    assert_eq!(field(&refused, "allow").as_deref(), Some("GET, HEAD"));
    let unknown = send(&router, get("/btx/exchange/AAAA")).await;
    assert_eq!(problem(unknown).await, ProblemType::UnknownExchange);
}

#[tokio::test]
async fn the_resource_challenges_as_rfc_6750_says() {
    let router = issuer(&Peer::new(204), false);
    let token = "Bearer abcdefghijklmnopqrstuvwxyz";
    for (shown, status, challenge) in [
        (&[][..], 401, "Bearer realm=\"btx\""),
        (&["Basic YTpi"], 401, "Bearer realm=\"btx\""),
        (
            &[token],
            401,
            "Bearer realm=\"btx\", error=\"invalid_token\"",
        ),
        (
            &[token, token],
            400,
            "Bearer realm=\"btx\", error=\"invalid_request\"",
        ),
    ] {
        for method in [Method::GET, Method::POST] {
            let mut request = Request::new(Body::empty());
            *request.uri_mut() = "/api/whoami".parse().unwrap();
            *request.method_mut() = method;
            for value in shown {
                let value = value.parse().unwrap();
                request.headers_mut().append("authorization", value);
            }
            let response = send(&router, request).await;
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(
                field(&response, "www-authenticate").as_deref(),
                Some(challenge)
            );
        }
    }
}

#[tokio::test]
async fn an_issue_that_nobody_waits_for_is_unknown() {
    let refused = send(&initiator(), post("/receive", token_issue())).await;
    assert_eq!(problem(refused).await, ProblemType::UnknownExchange);
}

fn partner() -> Partner {
    let identifier = Identifier::parse(INITIATOR).unwrap();
    let receives = HttpsUrl::parse("https://initiator.example/receive").unwrap();
    Partner::new(identifier, receives).unwrap()
}

#[tokio::test]
async fn a_partner_that_is_removed_has_no_token_any_more() {
    let peer = Peer::new(204);
    let parts = parts(&peer);
    let own = Identifier::parse(ISSUER).unwrap();
    let before = Issuer::new(Config::new(own.clone(), vec![partner()]), parts.clone()).router();
    send(&before, post("/btx/token-call", call('f'))).await;
    let whoami = || {
        let token = peer.token_issue().bearer_token;
        let request = Request::get("/api/whoami");
        let request = request.header("authorization", format!("Bearer {}", token.expose()));
        request.body(Body::empty()).unwrap()
    };
    assert_eq!(send(&before, whoami()).await.status(), StatusCode::OK);
    // Another replica of the same issuer knows the token; one without the partner refuses it.
    let replica = Issuer::new(Config::new(own.clone(), vec![partner()]), parts.clone()).router();
    assert_eq!(send(&replica, whoami()).await.status(), StatusCode::OK);
    let after = Issuer::new(Config::new(own, Vec::new()), parts).router();
    assert_eq!(
        send(&after, whoami()).await.status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_name_that_is_registered_twice_belongs_to_nobody() {
    let peer = Peer::new(204);
    let own = Identifier::parse(ISSUER).unwrap();
    let config = Config::new(own, vec![partner(), partner()]);
    let router = Issuer::new(config, parts(&peer)).router();
    let refused = send(&router, post("/btx/token-call", call('f'))).await;
    assert_eq!(problem(refused).await, ProblemType::UnknownInitiator);
}

#[tokio::test]
async fn a_token_lives_as_long_as_was_agreed_and_never_longer_than_a_day() {
    let hours = |hours: u64| std::time::Duration::from_secs(3600 * hours);
    for (agreed, lives) in [
        (None, 3600),
        (Some(hours(2)), 7200),
        (Some(hours(48)), 86_400),
    ] {
        let peer = Peer::new(204);
        let mut partner = partner();
        partner.token_lifetime = agreed;
        let config = Config::new(Identifier::parse(ISSUER).unwrap(), vec![partner]);
        let router = Issuer::new(config, parts(&peer)).router();
        send(&router, post("/btx/token-call", call('f'))).await;
        assert_eq!(peer.token_issue().expires_at.unix() - NEW_YEAR, lives);
    }
}

#[tokio::test]
async fn a_status_url_knows_nothing_after_its_exchange_has_expired() {
    let peer = Peer::new(503);
    let clock = TestClock::new();
    let parts = Parts {
        clock: clock.clone(),
        ..parts(&peer)
    };
    let mut config = Config::new(Identifier::parse(ISSUER).unwrap(), vec![partner()]);
    config.asynchronous = true;
    let issuer = Issuer::new(config, parts);
    let mut asking = post("/btx/token-call", call('f'));
    let prefer = "respond-async".parse().unwrap();
    asking.headers_mut().insert("prefer", prefer);
    let pending = send(&issuer.router(), asking).await;
    let location = field(&pending, "location").unwrap();
    let path = location.strip_prefix(ISSUER).unwrap();
    issuer.idle().await;
    for (later, expected) in [
        (609, ProblemType::TokenIssueRefused),
        (1, ProblemType::UnknownExchange),
    ] {
        clock.advance(later);
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = send(&issuer.router(), request).await;
        assert_eq!(problem(answer).await, expected);
    }
}

#[tokio::test]
async fn a_call_over_a_limit_is_told_when_to_come_back() {
    for (per_partner, in_all, expected, retry_after) in [
        (0, 9, ProblemType::TooManyRequests, "1"),
        (9, 0, ProblemType::TemporarilyUnavailable, "5"),
    ] {
        let peer = Peer::new(204);
        let mut config = Config::new(Identifier::parse(ISSUER).unwrap(), vec![partner()]);
        config.limits.parallel_per_partner = per_partner;
        config.limits.open_exchanges = in_all;
        let router = Issuer::new(config, parts(&peer)).router();
        let refused = send(&router, post("/btx/token-call", call('f'))).await;
        assert_eq!(field(&refused, "retry-after").as_deref(), Some(retry_after));
        assert_eq!(problem(refused).await, expected);
        assert_eq!(peer.asked(), 0);
    }
}
