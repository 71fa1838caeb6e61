//! Documents and keys over real HTTPS: what hosts do that are slow, broken or lying.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod jwt_lab;
mod lab;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use btx_reference::jwt::resource::{Config, ServiceResource};
use btx_reference::jwt::verifier::{self, Refused, Verifier};
use btx_reference::oauth::Parts;
use btx_reference::oauth::store::MemoryTokens;
use btx_reference::outbound::{HttpsOutbound, OutboundOutcome, OutboundRequest, Trust};
use btx_reference::random::SystemRandom;
use btx_spec::Identifier;
use btx_spec::jwt::authentication_info;
use futures::StreamExt as _;
use futures::stream::{once, pending, repeat_with};
use jwt_lab::{AUDIENCE, Client, EXPECTED};
use lab::Lab;
use serde_json::Value;

/// Long for a host on this machine, and short for a test that waits until it is over.
const DEADLINE: Duration = Duration::from_millis(700);

fn parts(lab: &Lab) -> Parts {
    Parts {
        clock: lab.clock.clone(),
        random: Arc::new(SystemRandom),
        tokens: Arc::new(MemoryTokens::new()),
        outbound: lab.outbound(),
    }
}

fn config() -> verifier::Config {
    let mut config = verifier::Config::default();
    config.limits.deadline = DEADLINE;
    config
}

fn json(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}

fn sound(value: &Value) -> Response {
    json(value.to_string())
}

type Answering = fn(&Value) -> Response;

/// A document, answered in this way.
struct Case {
    path: &'static str,
    answering: Answering,
    /// Whether it comes, and is wrong.
    comes: bool,
}

fn case(path: &'static str, comes: bool, answering: Answering) -> Case {
    Case {
        path,
        answering,
        comes,
    }
}

fn faults() -> [Case; 8] {
    [
        case("redirected", true, |_| {
            axum::response::Redirect::temporary("/sound").into_response()
        }),
        case("encoded", true, |document| {
            let mut answer = sound(document);
            let coding = header::HeaderValue::from_static("gzip");
            answer
                .headers_mut()
                .insert(header::CONTENT_ENCODING, coding);
            answer
        }),
        case("of-two-types", true, |document| {
            let mut answer = sound(document);
            let other = header::HeaderValue::from_static("text/html");
            answer.headers_mut().append(header::CONTENT_TYPE, other);
            answer
        }),
        case("one-octet-too-large", true, |document| {
            json(format!("{:5121}", document.to_string()))
        }),
        case("endless", true, |_| {
            let spaces = repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[b' '; 1024])));
            json(Body::from_stream(spaces))
        }),
        // All of the document is there, and the answer does not end.
        case("never-at-an-end", false, |document| {
            let whole = Bytes::from(document.to_string());
            let begun = once(async { Ok::<_, Infallible>(whole) });
            json(Body::from_stream(begun.chain(pending())))
        }),
        case("broken-off", false, |document| {
            let whole = Bytes::from(document.to_string());
            let parts = [Ok(whole), Err(std::io::Error::other("broken"))];
            json(Body::from_stream(futures::stream::iter(parts)))
        }),
        case("failing", false, |_| {
            axum::http::StatusCode::BAD_GATEWAY.into_response()
        }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_lies_or_dawdles_is_not_believed() {
    let mut lab = Lab::new();
    let place = lab.place("clients.test");
    let origin = place.url("");
    let cases = faults();
    let clients: Vec<_> = cases
        .iter()
        .map(|case| Client::at(&origin, case.path))
        .chain([Client::at(&origin, "sound")])
        .collect();
    let mut router = Router::new();
    let answering = cases.iter().map(|case| case.answering);
    let answering = answering.chain([sound as Answering]);
    for (client, answering) in clients.iter().zip(answering) {
        let path = |url: &str| url.strip_prefix(&origin).unwrap().to_owned();
        let (document, keys) = (client.document(), client.keys());
        router = router
            .route(&path(&client.id), get(async move || answering(&document)))
            .route(&path(&client.jwks), get(async move || sound(&keys)));
    }
    let _running = lab.serve(place, router).await;
    let verifier = Verifier::new(config(), parts(&lab));
    for (case, client) in cases.iter().zip(&clients) {
        let refused = verifier.verify(&client.jwt(), &EXPECTED).await.unwrap_err();
        let came = matches!(refused, Refused::Document(_));
        let absent = matches!(refused, Refused::Unavailable { .. });
        assert_eq!(
            (came, absent),
            (case.comes, !case.comes),
            "{}: {refused:?}",
            case.path
        );
    }
    let twin = clients.last().unwrap();
    assert!(verifier.verify(&twin.jwt(), &EXPECTED).await.is_ok());
    lab.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_inside_is_not_followed() {
    let mut lab = Lab::new();
    let place = lab.place("clients.test");
    let client = Client::at(&place.url(""), "shop");
    let (document, keys) = (client.document(), client.keys());
    let fetched = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&fetched);
    let document = get(async move || {
        counting.fetch_add(1, Ordering::SeqCst);
        sound(&document)
    });
    let router = Router::new()
        .route("/shop.json", document)
        .route("/shop.jwks", get(async move || sound(&keys)));
    let _running = lab.serve(place, router).await;
    // To this one the addresses of this machine are none that strangers may name.
    let trust = Trust::only(lab.ca.pem());
    let strict = HttpsOutbound::new(&trust, &lab.resolve, Vec::new()).unwrap();
    let strict = Parts {
        outbound: Arc::new(strict),
        ..parts(&lab)
    };
    let strict = Verifier::new(config(), strict);
    assert!(strict.verify(&client.jwt(), &EXPECTED).await.is_err());
    assert_eq!(fetched.load(Ordering::SeqCst), 0);
    let lenient = Verifier::new(config(), parts(&lab));
    assert!(lenient.verify(&client.jwt(), &EXPECTED).await.is_ok());
    lab.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_jwt_and_then_its_token_over_the_wire() {
    let mut lab = Lab::new();
    let place = lab.place("clients.test");
    let client = Client::at(&place.url(""), "shop");
    let fetched = Arc::new(AtomicUsize::new(0));
    let router = |value: Value| {
        let fetched = Arc::clone(&fetched);
        get(async move |request: Request<Body>| {
            fetched.fetch_add(1, Ordering::SeqCst);
            assert_eq!(request.headers().get(header::AUTHORIZATION), None);
            sound(&value)
        })
    };
    let hosts = Router::new()
        .route("/shop.json", router(client.document()))
        .route("/shop.jwks", router(client.keys()));
    let _hosts = lab.serve(place, hosts).await;

    let api = lab.place("counter.test");
    let url = api.url("/counter");
    let mut config = Config::new(Identifier::parse(AUDIENCE).unwrap());
    config.hand_out = Some(Duration::from_secs(60));
    let resource = ServiceResource::new(config, parts(&lab));
    let _resource = lab.serve(api, resource.router()).await;

    let jwt = client.jwt();
    assert_eq!(
        lab.get(&url, Some(&jwt)).await,
        (200, r#"{"counter":0}"#.to_owned())
    );
    assert_eq!(lab.get(&url, Some(&jwt)).await.0, 401);
    let request =
        OutboundRequest::bare(&url, tokio::time::Instant::now() + Duration::from_secs(10));
    let request = request.with("authorization", format!("Bearer {}", client.jwt()));
    let outcome = lab.outbound().get(request).await;
    let OutboundOutcome::Answered(answer) = outcome else {
        panic!("no answer: {outcome:?}");
    };
    let fields: Vec<_> = answer
        .authentication_info
        .iter()
        .map(String::as_str)
        .collect();
    let handed_out = authentication_info::parse(&fields).unwrap().unwrap();
    assert_eq!(answer.cache_control.as_deref(), Some("no-store"));
    let token = handed_out.access_token.expose();
    assert_eq!(lab.get(&url, Some(token)).await.0, 200);
    assert_eq!(fetched.load(Ordering::SeqCst), 2);
    lab.stop();
}
