//! The resource elsewhere: which bearers open it, and when it looks for keys.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod jwt_lab;
mod lab;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use btx_reference::lifecycle::resource::{Config, Parts, SessionResource, TrustedSigner};
use btx_reference::outbound::Answer;
use btx_spec::jose::{Algorithm, SigningKey};
use btx_spec::{HttpsUrl, Identifier};
use futures::future::join_all;
use jwt_lab::{Hosts, Page, held_for, json_answer, page, signing_key};
use lab::{NEW_YEAR, TestClock};
use serde_json::{Map, Value, json};
use tokio::time::advance;
use tower::ServiceExt as _;

const SIGNER: &str = "https://farm.example/s1";
const KEYS: &str = "https://farm.example/s1/keys";
const RESOURCE: &str = "https://mill.example";
const INTERVAL: Duration = Duration::from_secs(30);
const STALE: Duration = Duration::from_secs(300);

struct Scene {
    hosts: Arc<Hosts>,
    clock: Arc<TestClock>,
    router: Router,
    key: SigningKey,
}

impl Scene {
    /// A resource, and a signer whose key set holds for a minute.
    fn new() -> Self {
        let hosts = Arc::new(Hosts::default());
        let clock = TestClock::new();
        let mut config = Config::new(Identifier::parse(RESOURCE).unwrap());
        config.signers = vec![TrustedSigner {
            identifier: Identifier::parse(SIGNER).unwrap(),
            key_set: HttpsUrl::parse(KEYS).unwrap(),
            algorithms: vec![Algorithm::ES256],
        }];
        let parts = Parts {
            clock: clock.clone(),
            outbound: hosts.clone(),
        };
        let scene = Self {
            router: SessionResource::new(config, parts).router(),
            key: signing_key(Algorithm::ES256, "k1"),
            hosts,
            clock,
        };
        scene.publish(&[published(&scene.key)]);
        scene
    }

    fn publish(&self, keys: &[Value]) {
        self.publish_for("max-age=60", keys);
    }

    fn publish_for(&self, cache_control: &str, keys: &[Value]) {
        let page = held_for(&json!({ "keys": keys }), cache_control);
        self.hosts.put(KEYS, page);
    }

    fn looks(&self) -> usize {
        self.hosts.count(KEYS)
    }

    async fn shown(&self, fields: &[(&str, &str)]) -> (u16, HeaderMap) {
        let mut request = Request::get("/api/read");
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        (answer.status().as_u16(), answer.headers().clone())
    }

    async fn status(&self, bearer: &str) -> u16 {
        let field = format!("Bearer {bearer}");
        self.shown(&[("authorization", &field)]).await.0
    }

    /// What a bearer of this key opens.
    async fn by(&self, key: &SigningKey) -> u16 {
        self.status(&signed(key, &claims())).await
    }
}

fn published(key: &SigningKey) -> Value {
    key.public().to_jwk()
}

fn retired(key: &SigningKey, at: i64) -> Value {
    let mut jwk = published(key);
    jwk["retired_at"] = json!(at);
    jwk
}

fn claims() -> Value {
    json!({
        "iss": SIGNER, "aud": RESOURCE, "sub": "anna", "sid": "session-of-anna-1",
        "iat": NEW_YEAR, "exp": NEW_YEAR + 420,
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn signed(key: &SigningKey, claims: &Value) -> String {
    signed_as(key, "bearer+jwt", claims.as_object().unwrap())
}

fn signed_as(key: &SigningKey, typ: &str, claims: &Map<String, Value>) -> String {
    key.sign(Some(typ), claims).unwrap()
}

/// LC-RES-001
#[tokio::test(start_paused = true)]
async fn a_bearer_opens_as_often_as_it_is_shown() {
    let scene = Scene::new();
    for _ in 0..3 {
        assert_eq!(scene.by(&scene.key).await, 200);
    }
    assert_eq!(scene.looks(), 1);
}

/// LC-RES-002 to LC-RES-009, LC-RES-019
#[tokio::test(start_paused = true)]
async fn what_is_no_bearer_of_a_signer_opens_nothing_and_leads_nowhere() {
    let scene = Scene::new();
    let key = &scene.key;
    let without = |name: &str| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    let now = NEW_YEAR;
    let mut later = with("iat", json!(now + 6));
    later["exp"] = json!(now + 100);
    let mut faulty: Vec<String> = [
        with("iss", json!("https://farm.example/s2")),
        with("aud", json!("https://farm.example")),
        with("aud", json!([RESOURCE])),
        with("exp", json!(now + 421)),
        with("exp", json!(now)),
        later,
        without("sub"),
        without("sid"),
        without("iat"),
        without("exp"),
        with("sub", json!(7)),
    ]
    .iter()
    .map(|claims| signed(key, claims))
    .collect();
    for typ in ["JWT", "at+jwt", "service+jwt"] {
        faulty.push(signed_as(key, typ, claims().as_object().unwrap()));
    }
    faulty.push("K7gNU3sdo-OL0wNhqoVWhr3g6s1xYv72ol_pe_Unols".to_owned());
    for bearer in faulty {
        assert_eq!(scene.status(&bearer).await, 401, "{bearer}");
    }
    assert_eq!(scene.looks(), 0);
    // The skew is for `iat` alone.
    let mut soon = with("iat", json!(now + 5));
    soon["exp"] = json!(now + 100);
    assert_eq!(scene.status(&signed(key, &soon)).await, 200);
}

#[tokio::test(start_paused = true)]
async fn a_bearer_opens_nothing_from_its_end_on() {
    let scene = Scene::new();
    scene.clock.advance(419);
    assert_eq!(scene.by(&scene.key).await, 200);
    scene.clock.advance(1);
    assert_eq!(scene.by(&scene.key).await, 401);
}

#[tokio::test(start_paused = true)]
async fn a_bearer_that_expires_while_its_keys_are_on_their_way_opens_nothing() {
    let scene = Scene::new();
    scene.clock.advance(419);
    let (opened, ()) = tokio::join!(scene.by(&scene.key), async {
        scene.clock.advance(1);
    });
    assert_eq!((opened, scene.looks()), (401, 1));
}

/// LC-RES-002, LC-RES-003
#[tokio::test(start_paused = true)]
async fn only_the_key_that_it_names_verifies_it_by_its_own_algorithm() {
    let scene = Scene::new();
    let other = signing_key(Algorithm::ES256, "k2");
    let named_alike = signing_key(Algorithm::ES256, "k1");
    scene.publish(&[published(&scene.key), published(&other)]);
    assert_eq!(scene.by(&named_alike).await, 401);
    assert_eq!(scene.by(&other).await, 200);
    // A key of an algorithm that is not taken of this signer.
    let elsewhere = signing_key(Algorithm::EdDSA, "k3");
    scene.publish_for("max-age=0", &[published(&elsewhere)]);
    advance(Duration::from_secs(60)).await;
    assert_eq!(scene.by(&elsewhere).await, 401);
}

#[tokio::test(start_paused = true)]
async fn refusals_have_their_challenge_and_a_session_token_changes_nothing() {
    let scene = Scene::new();
    let (status, fields) = scene.shown(&[]).await;
    assert_eq!(status, 401);
    assert_eq!(
        fields[header::WWW_AUTHENTICATE],
        "Bearer realm=\"resource\""
    );
    let bearer = format!("Bearer {}", signed(&scene.key, &claims()));
    scene.clock.advance(420);
    let session = (
        "x-session-token",
        "K7gNU3sdo-OL0wNhqoVWhr3g6s1xYv72ol_pe_Unols",
    );
    let (status, fields) = scene.shown(&[("authorization", &bearer), session]).await;
    assert_eq!(status, 401);
    let refused = "Bearer realm=\"resource\", error=\"invalid_token\"";
    assert_eq!(fields[header::WWW_AUTHENTICATE], refused);
    assert!(!fields.contains_key("authentication-info"));
    let twice = [("authorization", bearer.as_str()); 2];
    assert_eq!(scene.shown(&twice).await.0, 400);
    assert_eq!(scene.shown(&[session]).await.0, 401);
}

/// LC-RES-010, LC-RES-011
#[tokio::test(start_paused = true)]
async fn a_retired_key_counts_for_what_it_signed_before() {
    let scene = Scene::new();
    let (current, second) = (signing_key(Algorithm::ES256, "k2"), NEW_YEAR + 2);
    scene.publish(&[published(&current), retired(&scene.key, second)]);
    scene.clock.advance(10);
    let at = |second: i64| signed(&scene.key, &with("iat", json!(second)));
    assert_eq!(scene.status(&at(second - 1)).await, 200);
    assert_eq!(scene.status(&at(second)).await, 200);
    assert_eq!(scene.status(&at(second + 1)).await, 401);
    let by_current = with("iat", json!(second + 1));
    assert_eq!(scene.status(&signed(&current, &by_current)).await, 200);
}

/// LC-RES-013, LC-RES-014
#[tokio::test(start_paused = true)]
async fn for_a_key_that_is_not_known_it_looks_once_in_the_interval() {
    let scene = Scene::new();
    let next = signing_key(Algorithm::ES256, "k2");
    assert_eq!(scene.by(&scene.key).await, 200);
    scene.publish(&[published(&scene.key), published(&next)]);
    assert_eq!(scene.by(&next).await, 200);
    assert_eq!(scene.looks(), 2);
    for number in 3..9 {
        let unknown = signing_key(Algorithm::ES256, &format!("k{number}"));
        assert_eq!(scene.by(&unknown).await, 401);
    }
    assert_eq!(scene.looks(), 2);
    advance(INTERVAL).await;
    assert_eq!(scene.by(&signing_key(Algorithm::ES256, "k9")).await, 401);
    assert_eq!(scene.looks(), 3);
}

/// LC-RES-012
#[tokio::test(start_paused = true)]
async fn a_key_that_is_gone_counts_until_the_set_is_old() {
    let scene = Scene::new();
    assert_eq!(scene.by(&scene.key).await, 200);
    let next = signing_key(Algorithm::ES256, "k2");
    scene.publish(&[published(&next)]);
    advance(Duration::from_secs(59)).await;
    assert_eq!(scene.by(&scene.key).await, 200);
    advance(Duration::from_secs(1)).await;
    assert_eq!(scene.by(&scene.key).await, 401);
    assert_eq!(scene.by(&next).await, 200);
}

/// LC-RES-015
#[tokio::test(start_paused = true)]
async fn no_set_is_used_longer_than_five_minutes() {
    let scene = Scene::new();
    scene.publish_for("max-age=86400", &[published(&scene.key)]);
    assert_eq!(scene.by(&scene.key).await, 200);
    advance(Duration::from_secs(299)).await;
    assert_eq!(scene.by(&scene.key).await, 200);
    assert_eq!(scene.looks(), 1);
    advance(Duration::from_secs(1)).await;
    assert_eq!(scene.by(&scene.key).await, 200);
    assert_eq!(scene.looks(), 2);
}

/// LC-RES-016
#[tokio::test(start_paused = true)]
async fn what_is_held_does_for_a_while_when_nothing_comes() {
    let broken = Answer {
        status: 503,
        ..Answer::default()
    };
    for page in [Page::Nobody, Page::Answered(Box::new(broken))] {
        let scene = Scene::new();
        assert_eq!(scene.by(&scene.key).await, 200);
        scene.hosts.put(KEYS, page);
        advance(Duration::from_secs(60)).await;
        for _ in 0..3 {
            assert_eq!(scene.by(&scene.key).await, 200);
        }
        // One try in the interval, while there is something to go on with.
        assert_eq!(scene.looks(), 2);
        advance(STALE.checked_sub(Duration::from_secs(1)).unwrap()).await;
        assert_eq!(scene.by(&scene.key).await, 200);
        advance(Duration::from_secs(1)).await;
        let bearer = format!("Bearer {}", signed(&scene.key, &claims()));
        let (status, fields) = scene.shown(&[("authorization", &bearer)]).await;
        assert_eq!(status, 503);
        assert!(fields.contains_key(header::RETRY_AFTER));
        scene.publish(&[published(&scene.key)]);
        assert_eq!(scene.by(&scene.key).await, 200);
    }
}

/// LC-RES-017, LC-RES-018
#[tokio::test(start_paused = true)]
async fn a_set_that_nobody_may_use_verifies_nothing() {
    let twin = signing_key(Algorithm::ES256, "k1");
    let sound = || published(&twin);
    let mut private = sound();
    private["d"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let secret = json!({ "kty": "oct", "kid": "k9", "k": "AAAAAAAAAAAAAAAAAAAAAA" });
    let mut nameless = published(&signing_key(Algorithm::ES256, "k2"));
    nameless.as_object_mut().unwrap().remove("kid");
    let set = |beside: &[Value]| {
        let keys: Vec<_> = [sound()].iter().chain(beside).cloned().collect();
        json_answer(&json!({ "keys": keys }))
    };
    let redirect = Answer {
        status: 302,
        location: Some("https://farm.example/elsewhere".to_owned()),
        ..Answer::default()
    };
    let html = Answer {
        content_type: Some("text/html".to_owned()),
        ..set(&[])
    };
    for answer in [
        json_answer(&json!({ "keys": [private] })),
        set(&[secret]),
        set(&[sound()]),
        set(&[nameless]),
        redirect,
        html,
    ] {
        let scene = Scene::new();
        scene.hosts.put(KEYS, Page::Answered(Box::new(answer)));
        scene.hosts.put(
            "https://farm.example/elsewhere",
            page(&json!({ "keys": [sound()] })),
        );
        assert_eq!(scene.by(&twin).await, 401);
        assert_eq!(scene.hosts.total(), 1);
        scene.publish(&[sound()]);
        assert_eq!(scene.by(&twin).await, 200);
    }
}

/// LC-RES-021
#[tokio::test(start_paused = true)]
async fn one_fetch_does_for_all_who_come_meanwhile() {
    let scene = Scene::new();
    let opened = join_all((0..8).map(|_| scene.by(&scene.key))).await;
    assert_eq!((opened, scene.looks()), (vec![200; 8], 1));
    // Who joins a fetch that began before its key was there looks once more.
    advance(Duration::from_secs(60)).await;
    let next = signing_key(Algorithm::ES256, "k2");
    let opened = tokio::join!(scene.by(&scene.key), async {
        tokio::task::yield_now().await;
        scene.publish(&[published(&scene.key), published(&next)]);
        scene.by(&next).await
    });
    assert_eq!((opened, scene.looks()), ((200, 200), 3));
}
