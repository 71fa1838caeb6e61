//! A resource that counts, for whoever shows a service JWT or what was handed out for one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod jwt_lab;
mod lab;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use btx_reference::jwt::resource::{Config, ServiceResource};
use btx_reference::oauth::resource;
use btx_reference::oauth::store::{MemoryTokens, Room};
use btx_spec::Identifier;
use btx_spec::jwt::authentication_info;
use btx_spec::oauth::{ResourceMetadata, Scope};
use jwt_lab::{AUDIENCE, Client, Page, Scene};
use serde_json::json;
use tower::ServiceExt as _;

const ISSUER: &str = "https://issuer.example";

fn resource(scene: &Scene, alter: impl FnOnce(&mut Config)) -> ServiceResource {
    let mut config = Config::new(Identifier::parse(AUDIENCE).unwrap());
    config.hand_out = Some(Duration::from_secs(300));
    alter(&mut config);
    ServiceResource::new(config, scene.parts())
}

#[derive(Debug)]
struct Told {
    status: u16,
    fields: HeaderMap,
    body: String,
}

impl Told {
    fn field(&self, name: &str) -> &str {
        let value = self.fields.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The token that is handed out, if there is one.
    fn token(&self) -> Option<String> {
        let handed_out = authentication_info::parse(&[self.field("authentication-info")]);
        let handed_out = handed_out.ok().flatten()?;
        assert_eq!(handed_out.expires_in, Duration::from_secs(300));
        assert_eq!(self.field("cache-control"), "no-store");
        Some(handed_out.access_token.expose().to_owned())
    }
}

async fn ask(resource: &ServiceResource, method: &str, path: &str, fields: &[&str]) -> Told {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "other.example");
    for field in fields {
        request = request.header("authorization", *field);
    }
    let request = request.body(Body::empty()).unwrap();
    let answer = resource.router().oneshot(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let told = Told {
        status: head.status.as_u16(),
        fields: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    // Nobody takes a token away from anything but a success.
    assert!(told.status == 200 || !told.fields.contains_key("authentication-info"));
    told
}

async fn get(resource: &ServiceResource, token: &str) -> Told {
    ask(resource, "GET", "/counter", &[&format!("Bearer {token}")]).await
}

#[tokio::test]
async fn it_counts_for_whoever_proves_itself() {
    let (scene, client) = Scene::with_client(|_| {});
    let resource = resource(&scene, |config| config.hand_out = None);
    for (method, scheme, counted) in [
        ("GET", "Bearer", 0),
        ("POST", "bearer", 1),
        ("POST", "BEARER", 2),
        ("GET", "Bearer", 2),
    ] {
        let field = format!("{scheme} {}", client.jwt());
        let told = ask(&resource, method, "/counter", &[&field]).await;
        assert_eq!(told.status, 200);
        assert_eq!(told.body, format!("{{\"counter\":{counted}}}"));
        assert_eq!(told.token(), None);
    }
}

#[tokio::test]
async fn whoever_does_not_is_challenged() {
    let (scene, client) = Scene::with_client(|_| {});
    let resource = resource(&scene, |_| {});
    let used = client.jwt();
    assert_eq!(get(&resource, &used).await.status, 200);
    let sound = format!("Bearer {}", client.jwt());
    let realm = "Bearer realm=\"resource\"";
    let refused = format!("{realm}, error=\"invalid_token\"");
    for (fields, status, challenge) in [
        (vec![], 401, realm),
        (vec!["Basic YTpi".to_owned()], 401, realm),
        (vec!["Bearer a b".to_owned()], 401, &refused),
        (vec!["Bearer a.b.c".to_owned()], 401, &refused),
        (vec![format!("Bearer {}", "x".repeat(43))], 401, &refused),
        (vec![format!("Bearer {used}")], 401, &refused),
    ] {
        let fields: Vec<_> = fields.iter().map(String::as_str).collect();
        for method in ["GET", "POST"] {
            let told = ask(&resource, method, "/counter", &fields).await;
            assert_eq!(told.status, status, "{fields:?}");
            assert_eq!(told.field("www-authenticate"), challenge, "{fields:?}");
        }
    }
    let twice = ask(&resource, "GET", "/counter", &[&sound, &sound]).await;
    assert_eq!(twice.status, 400);
    // Nobody has counted, and the JWT was not used up.
    let told = ask(&resource, "GET", "/counter", &[&sound]).await;
    assert_eq!(told.body, r#"{"counter":0}"#);
}

#[tokio::test]
async fn what_cannot_be_judged_now_is_told_to_come_again() {
    let (scene, client) = Scene::with_client(|_| {});
    let resource = resource(&scene, |_| {});
    scene.hosts.put(&client.jwks, Page::Nobody);
    let told = get(&resource, &client.jwt()).await;
    assert_eq!((told.status, told.field("retry-after")), (503, "5"));
    // Keys that are there and wrong are a reason to refuse.
    scene.hosts.put(&client.jwks, jwt_lab::page(&json!({})));
    assert_eq!(get(&resource, &client.jwt()).await.status, 401);

    let room = Room {
        remembered: 0,
        ..Room::default()
    };
    let full = Scene::with_store(Arc::new(MemoryTokens::with_room(room)), |_| {});
    client.publish(&full.hosts);
    let resource = self::resource(&full, |_| {});
    let told = get(&resource, &client.jwt()).await;
    assert_eq!((told.status, told.field("retry-after")), (503, "5"));
}

#[tokio::test]
async fn a_token_is_handed_out_for_each_jwt_and_opens_every_replica() {
    let (scene, client) = Scene::with_client(|_| {});
    let replicas = [resource(&scene, |_| {}), resource(&scene, |_| {})];
    let [one, other] = &replicas;
    let first = get(one, &client.jwt()).await.token().unwrap();
    let second = get(one, &client.jwt()).await.token().unwrap();
    assert_ne!(first, second);
    assert_eq!(first.len(), 43);
    let fetched = scene.hosts.total();
    for _ in 0..2 {
        for replica in &replicas {
            let told = get(replica, &first).await;
            assert_eq!(told.status, 200);
            assert_eq!(told.token(), None);
        }
    }
    assert_eq!(scene.hosts.total(), fetched);
    // Another resource with the same memory does not know it, nor does one that hands out nothing.
    let identifier = Identifier::parse("https://other.example").unwrap();
    let stranger = resource(&scene, |config| config.identifier = identifier);
    assert_eq!(get(&stranger, &first).await.status, 401);
    let silent = resource(&scene, |config| config.hand_out = None);
    assert_eq!(get(&silent, &first).await.status, 401);
    scene.clock.advance(299);
    assert_eq!(get(other, &first).await.status, 200);
    scene.clock.advance(1);
    let told = get(other, &first).await;
    assert_eq!(told.status, 401);
    assert!(told.field("www-authenticate").contains("invalid_token"));
}

#[tokio::test]
async fn only_a_success_carries_a_token() {
    let (scene, client) = Scene::with_client(|_| {});
    let resource = resource(&scene, |_| {});
    let field = format!("Bearer {}", client.jwt());
    // The JWT is granted, and what it asks for is not there.
    let told = ask(&resource, "DELETE", "/counter", &[&field]).await;
    assert_eq!(told.status, 405);
    let told = ask(
        &resource,
        "HEAD",
        "/counter",
        &[&format!("Bearer {}", client.jwt())],
    )
    .await;
    assert!(told.token().is_some());
}

#[tokio::test]
async fn without_room_for_tokens_the_answer_is_as_good_without_one() {
    let room = Room {
        tokens: 0,
        ..Room::default()
    };
    let scene = Scene::with_store(Arc::new(MemoryTokens::with_room(room)), |_| {});
    let client = Client::new("shop");
    client.publish(&scene.hosts);
    let resource = resource(&scene, |_| {});
    let told = get(&resource, &client.jwt()).await;
    assert_eq!((told.status, told.token()), (200, None));
}

#[tokio::test]
async fn a_part_of_it_is_for_tokens_of_a_server_alone() {
    let (scene, client) = Scene::with_client(|_| {});
    let resource = resource(&scene, |config| {
        let none = Scope::default();
        let mut server = resource::Config::new(config.identifier.clone(), none.clone(), none);
        server.issuers = vec![lab::farm::trusted(ISSUER, lab::farm::JWKS)];
        config.server = Some(server);
    });
    let metadata = ask(
        &resource,
        "GET",
        "/.well-known/oauth-protected-resource",
        &[],
    )
    .await;
    let metadata = ResourceMetadata::parse(metadata.body.as_bytes()).unwrap();
    assert_eq!(metadata.resource, AUDIENCE);
    assert_eq!(
        metadata.authorization_servers,
        Some(vec![ISSUER.to_owned()])
    );

    let address = "https://counter.example/.well-known/oauth-protected-resource";
    let handed_out = get(&resource, &client.jwt()).await.token().unwrap();
    for (shown, error) in [
        (None, ""),
        (Some(client.jwt()), ", error=\"invalid_token\""),
        (Some(handed_out), ", error=\"invalid_token\""),
    ] {
        let fields: Vec<_> = shown
            .iter()
            .map(|shown| format!("Bearer {shown}"))
            .collect();
        let fields: Vec<_> = fields.iter().map(String::as_str).collect();
        let told = ask(&resource, "GET", "/by-server/counter", &fields).await;
        assert_eq!(told.status, 401);
        assert_eq!(
            told.field("www-authenticate"),
            format!("Bearer realm=\"resource\"{error}, resource_metadata=\"{address}\"")
        );
    }
    // With a token of the server it opens, and with that nothing else does.
    let key = lab::farm::key("k1");
    let keys = btx_spec::jose::KeySet::of(vec![key.public()]).to_json();
    scene.hosts.put(lab::farm::JWKS, jwt_lab::page(&keys));
    let mut claims = lab::farm::claims();
    claims["aud"] = json!(AUDIENCE);
    let token = format!("Bearer {}", lab::farm::jwt(&key, &claims));
    let told = ask(&resource, "GET", "/by-server/counter", &[&token]).await;
    assert_eq!((told.status, told.body.as_str()), (200, r#"{"counter":0}"#));
    assert!(!told.fields.contains_key("authentication-info"));
    assert_eq!(
        ask(&resource, "GET", "/counter", &[&token]).await.status,
        401
    );
}
