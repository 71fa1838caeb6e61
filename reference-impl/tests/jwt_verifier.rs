//! What a verifier takes of a client that it has never heard of, and what it remembers of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod jwt_lab;
mod lab;

use std::sync::Arc;

use btx_reference::jwt::verifier::judge::Fault;
use btx_reference::jwt::verifier::{Config, Refused, Verifier};
use btx_reference::oauth::store::{MemoryTokens, Room};
use btx_reference::outbound::Answer;
use btx_spec::jose::Algorithm;
use bytes::Bytes;
use futures::future::join_all;
use jwt_lab::{AUDIENCE, Client, EXPECTED, Page, Scene, json_answer, page, signing_key};
use lab::NEW_YEAR;
use serde_json::{Value, json};

#[tokio::test]
async fn a_client_is_known_by_its_document_alone() {
    let (scene, mut client) = Scene::with_client(|_| {});
    for algorithm in Algorithm::ALL {
        client.key = signing_key(algorithm, algorithm.name());
        for inline in [true, false] {
            let mut document = client.document();
            if inline {
                document = json!({ "client_id": client.id, "jwks": client.keys() });
            }
            client.id = format!("https://shop.example/{algorithm}-{inline}.json");
            document["client_id"] = json!(client.id);
            scene.hosts.put(&client.id, page(&document));
            scene.hosts.put(&client.jwks, page(&client.keys()));
            let proven = scene.verify(&client.jwt()).await.unwrap();
            assert_eq!(proven.client.as_str(), client.id, "{algorithm}");
        }
    }
    let request = scene.hosts.last();
    let fields: Vec<_> = (request.headers.iter())
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(
        fields,
        [
            ("accept", "application/json"),
            ("accept-encoding", "identity")
        ]
    );
}

#[tokio::test]
async fn what_is_wrong_without_a_key_costs_no_fetch() {
    let (scene, client) = Scene::with_client(|config| config.algorithms = vec![Algorithm::ES256]);
    let mut bad = Vec::new();
    let path = "https://shop.example";
    for (name, value) in [
        ("iss", Value::Null),
        ("iss", json!("https://shop.example/other.json")),
        ("sub", json!("https://shop.example/other.json")),
        ("sub", Value::Null),
        ("aud", json!([AUDIENCE])),
        ("aud", json!([AUDIENCE, "https://other.example"])),
        ("aud", json!("https://counter.example/")),
        ("aud", json!("https://counter.example/counter?a=b")),
        ("aud", json!("https://other.example")),
        ("aud", Value::Null),
        ("iat", json!(NEW_YEAR + 61)),
        ("iat", json!(NEW_YEAR.to_string())),
        ("iat", Value::Null),
        ("exp", json!(NEW_YEAR - 60)),
        ("exp", json!(NEW_YEAR + 301)),
        ("exp", Value::Null),
        ("jti", json!("fifteen-letters")),
        ("jti", json!("x".repeat(129))),
        ("jti", Value::Null),
    ] {
        bad.push((format!("{name} {value}"), client.jwt_with(name, value)));
    }
    for id in [
        format!("{path}?a=b"),
        path.to_owned(),
        format!("{path}/a?b"),
        format!("{path}/a#b"),
        "https://Shop.example/a".to_owned(),
        "http://shop.example/a".to_owned(),
        "https://a@shop.example/a".to_owned(),
    ] {
        let mut claims = client.claims();
        claims["iss"] = json!(id);
        claims["sub"] = json!(id);
        bad.push((id, client.sign(&claims)));
    }
    let claims = Value::from(client.claims()).to_string();
    for header in [
        json!({ "alg": "ES256", "typ": "service+jwt" }),
        json!({ "alg": "ES256", "typ": "JWT", "kid": "k1" }),
        json!({ "alg": "ES256", "typ": "authorization-grant+jwt", "kid": "k1" }),
        json!({ "alg": "ES256", "kid": "k1" }),
        json!({ "alg": "RS256", "typ": "service+jwt", "kid": "k1" }),
        json!({ "alg": "none", "typ": "service+jwt", "kid": "k1" }),
        json!({ "alg": "ES256", "typ": "service+jwt", "kid": "k1", "crit": ["exp"], "exp": 1 }),
    ] {
        let header = header.to_string();
        let jwt = client.key.sign_raw(&header, &claims).unwrap();
        bad.push((header, jwt));
    }
    let header = r#"{"alg":"ES256","typ":"service+jwt","kid":"k1"}"#;
    let twice = claims.replacen('{', r#"{"aud":"https://other.example","#, 1);
    bad.push((
        "twice".to_owned(),
        client.key.sign_raw(header, &twice).unwrap(),
    ));
    bad.push((
        "long".to_owned(),
        client.jwt_with("x", json!("x".repeat(6500))),
    ));
    bad.push(("no JWS".to_owned(), "a.b".to_owned()));

    for (what, jwt) in bad {
        let refused = scene.verify(&jwt).await;
        assert!(
            matches!(refused, Err(Refused::Token(_))),
            "{what}: {refused:?}"
        );
    }
    assert_eq!(scene.hosts.total(), 0);
    // And the twin of them all, at the very edges.
    for (name, value) in [
        ("iat", json!(NEW_YEAR + 60)),
        ("exp", json!(NEW_YEAR + 300)),
        ("jti", json!("sixteen-letters!")),
        ("jti", json!("x".repeat(128))),
    ] {
        let jwt = client.jwt_with(name, value);
        assert!(scene.verify(&jwt).await.is_ok(), "{name}");
    }
    let mut claims = client.claims();
    claims["iat"] = json!(NEW_YEAR - 120);
    claims["exp"] = json!(NEW_YEAR - 59);
    assert!(scene.verify(&client.sign(&claims)).await.is_ok());
}

#[tokio::test]
async fn a_key_counts_for_its_client_alone() {
    let (scene, client) = Scene::with_client(|_| {});
    let mut stranger = Client::new("stranger");
    stranger.publish(&scene.hosts);
    assert!(scene.takes(&stranger).await);
    // Signed by the stranger, in the name of the client.
    stranger.id.clone_from(&client.id);
    let refused = Err(Refused::Token(Fault::Signature));
    assert_eq!(scene.verify(&stranger.jwt()).await, refused);
    let jwk = stranger.key.public().to_jwk();
    let header = json!({
        "alg": "ES256", "typ": "service+jwt", "kid": "k1", "jwk": jwk, "jku": stranger.jwks,
    });
    let claims = Value::from(client.claims()).to_string();
    let jwt = stranger.key.sign_raw(&header.to_string(), &claims).unwrap();
    assert_eq!(scene.verify(&jwt).await, refused);
    assert!(scene.takes(&client).await);
}

#[tokio::test]
async fn answers_that_hold_no_document_are_not_kept() {
    let (scene, client) = Scene::with_client(|_| {});
    let sound = json_answer(&client.document());
    let altered = |alter: fn(&mut Answer)| {
        let mut answer = sound.clone();
        alter(&mut answer);
        Page::Answered(Box::new(answer))
    };
    let with = |name: &str, value: Value| {
        let mut document = client.document();
        document[name] = value;
        page(&document)
    };
    let wrong = [
        ("redirect", altered(|answer| answer.status = 302)),
        ("another success", altered(|answer| answer.status = 203)),
        ("not found", altered(|answer| answer.status = 404)),
        ("no type", altered(|answer| answer.content_type = None)),
        (
            "HTML",
            altered(|answer| answer.content_type = Some("text/html".to_owned())),
        ),
        (
            "encoded",
            altered(|answer| answer.content_encoding = Some("identity".to_owned())),
        ),
        (
            "too large",
            altered(|answer| {
                answer.body = Bytes::from([answer.body.to_vec(), vec![b' '; 5120]].concat());
            }),
        ),
        (
            "of another",
            with("client_id", json!("https://shop.example/b")),
        ),
        ("keys twice", with("jwks", client.keys())),
        (
            "keys elsewhere",
            with("jwks_uri", json!("https://other.example/jwks")),
        ),
    ];
    for (what, page) in wrong {
        scene.hosts.put(&client.id, page);
        let refused = scene.verify(&client.jwt()).await;
        assert!(
            matches!(refused, Err(Refused::Document(_))),
            "{what}: {refused:?}"
        );
    }
    let absent = [
        ("500", altered(|answer| answer.status = 500)),
        ("429", altered(|answer| answer.status = 429)),
        ("cut off", altered(|answer| answer.cut = true)),
        ("nobody", Page::Nobody),
    ];
    for (what, page) in absent {
        scene.hosts.put(&client.id, page);
        let refused = scene.verify(&client.jwt()).await;
        let unavailable = matches!(refused, Err(Refused::Unavailable { retry_after: 1.. }));
        assert!(unavailable, "{what}: {refused:?}");
    }
    assert_eq!(scene.hosts.count(&client.jwks), 0);
    // The keys fare alike.
    client.publish(&scene.hosts);
    let mut private = client.keys();
    private["keys"][0]["d"] = json!("AQAB");
    for (page, is_there) in [(page(&private), true), (Page::Nobody, false)] {
        scene.hosts.put(&client.jwks, page);
        let refused = scene.verify(&client.jwt()).await.unwrap_err();
        assert_eq!(
            matches!(refused, Refused::Document(_)),
            is_there,
            "{refused:?}"
        );
    }
    client.publish(&scene.hosts);
    assert!(scene.takes(&client).await);
}

#[tokio::test]
async fn nothing_is_fetched_inside() {
    let scene = Scene::new(|_| {});
    for origin in ["https://10.0.0.1", "https://[::1]:8443"] {
        let client = Client::at(origin, "shop");
        let refused = scene.verify(&client.jwt()).await;
        assert!(matches!(refused, Err(Refused::Document(_))), "{refused:?}");
    }
    assert_eq!(scene.hosts.total(), 0);
}

#[tokio::test]
async fn a_jwt_is_taken_once_by_all_replicas_together() {
    let (scene, client) = Scene::with_client(|_| {});
    let other = Verifier::new(Config::default(), scene.parts());
    for _ in 0..10 {
        let jwt = client.jwt();
        let copies = (0..20).map(|copy| {
            let verifier = if copy % 2 == 0 {
                &scene.verifier
            } else {
                &other
            };
            verifier.verify(&jwt, &EXPECTED)
        });
        let outcomes = join_all(copies).await;
        let used = Refused::Token(Fault::Used);
        let taken = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let refused = (outcomes.iter()).filter(|outcome| outcome.as_ref() == Err(&used));
        assert_eq!((taken, refused.count()), (1, 19));
    }
    // The same name of another client is another name.
    let second = Client::new("second");
    second.publish(&scene.hosts);
    let mut claims = second.claims();
    claims["jti"] = json!("one-name-for-two-clients");
    assert!(scene.verify(&second.sign(&claims)).await.is_ok());
    let jwt = client.jwt_with("jti", json!("one-name-for-two-clients"));
    assert!(scene.verify(&jwt).await.is_ok());
    // It is remembered until the JWT is refused for its age.
    scene.clock.advance(119);
    assert_eq!(scene.verify(&jwt).await, Err(Refused::Token(Fault::Used)));
    scene.clock.advance(1);
    assert_eq!(
        scene.verify(&jwt).await,
        Err(Refused::Token(Fault::Expired))
    );
}

#[tokio::test]
async fn what_is_refused_is_not_remembered() {
    let (scene, client) = Scene::with_client(|_| {});
    let claims = client.claims();
    let stranger = Client::new("stranger");
    let forged = stranger.sign(&claims);
    assert!(scene.verify(&forged).await.is_err());
    assert!(scene.verify(&client.sign(&claims)).await.is_ok());
}

#[tokio::test]
async fn a_full_memory_lets_nobody_in() {
    let room = Room {
        remembered: 2,
        ..Room::default()
    };
    let scene = Scene::with_store(Arc::new(MemoryTokens::with_room(room)), |_| {});
    let client = Client::new("shop");
    client.publish(&scene.hosts);
    let first = client.jwt();
    assert!(scene.verify(&first).await.is_ok());
    assert!(scene.takes(&client).await);
    let late = client.jwt();
    assert_eq!(scene.verify(&late).await, Err(Refused::MemoryFull));
    // Nothing was pushed out for it.
    assert_eq!(scene.verify(&first).await, Err(Refused::Token(Fault::Used)));
    scene.clock.advance(120);
    let mut claims = client.claims();
    claims["iat"] = json!(NEW_YEAR + 120);
    claims["exp"] = json!(NEW_YEAR + 180);
    assert!(scene.verify(&client.sign(&claims)).await.is_ok());
}

#[tokio::test]
async fn what_expires_while_its_keys_are_on_their_way_is_refused() {
    let (scene, client) = Scene::with_client(|_| {});
    let jwt = client.jwt();
    let waiting = scene.verify(&jwt);
    let expiring = async { scene.clock.advance(120) };
    let (refused, ()) = futures::future::join(waiting, expiring).await;
    assert_eq!(refused, Err(Refused::Token(Fault::Expired)));
    assert_eq!(scene.hosts.count(&client.jwks), 1);
}
