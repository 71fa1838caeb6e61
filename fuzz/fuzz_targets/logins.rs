//! Bodies about sessions and their keys: logins, their answers, logouts, key sets of issuers, and keys of a ring.
#![no_main]

use btx_spec::jose::SignedToken;
use btx_spec::lifecycle::{
    BearerClaims, LoginAnswer, LoginFault, LoginRequest, LogoutRequest, PublishedSet, RingKey,
};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    check_login(bytes);
    check_answer(bytes);
    check_logout(bytes);
    if let Ok(set) = PublishedSet::parse(bytes) {
        check_set(bytes, &set);
    }
    let key = std::str::from_utf8(bytes).map(RingKey::parse_jwk);
    if let Ok(Ok(key)) = key {
        check_key(bytes, &key);
    }
});

/// The members as another reader finds them.
fn members(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// What is said of a wrong one repeats nothing of it: there are few words to say.
fn check_fault(fault: LoginFault) {
    assert!(fault.to_string().len() < 100, "{fault}");
}

fn check_login(bytes: &[u8]) {
    let login = match LoginRequest::parse(bytes) {
        Ok(login) => login,
        Err(fault) => return check_fault(fault),
    };
    let members = members(bytes);
    assert_eq!(members["username"], login.username.as_str());
    assert_eq!(members["password"], login.password.as_str());
    assert_eq!(format!("{login:?}"), "LoginRequest(…)");
    assert_eq!(LoginRequest::parse(&login.to_json()), Ok(login));
}

fn check_answer(bytes: &[u8]) {
    let answer = match LoginAnswer::parse(bytes) {
        Ok(answer) => answer,
        Err(fault) => return check_fault(fault),
    };
    let members = members(bytes);
    assert_eq!(members["session_token"], answer.session_token.expose());
    assert_eq!(members["bearer_token"], answer.bearer_token.as_str());
    assert!(SignedToken::parse(&answer.bearer_token).is_ok());
    for (name, life) in [
        ("session_expires_in", answer.session_expires_in),
        ("expires_in", answer.expires_in),
    ] {
        assert_eq!(members[name].as_u64(), Some(life.as_secs()));
        assert!(life.as_secs() > 0);
    }
    assert_eq!(format!("{answer:?}"), "LoginAnswer(…)");
    assert_eq!(LoginAnswer::parse(&answer.to_json()), Ok(answer));
}

fn check_logout(bytes: &[u8]) {
    match LogoutRequest::parse(bytes) {
        Ok(logout) => {
            let everywhere = members(bytes)["everywhere"].as_bool();
            assert_eq!(everywhere.unwrap_or_default(), logout.everywhere);
        }
        Err(fault) => check_fault(fault),
    }
}

fn check_set(bytes: &[u8], set: &PublishedSet) {
    let written = set.to_json().to_string();
    assert_eq!(PublishedSet::parse(written.as_bytes()).as_ref(), Ok(set));
    let members = members(bytes);
    let all = members["keys"].as_array().unwrap();
    for published in &set.keys {
        let id = published.key.id().unwrap();
        assert!(!id.is_empty());
        let second = published.retired_at.map(Value::from);
        let said = |jwk: &Value| jwk["kid"] == id && jwk.get("retired_at") == second.as_ref();
        assert!(all.iter().any(said), "{id} is retired at {second:?}");
    }
    for jwk in all {
        assert!(jwk["kty"] != "oct" && jwk.get("d").is_none() && jwk.get("k").is_none());
    }
}

fn check_key(bytes: &[u8], key: &RingKey) {
    let members = members(bytes);
    assert_eq!(members["kid"], key.id());
    assert_eq!(members["alg"], key.algorithm().name());
    let printed = format!("{key:?}");
    for secret in ["k", "d"].iter().filter_map(|name| members[*name].as_str()) {
        assert!(secret.len() < 43 || !printed.contains(secret), "{printed}");
    }
    let public = key.to_published_jwk();
    assert_eq!(public.is_some(), key.algorithm().is_pair());
    if let Some(public) = public {
        assert!(public.get("d").is_none() && public.get("k").is_none());
    }
    let kept = RingKey::from_kept(&key.to_kept().unwrap()).unwrap();
    assert_eq!((kept.id(), kept.algorithm()), (key.id(), key.algorithm()));
    // It is the same key: what one signs the other verifies.
    let signed = claims().sign(key).unwrap();
    let token = SignedToken::parse(&signed).unwrap();
    assert_eq!(kept.verifier().verify(&token), Ok(()));
}

fn claims() -> BearerClaims {
    BearerClaims {
        issuer: "https://farm.example".to_owned(),
        audience: "https://farm.example".to_owned(),
        subject: "kim".to_owned(),
        session: "s-1".to_owned(),
        issued_at: 1_790_000_000,
        expires_at: 1_790_000_420,
    }
}
