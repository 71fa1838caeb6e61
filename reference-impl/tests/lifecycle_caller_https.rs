//! The caller with the issuer, over real HTTPS: sessions go on, whatever rotates or expires.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use btx_reference::lifecycle::caller::{self, Caller, Peer};
use btx_reference::lifecycle::issuer::{self, Accounts, HashCost, Issuer, Password};
use btx_reference::lifecycle::keys::{Keys as _, MemoryKeys, Rotation};
use btx_reference::lifecycle::sessions::MemorySessions;
use btx_reference::random::SystemRandom;
use btx_spec::lifecycle::RingAlgorithm;
use futures::future::join_all;
use lab::Lab;

const WINDOW: Duration = Duration::from_secs(900);
const COST: HashCost = HashCost {
    memory: 8,
    passes: 1,
};

struct Scene {
    lab: Lab,
    keys: Arc<MemoryKeys>,
    caller: Caller,
    api: String,
    logins: Arc<AtomicUsize>,
}

impl Scene {
    /// An issuer with the compatibility option, whose answers have no `Authentication-Info`, and a caller that
    /// has the option too or has not.
    async fn start(is_compatible: bool, without_info: bool) -> Self {
        let mut lab = Lab::new();
        let farm = lab.place("farm.example");
        let mut config = issuer::Config::new(farm.identifier(), RingAlgorithm::HS512).unwrap();
        config.accounts = Accounts::new(COST).unwrap();
        let password = Password::of("pa55", COST, &SystemRandom).unwrap();
        config.accounts.add("anna", password);
        config.authorization_field = true;
        let random = Arc::new(SystemRandom);
        let keys = MemoryKeys::new(config.algorithm, WINDOW, lab.clock.clone(), random.clone());
        let keys = Arc::new(keys.unwrap());
        let parts = issuer::Parts {
            clock: lab.clock.clone(),
            random,
            keys: keys.clone(),
            sessions: Arc::new(MemorySessions::new()),
        };
        let config_of_caller = caller::Config {
            peers: vec![Peer {
                name: "farm".to_owned(),
                issuer: farm.identifier(),
                login: farm.https("/login"),
                api: vec![farm.https("/api")],
                account: "anna".to_owned(),
                password: caller::Password::new("pa55"),
            }],
            authorization_field: is_compatible,
            ..caller::Config::default()
        };
        let parts_of_caller = caller::Parts {
            clock: lab.clock.clone(),
            outbound: lab.outbound(),
        };
        let logins = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&logins);
        let between = move |request: Request, next: Next| {
            if request.uri().path() == "/login" {
                counted.fetch_add(1, Ordering::Relaxed);
            }
            async move {
                let mut answer = next.run(request).await;
                if without_info {
                    answer.headers_mut().remove("authentication-info");
                }
                answer
            }
        };
        let router = Issuer::new(config, parts).router().layer(from_fn(between));
        let api = farm.url("/api/whoami");
        lab.serve(farm, router).await;
        Self {
            lab,
            keys,
            caller: Caller::new(config_of_caller, parts_of_caller),
            api,
            logins,
        }
    }

    async fn calls(&self) -> u16 {
        let answer = self.caller.call("farm", &self.api).await;
        answer.unwrap().status
    }

    fn logins(&self) -> usize {
        self.logins.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn one_login_lasts_for_the_whole_session() {
    let scene = Scene::start(false, false).await;
    assert_eq!(scene.calls().await, 200);
    for round in 0..8 {
        if round % 3 == 1 {
            scene.keys.rotate(Rotation::default()).await.unwrap();
            assert_eq!(scene.calls().await, 200);
        }
        scene.lab.clock.advance(839);
        let answers = join_all((0..10).map(|_| scene.calls())).await;
        assert_eq!(answers, [200; 10], "round {round}");
    }
    assert_eq!(scene.logins(), 1);
    // The session is over, and with it both tokens.
    scene.lab.clock.advance(839);
    assert_eq!(scene.calls().await, 200);
    assert_eq!(scene.logins(), 2);
    scene.lab.stop();
}

/// LC-CLI-015, LC-CLI-016
#[tokio::test]
async fn a_bearer_in_the_other_field_is_for_whoever_has_agreed_to_it() {
    for (is_compatible, expected) in [(true, 200), (false, 401)] {
        let scene = Scene::start(is_compatible, true).await;
        assert_eq!(scene.calls().await, 200);
        scene.keys.rotate(Rotation::default()).await.unwrap();
        assert_eq!(scene.calls().await, 200);
        // The key of the first bearer counts no more.
        scene.keys.rotate(Rotation::default()).await.unwrap();
        assert_eq!(scene.calls().await, expected);
        scene.lab.stop();
    }
}
