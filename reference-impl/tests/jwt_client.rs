//! The client with a resource, over real HTTPS: what it publishes, what it signs, and how it changes its key.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::sync::Arc;
use std::time::Duration;

use btx_reference::jwt::client::keys::{Unchanged, draw};
use btx_reference::jwt::client::{Client, Config, Failure, PeerEntry, SigningKeys};
use btx_reference::jwt::resource::{self, ServiceResource};
use btx_reference::oauth::Parts;
use btx_reference::oauth::store::MemoryTokens;
use btx_reference::random::SystemRandom;
use btx_spec::jose::{Algorithm, KeySet};
use btx_spec::jwt::{ClientDocument, ClientId, Keys, LARGEST_DOCUMENT, MOST_KEYS, key_set};
use lab::{Lab, Place};

struct Scene {
    lab: Lab,
    client: Client,
    id: ClientId,
    counter: String,
}

impl Scene {
    async fn start(hand_out: Option<Duration>, alter: impl FnOnce(&mut Config)) -> Self {
        let mut lab = Lab::new();
        let (shop, farm) = (lab.place("shop.example"), lab.place("farm.example"));
        let id = ClientId::parse(&shop.url("/services/orders:1.json")).unwrap();
        let counter = farm.url("/counter");
        let resource = Self::resource(&lab, &farm, hand_out);
        let key = draw(Algorithm::ES256, "first").unwrap();
        let mut config = Config::new(id.clone(), SigningKeys::new(key));
        config.peers = vec![PeerEntry {
            name: "farm".to_owned(),
            resource: farm.identifier(),
            api: vec![farm.https("/counter")],
            servers: Vec::new(),
        }];
        alter(&mut config);
        let client = Client::new(config, parts(&lab));
        lab.serve(shop, client.router()).await;
        lab.serve(farm, resource.router()).await;
        Self {
            lab,
            client,
            id,
            counter,
        }
    }

    fn resource(lab: &Lab, farm: &Place, hand_out: Option<Duration>) -> ServiceResource {
        let mut config = resource::Config::new(farm.identifier());
        config.hand_out = hand_out;
        ServiceResource::new(config, parts(lab))
    }

    async fn calls(&self) -> u16 {
        self.client
            .call("farm", &self.counter)
            .await
            .unwrap()
            .status
    }

    async fn published(&self) -> (ClientDocument, KeySet) {
        let (status, text) = self.lab.get(self.id.as_str(), None).await;
        assert_eq!(status, 200, "{text}");
        let document = ClientDocument::parse(text.as_bytes(), &self.id).unwrap();
        let keys = match document.keys() {
            Keys::Inline(keys) => keys.clone(),
            Keys::At(url) => key_set(self.lab.get(url.as_str(), None).await.1.as_bytes()).unwrap(),
        };
        (document, keys)
    }

    async fn names(&self) -> Vec<String> {
        let (_, keys) = self.published().await;
        let names = keys.keys().iter();
        names.map(|key| key.id().unwrap().to_owned()).collect()
    }
}

fn parts(lab: &Lab) -> Parts {
    Parts {
        clock: lab.clock.clone(),
        random: Arc::new(SystemRandom),
        tokens: Arc::new(MemoryTokens::new()),
        outbound: lab.outbound(),
    }
}

#[tokio::test]
async fn a_resource_that_knows_nothing_of_it_takes_its_jwts() {
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA] {
        for inline in [false, true] {
            let scene = Scene::start(None, |config| {
                config.keys = SigningKeys::new(draw(algorithm, "first").unwrap());
                config.inline_keys = inline;
            })
            .await;
            for _ in 0..2 {
                assert_eq!(scene.calls().await, 200, "{algorithm}, inline: {inline}");
            }
            let (document, _) = scene.published().await;
            assert_eq!(matches!(document.keys(), Keys::Inline(_)), inline);
            scene.lab.stop();
        }
    }
}

#[tokio::test]
async fn what_was_handed_out_opens_the_resource_until_it_is_forgotten() {
    let scene = Scene::start(Some(Duration::from_secs(60)), |_| {}).await;
    // A call with the token in place of a JWT: both are taken.
    for _ in 0..3 {
        assert_eq!(scene.calls().await, 200);
    }
    scene.lab.clock.advance(60);
    assert_eq!(scene.calls().await, 200);
    scene.lab.stop();
}

#[tokio::test]
async fn a_key_is_published_before_it_signs_and_until_its_last_jwt_has_expired() {
    let scene = Scene::start(None, |_| {}).await;
    assert_eq!(scene.calls().await, 200);
    let second = scene.client.rotate().unwrap();
    assert_eq!(scene.names().await, [second.as_str(), "first"]);
    // The resource holds the keys of before, and looks for the one that it does not know.
    assert_eq!(scene.calls().await, 200);
    scene.lab.clock.advance(59);
    assert_eq!(scene.names().await.len(), 2);
    scene.lab.clock.advance(1);
    assert_eq!(scene.names().await, [second.as_str()]);
    // What has signed nothing need not stay.
    let third = scene.client.rotate().unwrap();
    let fourth = scene.client.rotate().unwrap();
    assert_eq!(scene.names().await, [fourth.as_str()]);
    assert_ne!(third, fourth);
    scene.lab.stop();
}

#[tokio::test]
async fn prepared_keys_are_taken_in_their_order() {
    let scene = Scene::start(None, |config| {
        let next = draw(Algorithm::EdDSA, "prepared").unwrap();
        config.keys = config.keys.clone().then(next);
    })
    .await;
    assert_eq!(scene.client.rotate().unwrap(), "prepared");
    assert_eq!(scene.calls().await, 200);
    scene.lab.stop();
}

#[tokio::test]
async fn no_more_is_published_than_everybody_reads() {
    for inline in [false, true] {
        let scene = Scene::start(None, |config| config.inline_keys = inline).await;
        let (mut changes, mut refused) = (0, None);
        while refused.is_none() && changes < 2 * MOST_KEYS {
            // Each key signs something, so that it has to stay.
            let _ = scene.client.call("farm", &scene.counter).await;
            match scene.client.rotate() {
                Ok(_) => changes += 1,
                Err(why) => refused = Some(why),
            }
        }
        assert_eq!(refused, Some(Unchanged::NoRoom));
        let (_, keys) = scene.published().await;
        assert_eq!(keys.keys().len(), changes + 1);
        assert!(keys.keys().len() <= MOST_KEYS);
        let (_, text) = scene.lab.get(scene.id.as_str(), None).await;
        assert!(text.len() <= LARGEST_DOCUMENT, "{}", text.len());
        // When their JWTs have expired there is room again.
        scene.lab.clock.advance(60);
        assert!(scene.client.rotate().is_ok());
        scene.lab.stop();
    }
}

#[tokio::test]
async fn nothing_is_shown_to_whom_it_is_not_for() {
    let scene = Scene::start(None, |_| {}).await;
    let elsewhere = scene.counter.replace("/counter", "/counter/../admin");
    for url in ["https://other.example/counter", elsewhere.as_str()] {
        let refused = scene.client.call("farm", url).await;
        assert_eq!(refused.unwrap_err(), Failure::NotAllowed, "{url}");
    }
    let unknown = scene.client.call("mill", &scene.counter).await;
    assert_eq!(unknown.unwrap_err(), Failure::UnknownPeer);
    scene.lab.stop();
}
