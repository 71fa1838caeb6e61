//! Bearers, the keys that sign them, and the messages around them.

use btx_spec::jose::SignedToken;
use btx_spec::lifecycle::{
    BearerClaims, BearerFault, LoginAnswer, LoginRequest, LogoutRequest, PublishedSet,
    RingAlgorithm, RingKey, RingKeyFault, SecretKey, SessionToken, new_bearer,
};
use serde_json::{Value, json};

/// The secret key of RFC 7515, appendix A.1, under a name, for an algorithm.
fn secret(algorithm: &str) -> Value {
    json!({
        "kty": "oct", "kid": "farm-1", "alg": algorithm,
        "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
    })
}

/// The key pair of RFC 7515, appendix A.3.
fn pair() -> Value {
    json!({
        "kty": "EC", "crv": "P-256", "kid": "farm-2", "alg": "ES256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
    })
}

/// The key pair of RFC 8037, appendix A.1.
fn edwards() -> Value {
    json!({
        "kty": "OKP", "crv": "Ed25519", "kid": "farm-3", "alg": "EdDSA",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    })
}

fn key(jwk: &Value) -> Result<RingKey, RingKeyFault> {
    RingKey::parse_jwk(&jwk.to_string())
}

fn claims() -> BearerClaims {
    BearerClaims {
        issuer: "https://farm.example".to_owned(),
        audience: "https://farm.example".to_owned(),
        subject: "ada".to_owned(),
        session: "s1".to_owned(),
        issued_at: 1_767_225_600,
        expires_at: 1_767_226_020,
    }
}

#[test]
fn a_bearer_is_read_as_it_was_signed_and_verified_by_its_key_alone() {
    let keys = [secret("HS256"), secret("HS512"), pair(), edwards()];
    let keys = keys.map(|jwk| key(&jwk).unwrap());
    for (place, signer) in keys.iter().enumerate() {
        let bearer = claims().sign(signer).unwrap();
        let token = SignedToken::parse(&bearer).unwrap();
        let (header, read) = BearerClaims::read(&token).unwrap();
        assert_eq!((header.key_id.as_str(), &read), (signer.id(), &claims()));
        assert_eq!(header.algorithm, signer.algorithm().name());
        for (other, verifier) in keys.iter().enumerate() {
            let verified = verifier.verifier().verify(&token).is_ok();
            assert_eq!(verified, place == other, "{place} by {other}");
        }
    }
}

#[test]
fn a_key_is_the_same_after_it_was_kept() {
    for jwk in [secret("HS512"), pair(), edwards()] {
        let key = key(&jwk).unwrap();
        let again = RingKey::from_kept(&key.to_kept().unwrap()).unwrap();
        let bearer = claims().sign(&again).unwrap();
        let token = SignedToken::parse(&bearer).unwrap();
        assert_eq!(again.id(), key.id());
        assert_eq!(key.verifier().verify(&token), Ok(()), "{jwk}");
    }
}

#[test]
fn a_signature_that_was_altered_is_none() {
    for jwk in [secret("HS512"), pair(), edwards()] {
        let key = key(&jwk).unwrap();
        let bearer = claims().sign(&key).unwrap();
        let (signed, seal) = bearer.rsplit_once('.').unwrap();
        let first = if seal.starts_with('A') { 'B' } else { 'A' };
        for altered in [
            format!("{signed}.{first}{}", &seal[1..]),
            format!("{signed}.{}", "AAAA"),
        ] {
            let token = SignedToken::parse(&altered).unwrap();
            assert!(key.verifier().verify(&token).is_err(), "{jwk}");
        }
    }
}

#[test]
fn a_secret_key_has_no_public_half_and_shows_nothing() {
    let secret = key(&secret("HS256")).unwrap();
    assert_eq!(secret.to_published_jwk(), None);
    assert_eq!(format!("{secret:?}"), "Secret(SecretKey(farm-1))");
    let pair = key(&pair()).unwrap().to_published_jwk().unwrap();
    assert!(pair.get("d").is_none() && pair["kid"] == "farm-2");
}

#[test]
fn what_is_no_key_of_a_ring_is_refused() {
    let with = |mut jwk: Value, name: &str, value: Value| {
        jwk[name] = value;
        jwk
    };
    for (wrong, why) in [
        (
            with(secret("HS256"), "kid", json!("")),
            RingKeyFault::NoName,
        ),
        (with(pair(), "kid", Value::Null), RingKeyFault::NoName),
        (
            with(secret("HS256"), "alg", json!("none")),
            RingKeyFault::Algorithm,
        ),
        (
            with(secret("HS256"), "alg", json!("ES256")),
            RingKeyFault::Algorithm,
        ),
        (with(pair(), "alg", json!("HS256")), RingKeyFault::Algorithm),
        (
            with(secret("HS512"), "k", json!("c2hvcnQ")),
            RingKeyFault::TooShort,
        ),
    ] {
        assert_eq!(key(&wrong).unwrap_err(), why, "{wrong}");
    }
    let others = edwards()["d"].clone();
    assert!(key(&with(pair(), "d", others)).is_err());
    let short = SecretKey::new(RingAlgorithm::HS256, "k", &[7; 31]);
    assert_eq!(short.unwrap_err(), RingKeyFault::TooShort);
}

#[test]
fn a_bearer_that_lacks_something_says_what() {
    let signer = key(&secret("HS256")).unwrap();
    let read = |header: Value, claims: Value| {
        let members = |value: Value| value.as_object().cloned().unwrap();
        let text = signer.sign(&members(header), &members(claims)).unwrap();
        let token = SignedToken::parse(&text).unwrap();
        BearerClaims::read(&token).map(drop)
    };
    let header = json!({"alg": "HS256", "typ": "bearer+jwt", "kid": "farm-1"});
    let sound = Value::Object(claims().to_map());
    assert_eq!(read(header.clone(), sound.clone()), Ok(()));
    for (name, value, why) in [
        ("iss", json!(7), BearerFault::Issuer),
        (
            "aud",
            json!(["https://farm.example"]),
            BearerFault::Audience,
        ),
        ("sub", json!(""), BearerFault::Subject),
        ("sid", Value::Null, BearerFault::Session),
        ("iat", json!("1767225600"), BearerFault::IssuedAt),
        ("exp", json!(1_767_226_020.5), BearerFault::ExpiresAt),
        ("exp", json!(4e23), BearerFault::ExpiresAt),
        ("exp", json!(-1), BearerFault::ExpiresAt),
    ] {
        let mut claims = sound.clone();
        claims[name] = value;
        assert_eq!(read(header.clone(), claims), Err(why), "{name}");
    }
    for (name, value, why) in [
        ("typ", json!("JWT"), BearerFault::Type),
        ("kid", json!(""), BearerFault::KeyId),
        ("crit", json!(["exp"]), BearerFault::Critical),
    ] {
        let mut header = header.clone();
        header[name] = value;
        assert_eq!(read(header, sound.clone()), Err(why), "{name}");
    }
}

#[test]
fn a_login_and_its_answer_are_read_as_they_are_written() {
    let login = LoginRequest::parse(br#"{"username":"ada","password":"pl\u00e4tt"}"#).unwrap();
    assert_eq!(LoginRequest::parse(&login.to_json()), Ok(login.clone()));
    assert_eq!(format!("{login:?}"), "LoginRequest(…)");
    for wrong in [
        "",
        "[]",
        r#"{"username":"ada"}"#,
        r#"{"username":"ada","password":7}"#,
        r#"{"username":"ada","username":"eve","password":"x"}"#,
        r#"{"username":"","password":"x"}"#,
    ] {
        assert!(LoginRequest::parse(wrong.as_bytes()).is_err(), "{wrong}");
    }
    let bearer = claims().sign(&key(&secret("HS256")).unwrap()).unwrap();
    let answer = json!({
        "session_token": "pQ3vN8xY2kLmZr7TsWcE1uFhJdGa5bXo9RiVtMyKqSw",
        "session_expires_in": 7200, "bearer_token": bearer, "expires_in": 420
    });
    let read = LoginAnswer::parse(answer.to_string().as_bytes()).unwrap();
    assert_eq!(LoginAnswer::parse(&read.to_json()), Ok(read.clone()));
    assert_eq!(format!("{read:?}"), "LoginAnswer(…)");
    for (name, value) in [
        ("session_token", json!("short")),
        ("bearer_token", json!("no.token")),
        ("expires_in", json!(0)),
        ("session_expires_in", json!("7200")),
    ] {
        let mut wrong = answer.clone();
        wrong[name] = value;
        assert!(
            LoginAnswer::parse(wrong.to_string().as_bytes()).is_err(),
            "{name}"
        );
    }
}

#[test]
fn a_logout_ends_one_session_unless_it_says_more() {
    let read = |text: &str| LogoutRequest::parse(text.as_bytes()).map(|read| read.everywhere);
    assert_eq!(read("{}"), Ok(false));
    assert_eq!(read(r#"{"everywhere":true}"#), Ok(true));
    assert!(read(r#"{"everywhere":"yes"}"#).is_err());
    assert!(read("true").is_err());
}

#[test]
fn a_new_bearer_stands_once_in_quotes() {
    let bearer = claims().sign(&key(&secret("HS256")).unwrap()).unwrap();
    let sound = format!("bearer_token=\"{bearer}\", expires_in=420");
    let read = new_bearer::parse(&[&sound]).unwrap().unwrap();
    assert_eq!(new_bearer::write(&read).as_str(), sound);
    assert_eq!(new_bearer::parse(&[]), Ok(None));
    assert_eq!(new_bearer::parse(&["nextnonce=\"x\""]), Ok(None));
    let field = |text: &str| new_bearer::parse(&[text]).unwrap_err().class();
    assert_eq!(
        new_bearer::parse(&[&sound, &sound]).unwrap_err().class(),
        "two-fields"
    );
    assert_eq!(
        field(&format!("{sound}, bearer_token=\"{bearer}\"")),
        "repeated"
    );
    assert_eq!(
        field(&format!("bearer_token={bearer}, expires_in=420")),
        "bearer"
    );
    assert_eq!(field("bearer_token=\"opaque\", expires_in=420"), "bearer");
    assert_eq!(field(&format!("bearer_token=\"{bearer}\"")), "life");
    assert_eq!(
        field(&format!("bearer_token=\"{bearer}\", expires_in=\"420\"")),
        "life"
    );
    assert_eq!(
        field(&format!("bearer_token=\"{bearer}\" expires_in=420")),
        "grammar"
    );
}

#[test]
fn a_key_set_says_which_key_is_retired() {
    let mut retired = key(&edwards()).unwrap().to_published_jwk().unwrap();
    retired["retired_at"] = json!(1_767_225_600);
    let current = key(&pair()).unwrap().to_published_jwk().unwrap();
    let set = json!({ "keys": [current, retired] });
    let read = PublishedSet::parse(set.to_string().as_bytes()).unwrap();
    let seconds: Vec<_> = read.keys.iter().map(|key| key.retired_at).collect();
    assert_eq!(seconds, [None, Some(1_767_225_600)]);
    let again = PublishedSet::parse(read.to_json().to_string().as_bytes());
    assert_eq!(again, Ok(read));
    let refused = |set: Value| {
        PublishedSet::parse(set.to_string().as_bytes())
            .unwrap_err()
            .class()
    };
    let mut wrong = set.clone();
    wrong["keys"][1]["retired_at"] = json!("yesterday");
    assert_eq!(refused(wrong), "member");
    let mut nameless = set.clone();
    nameless["keys"][0].as_object_mut().unwrap().remove("kid");
    assert_eq!(refused(nameless), "member");
    let mut private = set;
    private["keys"][0] = pair();
    assert_eq!(refused(private), "private");
}

#[test]
fn a_session_token_is_long_enough_and_shows_nothing() {
    let token = SessionToken::parse("pQ3vN8xY2kLmZr7TsWcE1u").unwrap();
    assert_eq!(format!("{token:?}"), "SessionToken(…)");
    assert!(SessionToken::parse("pQ3vN8xY2kLmZr7TsWcE1").is_err());
    assert!(SessionToken::parse("pQ3vN8xY2kLmZr7 sWcE1u").is_err());
    assert!(SessionToken::parse(&"x".repeat(4097)).is_err());
}
