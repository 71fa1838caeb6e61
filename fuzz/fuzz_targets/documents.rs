//! What clients publish: client ids, documents, key sets, and how long they hold. The first byte is a place at
//! which a mark is put in.
#![no_main]

use btx_fuzz::{holds, marked};
use btx_spec::jwt::{
    ClientDocument, ClientId, Keys, LARGEST_DOCUMENT, LARGEST_KEY_SET, MOST_KEYS, freshness,
    key_set,
};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::sync::LazyLock;
use url::Url;

const MARK: &str = "Quatsch4711";
static CLIENT: LazyLock<ClientId> =
    LazyLock::new(|| ClientId::parse("https://shop.example/services/orders.json").unwrap());

fuzz_target!(|data: &[u8]| {
    let Some((place, body)) = data.split_first() else {
        return;
    };
    for body in [body, &marked(body, *place, MARK)] {
        check_document(body, &CLIENT);
        check_keys(body);
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return;
    };
    check_client_id(text);
    check_freshness(text);
});

fn check_document(body: &[u8], client: &ClientId) {
    let document = match ClientDocument::parse(body, client) {
        Ok(document) => document,
        Err(fault) => {
            let words = fault.to_string();
            assert!(
                !holds(words.as_bytes(), MARK) && words.len() < 200,
                "{words}"
            );
            return;
        }
    };
    assert!(body.len() <= LARGEST_DOCUMENT);
    let other: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(other["client_id"], client.as_str());
    assert!(other.get("client_secret").is_none());
    assert_eq!(document.name(), other["client_name"].as_str());
    let written = match document.keys() {
        Keys::At(at) => {
            assert_eq!(other["jwks_uri"], at.as_str());
            assert_eq!(at.origin().to_string(), client.origin());
            assert!(other.get("jwks").is_none());
            ClientDocument::with_keys_at(client, at)
        }
        Keys::Inline(keys) => {
            assert!(other.get("jwks_uri").is_none());
            check_public(&other["jwks"]);
            ClientDocument::with_keys(client, keys)
        }
    };
    let written = written.to_string();
    // Keys that leave everything out which a reader can do without may be longer when they are written.
    if written.len() <= LARGEST_DOCUMENT {
        let again = ClientDocument::parse(written.as_bytes(), client).unwrap();
        assert_eq!(again.keys(), document.keys(), "written and read again");
    }
}

fn check_keys(body: &[u8]) {
    match key_set(body) {
        Ok(set) => {
            assert!(body.len() <= LARGEST_KEY_SET);
            let other: Value = serde_json::from_slice(body).unwrap();
            check_public(&other);
            let written = set.to_json().to_string();
            assert_eq!(
                key_set(written.as_bytes()),
                Ok(set),
                "written and read again"
            );
        }
        Err(fault) => assert!(!holds(fault.to_string().as_bytes(), MARK), "{fault}"),
    }
}

fn check_public(set: &Value) {
    let keys = set["keys"].as_array().unwrap();
    assert!(keys.len() <= MOST_KEYS);
    for key in keys {
        assert!(key["kty"] != "oct" && key.get("d").is_none() && key.get("k").is_none());
    }
}

/// What is compared is what is fetched.
fn check_client_id(text: &str) {
    let Ok(id) = ClientId::parse(text) else {
        return;
    };
    assert!(text.len() <= 512 && text.is_ascii());
    let url = Url::parse(text).unwrap();
    assert_eq!(url.as_str(), id.as_str());
    assert_eq!(url.scheme(), "https");
    assert_eq!(url.origin().ascii_serialization(), id.origin());
    assert!(url.query().is_none() && url.fragment().is_none() && url.username().is_empty());
    let document = ClientDocument::with_keys_at(&id, text).to_string();
    assert!(ClientDocument::parse(document.as_bytes(), &id).is_ok());
}

fn check_freshness(text: &str) {
    let mut lines = text.lines();
    let age = lines.next();
    let fields: Vec<&str> = lines.collect();
    let without = freshness::lifetime(&fields, None);
    let with = freshness::lifetime(&fields, age);
    assert_eq!(with.is_some(), without.is_some());
    assert!(with <= without, "age makes nothing fresher");
    let forbidden: Vec<&str> = fields.iter().copied().chain(["no-store"]).collect();
    assert_eq!(
        freshness::lifetime(&forbidden, None).map(|time| time.as_secs()),
        Some(0)
    );
}
