//! The OAuth client among servers and APIs that answer what they like.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use btx_reference::oauth::client::{
    CallError, Client, Config, Failure, Grant, Identity, Method, Proof, Secret, ServerEntry,
    TokenEndpoint,
};
use btx_reference::outbound::OutboundOutcome;
use btx_spec::jose::{Algorithm, KeySet, SignedToken, SigningKey};
use btx_spec::oauth::Scope;
use btx_spec::{HttpsUrl, Identifier};
use bytes::Bytes;
use futures::future::join_all;
use lab::desk::{Asked, Desk, answered, challenged};
use lab::{NEW_YEAR, TestClock};

const ISSUER: &str = "https://farm.example";
const TOKEN: &str = "https://farm.example/oauth/token";
const API: &str = "https://farm.example/api";

fn entry(proof: Proof) -> ServerEntry {
    ServerEntry {
        name: "farm".to_owned(),
        issuer: Identifier::parse(ISSUER).unwrap(),
        token: TokenEndpoint::At(HttpsUrl::parse(TOKEN).unwrap()),
        grant: Grant::ClientCredentials,
        identity: Some(Identity {
            id: "sh:op".to_owned(),
            proof,
        }),
        scope: Some(Scope::parse("write read").unwrap()),
        resource: Some(API.to_owned()),
        api: vec![HttpsUrl::parse(API).unwrap()],
    }
}

fn with_secret() -> ServerEntry {
    entry(Proof::SecretBasic(Secret::held("p&s %")))
}

struct Village {
    desk: Arc<Desk>,
    clock: Arc<TestClock>,
    client: Client,
}

fn village(
    entry: ServerEntry,
    answering: impl FnMut(&Asked) -> OutboundOutcome + Send + 'static,
) -> Village {
    let (desk, clock) = (Desk::new(answering), TestClock::new());
    let client = Client::new(Config::new(vec![entry]), desk.parts(&clock));
    Village {
        desk,
        clock,
        client,
    }
}

/// A token with a number of its own for each request.
fn numbered() -> impl FnMut(&Asked) -> OutboundOutcome + Send {
    let count = AtomicU32::new(0);
    move |asked| {
        if asked.url != TOKEN {
            return answered(200, "moo");
        }
        let number = count.fetch_add(1, Ordering::SeqCst);
        answered(200, token_answer(&format!("token-{number}")))
    }
}

fn token_answer(token: &str) -> String {
    format!(r#"{{"access_token":"{token}","token_type":"bEaReR","expires_in":3600,"x":[1]}}"#)
}

#[tokio::test]
async fn a_secret_goes_by_basic_with_both_halves_encoded() {
    let village = village(with_secret(), numbered());
    village.client.token("farm").await.unwrap();
    let [asked] = &village.desk.asked()[..] else {
        panic!("not one request");
    };
    assert_eq!((asked.method, asked.url.as_str()), ("POST", TOKEN));
    let encoded = STANDARD.encode("sh%3Aop:p%26s+%25");
    assert_eq!(
        asked.field("authorization"),
        Some(format!("Basic {encoded}").as_str())
    );
    assert_eq!(
        asked.field("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(asked.member("grant_type").unwrap(), "client_credentials");
    assert_eq!(asked.member("scope").unwrap(), "read write");
    assert_eq!(asked.member("resource").unwrap(), API);
    assert_eq!(asked.member("client_secret"), None);
    assert_eq!(asked.member("client_assertion"), None);
}

#[tokio::test]
async fn a_secret_goes_in_the_form_where_that_is_wanted() {
    let village = village(entry(Proof::SecretPost(Secret::held("p&s"))), numbered());
    village.client.token("farm").await.unwrap();
    let asked = &village.desk.asked()[0];
    assert_eq!(asked.field("authorization"), None);
    assert_eq!(asked.member("client_id").unwrap(), "sh:op");
    assert_eq!(asked.member("client_secret").unwrap(), "p&s");
}

#[tokio::test]
async fn an_assertion_is_signed_anew_for_each_request() {
    let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let key = SigningKey::from_pkcs8_pem(Algorithm::ES256, "k1", &pem).unwrap();
    let keys = KeySet::of(vec![key.public()]);
    let village = village(entry(Proof::PrivateKeyJwt(Arc::new(key))), numbered());
    let mut ids = Vec::new();
    for _ in 0..2 {
        village.client.renew("farm").await.unwrap();
        let asked = village.desk.asked().pop().unwrap();
        assert_eq!(asked.field("authorization"), None);
        assert_eq!(
            asked.member("client_assertion_type").unwrap(),
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        );
        let assertion = asked.member("client_assertion").unwrap();
        let token = SignedToken::parse(&assertion).unwrap();
        keys.verify(&token, &[Algorithm::ES256]).unwrap();
        assert_eq!(token.typ(), Some("client-authentication+jwt"));
        let claims = token.claims();
        for (name, value) in [("iss", "sh:op"), ("sub", "sh:op"), ("aud", ISSUER)] {
            assert_eq!(claims[name], value);
        }
        let exp = claims["exp"].as_i64().unwrap();
        assert!((NEW_YEAR + 1..=NEW_YEAR + 300).contains(&exp), "{exp}");
        ids.push(claims["jti"].as_str().unwrap().to_owned());
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn an_assertion_of_somebody_else_is_read_from_its_file_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("assertion");
    let mut entry = with_secret();
    entry.identity = None;
    entry.grant = Grant::JwtBearer {
        assertion: Secret::File(path.clone()),
    };
    let village = village(entry, numbered());
    let missing = village.client.token("farm").await;
    assert!(matches!(missing, Err(Failure::Secret(_))), "{missing:?}");
    for text in ["first.a.b", "second.a.b"] {
        std::fs::write(&path, format!("{text}\n")).unwrap();
        village.client.renew("farm").await.unwrap();
        let asked = village.desk.asked().pop().unwrap();
        assert_eq!(
            asked.member("grant_type").unwrap(),
            "urn:ietf:params:oauth:grant-type:jwt-bearer"
        );
        assert_eq!(asked.member("assertion").unwrap(), text);
        assert_eq!(asked.field("authorization"), None);
    }
}

#[tokio::test]
async fn many_callers_make_one_request_and_use_its_token_as_long_as_it_is_valid() {
    let village = village(with_secret(), numbered());
    village.desk.set_open(false);
    let callers = join_all((0..20).map(|_| village.client.token("farm")));
    let open = async {
        while village.desk.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        village.desk.set_open(true);
    };
    let (tokens, ()) = tokio::join!(callers, open);
    for token in tokens {
        assert_eq!(token.unwrap().expose(), "token-0");
    }
    for _ in 0..3 {
        assert_eq!(village.call().await, Ok(200));
    }
    assert_eq!(village.desk.count(TOKEN), 1);
    village.clock.advance(3600);
    assert_eq!(
        village.client.token("farm").await.unwrap().expose(),
        "token-1"
    );
}

impl Village {
    async fn call(&self) -> Result<u16, CallError> {
        let called = self.client.call("farm", Method::Get, API, Bytes::new());
        called.await.map(|answer| answer.status)
    }
}

#[tokio::test]
async fn an_answer_that_gives_no_usable_token_gives_none() {
    for (status, body) in [
        (400, token_answer("abc")),
        (201, token_answer("abc")),
        (302, token_answer("abc")),
        (500, String::new()),
        (200, String::new()),
        (200, token_answer("a b")),
        (200, token_answer("a\\r\\nx: y")),
        (200, token_answer("abc").replace("bEaReR", "DPoP")),
        (200, r#"{"access_token":"abc"}"#.to_owned()),
        (200, r#"{"token_type":"Bearer"}"#.to_owned()),
    ] {
        let told = format!("{status} {body}");
        let village = village(with_secret(), move |_| answered(status, body.clone()));
        assert!(village.client.token("farm").await.is_err(), "{told}");
        let used = village.call().await;
        assert!(
            matches!(used, Err(CallError::NoToken(_))),
            "{told}: {used:?}"
        );
        assert_eq!(village.desk.count(API), 0, "{told}");
    }
}

#[tokio::test]
async fn after_invalid_client_nothing_more_is_sent() {
    let village = village(with_secret(), |_| {
        answered(401, r#"{"error":"invalid_client"}"#)
    });
    for _ in 0..3 {
        assert!(village.client.token("farm").await.is_err());
        village.clock.advance(100_000);
    }
    assert_eq!(village.desk.asked().len(), 1);
    village.client.keep_fresh("farm").await;
    assert_eq!(village.desk.asked().len(), 1);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let refusal = r#"Bearer realm="x", error="invalid_token""#;
    let village = village(with_secret(), numbered());
    let mut tokens = numbered();
    village
        .desk
        .answer(move |asked| match asked.field("authorization") {
            Some("Bearer token-0") => challenged(401, refusal),
            _ => tokens(asked),
        });
    assert_eq!(village.call().await, Ok(200));
    let shown: Vec<_> = village.shown();
    assert_eq!(shown, ["Bearer token-0", "Bearer token-1"]);

    // An API that refuses them all gets two, and then one of each request.
    let mut tokens = numbered();
    village.desk.answer(move |asked| match asked.url.as_str() {
        API => challenged(401, refusal),
        _ => tokens(asked),
    });
    assert_eq!(village.call().await, Ok(401));
    assert_eq!((village.shown().len(), village.desk.count(TOKEN)), (4, 3));
    assert_eq!(village.call().await, Ok(401));
    assert_eq!((village.shown().len(), village.desk.count(TOKEN)), (5, 3));
}

impl Village {
    /// What the API was shown.
    fn shown(&self) -> Vec<String> {
        let asked = self.desk.asked();
        let api = asked.iter().filter(|asked| asked.url == API);
        api.map(|asked| asked.field("authorization").unwrap_or_default().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn no_other_answer_of_an_api_makes_it_get_a_new_token() {
    for outcome in [
        challenged(403, r#"Bearer error="insufficient_scope""#),
        challenged(403, r#"Bearer error="invalid_token""#),
        challenged(401, r#"Bearer realm="x""#),
        challenged(401, r#"Basic error="invalid_token""#),
        challenged(400, r#"Bearer error="invalid_request""#),
        answered(307, ""),
        answered(500, ""),
        OutboundOutcome::NoAnswer("broken".to_owned()),
    ] {
        let village = village(with_secret(), numbered());
        let mut tokens = numbered();
        village.desk.answer(move |asked| match asked.url.as_str() {
            API => outcome.clone(),
            _ => tokens(asked),
        });
        let _ = village.call().await;
        assert_eq!((village.shown().len(), village.desk.count(TOKEN)), (1, 1));
    }
}

#[tokio::test]
async fn a_token_is_shown_where_the_configuration_says_and_nowhere_else() {
    let village = village(with_secret(), numbered());
    for url in ["https://other.example/api", "https://farm.example/admin"] {
        let called = village.client.call("farm", Method::Get, url, Bytes::new());
        assert_eq!(called.await, Err(CallError::NotAllowed));
    }
    assert_eq!(village.desk.asked().len(), 0);
    let unknown = village.client.token("shop").await;
    assert_eq!(unknown, Err(Failure::UnknownServer));
}

#[tokio::test]
async fn the_server_is_found_by_its_metadata_if_they_are_its_own() {
    const METADATA: &str = "https://farm.example/.well-known/oauth-authorization-server/a";
    let issuer = "https://farm.example/a";
    let metadata = |issuer: &str, token: &str| {
        format!(r#"{{"issuer":"{issuer}","token_endpoint":"{token}","x":1}}"#)
    };
    let mut discovered = with_secret();
    discovered.issuer = Identifier::parse(issuer).unwrap();
    discovered.token = TokenEndpoint::Discovered;
    for (status, body, sound) in [
        (200, metadata(issuer, TOKEN), true),
        (404, metadata(issuer, TOKEN), false),
        (200, metadata("https://farm.example/a/", TOKEN), false),
        (200, metadata("https://other.example", TOKEN), false),
        (200, metadata(issuer, "https://other.example/token"), false),
        (200, metadata(issuer, "http://farm.example/token"), false),
        (200, format!(r#"{{"issuer":"{issuer}"}}"#), false),
        (200, "{}".to_owned(), false),
    ] {
        let told = format!("{status} {body}");
        let mut tokens = numbered();
        let village = village(discovered.clone(), move |asked| match asked.url.as_str() {
            METADATA => answered(status, body.clone()),
            _ => tokens(asked),
        });
        let token = village.client.token("farm").await;
        assert_eq!(token.is_ok(), sound, "{told}");
        assert_eq!(village.desk.count(METADATA), 1, "{told}");
        assert_eq!(village.desk.count(TOKEN), usize::from(sound), "{told}");
        // They are believed for a while.
        let _ = village.client.renew("farm").await;
        let asked = village.desk.count(METADATA);
        assert_eq!(asked, if sound { 1 } else { 2 }, "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_kept_fresh_ahead_of_its_end() {
    let village = village(with_secret(), numbered());
    let fresh = village.client.keep_fresh("farm");
    let hours = async {
        for _ in 0..55 * 3 {
            tokio::time::sleep(std::time::Duration::from_secs(60)).await;
            village.clock.advance(60);
        }
    };
    tokio::select! {
        () = fresh => panic!("it has ended"),
        () = hours => {}
    }
    // Each lives for an hour and is renewed five minutes before its end.
    let asked = village.desk.count(TOKEN);
    assert!((3..=4).contains(&asked), "{asked}");
}
