//! The OAuth resource among requests that show all sorts of things, and answers about opaque tokens.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use btx_reference::oauth::resource::ApiKey;
use btx_reference::outbound::OutboundOutcome;
use lab::NEW_YEAR;
use lab::desk::answered;
use lab::farm::{API, ASK, ISSUER, PORTAL, Told, claims, farm, farm_with_keys, jwt, scope};
use serde_json::{Value, json};

#[tokio::test]
async fn a_token_that_its_server_calls_active_opens() {
    let farm = farm(|_| answered(200, r#"{"active":true,"scope":"read write","x":{}}"#));
    assert_eq!(farm.read("opaque").await, 200);
    let [asked] = &farm.desk.asked()[..] else {
        panic!("not one request");
    };
    assert_eq!((asked.method, asked.url.as_str()), ("POST", ASK));
    assert_eq!(asked.member("token").unwrap(), "opaque");
    let credentials = STANDARD.encode("the+api:s%3A1");
    assert_eq!(
        asked.field("authorization"),
        Some(format!("Basic {credentials}").as_str())
    );
    // Nothing is remembered of it: what is revoked is dead at once.
    farm.desk.answer(|_| answered(200, r#"{"active":false}"#));
    let told = farm.get("/read-resource", "opaque").await;
    assert_eq!(told.outcome(), Told::of(401, "invalid_token"));
}

#[tokio::test]
async fn an_answer_about_a_token_is_judged_too() {
    let active = |member: Value| {
        let mut answer = json!({"active": true, "scope": "read"});
        answer
            .as_object_mut()
            .unwrap()
            .extend(member.as_object().unwrap().clone());
        answer.to_string()
    };
    for (member, status) in [
        (
            json!({"aud": API, "exp": NEW_YEAR + 1, "iss": ISSUER, "token_type": "bearer"}),
            200,
        ),
        (json!({"aud": ["https://other.example", API]}), 200),
        (json!({"aud": "https://other.example"}), 401),
        (json!({"aud": []}), 401),
        (json!({"exp": NEW_YEAR}), 401),
        (json!({"exp": NEW_YEAR - 1}), 401),
        (json!({"nbf": NEW_YEAR + 61}), 401),
        (json!({"iss": PORTAL}), 401),
        (json!({"token_type": "DPoP"}), 401),
        (json!({"scope": "write"}), 403),
        (json!({"active": "true"}), 503),
        (json!({"exp": "soon"}), 503),
    ] {
        let body = active(member.clone());
        let farm = farm(move |_| answered(200, body.clone()));
        assert_eq!(farm.read("opaque").await, status, "{member}");
    }
}

#[tokio::test]
async fn while_nobody_can_tell_nothing_opens() {
    let active = r#"{"active":true,"scope":"read"}"#;
    for outcome in [
        answered(401, active),
        answered(302, active),
        answered(201, active),
        answered(500, ""),
        answered(200, ""),
        OutboundOutcome::Unreachable("nobody is there".to_owned()),
        OutboundOutcome::NoAnswer("too slow".to_owned()),
    ] {
        let told = format!("{outcome:?}");
        let farm = farm(move |_| outcome.clone());
        assert_eq!(farm.read("opaque").await, 503, "{told}");
    }
}

#[tokio::test]
async fn a_token_counts_in_its_field_and_only_once() {
    let farm = farm(|_| answered(200, r#"{"active":true,"scope":"read write"}"#));
    const TOKEN: (&str, &str) = ("authorization", "Bearer opaque");
    const KEY: (&str, &str) = ("x-api-key", "key-live");
    const FORM: (&str, &str) = (
        "content-type",
        "application/x-www-form-urlencoded; charset=x",
    );
    let nothing = Told::of(401, "");
    let several = Told::of(400, "invalid_request");
    let invalid = Told::of(401, "invalid_token");
    for (fields, path, expected) in [
        (&[][..], "/read-resource", &nothing),
        (&[], "/read-resource?access_token=opaque", &nothing),
        (
            &[],
            "/read-resource?api_key=key-live&X-API-Key=key-live",
            &nothing,
        ),
        (
            &[("authorization", "Basic b3A6cXVl")],
            "/read-resource",
            &nothing,
        ),
        (&[TOKEN, TOKEN], "/read-resource", &several),
        (&[TOKEN, KEY], "/read-resource", &several),
        (&[TOKEN], "/read-resource?access_token=opaque", &several),
        (&[("authorization", "Bearer")], "/read-resource", &invalid),
        (
            &[("authorization", "Bearer a b")],
            "/read-resource",
            &invalid,
        ),
        (&[("x-api-key", "key-none")], "/read-resource", &invalid),
        (&[("x-api-key", "key-dead")], "/read-resource", &invalid),
    ] {
        let told = farm.ask(Method::GET, path, fields, "").await;
        assert_eq!(&told.outcome(), expected, "{fields:?} {path}");
    }
    for (fields, body, expected) in [
        (&[FORM][..], "access_token=opaque", &nothing),
        (&[FORM, TOKEN], "x=1&access%5Ftoken=opaque", &several),
    ] {
        let told = farm
            .ask(Method::POST, "/write-resource", fields, body)
            .await;
        assert_eq!(&told.outcome(), expected, "{fields:?} {body}");
    }
    let written = farm
        .ask(Method::POST, "/write-resource", &[FORM, TOKEN], "x=1")
        .await;
    assert_eq!(written.status, 200);
    let read = farm.ask(Method::GET, "/read-resource", &[KEY], "").await;
    assert_eq!(read.body, r#"{"resource":"x=1"}"#);
    let write = farm.ask(Method::POST, "/write-resource", &[KEY], "").await;
    assert_eq!(write.status, 403);
    assert!(
        farm.resource
            .revoke_api_key(&ApiKey::of("", "key-live", scope("read")).digest)
    );
    let late = farm.ask(Method::GET, "/read-resource", &[KEY], "").await;
    assert_eq!(late.status, 401);
}

#[tokio::test]
async fn a_service_does_not_get_where_only_users_may() {
    let (farm, own, _) = farm_with_keys();
    let mut user = claims();
    user["sub"] = json!("user-7");
    let told = farm.get("/users-only", &jwt(&own, &user)).await;
    assert_eq!(told.status, 200);
    let told = farm.get("/users-only", &jwt(&own, &claims())).await;
    assert_eq!(told.outcome(), Told::of(403, "insufficient_scope"));
    user["sub"] = json!("barn");
    let account = farm.get("/users-only", &jwt(&own, &user)).await;
    assert_eq!(account.outcome(), Told::of(403, "insufficient_scope"));
    let key = [("x-api-key", "key-live")];
    assert_eq!(
        farm.ask(Method::GET, "/users-only", &key, "").await.status,
        403
    );
    // Whoever cannot be told apart from a service is taken for one.
    farm.desk
        .answer(|_| answered(200, r#"{"active":true,"sub":"user-7"}"#));
    assert_eq!(farm.get("/users-only", "opaque").await.status, 403);
    farm.desk
        .answer(|_| answered(200, r#"{"active":true,"sub":"u","client_id":"c"}"#));
    assert_eq!(farm.get("/users-only", "opaque").await.status, 200);
}

#[tokio::test]
async fn everybody_may_read_the_public_page_and_the_metadata() {
    let (farm, ..) = farm_with_keys();
    let public = farm.ask(Method::GET, "/public", &[], "").await;
    assert_eq!((public.status, public.body.as_str()), (200, "moo"));
    let metadata = "/.well-known/oauth-protected-resource/farm";
    let told = farm.ask(Method::GET, metadata, &[], "").await;
    let document: Value = serde_json::from_str(&told.body).unwrap();
    assert_eq!(document["resource"], API);
    assert_eq!(document["authorization_servers"], json!([ISSUER, PORTAL]));
    assert_eq!(document["bearer_methods_supported"], json!(["header"]));
    assert_eq!(document["scopes_supported"], json!(["read", "write"]));
    for elsewhere in ["", "/", "/farm/", "/other"] {
        let path = format!("/.well-known/oauth-protected-resource{elsewhere}");
        let told = farm.ask(Method::GET, &path, &[], "").await;
        assert_eq!(told.status, 404, "{path}");
    }
}
