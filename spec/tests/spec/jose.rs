//! Signed tokens and sets of keys: what is signed verifies, and nothing else does.

use btx_spec::jose::{
    Algorithm, Audience, ClaimFault, Claims, KeyFault, KeySet, NumericDate, PublicKey, SignedToken,
    SigningKey, TokenFault,
};
use serde_json::{Map, Value, json};

/// A private key of the tests, whose id is the name of its algorithm.
pub(crate) fn key(algorithm: Algorithm) -> SigningKey {
    let pem = match algorithm {
        Algorithm::ES256 => include_str!("keys/es256.pem"),
        Algorithm::EdDSA => include_str!("keys/eddsa.pem"),
        Algorithm::PS256 | Algorithm::RS256 => include_str!("keys/rsa.pem"),
    };
    SigningKey::from_pkcs8_pem(algorithm, algorithm.name(), pem).unwrap()
}

/// The set of the public halves.
pub(crate) fn keys() -> KeySet {
    KeySet::of(
        Algorithm::ALL
            .map(|algorithm| key(algorithm).public())
            .to_vec(),
    )
}

/// Some claims.
pub(crate) fn claims() -> Map<String, Value> {
    let claims = json!({ "iss": "https://portal.example", "sub": "milker", "exp": 1_800_000_000 });
    claims.as_object().cloned().unwrap()
}

fn verified(keys: &KeySet, token: &str, allowed: &[Algorithm]) -> Result<(), TokenFault> {
    keys.verify(&SignedToken::parse(token)?, allowed)
}

#[test]
fn what_is_signed_verifies_by_its_key_alone() {
    for algorithm in Algorithm::ALL {
        let token = key(algorithm).sign(Some("at+jwt"), &claims()).unwrap();
        let parsed = SignedToken::parse(&token).unwrap();
        assert_eq!(parsed.algorithm(), Ok(algorithm));
        assert_eq!(parsed.key_id(), Some(algorithm.name()));
        assert_eq!(parsed.typ(), Some("at+jwt"));
        assert_eq!(parsed.claims(), &claims());
        assert!(!parsed.has_crit());
        assert_eq!(keys().verify(&parsed, &[algorithm]), Ok(()));
        for other in Algorithm::ALL
            .into_iter()
            .filter(|other| *other != algorithm)
        {
            assert_eq!(
                keys().verify(&parsed, &[other]),
                Err(TokenFault::AlgorithmNotAllowed)
            );
            let others = KeySet::of(vec![key(other).public()]);
            assert_eq!(
                others.verify(&parsed, &Algorithm::ALL),
                Err(TokenFault::NoKey)
            );
        }
    }
}

#[test]
fn an_algorithm_is_bound_to_its_key() {
    // The RSA key that is bound to PS256 does not take an RS256 signature of the very same key, whatever the
    // id says.
    let header = r#"{"alg":"RS256","kid":"PS256"}"#;
    let token = key(Algorithm::RS256).sign_raw(header, "{}").unwrap();
    assert_eq!(
        verified(&keys(), &token, &Algorithm::ALL),
        Err(TokenFault::NoKey)
    );
    // One that is bound to none takes both, within what is allowed.
    let mut jwk = key(Algorithm::RS256).public().to_jwk();
    jwk.as_object_mut().unwrap().remove("alg");
    let free = PublicKey::parse_jwk(&jwk.to_string()).unwrap();
    assert_eq!(free.to_jwk(), jwk);
    let set = KeySet::of(vec![free]);
    for algorithm in [Algorithm::PS256, Algorithm::RS256] {
        let header = format!(r#"{{"alg":"{algorithm}"}}"#);
        let token = key(algorithm).sign_raw(&header, "{}").unwrap();
        assert_eq!(verified(&set, &token, &[algorithm]), Ok(()));
        let other = [Algorithm::ES256];
        assert_eq!(
            verified(&set, &token, &other),
            Err(TokenFault::AlgorithmNotAllowed)
        );
    }
}

#[test]
fn without_an_id_every_key_that_fits_is_tried() {
    for algorithm in Algorithm::ALL {
        let header = format!(r#"{{"alg":"{algorithm}"}}"#);
        let token = key(algorithm).sign_raw(&header, "{}").unwrap();
        assert_eq!(verified(&keys(), &token, &Algorithm::ALL), Ok(()));
        let header = format!(r#"{{"alg":"{algorithm}","kid":"another"}}"#);
        let token = key(algorithm).sign_raw(&header, "{}").unwrap();
        assert_eq!(
            verified(&keys(), &token, &Algorithm::ALL),
            Err(TokenFault::NoKey)
        );
    }
    let empty = KeySet::of(Vec::new());
    let token = key(Algorithm::ES256).sign(None, &claims()).unwrap();
    assert_eq!(
        verified(&empty, &token, &Algorithm::ALL),
        Err(TokenFault::NoKey)
    );
}

#[test]
fn nothing_critical_is_understood() {
    for crit in [r#"["exp"]"#, r#"["b64"]"#, "[]", "null"] {
        let header = format!(r#"{{"alg":"EdDSA","crit":{crit},"b64":true}}"#);
        let token = key(Algorithm::EdDSA).sign_raw(&header, "{}").unwrap();
        assert!(SignedToken::parse(&token).unwrap().has_crit());
        let outcome = verified(&keys(), &token, &[Algorithm::EdDSA]);
        assert_eq!(outcome, Err(TokenFault::Critical), "{crit}");
    }
}

#[test]
fn a_type_is_compared_as_media_types_are() {
    let typed = |typ: &str| {
        let header = json!({ "alg": "EdDSA", "typ": typ }).to_string();
        key(Algorithm::EdDSA).sign_raw(&header, "{}").unwrap()
    };
    for typ in [
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/AT+jwt",
    ] {
        assert!(
            SignedToken::parse(&typed(typ))
                .unwrap()
                .is_of_type("at+jwt"),
            "{typ}"
        );
    }
    for typ in [
        "",
        "JWT",
        "application/",
        "application/application/at+jwt",
        "x/at+jwt",
        "é+application",
    ] {
        assert!(
            !SignedToken::parse(&typed(typ))
                .unwrap()
                .is_of_type("at+jwt"),
            "{typ}"
        );
    }
    let untyped = key(Algorithm::EdDSA).sign(None, &claims()).unwrap();
    assert!(!SignedToken::parse(&untyped).unwrap().is_of_type("at+jwt"));
}

#[test]
fn lengths_are_bounded() {
    let padding = |length: usize| format!(r#"{{"x":"{}"}}"#, "x".repeat(length));
    let key = key(Algorithm::EdDSA);
    let short = key
        .sign_raw(r#"{"alg":"EdDSA"}"#, &padding(12_000))
        .unwrap();
    assert_eq!(verified(&keys(), &short, &Algorithm::ALL), Ok(()));
    let long = key
        .sign_raw(r#"{"alg":"EdDSA"}"#, &padding(12_400))
        .unwrap();
    assert_eq!(SignedToken::parse(&long).unwrap_err(), TokenFault::TooLong);
    let many: Vec<Value> = vec![json!({ "kty": "unknown" }); KeySet::MAX_KEYS + 1];
    let set = json!({ "keys": many }).to_string();
    assert_eq!(KeySet::parse(set.as_bytes()), Err(KeyFault::TooLarge));
    let large = format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(KeySet::MAX_LENGTH));
    assert_eq!(KeySet::parse(large.as_bytes()), Err(KeyFault::TooLarge));
    let jwk = format!(r#"{{"kty":"{}"}}"#, "x".repeat(PublicKey::MAX_LENGTH));
    assert_eq!(PublicKey::parse_jwk(&jwk), Err(KeyFault::TooLarge));
}

#[test]
fn a_set_that_is_published_is_read_again() {
    let published = keys().to_json().to_string();
    assert_eq!(KeySet::parse(published.as_bytes()), Ok(keys()));
    assert!(keys().has("ES256") && !keys().has("es256"));
}

#[test]
fn a_private_key_fits_its_algorithm() {
    let es256 = include_str!("keys/es256.pem");
    let rsa = include_str!("keys/rsa.pem");
    let eddsa = include_str!("keys/eddsa.pem");
    for (algorithm, pem) in [
        (Algorithm::ES256, rsa),
        (Algorithm::ES256, eddsa),
        (Algorithm::EdDSA, es256),
        (Algorithm::PS256, es256),
        (Algorithm::RS256, eddsa),
        (Algorithm::RS256, "no key"),
    ] {
        let read = SigningKey::from_pkcs8_pem(algorithm, "a", pem);
        assert_eq!(read.unwrap_err(), KeyFault::NoPrivateKey);
    }
}

#[test]
fn nothing_of_keys_and_tokens_is_shown() {
    let key = key(Algorithm::ES256);
    assert_eq!(format!("{key:?}"), "SigningKey(ES256)");
    let token = key.sign(None, &claims()).unwrap();
    let parsed = SignedToken::parse(&token).unwrap();
    assert_eq!(format!("{parsed:?}"), "SignedToken(…)");
    let public = key.public();
    assert_eq!(format!("{public:?}"), "PublicKey(Some(\"ES256\"))");
}

#[test]
fn claims_have_their_types() {
    let read = |claims: Value| Claims::read(claims.as_object().unwrap());
    let claims = json!({
        "iss": "a", "sub": "b", "aud": ["c", "d"], "exp": 1.5, "nbf": -1, "iat": 1e3, "jti": "e", "x": [],
    });
    let expected = Claims {
        iss: Some("a".to_owned()),
        sub: Some("b".to_owned()),
        aud: Some(Audience::many(vec!["c".to_owned(), "d".to_owned()])),
        exp: serde_json::from_str("1.5").ok().and_then(date),
        nbf: Some(NumericDate::from_unix(-1)),
        iat: Some(NumericDate::from_unix(1000)),
        jti: Some("e".to_owned()),
    };
    assert_eq!(read(claims), Ok(expected));
    assert_eq!(read(json!({})), Ok(Claims::default()));
    for (name, value) in [
        ("iss", json!(1)),
        ("sub", json!(null)),
        ("aud", json!({})),
        ("aud", json!(["a", 1])),
        ("exp", json!("1800000000")),
        ("exp", json!(null)),
        ("nbf", json!([1])),
        ("iat", json!(true)),
        ("jti", json!(1)),
    ] {
        let claims = Value::Object([(name.to_owned(), value)].into_iter().collect());
        assert_eq!(read(claims), Err(ClaimFault(name)));
    }
}

/// The instant of a number, read as a claim.
fn date(number: Value) -> Option<NumericDate> {
    let claims = json!({ "exp": number });
    Claims::read(claims.as_object()?).ok()?.exp
}

#[test]
fn an_audience_is_one_or_many() {
    let many = Audience::many(vec!["a".to_owned(), "b".to_owned()]);
    assert!(many.names("b") && !many.names("B") && !many.is_only("a"));
    assert!(Audience::of("a").is_only("a"));
    assert_eq!(json!(Audience::of("a")), json!("a"));
    assert_eq!(json!(many), json!(["a", "b"]));
}

#[test]
fn instants_are_written_whole_where_they_are() {
    assert_eq!(
        json!(NumericDate::from_unix(1_800_000_000)).to_string(),
        "1800000000"
    );
    assert_eq!(json!(date(json!(1.5))).to_string(), "1.5");
    assert_eq!(json!(date(json!(1e300))).to_string(), "1e+300");
}
