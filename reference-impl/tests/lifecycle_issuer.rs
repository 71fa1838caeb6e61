//! Logging in, using the bearer and logging out, over real sockets with two replicas.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;
mod lifecycle_issuer_lab;

use axum::http::StatusCode;
use btx_spec::lifecycle::RingAlgorithm;
use lifecycle_issuer_lab::{
    Answer, Cluster, ISSUER, PASSWORD, claims_of, forged, header_of, second,
};
use reqwest::Method;
use serde_json::json;

/// LC-ISS-001, LC-ISS-002, LC-ISS-005, LC-ISS-050, LC-ISS-051, LC-ISS-059
#[tokio::test]
async fn a_login_gives_a_session_token_and_a_bearer() {
    let cluster = Cluster::start().await;
    let answer = cluster.try_login(0, "anna", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.field("cache-control"), "no-store");
    assert_eq!(answer.field("content-type"), "application/json");
    let given = answer.json();
    assert_eq!(given["session_expires_in"], json!(7200));
    assert_eq!(given["expires_in"], json!(420));
    let session = given["session_token"].as_str().unwrap();
    assert_eq!(session.len(), 43);

    let bearer = given["bearer_token"].as_str().unwrap();
    let header = header_of(bearer);
    assert_eq!(header["typ"], json!("bearer+jwt"));
    assert_eq!(header["alg"], json!("HS512"));
    assert_eq!(header["kid"], json!(cluster.ring().await.current.id()));
    let claims = claims_of(bearer);
    assert_eq!(claims["iss"], json!(ISSUER));
    assert_eq!(claims["aud"], json!(ISSUER));
    assert_eq!(claims["sub"], json!("anna"));
    assert_eq!((second(bearer, "iat"), second(bearer, "exp")), (0, 420));
    assert_eq!(claims["sid"].as_str().unwrap().len(), 22);
    assert!(!json!([header, claims]).to_string().contains(session));
}

/// LC-ISS-004, LC-ISS-059
#[tokio::test]
async fn each_login_begins_a_session_of_its_own() {
    let cluster = Cluster::start().await;
    let (one, two) = (cluster.login("anna").await, cluster.login("anna").await);
    assert_ne!(one.session, two.session);
    assert_ne!(claims_of(&one.bearer)["sid"], claims_of(&two.bearer)["sid"]);
}

/// LC-ISS-052
#[tokio::test]
async fn only_a_post_logs_in_and_only_its_body_counts() {
    let cluster = Cluster::start().await;
    let body = json!({ "username": "anna", "password": PASSWORD });
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        let request = cluster.request(0, method, "/login").json(&body);
        let answer = cluster.send(request).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.field("allow"), "POST");
    }
    let in_the_url = "/login?username=anna&password=a%20password%20of%20somebody";
    let request = cluster
        .request(0, Method::POST, in_the_url)
        .json(&json!({}));
    let answer = cluster.send(request).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let request = cluster
        .request(0, Method::POST, "/login?username=bert")
        .json(&body);
    let answer = cluster.send(request).await.json();
    let bearer = answer["bearer_token"].as_str().unwrap();
    assert_eq!(claims_of(bearer)["sub"], json!("anna"));
}

/// LC-ISS-060
#[tokio::test]
async fn a_login_that_is_none_is_refused() {
    let cluster = Cluster::start().await;
    let name = r#""username":"anna""#;
    let password = format!(r#""password":"{PASSWORD}""#);
    for body in [
        String::new(),
        "anna".to_owned(),
        format!("[{{{name},{password}}}]"),
        format!("{{{name}}}"),
        format!("{{{password}}}"),
        format!(r#"{{{name},"password":null}}"#),
        format!(r#"{{{name},"password":["{PASSWORD}"]}}"#),
        format!("{{{name},{password},{password}}}"),
        format!(r#"{{"username":"bert",{name},{password}}}"#),
        format!("{{{name},{password}}} {{}}"),
    ] {
        let request = cluster.request(0, Method::POST, "/login");
        let request = request.header("content-type", "application/json");
        let answer = cluster.send(request.body(body.clone())).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    let form = format!("username=anna&password={PASSWORD}");
    let request = cluster.request(0, Method::POST, "/login");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = cluster.send(request.body(form)).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

/// LC-ISS-063
#[tokio::test]
async fn a_bearer_opens_every_replica_as_often_as_it_is_shown_and_brings_nothing() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    for replica in [0, 1, 0, 1] {
        let answer = cluster.show(replica, &tokens.bearer).await;
        answer.opened();
        assert_eq!(answer.json()["subject"], json!("anna"));
    }
    for session in [tokens.session.as_str(), "no session token", "x"] {
        cluster.refresh(1, &tokens.bearer, session).await.opened();
    }
    cluster.clock.advance(419);
    cluster.show(0, &tokens.bearer).await.opened();
    cluster.clock.advance(1);
    cluster.show(0, &tokens.bearer).await.refused();
}

/// LC-ISS-062, LC-ISS-081, LC-ISS-082, HT-RES-005, HT-RES-009
#[tokio::test]
async fn neither_token_stands_in_for_the_other() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    cluster.show(0, &tokens.session).await.refused();
    let session = cluster.get(0, "/api/whoami", &tokens.session, Some(&tokens.session));
    session.await.refused();

    let request = cluster.request(0, Method::GET, "/api/whoami");
    let alone = request.header("x-session-token", &tokens.session);
    let answer = cluster.send(alone).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.field("www-authenticate"),
        r#"Bearer realm="session""#
    );

    cluster.clock.advance(420);
    let twice = cluster.refresh(0, &tokens.bearer, &tokens.bearer).await;
    twice.refused();
    cluster
        .refresh(0, &tokens.bearer, &tokens.session)
        .await
        .brought();
}

/// LC-ISS-010 to LC-ISS-017
#[tokio::test]
async fn a_bearer_with_one_fault_opens_nothing() {
    let cluster = Cluster::start().await;
    let bearer = cluster.login("anna").await.bearer;
    let ring = cluster.ring().await;
    let sound = forged(&ring.current, &bearer, json!({}), json!({}));
    cluster.show(0, &sound).await.opened();
    let (exp, iat) = (&claims_of(&bearer)["exp"], &claims_of(&bearer)["iat"]);
    let later = |seconds: i64| json!(iat.as_i64().unwrap() + seconds);
    let rows = [
        (json!({ "alg": "HS256" }), json!({})),
        (json!({ "alg": "none" }), json!({})),
        (json!({ "typ": "JWT" }), json!({})),
        (json!({ "typ": null }), json!({})),
        (json!({ "kid": null }), json!({})),
        (json!({ "kid": "stranger" }), json!({})),
        (json!({ "kid": ring.next.id() }), json!({})),
        (json!({}), json!({ "iss": "https://other.example" })),
        (json!({}), json!({ "aud": "https://other.example" })),
        (json!({}), json!({ "aud": [ISSUER] })),
        (json!({}), json!({ "sub": null })),
        (json!({}), json!({ "sub": 7 })),
        (json!({}), json!({ "sid": null })),
        (json!({}), json!({ "sid": 7 })),
        (json!({}), json!({ "iat": null })),
        (json!({}), json!({ "iat": iat.to_string() })),
        (json!({}), json!({ "exp": null })),
        (json!({}), json!({ "exp": exp.to_string() })),
        (json!({}), json!({ "exp": later(421) })),
        (json!({}), json!({ "iat": later(6) })),
    ];
    for (header, claims) in rows {
        let faulty = forged(&ring.current, &bearer, header.clone(), claims.clone());
        let answer = cluster.show(0, &faulty).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{header} {claims}");
    }
    // Signed by another key than the one that it names.
    let current = json!({ "kid": ring.current.id() });
    let by_other = forged(&ring.next, &bearer, current, json!({}));
    cluster.show(0, &by_other).await.refused();
    let (signed, _) = bearer.rsplit_once('.').unwrap();
    for cut in [
        signed.to_owned(),
        format!("{signed}."),
        format!("{bearer}.x"),
    ] {
        cluster.show(0, &cut).await.refused();
    }
}

/// LC-ISS-090, LC-ISS-091, LC-ISS-092, LC-ISS-095
#[tokio::test]
async fn a_logout_ends_one_session_on_every_replica() {
    let cluster = Cluster::start().await;
    let (gone, stays) = (cluster.login("anna").await, cluster.login("anna").await);
    let answer = cluster.logout(0, &gone.session, "").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    for replica in [0, 1] {
        cluster.show(replica, &gone.bearer).await.refused();
        cluster.show(replica, &stays.bearer).await.opened();
    }
    cluster.clock.advance(420);
    for replica in [0, 1] {
        cluster
            .refresh(replica, &gone.bearer, &gone.session)
            .await
            .refused();
        cluster
            .refresh(replica, &stays.bearer, &stays.session)
            .await
            .brought();
    }
    cluster.logout(1, &gone.session, "").await.refused();
}

/// LC-ISS-092, LC-ISS-093
#[tokio::test]
async fn a_logout_everywhere_ends_all_sessions_of_the_subject_and_no_others() {
    let cluster = Cluster::start().await;
    let anna = [cluster.login("anna").await, cluster.login("anna").await];
    let bert = cluster.login("bert").await;
    let no = cluster
        .logout(0, &bert.session, r#"{"everywhere":false}"#)
        .await;
    assert_eq!(no.status, StatusCode::NO_CONTENT);
    cluster.show(0, &anna[0].bearer).await.opened();
    let bert = cluster.login("bert").await;
    let yes = cluster
        .logout(0, &anna[0].session, r#"{"everywhere":true}"#)
        .await;
    assert_eq!(yes.status, StatusCode::NO_CONTENT);
    for replica in [0, 1] {
        for tokens in &anna {
            cluster.show(replica, &tokens.bearer).await.refused();
        }
        cluster.show(replica, &bert.bearer).await.opened();
    }
}

/// LC-ISS-094
#[tokio::test]
async fn a_logout_that_is_not_in_order_ends_nothing() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    let still_in = || async { cluster.show(1, &tokens.bearer).await.opened() };

    for session in [tokens.bearer.as_str(), "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x"] {
        for body in ["", r#"{"everywhere":true}"#] {
            cluster.logout(0, session, body).await.refused();
        }
    }
    let nothing = cluster.request(0, Method::POST, "/logout");
    let answer = cluster.send(nothing).await;
    assert_eq!(
        answer.field("www-authenticate"),
        r#"Bearer realm="session""#
    );
    let twice = cluster.request(0, Method::POST, "/logout");
    let twice = twice.header("x-session-token", &tokens.session);
    let twice = twice.header("x-session-token", &tokens.session);
    cluster.send(twice).await.refused();
    still_in().await;

    for body in ["everywhere", r#"{"everywhere":"yes"}"#, "[]"] {
        let answer = cluster.logout(0, &tokens.session, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    let by_get = cluster.request(0, Method::GET, "/logout");
    let by_get = by_get.header("x-session-token", &tokens.session);
    let answer = cluster.send(by_get).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    still_in().await;
}

/// A route that does without the look into the store hears of a logout when the bearer expires.
#[tokio::test]
async fn a_local_route_asks_no_store_for_a_bearer_of_the_current_key() {
    let cluster = Cluster::start().await;
    let tokens = cluster.login("anna").await;
    let before = cluster.sessions.orders();
    let local = async |session| cluster.get(0, "/local", &tokens.bearer, session).await;
    local(None).await.opened();
    assert_eq!(cluster.sessions.orders(), before);
    cluster.rotate().await;
    local(None).await.brought();
    cluster.logout(0, &tokens.session, "").await;
    local(None).await.refused();
    cluster.clock.advance(420);
    local(Some(&tokens.session)).await.refused();
}

/// LC-ISS-035, LC-ISS-103
#[tokio::test]
async fn secret_keys_are_not_published() {
    let cluster = Cluster::of(RingAlgorithm::HS256, |_| ()).await;
    let answer: Answer = cluster.send(cluster.request(0, Method::GET, "/keys")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
