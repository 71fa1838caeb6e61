//! The OAuth resource among requests, tokens and authorization servers of every kind.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use btx_reference::oauth::client::Secret;
use btx_reference::oauth::resource::{
    ApiKey, Config, Introspection, ResourceServer, TrustedIssuer,
};
use btx_reference::outbound::OutboundOutcome;
use btx_spec::jose::{Algorithm, KeySet, SigningKey};
use btx_spec::oauth::Scope;
use btx_spec::{HttpsUrl, Identifier};
use futures::future::join_all;
use lab::desk::{Asked, Desk, answered};
use lab::{NEW_YEAR, TestClock};
use serde_json::{Value, json};
use tower::ServiceExt as _;

const API: &str = "https://api.example/farm";
const ISSUER: &str = "https://issuer.example";
const PORTAL: &str = "https://portal.example";
const JWKS: &str = "https://issuer.example/jwks";
const PORTAL_JWKS: &str = "https://portal.example/jwks";
const ASK: &str = "https://issuer.example/introspect";

fn key(id: &str) -> SigningKey {
    let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
    SigningKey::from_pkcs8_pem(Algorithm::ES256, id, &pem).unwrap()
}

fn published(keys: &[&SigningKey]) -> OutboundOutcome {
    let keys = KeySet::of(keys.iter().map(|key| key.public()).collect());
    answered(200, keys.to_json().to_string())
}

fn trusted(issuer: &str, jwks: &str) -> TrustedIssuer {
    TrustedIssuer {
        issuer: issuer.to_owned(),
        jwks: HttpsUrl::parse(jwks).unwrap(),
        algorithms: vec![Algorithm::ES256],
    }
}

fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

fn config() -> Config {
    let identifier = Identifier::parse(API).unwrap();
    let mut config = Config::new(identifier, scope("read"), scope("write"));
    config.issuers = vec![trusted(ISSUER, JWKS), trusted(PORTAL, PORTAL_JWKS)];
    config.introspection = Some(Introspection {
        issuer: ISSUER.to_owned(),
        url: HttpsUrl::parse(ASK).unwrap(),
        id: "the api".to_owned(),
        secret: Secret::held("s:1"),
    });
    let mut dead = ApiKey::of("late", "key-dead", scope("read"));
    dead.revoked = true;
    config.api_keys = vec![ApiKey::of("shop", "key-live", scope("read")), dead];
    config
}

struct Farm {
    desk: Arc<Desk>,
    clock: Arc<TestClock>,
    resource: ResourceServer,
}

fn farm(answering: impl FnMut(&Asked) -> OutboundOutcome + Send + 'static) -> Farm {
    let (desk, clock) = (Desk::new(answering), TestClock::new());
    let resource = ResourceServer::new(config(), desk.parts(&clock));
    Farm {
        desk,
        clock,
        resource,
    }
}

#[derive(Debug, PartialEq)]
struct Told {
    status: u16,
    challenge: String,
    body: String,
}

impl Told {
    fn of(status: u16, error: &str) -> (u16, String) {
        let error = match error {
            "" => String::new(),
            error => format!(", error=\"{error}\""),
        };
        let metadata = "https://api.example/.well-known/oauth-protected-resource/farm";
        let challenge =
            format!("Bearer realm=\"resource\"{error}, resource_metadata=\"{metadata}\"");
        (status, challenge)
    }

    fn outcome(&self) -> (u16, String) {
        (self.status, self.challenge.clone())
    }
}

async fn send(router: Router, request: Request<Body>) -> Told {
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    let challenge = head.headers.get(header::WWW_AUTHENTICATE);
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Told {
        status: head.status.as_u16(),
        challenge: challenge
            .map_or("", |value| value.to_str().unwrap())
            .to_owned(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

impl Farm {
    async fn ask(&self, method: Method, path: &str, fields: &[(&str, &str)], body: &str) -> Told {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        send(self.resource.router(), request).await
    }

    async fn get(&self, path: &str, token: &str) -> Told {
        let field = format!("Bearer {token}");
        self.ask(Method::GET, path, &[("authorization", &field)], "")
            .await
    }

    async fn read(&self, token: &str) -> u16 {
        self.get("/read-resource", token).await.status
    }
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": API, "sub": "shop", "client_id": "shop", "jti": "1",
        "iat": NEW_YEAR, "exp": NEW_YEAR + 600, "scope": "read",
    })
}

fn sign(key: &SigningKey, typ: Option<&str>, claims: &Value) -> String {
    key.sign(typ, claims.as_object().unwrap()).unwrap()
}

fn jwt(key: &SigningKey, claims: &Value) -> String {
    sign(key, Some("at+jwt"), claims)
}

/// A farm whose two issuers publish a key each.
fn farm_with_keys() -> (Farm, SigningKey, SigningKey) {
    let (own, portal) = (key("k1"), key("k1"));
    let (own_set, portal_set) = (published(&[&own]), published(&[&portal]));
    let farm = farm(move |asked| match asked.url.as_str() {
        JWKS => own_set.clone(),
        PORTAL_JWKS => portal_set.clone(),
        _ => answered(200, r#"{"active":false}"#),
    });
    (farm, own, portal)
}

#[tokio::test]
async fn a_sound_jwt_opens_what_its_scope_covers() {
    let (farm, own, portal) = farm_with_keys();
    for typ in ["at+jwt", "application/at+jwt", "AT+JWT"] {
        let token = sign(&own, Some(typ), &claims());
        assert_eq!(farm.read(&token).await, 200, "{typ}");
    }
    let token = jwt(&own, &claims());
    let field = format!("bearer {token}");
    let fields = [("authorization", field.as_str())];
    let write = farm
        .ask(Method::POST, "/write-resource", &fields, "moo")
        .await;
    assert_eq!(write.status, 403);
    assert!(
        write
            .challenge
            .contains("error=\"insufficient_scope\", scope=\"write\""),
        "{write:?}"
    );
    // The portal is one more issuer, known by its own name and keys.
    let mut of_portal = claims();
    of_portal["iss"] = json!(PORTAL);
    of_portal["aud"] = json!(["https://other.example", API]);
    of_portal["scope"] = json!("write read");
    let token = jwt(&portal, &of_portal);
    let field = format!("Bearer {token}");
    let fields = [("authorization", field.as_str())];
    let written = farm
        .ask(Method::POST, "/write-resource", &fields, "moo")
        .await;
    assert_eq!(written.status, 200);
    let read = farm.get("/read-resource", &token).await;
    assert_eq!(read.body, r#"{"resource":"moo"}"#);
    assert_eq!(farm.desk.count(ASK), 0);
    // One fetch of each set does for all of that.
    assert_eq!(
        (farm.desk.count(JWKS), farm.desk.count(PORTAL_JWKS)),
        (1, 1)
    );
}

#[tokio::test]
async fn one_thing_amiss_in_a_jwt_and_it_is_refused() {
    let (farm, own, portal) = farm_with_keys();
    let sound = claims();
    let payload = sound.to_string();
    for header in [
        r#"{"alg":"ES256","typ":"at+jwt","kid":"k1","crit":["exp"],"exp":1}"#,
        r#"{"alg":"RS256","typ":"at+jwt","kid":"k1"}"#,
        r#"{"alg":"none","typ":"at+jwt","kid":"k1"}"#,
        r#"{"alg":"HS256","typ":"at+jwt","kid":"k1"}"#,
        r#"{"alg":"ES256","typ":"JWT","typ":"at+jwt","kid":"k1"}"#,
    ] {
        let token = own.sign_raw(header, &payload).unwrap();
        assert_eq!(farm.read(&token).await, 401, "{header}");
    }
    // None of them is worth a fetch.
    assert_eq!(farm.desk.count(JWKS), 0);
    let refused = Told::of(401, "invalid_token");
    for (name, value) in [
        ("iss", json!("https://other.example")),
        ("iss", json!(PORTAL)),
        ("iss", Value::Null),
        ("aud", json!("https://api.example/farmyard")),
        ("aud", json!("https://api.example")),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("exp", json!(NEW_YEAR - 60)),
        ("exp", json!(NEW_YEAR.to_string())),
        ("exp", Value::Null),
        ("nbf", json!(NEW_YEAR + 61)),
        ("sub", Value::Null),
        ("client_id", Value::Null),
        ("client_id", json!(7)),
        ("iat", Value::Null),
        ("jti", Value::Null),
        ("scope", json!(["read"])),
    ] {
        let mut claims = sound.clone();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
        let told = farm.get("/read-resource", &jwt(&own, &claims)).await;
        assert_eq!(told.outcome(), refused, "{name}: {value}");
        assert_eq!(told.body, "");
    }
    for typ in [
        None,
        Some("JWT"),
        Some("client-authentication+jwt"),
        Some("at+jwt "),
    ] {
        assert_eq!(farm.read(&sign(&own, typ, &sound)).await, 401, "{typ:?}");
    }
    let twice = payload.replacen('{', r#"{"aud":"https://other.example","#, 1);
    let header = r#"{"alg":"ES256","typ":"at+jwt","kid":"k1"}"#;
    let token = own.sign_raw(header, &twice).unwrap();
    assert_eq!(farm.read(&token).await, 401);
    // Signed by another, under the same key id: a stranger's key in the header, or that of the portal.
    for stranger in [&portal, &key("k1")] {
        let jwk = stranger.public().to_jwk();
        let header = json!({
            "alg": "ES256", "typ": "at+jwt", "kid": "k1", "jwk": jwk, "jku": PORTAL_JWKS,
        });
        let token = stranger.sign_raw(&header.to_string(), &payload).unwrap();
        assert_eq!(farm.read(&token).await, 401);
    }
    // Fetched once, for the token that says it is of the portal.
    assert_eq!(farm.desk.count(PORTAL_JWKS), 1);
    // And the twin of them all.
    let token = jwt(&own, &sound);
    assert_eq!(farm.read(&token).await, 200);
    assert_eq!(farm.desk.count(JWKS), 1);
    farm.clock.advance(659);
    assert_eq!(farm.read(&token).await, 200);
    farm.clock.advance(1);
    assert_eq!(farm.read(&token).await, 401);
}

#[tokio::test]
async fn many_requests_wait_for_one_fetch() {
    let (farm, own, _) = farm_with_keys();
    farm.desk.set_open(false);
    let token = jwt(&own, &claims());
    let requests = join_all((0..20).map(|_| farm.read(&token)));
    let open = async {
        while farm.desk.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        farm.desk.set_open(true);
    };
    let (statuses, ()) = tokio::join!(requests, open);
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(farm.desk.count(JWKS), 1);
}

#[tokio::test(start_paused = true)]
async fn keys_are_fetched_anew_for_an_unknown_key_and_not_for_every_stranger() {
    let (first, second) = (key("k1"), key("k2"));
    let (before, after) = (published(&[&first]), published(&[&first, &second]));
    let fetches = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&fetches);
    let farm = farm(move |_| match counted.fetch_add(1, Ordering::SeqCst) {
        0 => before.clone(),
        _ => after.clone(),
    });
    assert_eq!(farm.read(&jwt(&first, &claims())).await, 200);
    assert_eq!(farm.read(&jwt(&second, &claims())).await, 200);
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
    for number in 0..20 {
        let stranger = key(&format!("x{number}"));
        assert_eq!(farm.read(&jwt(&stranger, &claims())).await, 401);
    }
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(farm.read(&jwt(&key("x"), &claims())).await, 401);
    assert_eq!(fetches.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn keys_do_for_a_bounded_time_and_an_error_is_never_kept() {
    let own = key("k1");
    let set = published(&[&own]);
    let farm = farm(|_| answered(404, ""));
    let token = jwt(&own, &claims());
    // OA-RES-034: whoever cannot be verified is refused, and each request tries anew.
    assert_eq!(farm.read(&token).await, 503);
    assert_eq!(farm.read(&token).await, 503);
    assert_eq!(farm.desk.count(JWKS), 2);
    let sound = set.clone();
    farm.desk.answer(move |_| sound.clone());
    assert_eq!(farm.read(&token).await, 200);
    assert_eq!(farm.desk.count(JWKS), 3);

    for body in ["", "<html>", r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#] {
        tokio::time::advance(Duration::from_secs(300)).await;
        farm.desk.answer(move |_| answered(200, body));
        // The older keys go on, and there is one try in each interval.
        let before = farm.desk.count(JWKS);
        assert_eq!(farm.read(&token).await, 200, "{body}");
        assert_eq!(farm.read(&token).await, 200, "{body}");
        assert_eq!(farm.desk.count(JWKS), before + 1, "{body}");
    }
    tokio::time::advance(Duration::from_secs(3000)).await;
    assert_eq!(farm.read(&token).await, 503);
    farm.desk.answer(move |_| set.clone());
    assert_eq!(farm.read(&token).await, 200);
    // A key that is no longer published is no longer used once the set is old.
    let none = published(&[]);
    farm.desk.answer(move |_| none.clone());
    tokio::time::advance(Duration::from_secs(300)).await;
    assert_eq!(farm.read(&token).await, 401);
}

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
