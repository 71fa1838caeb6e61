//! Signed tokens. A text is taken as a token; and its two halves, parted at the first line feed, as the header
//! and the claims of a token that is really signed.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_spec::jose::{Algorithm, Claims, KeySet, SignedToken, SigningKey, TokenFault};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use std::sync::LazyLock;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let pem = include_str!("../../spec/tests/spec/keys/eddsa.pem");
    SigningKey::from_pkcs8_pem(Algorithm::EdDSA, "ed", pem).unwrap()
});
static KEYS: LazyLock<KeySet> = LazyLock::new(|| KeySet::of(vec![KEY.public()]));

fuzz_target!(|text: &str| {
    check_text(text);
    let (header, claims) = text.split_once('\n').unwrap_or((text, "{}"));
    check_signed(header, claims);
});

fn check_text(text: &str) {
    let Ok(token) = SignedToken::parse(text) else {
        return;
    };
    assert!(text.len() <= SignedToken::MAX_LENGTH);
    assert_eq!(format!("{token:?}"), "SignedToken(…)");
    let decode = |part| URL_SAFE_NO_PAD.decode(part).unwrap();
    let parts: Vec<Vec<u8>> = text.split('.').map(decode).collect();
    let again: Vec<String> = parts
        .iter()
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .collect();
    assert_eq!(again.join("."), text, "a token has one text");
    check_object(&parts[0], token.header());
    check_object(&parts[1], token.claims());
    let _ = Claims::read(token.claims());
    if KEYS.verify(&token, &Algorithm::ALL).is_ok() {
        assert_eq!(token.algorithm(), Ok(Algorithm::EdDSA));
        assert_eq!(parts[2].len(), 64);
    }
}

fn check_signed(header: &str, claims: &str) {
    let text = KEY.sign_raw(header, claims).unwrap();
    let Ok(token) = SignedToken::parse(&text) else {
        return;
    };
    check_object(header.as_bytes(), token.header());
    check_object(claims.as_bytes(), token.claims());
    // The one way to be verified is to say what it is.
    let says_so = matches!(token.header()["alg"].as_str(), Some("EdDSA" | "Ed25519"))
        && token.header().get("kid").is_none_or(|id| id == "ed")
        && !token.header().contains_key("crit");
    let outcome = KEYS.verify(&token, &Algorithm::ALL);
    assert_eq!(outcome.is_ok(), says_so, "{outcome:?}");
    assert!(outcome != Err(TokenFault::BadSignature));
    assert!(KEYS.verify(&token, &[Algorithm::ES256]).is_err());
}

/// Another reader finds the same in it.
fn check_object(bytes: &[u8], read: &Map<String, Value>) {
    let Ok(Value::Object(other)) = serde_json::from_slice::<Value>(bytes) else {
        panic!("it was read, and is no object");
    };
    assert_eq!(&other, read);
}
