//! Over real HTTPS: what is fetched, how, and what is said of answers that are none.

use crate::host::{Answers, Host, json};
use crate::{AUDIENCE, Ended, NOW, assert_says, claims, header, inspect, keys, signed};
use serde_json::json;

const DOCUMENT: &str = "/client.json";
const KEYS: &str = "/keys.json";

/// A client at such a host, with these answers, and what is said of it.
fn told(answers: impl FnOnce(&str) -> Answers, more: &[&str]) -> (Host, Ended) {
    let host = Host::certified_for("127.0.0.1");
    host.answer(answers(&host.origin));
    let ended = of(&host, &host.ca.clone(), more);
    (host, ended)
}

fn of(host: &Host, ca: &str, more: &[&str]) -> Ended {
    let token = signed(&header(), &claims(&format!("{}{DOCUMENT}", host.origin)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, ca).unwrap();
    let now = NOW.to_string();
    let arguments = [
        "--ca",
        path.to_str().unwrap(),
        "--audience",
        AUDIENCE,
        "--at",
        &now,
    ];
    inspect(&token, &[&arguments, more].concat())
}

fn document(origin: &str) -> String {
    json!({ "client_id": format!("{origin}{DOCUMENT}"), "jwks_uri": format!("{origin}{KEYS}") })
        .to_string()
}

fn sound(origin: &str) -> Answers {
    Answers::from([
        (
            DOCUMENT,
            json(
                200,
                "Cache-Control: max-age=600\r\nAge: 100\r\n",
                &document(origin),
            ),
        ),
        (KEYS, json(200, "", &keys().to_string())),
    ])
}

#[test]
fn document_and_keys_are_fetched_as_verifiers_do() {
    let (host, ended) = told(sound, &[]);
    assert_eq!(ended.exit, 0, "{}{}", ended.out, ended.err);
    assert_says(
        &ended.out,
        &[
            "✓ JW-RES-007  that key verifies the signature",
            "the document says how long it holds: 500 seconds",
            "the key set does not say how long it holds",
            "? JW-ANY-021  127.0.0.1 is at 127.0.0.1",
        ],
    );
    let requests = host.requests.lock().unwrap();
    assert_eq!(requests.len(), 2);
    for request in requests.iter().map(|request| request.to_lowercase()) {
        assert!(request.starts_with("get /"), "{request}");
        assert_says(
            &request,
            &[
                "\r\naccept: application/json\r\n",
                "\r\naccept-encoding: identity\r\n",
            ],
        );
        assert!(
            !request.contains("authorization") && !request.contains("cookie"),
            "{request}"
        );
    }
}

#[test]
fn keys_in_the_document_need_no_second_request() {
    let inline = |origin: &str| {
        let document = json!({ "client_id": format!("{origin}{DOCUMENT}"), "jwks": keys() });
        Answers::from([(DOCUMENT, json(200, "", &document.to_string()))])
    };
    let (host, ended) = told(inline, &[]);
    assert_eq!(ended.exit, 0, "{}", ended.out);
    assert_says(
        &ended.out,
        &["in the document", "✓ JW-RES-007", "✓ JW-ANY-014"],
    );
    assert_eq!(host.requests.lock().unwrap().len(), 1);
}

/// What is answered for a path.
type Body = fn(&str) -> Option<Vec<u8>>;

/// Answers that came and are no document: each with the requirement by which no verifier uses it.
#[test]
fn answers_that_are_no_document_are_wrong() {
    let cases: [(&str, &str, Body); 7] = [
        ("JW-ANY-003", "the redirect 302", |origin| {
            json(302, &format!("Location: {origin}{KEYS}\r\n"), "")
        }),
        ("JW-ANY-005", "answered with 404", |_| json(404, "", "{}")),
        ("JW-ANY-005", "answered with 203", |origin| {
            json(203, "", &document(origin))
        }),
        ("JW-ANY-006", "the media type \"text/html\"", |origin| {
            let text = String::from_utf8(json(200, "", &document(origin)).unwrap()).unwrap();
            Some(text.replace("application/json", "text/html").into_bytes())
        }),
        ("JW-ANY-019", "the content encoding \"gzip\"", |origin| {
            json(200, "Content-Encoding: gzip\r\n", &document(origin))
        }),
        ("JW-ANY-008", "more than 5120 octets", |_| {
            json(200, "", &"x".repeat(5121))
        }),
        ("JW-ANY-008", "more than 5120 octets", |_| {
            Some(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{".to_vec())
        }),
    ];
    for (requirement, words, answer) in cases {
        let (host, ended) = told(
            |origin| Answers::from([(DOCUMENT, answer(origin))]),
            &["--json"],
        );
        let wrong = ended.wrong();
        assert_eq!(
            (ended.exit, wrong.len()),
            (1, 1),
            "{requirement}: {wrong:?}"
        );
        assert_eq!(wrong[0].0, requirement);
        assert_says(&wrong[0].1, &[words]);
        assert_eq!(
            host.requests.lock().unwrap().len(),
            1,
            "{requirement}: something was followed"
        );
    }
}

#[test]
fn a_key_set_has_a_bound_of_its_own() {
    let large = |size: usize| {
        move |origin: &str| {
            let mut answers = sound(origin);
            let keys = keys().to_string();
            answers.insert(
                KEYS,
                json(200, "", &format!("{keys}{}", " ".repeat(size - keys.len()))),
            );
            answers
        }
    };
    let (_, ended) = told(large(16384), &["--json"]);
    assert_eq!((ended.exit, ended.wrong()), (0, Vec::new()));
    let (_, ended) = told(large(16385), &["--json"]);
    assert_eq!(ended.wrong()[0].0, "JW-ANY-010");
}

#[test]
fn a_certificate_that_nobody_trusts_is_wrong() {
    let host = Host::certified_for("127.0.0.1");
    host.answer(sound(&host.origin));
    let other = Host::certified_for("127.0.0.1").ca;
    let ended = of(&host, &other, &["--json"]);
    assert_eq!((ended.exit, ended.wrong()[0].0.as_str()), (1, "JW-ANY-020"));
    assert!(host.requests.lock().unwrap().is_empty());
}

#[test]
fn what_does_not_come_is_told_apart_from_what_is_wrong() {
    for answer in [json(503, "", ""), json(429, "", ""), None] {
        let (_, ended) = told(|_| Answers::from([(DOCUMENT, answer)]), &[]);
        assert_eq!(ended.exit, 3, "{}", ended.out);
        assert_says(
            &ended.out,
            &[
                "the document did not come",
                "not fetched",
                "Not everything came",
            ],
        );
    }
}

#[test]
fn a_name_may_be_somewhere_else() {
    let host = Host::certified_for("shop.example");
    let origin = "https://shop.example";
    host.answer(sound(origin));
    let token = signed(&header(), &claims(&format!("{origin}{DOCUMENT}")));
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, &host.ca).unwrap();
    let connect = host.origin.replace("https://", "shop.example:443=");
    let now = NOW.to_string();
    let arguments = [
        "--ca",
        ca.to_str().unwrap(),
        "--connect",
        &connect,
        "--at",
        &now,
    ];
    let ended = inspect(&token, &arguments);
    assert_eq!(ended.exit, 0, "{}", ended.out);
    assert_says(&ended.out, &["✓ JW-RES-007"]);
    assert!(!ended.out.contains("JW-ANY-021"));
}

/// Without anything to fetch, a wrong issuer makes nobody go anywhere.
#[test]
fn nothing_is_fetched_for_what_is_no_client_id() {
    let host = Host::certified_for("127.0.0.1");
    host.answer(sound(&host.origin));
    let token = signed(
        &header(),
        &claims(&format!("{}{DOCUMENT}?v=2", host.origin)),
    );
    let ended = inspect(&token, &["--json"]);
    assert_eq!(ended.exit, 1);
    assert!(ended.wrong().iter().any(|(id, _)| id == "JW-ANY-001"));
    assert!(host.requests.lock().unwrap().is_empty());
}
