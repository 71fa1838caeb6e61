//! The outbound client against servers that do not behave.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::any;
use btx_reference::local_ca::LocalCa;
use btx_reference::outbound::{
    HttpsOutbound, LARGEST_ANSWER, Outbound, OutboundOutcome, OutboundRequest, Overrides,
    SetupError, Trust,
};
use lab::Lab;
use tokio::time::Instant;

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

fn status(outcome: &OutboundOutcome) -> Option<u16> {
    match outcome {
        OutboundOutcome::Answered(answer) => Some(answer.status),
        _ => None,
    }
}

#[tokio::test]
async fn redirects_are_answers_and_are_not_followed() {
    let mut lab = Lab::new();
    let place = lab.place("peer.test");
    let url = place.url("/from");
    let to = place.url("/to");
    let router = Router::new()
        .route("/from", any(async move || Redirect::temporary(&to)))
        .route("/to", any(async || StatusCode::NO_CONTENT));
    lab.serve(place, router).await;
    let outcome = lab
        .outbound()
        .post(OutboundRequest::bare(url, soon()))
        .await;
    assert_eq!(status(&outcome), Some(307));
}

#[tokio::test]
async fn only_so_much_of_a_body_is_read_and_the_status_stands() {
    let mut lab = Lab::new();
    let place = lab.place("peer.test");
    let url = place.url("/");
    let endless = || {
        let chunk = || Ok::<_, std::io::Error>(bytes::Bytes::from_static(&[b'x'; 4096]));
        axum::body::Body::from_stream(futures::stream::repeat_with(chunk))
    };
    lab.serve(
        place,
        Router::new().route("/", any(async move || endless())),
    )
    .await;
    let outcome = lab.outbound().get(OutboundRequest::bare(url, soon())).await;
    let OutboundOutcome::Answered(answer) = outcome else {
        panic!("no answer: {outcome:?}");
    };
    assert_eq!((answer.status, answer.body.len()), (200, LARGEST_ANSWER));
}

#[tokio::test]
async fn addresses_with_a_special_use_are_not_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = address.port();
    let resolve = Overrides::from([(format!("inside.test:{port}"), address)]);
    let ca = LocalCa::new("nobody").unwrap();
    let outbound = HttpsOutbound::new(&Trust::only(ca.pem()), &resolve, Vec::new()).unwrap();
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "127.1",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "localhost",
        "inside.test",
    ] {
        let url = format!("https://{host}:{port}/");
        let outcome = outbound.post(OutboundRequest::bare(url, soon())).await;
        assert!(
            matches!(outcome, OutboundOutcome::Unreachable(_)),
            "{host}: {outcome:?}"
        );
    }
    let plain = OutboundRequest::bare("http://peer.test/", soon());
    assert!(matches!(
        outbound.post(plain).await,
        OutboundOutcome::Unreachable(_)
    ));
    let nobody = listener.accept().unwrap_err();
    assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn a_certificate_of_another_authority_or_name_sends_nothing() {
    let mut lab = Lab::new();
    let place = lab.place("peer.test");
    let (url, address) = (place.url("/"), place.address);
    lab.serve(
        place,
        Router::new().route("/", any(async || StatusCode::NO_CONTENT)),
    )
    .await;
    let loopback = || vec!["127.0.0.0/8".parse().unwrap()];
    let stranger = LocalCa::new("stranger").unwrap();
    let trust = Trust::only(stranger.pem());
    let outbound = HttpsOutbound::new(&trust, &lab.resolve, loopback()).unwrap();
    let outcome = outbound.post(OutboundRequest::bare(url, soon())).await;
    assert!(
        matches!(outcome, OutboundOutcome::Unreachable(_)),
        "{outcome:?}"
    );

    let port = address.port();
    let other = Overrides::from([(format!("other.test:{port}"), address)]);
    let outbound = HttpsOutbound::new(&Trust::only(lab.ca.pem()), &other, loopback()).unwrap();
    let url = format!("https://other.test:{port}/");
    let outcome = outbound.post(OutboundRequest::bare(url, soon())).await;
    assert!(
        matches!(outcome, OutboundOutcome::Unreachable(_)),
        "{outcome:?}"
    );
}

/// A TLS server that reads what it is sent and answers with these bytes.
fn raw_server(lab: &mut Lab, answer: &'static [u8]) -> String {
    let place = lab.place("peer.test");
    let url = place.url("/");
    let mut tls = (*lab.ca.issue(&["peer.test"]).unwrap()).clone();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let tls = std::sync::Arc::new(tls);
    std::thread::spawn(move || {
        let (socket, _) = place.listener.accept().unwrap();
        let session = rustls::ServerConnection::new(tls).unwrap();
        let mut stream = rustls::StreamOwned::new(session, socket);
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let _ = stream.write_all(answer);
        let _ = stream.flush();
    });
    url
}

#[tokio::test]
async fn an_answer_without_a_complete_head_is_none() {
    for answer in [
        &b""[..],
        b"HTTP/1.1 204 No Con",
        b"rutabaga rutabaga rutabaga\r\n\r\n",
    ] {
        let mut lab = Lab::new();
        let url = raw_server(&mut lab, answer);
        let outcome = lab
            .outbound()
            .post(OutboundRequest::bare(url, soon()))
            .await;
        assert!(
            matches!(outcome, OutboundOutcome::NoAnswer(_)),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_complete_head_counts_even_if_the_body_is_cut_off() {
    let mut lab = Lab::new();
    let url = raw_server(
        &mut lab,
        b"HTTP/1.1 500 Oh\r\ncontent-length: 100\r\n\r\ncut",
    );
    let outcome = lab
        .outbound()
        .post(OutboundRequest::bare(url, soon()))
        .await;
    assert_eq!(status(&outcome), Some(500));
}

#[tokio::test]
async fn nobody_at_the_address_is_unreachable() {
    let mut lab = Lab::new();
    let place = lab.place("peer.test");
    let url = place.url("/");
    drop(place);
    let outcome = lab
        .outbound()
        .post(OutboundRequest::bare(url, soon()))
        .await;
    assert!(
        matches!(outcome, OutboundOutcome::Unreachable(_)),
        "{outcome:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_does_not_go_on_is_unreachable_after_three_seconds() {
    let mut lab = Lab::new();
    // It listens and never says a word.
    let place = lab.place("peer.test");
    let begun = Instant::now();
    let request = OutboundRequest::bare(place.url("/"), soon());
    let outcome = lab.outbound().post(request).await;
    assert!(
        matches!(outcome, OutboundOutcome::Unreachable(_)),
        "{outcome:?}"
    );
    assert_eq!(begun.elapsed().as_secs(), 3);
}

#[test]
fn an_override_that_could_not_be_kept_is_refused() {
    let ca = LocalCa::new("nobody").unwrap();
    for (name, fits) in [
        ("peer.test:443", true),
        ("peer.test:8443", true),
        ("peer.test:9000", false),
        ("peer.test", false),
    ] {
        let resolve = Overrides::from([(name.to_owned(), "127.0.1.1:8443".parse().unwrap())]);
        let outbound = HttpsOutbound::new(&Trust::only(ca.pem()), &resolve, Vec::new());
        let refused = matches!(outbound, Err(SetupError::Override { .. }));
        assert_eq!(refused, !fits, "{name}");
    }
}
