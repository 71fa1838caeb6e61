//! Bearers, whose header and claims are the two halves of a text that are parted at the first line feed; and the
//! text as the field that brings a new bearer, and as a session token.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_spec::jose::SignedToken;
use btx_spec::lifecycle::{
    BearerClaims, BearerHeader, RingAlgorithm, RingKey, Role, SecretKey, SessionToken, new_bearer,
};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::sync::LazyLock;

static KEY: LazyLock<RingKey> = LazyLock::new(|| {
    let secret = SecretKey::new(RingAlgorithm::HS256, "farm-1", &[7; 32]);
    secret.unwrap().into()
});

fuzz_target!(|text: &str| {
    check_field(text);
    check_session_token(text);
    let (header, claims) = text.split_once('\n').unwrap_or(("{}", text));
    let encode = |part: &str| URL_SAFE_NO_PAD.encode(part);
    let bearer = format!("{}.{}.AAAA", encode(header), encode(claims));
    let Ok(token) = SignedToken::parse(&bearer) else {
        return;
    };
    match BearerClaims::read(&token) {
        Ok((read, said)) => {
            check_header(&read, header);
            check_claims(&said, claims);
            check_signed(&said);
        }
        Err(fault) => {
            for role in [Role::Issuer, Role::Resource] {
                assert!(fault.requirement(role).starts_with("LC-"));
            }
            assert!(fault.to_string().len() < 200);
        }
    }
});

fn check_header(read: &BearerHeader, text: &str) {
    let header: Value = serde_json::from_str(text).unwrap();
    let typ = header["typ"].as_str().unwrap().to_ascii_lowercase();
    assert!(typ.ends_with("bearer+jwt"), "{typ}");
    assert!(header.get("crit").is_none());
    assert_eq!(header["kid"], read.key_id.as_str());
    assert!(!read.key_id.is_empty());
    assert_eq!(
        header["alg"].as_str().unwrap_or_default(),
        read.algorithm.as_str()
    );
}

/// Another reader finds the same in them.
fn check_claims(said: &BearerClaims, text: &str) {
    let claims: Value = serde_json::from_str(text).unwrap();
    for (name, value) in said.to_map() {
        assert_eq!(claims[&name], value, "{name}");
    }
    for name in [&said.subject, &said.session] {
        assert!((1..=255).contains(&name.chars().count()));
    }
    for second in [said.issued_at, said.expires_at] {
        assert!((0..=253_402_300_799).contains(&second));
    }
}

/// What is signed is verified, and says the same.
fn check_signed(said: &BearerClaims) {
    let signed = said.sign(&KEY).unwrap();
    let Ok(token) = SignedToken::parse(&signed) else {
        assert!(signed.len() > SignedToken::MAX_LENGTH, "{signed}");
        return;
    };
    assert_eq!(KEY.verifier().verify(&token), Ok(()));
    let (header, again) = BearerClaims::read(&token).unwrap();
    assert_eq!(&again, said);
    assert_eq!(
        (header.key_id.as_str(), header.algorithm.as_str()),
        ("farm-1", "HS256")
    );
}

fn check_field(text: &str) {
    let fields: Vec<&str> = text.split('\n').collect();
    let Ok(Some(new)) = new_bearer::parse(&fields) else {
        return;
    };
    assert_eq!(fields.len(), 1, "the field stands once");
    assert!(SignedToken::parse(&new.bearer).is_ok());
    assert!(text.contains('"'), "the bearer is in quotes");
    assert_eq!(format!("{new:?}"), "NewBearer(…)");
    let written = new_bearer::write(&new);
    assert_eq!(new_bearer::parse(&[&written]), Ok(Some(new)));
}

fn check_session_token(text: &str) {
    let Ok(token) = SessionToken::parse(text) else {
        return;
    };
    assert_eq!(token.expose(), text, "a session token has one text");
    assert!((22..=4096).contains(&text.len()));
    assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
    assert_eq!(format!("{token:?}"), "SessionToken(…)");
}
