//! An authorization server that gives tokens to clients that nobody has registered.

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
use axum::http::Request;
use btx_reference::jwt::verifier;
use btx_reference::oauth::server::{
    AuthorizationServer, Client as Registered, ClientAuth, Config, SecretDigest, TokenForm,
    TokenRules,
};
use btx_reference::oauth::store::{MemoryTokens, Room};
use btx_reference::random::SystemRandom;
use btx_spec::Identifier;
use btx_spec::jose::{Algorithm, SignedToken};
use btx_spec::oauth::{Scope, basic, form};
use jwt_lab::{Client, Page, Scene, page, signing_key};
use lab::NEW_YEAR;
use serde_json::{Value, json};
use tower::ServiceExt as _;

const ISSUER: &str = "https://issuer.example";
const API: &str = "https://api.example";
const SECRET: &str = "4f1c0a6b9d2e8375a1b2c3d4e5f60718";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

fn server(scene: &Scene, alter: impl FnOnce(&mut Config)) -> AuthorizationServer {
    let mut config = Config::new(Identifier::parse(ISSUER).unwrap());
    config.resources = vec!["https://first.example".to_owned(), API.to_owned()];
    config.documents = Some(verifier::Config::default());
    config.document_tokens = TokenRules::new(Scope::parse("read").unwrap());
    let secret = ClientAuth::Secret(SecretDigest::of(SECRET, &SystemRandom).unwrap());
    let scopes = Scope::parse("read write").unwrap();
    let api = Registered {
        introspects: true,
        ..Registered::new("api", secret, scopes)
    };
    config.clients = vec![api];
    alter(&mut config);
    AuthorizationServer::new(config, scene.parts())
}

async fn post(
    server: &AuthorizationServer,
    path: &str,
    by: Option<&str>,
    members: &[(&str, &str)],
) -> (u16, Value, String) {
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    let request = match by {
        Some(id) => request.header("authorization", basic::encode(id, SECRET).as_str()),
        None => request,
    };
    let request = request.body(Body::from(form::encode(members))).unwrap();
    let answer = server.router().oneshot(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let retry_after = head.headers.get("retry-after");
    let retry_after = retry_after.map_or("", |value| value.to_str().unwrap());
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap();
    (head.status.as_u16(), body, retry_after.to_owned())
}

async fn ask(server: &AuthorizationServer, assertion: &str, more: &[(&str, &str)]) -> (u16, Value) {
    let members = [("grant_type", GRANT), ("assertion", assertion)];
    let members = [&members, more].concat();
    let (status, body, _) = post(server, "/oauth/token", None, &members).await;
    (status, body)
}

fn assertion_with(client: &Client, name: &str, value: Value) -> String {
    let mut claims = client.claims();
    claims["aud"] = json!(ISSUER);
    claims.insert(name.to_owned(), value);
    client
        .key
        .sign(Some("authorization-grant+jwt"), &claims)
        .unwrap()
}

fn assertion(client: &Client) -> String {
    assertion_with(client, "aud", json!(ISSUER))
}

fn error(answer: (u16, Value)) -> (u16, String) {
    (
        answer.0,
        answer.1["error"].as_str().unwrap_or_default().to_owned(),
    )
}

const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");

fn assert_error(answer: (u16, Value), expected: (u16, &str), what: &str) {
    let (status, name) = error(answer);
    assert_eq!((status, name.as_str()), expected, "{what}");
}

#[tokio::test]
async fn a_client_gets_a_token_by_its_document_alone() {
    let (scene, client) = Scene::with_client(|_| {});
    let server = server(&scene, |_| {});
    for (more, audience) in [
        (vec![("resource", API)], API),
        (vec![], "https://first.example"),
        (
            vec![
                ("client_id", client.id.as_str()),
                ("resource", API),
                ("scope", "read"),
            ],
            API,
        ),
    ] {
        let (status, answer) = ask(&server, &assertion(&client), &more).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(
            (answer["expires_in"].as_u64(), answer["scope"].as_str()),
            (Some(3600), Some("read"))
        );
        assert_eq!(answer.get("refresh_token"), None);
        let token = answer["access_token"].as_str().unwrap();
        let (_, told, _) = post(
            &server,
            "/oauth/introspect",
            Some("api"),
            &[("token", token)],
        )
        .await;
        assert_eq!(told["active"], json!(true));
        assert_eq!(told["aud"], json!(audience));
        assert_eq!(told["sub"], json!(client.id));
        assert_eq!(told["client_id"], json!(client.id));
    }
    assert_eq!(
        (
            scene.hosts.count(&client.id),
            scene.hosts.count(&client.jwks)
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn such_a_token_may_be_a_jwt() {
    let (scene, client) = Scene::with_client(|_| {});
    let server = server(&scene, |config| {
        config.signing_key = Some(Arc::new(signing_key(Algorithm::ES256, "server")));
        config.document_tokens.form = TokenForm::Jwt;
        config.document_tokens.lifetime = Some(Duration::from_secs(60));
    });
    let (status, answer) = ask(&server, &assertion(&client), &[("resource", API)]).await;
    assert_eq!(status, 200);
    let token = SignedToken::parse(answer["access_token"].as_str().unwrap()).unwrap();
    assert_eq!(token.claims()["sub"], json!(client.id));
    assert_eq!(token.claims()["aud"], json!(API));
    assert_eq!(token.claims()["exp"], json!(NEW_YEAR + 60));
}

#[tokio::test]
async fn an_assertion_that_breaks_a_rule_is_no_grant() {
    let (scene, client) = Scene::with_client(|_| {});
    let server = server(&scene, |config| {
        let only = vec![Algorithm::ES256];
        config.documents = Some(verifier::Config {
            algorithms: only,
            ..verifier::Config::default()
        });
    });
    for (name, value) in [
        ("aud", json!("https://issuer.example/oauth/token")),
        ("aud", json!([ISSUER])),
        ("aud", json!(API)),
        ("sub", json!("https://shop.example/other.json")),
        ("iss", json!("https://shop.example")),
        ("exp", json!(NEW_YEAR - 60)),
        ("exp", json!(NEW_YEAR + 301)),
        ("iat", json!(NEW_YEAR + 61)),
        ("jti", json!("fifteen-letters")),
    ] {
        let what = format!("{name} {value}");
        let answer = ask(&server, &assertion_with(&client, name, value), &[]).await;
        assert_error(answer, INVALID_GRANT, &what);
    }
    let mut claims = client.claims();
    claims["aud"] = json!(ISSUER);
    for typ in [
        None,
        Some("JWT"),
        Some("service+jwt"),
        Some("client-authentication+jwt"),
    ] {
        let assertion = client.key.sign(typ, &claims).unwrap();
        let what = format!("{typ:?}");
        assert_error(ask(&server, &assertion, &[]).await, INVALID_GRANT, &what);
    }
    assert_error(ask(&server, "a.b", &[]).await, INVALID_GRANT, "no JWS");
    // None of them is worth a fetch.
    assert_eq!(scene.hosts.total(), 0);
    let stranger = Client::new("stranger");
    let forged = stranger
        .key
        .sign(Some("authorization-grant+jwt"), &claims)
        .unwrap();
    assert_error(ask(&server, &forged, &[]).await, INVALID_GRANT, "forged");
    // The twin of them all, once.
    let sound = assertion(&client);
    assert_eq!(ask(&server, &sound, &[]).await.0, 200);
    assert_error(ask(&server, &sound, &[]).await, INVALID_GRANT, "again");
}

#[tokio::test]
async fn what_there_is_no_token_for_uses_up_no_assertion() {
    let (scene, client) = Scene::with_client(|_| {});
    let server = server(&scene, |_| {});
    let sound = assertion(&client);
    for (member, expected) in [
        (
            ("resource", "https://other.example"),
            (400, "invalid_target"),
        ),
        (("resource", "nothing"), (400, "invalid_target")),
        (("scope", "write"), (400, "invalid_scope")),
        (
            ("client_id", "https://shop.example/other.json"),
            INVALID_GRANT,
        ),
        (("client_id", "api"), INVALID_GRANT),
    ] {
        let answer = ask(&server, &sound, &[member]).await;
        assert_error(answer, expected, member.1);
    }
    let members = [("grant_type", GRANT), ("assertion", sound.as_str())];
    let (status, body, _) = post(&server, "/oauth/token", Some("api"), &members).await;
    assert_error((status, body), INVALID_GRANT, "beside a registered client");
    let (status, body, _) = post(&server, "/oauth/token", Some("nobody"), &members).await;
    assert_error(
        (status, body),
        (401, "invalid_client"),
        "beside a proof that does not hold",
    );
    assert_eq!(scene.hosts.total(), 0);
    assert_eq!(ask(&server, &sound, &[]).await.0, 200);
}

#[tokio::test]
async fn what_cannot_be_judged_now_is_told_to_come_again() {
    let (scene, client) = Scene::with_client(|_| {});
    let server = server(&scene, |_| {});
    scene.hosts.put(&client.id, page(&json!({})));
    let answer = ask(&server, &assertion(&client), &[]).await;
    assert_error(answer, INVALID_GRANT, "a document that is none");
    scene.hosts.put(&client.id, Page::Nobody);
    let sound = assertion(&client);
    let members = [("grant_type", GRANT), ("assertion", sound.as_str())];
    let (status, body, retry_after) = post(&server, "/oauth/token", None, &members).await;
    assert_error(
        (status, body),
        (503, "temporarily_unavailable"),
        "no document",
    );
    assert_eq!(retry_after, "5");

    let room = Room {
        remembered: 0,
        ..Room::default()
    };
    let full = Scene::with_store(Arc::new(MemoryTokens::with_room(room)), |_| {});
    client.publish(&full.hosts);
    let server = self::server(&full, |_| {});
    let answer = ask(&server, &sound, &[]).await;
    assert_error(answer, (503, "temporarily_unavailable"), "no memory");
}

#[tokio::test]
async fn nobody_takes_the_name_of_a_registered_client() {
    let (scene, client) = Scene::with_client(|_| {});
    let server = server(&scene, |config| {
        let mut registered = config.clients.first().unwrap().clone();
        registered.id.clone_from(&client.id);
        config.clients.push(registered);
    });
    let answer = ask(&server, &assertion(&client), &[]).await;
    assert_error(answer, INVALID_GRANT, "registered");
    assert_eq!(scene.hosts.total(), 0);
}

#[tokio::test]
async fn the_metadata_tell_of_it() {
    let scene = Scene::new(|_| {});
    for documents in [true, false] {
        let server = server(&scene, |config| {
            if !documents {
                config.documents = None;
            }
        });
        let request = Request::get("/.well-known/oauth-authorization-server");
        let request = request.body(Body::empty()).unwrap();
        let answer = server.router().oneshot(request).await.unwrap();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let metadata: Value = serde_json::from_slice(&body).unwrap();
        let grants = metadata["grant_types_supported"].as_array().unwrap();
        assert_eq!(grants.contains(&json!(GRANT)), documents);
        let supported = documents.then_some(json!(true));
        assert_eq!(
            metadata.get("client_id_metadata_document_supported"),
            supported.as_ref()
        );
    }
}

#[tokio::test]
async fn without_documents_nobody_is_believed() {
    let (scene, client) = Scene::with_client(|_| {});
    let server = server(&scene, |config| config.documents = None);
    let answer = ask(&server, &assertion(&client), &[]).await;
    assert_error(answer, INVALID_GRANT, "no documents");
    assert_eq!(scene.hosts.total(), 0);
}
