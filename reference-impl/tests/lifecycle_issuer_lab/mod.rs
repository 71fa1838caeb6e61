//! An issuer with two replicas that share keys and sessions, over real sockets, and a clock that stands still.

#![allow(
    dead_code,
    reason = "every test file uses another part of the laboratory"
)]

pub(crate) mod faulty;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_reference::lifecycle::issuer::{
    Accounts, Config, HashCost, Issuer, Lifetimes, Login, Parts, Password,
};
use btx_reference::lifecycle::keys::{Keys, MemoryKeys, Rotation};
use btx_reference::lifecycle::ring::Ring;
use btx_reference::random::SystemRandom;
use btx_reference::serve;
use btx_spec::Identifier;
use btx_spec::lifecycle::{RingAlgorithm, RingKey};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use crate::lab::{NEW_YEAR, TestClock};
use faulty::FaultySessions;

pub(crate) const ISSUER: &str = "https://village.example";
pub(crate) const PASSWORD: &str = "a password of somebody";

pub(crate) const LIFETIMES: Lifetimes = Lifetimes {
    bearer: Duration::from_secs(420),
    refresh_window: Duration::from_secs(300),
    session: Duration::from_secs(7200),
    rotation_window: Duration::from_secs(900),
    refresh_repeat: Duration::from_secs(10),
};

/// The replicas, and what they share.
pub(crate) struct Cluster {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) keys: Arc<dyn Keys>,
    pub(crate) sessions: Arc<FaultySessions>,
    pub(crate) slow: Arc<Slow>,
    replicas: Vec<SocketAddr>,
    client: Client,
}

/// A handler that answers when it is told to.
pub(crate) struct Slow {
    pub(crate) arrived: Semaphore,
    pub(crate) leave: Semaphore,
}

/// What a login has given.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) session: String,
    pub(crate) bearer: String,
}

impl Cluster {
    /// Two replicas with secret keys.
    pub(crate) async fn start() -> Self {
        Self::of(RingAlgorithm::HS512, |_| ()).await
    }

    /// Two replicas with keys of this algorithm.
    pub(crate) async fn of(algorithm: RingAlgorithm, alter: impl FnOnce(&mut Config)) -> Self {
        let clock = TestClock::new();
        let keys = memory_keys(algorithm, &clock);
        let views = vec![keys.clone(), keys.clone()];
        Self::with(algorithm, clock, keys, views, alter).await
    }

    /// As many replicas as there are views of the keys.
    pub(crate) async fn with(
        algorithm: RingAlgorithm,
        clock: Arc<TestClock>,
        keys: Arc<dyn Keys>,
        views: Vec<Arc<dyn Keys>>,
        alter: impl FnOnce(&mut Config),
    ) -> Self {
        let sessions = Arc::new(FaultySessions::default());
        let slow = Arc::new(Slow {
            arrived: Semaphore::new(0),
            leave: Semaphore::new(0),
        });
        let mut config = config(algorithm);
        alter(&mut config);
        let mut replicas = Vec::new();
        for view in views {
            let parts = Parts {
                clock: clock.clone(),
                random: Arc::new(SystemRandom),
                keys: view,
                sessions: sessions.clone(),
            };
            let issuer = Issuer::new(config.clone(), parts);
            replicas.push(serve_replica(&issuer, &slow).await);
        }
        Self {
            clock,
            keys,
            sessions,
            slow,
            replicas,
            client: Client::builder().no_proxy().build().unwrap(),
        }
    }

    pub(crate) fn request(&self, replica: usize, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.replicas[replica]);
        self.client.request(method, url)
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let answer = request.send().await.unwrap();
        Answer {
            status: answer.status(),
            headers: answer.headers().clone(),
            text: answer.text().await.unwrap(),
        }
    }

    pub(crate) async fn try_login(&self, replica: usize, name: &str, password: &str) -> Answer {
        let body = json!({ "username": name, "password": password });
        let request = self.request(replica, Method::POST, "/login").json(&body);
        self.send(request).await
    }

    pub(crate) async fn login(&self, name: &str) -> Tokens {
        let answer = self.try_login(0, name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let answer = answer.json();
        Tokens {
            session: answer["session_token"].as_str().unwrap().to_owned(),
            bearer: answer["bearer_token"].as_str().unwrap().to_owned(),
        }
    }

    /// `GET` with this bearer, and this session token if there is one.
    pub(crate) async fn get(
        &self,
        replica: usize,
        path: &str,
        bearer: &str,
        session: Option<&str>,
    ) -> Answer {
        let request = self.request(replica, Method::GET, path);
        let mut request = request.header("authorization", format!("Bearer {bearer}"));
        if let Some(session) = session {
            request = request.header("x-session-token", session);
        }
        self.send(request).await
    }

    /// What the API answers to this bearer.
    pub(crate) async fn show(&self, replica: usize, bearer: &str) -> Answer {
        self.get(replica, "/api/whoami", bearer, None).await
    }

    /// What the API answers to this bearer with its session token.
    pub(crate) async fn refresh(&self, replica: usize, bearer: &str, session: &str) -> Answer {
        self.get(replica, "/api/whoami", bearer, Some(session))
            .await
    }

    pub(crate) async fn logout(&self, replica: usize, session: &str, body: &str) -> Answer {
        let request = self.request(replica, Method::POST, "/logout");
        let mut request = request.header("x-session-token", session);
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
            request = request.body(body.to_owned());
        }
        self.send(request).await
    }

    pub(crate) async fn rotate(&self) -> String {
        self.keys.rotate(Rotation::default()).await.unwrap()
    }

    pub(crate) async fn rotate_urgently(&self) -> String {
        let rotation = Rotation {
            urgent: true,
            given: None,
        };
        self.keys.rotate(rotation).await.unwrap()
    }

    pub(crate) async fn ring(&self) -> Arc<Ring> {
        self.keys.look().await.unwrap()
    }

    /// This bearer with other claims, signed by the key that signs.
    pub(crate) async fn altered(&self, bearer: &str, claims: Value) -> String {
        let ring = self.ring().await;
        forged(&ring.current, bearer, json!({}), claims)
    }
}

pub(crate) fn memory_keys(algorithm: RingAlgorithm, clock: &Arc<TestClock>) -> Arc<dyn Keys> {
    let window = LIFETIMES.rotation_window;
    let keys = MemoryKeys::new(algorithm, window, clock.clone(), Arc::new(SystemRandom));
    Arc::new(keys.unwrap())
}

fn config(algorithm: RingAlgorithm) -> Config {
    let cheap = HashCost {
        memory: 8,
        passes: 1,
    };
    let mut accounts = Accounts::new(cheap).unwrap();
    for name in ["anna", "bert"] {
        let password = Password::of(PASSWORD, cheap, &SystemRandom);
        accounts.add(name, password.unwrap());
    }
    Config {
        lifetimes: LIFETIMES,
        login: Login {
            attempts: 3,
            pause: Duration::from_secs(60),
        },
        accounts,
        ..Config::new(Identifier::parse(ISSUER).unwrap(), algorithm).unwrap()
    }
}

/// The routes of the issuer, and `/slow`, protected like the rest of the API.
async fn serve_replica(issuer: &Issuer, slow: &Arc<Slow>) -> SocketAddr {
    let slow = Arc::clone(slow);
    let handler = move || {
        let slow = Arc::clone(&slow);
        async move {
            slow.arrived.add_permits(1);
            slow.leave.acquire().await.unwrap().forget();
        }
    };
    let slow = issuer.protect(Router::new().route("/slow", get(handler)));
    let local = Router::new().route("/local", get(|| async {}));
    let router = issuer.router().merge(slow);
    let router = router.merge(issuer.protect_locally(local));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let running = serve::http(router, listener, std::future::pending()).await;
    running.unwrap().address()
}

/// A bearer like this one, with another header and other claims, signed by this key; null takes a member out.
pub(crate) fn forged(key: &RingKey, bearer: &str, header: Value, claims: Value) -> String {
    let mut members = header_of(bearer);
    members.insert("alg".to_owned(), key.algorithm().name().into());
    members.insert("kid".to_owned(), key.id().into());
    alter(&mut members, &header);
    let mut said = claims_of(bearer);
    alter(&mut said, &claims);
    key.sign(&members, &said).unwrap()
}

fn alter(members: &mut Map<String, Value>, alterations: &Value) {
    for (name, value) in alterations.as_object().unwrap() {
        members.insert(name.clone(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
}

pub(crate) fn header_of(bearer: &str) -> Map<String, Value> {
    part(bearer, 0)
}

pub(crate) fn claims_of(bearer: &str) -> Map<String, Value> {
    part(bearer, 1)
}

fn part(bearer: &str, number: usize) -> Map<String, Value> {
    let part = bearer.split('.').nth(number).unwrap();
    let part = URL_SAFE_NO_PAD.decode(part).unwrap();
    serde_json::from_slice(&part).unwrap()
}

/// The claim of this name, in seconds since the beginning of the tests.
pub(crate) fn second(bearer: &str, claim: &str) -> i64 {
    claims_of(bearer)[claim].as_i64().unwrap() - NEW_YEAR
}

/// An answer of the issuer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> &str {
        let field = self.headers.get(name);
        field.map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The new bearer that came along.
    pub(crate) fn new_bearer(&self) -> Option<String> {
        let fields: Vec<_> = self.headers.get_all("authentication-info").iter().collect();
        assert!(fields.len() < 2, "{fields:?}");
        let field = fields.first()?.to_str().unwrap();
        let (_, rest) = field.split_once("bearer_token=\"").unwrap();
        Some(rest.split_once('"').unwrap().0.to_owned())
    }

    /// It let somebody in, with nothing new.
    #[track_caller]
    pub(crate) fn opened(&self) {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        assert_eq!(self.new_bearer(), None);
    }

    /// It let somebody in, and brought this.
    #[track_caller]
    pub(crate) fn brought(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        assert_eq!(self.field("cache-control"), "no-store");
        self.new_bearer().unwrap()
    }

    /// It let nobody in, since the token is not good.
    #[track_caller]
    pub(crate) fn refused(&self) {
        assert_eq!(self.status, StatusCode::UNAUTHORIZED, "{self:?}");
        let challenge = self.field("www-authenticate");
        assert_eq!(
            challenge,
            r#"Bearer realm="session", error="invalid_token""#
        );
        assert_eq!(self.new_bearer(), None);
    }

    /// It let nobody in, since nothing could be decided (LC-ISS-097).
    #[track_caller]
    pub(crate) fn undecided(&self) {
        assert_eq!(self.status, StatusCode::SERVICE_UNAVAILABLE, "{self:?}");
        assert!(self.field("retry-after").parse::<u32>().unwrap() > 0);
        assert_eq!(self.new_bearer(), None);
    }
}
