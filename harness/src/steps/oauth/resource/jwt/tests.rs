#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::*;
use crate::steps::jose::stranger;
use btx_spec::jose::{Algorithm, KeySet, PublicKey, SignedToken};
use std::sync::Arc;

struct Bench {
    own: Arc<SigningKey>,
    stranger: stranger::Stranger,
    facts: Facts,
}

fn bench() -> Bench {
    let own = stranger::make(Algorithm::ES256, "k1").unwrap().key;
    let other = stranger::make(Algorithm::ES256, "stranger").unwrap();
    let facts = Facts {
        issuer: "https://issuer.example".to_owned(),
        other_issuer: Some("https://other.example".to_owned()),
        other_key_id: Some("k2".to_owned()),
        key_id: "k1".to_owned(),
        algorithm: "ES256".to_owned(),
        public: own.public().to_jwk(),
        strange: other.jwk("k1"),
        certificate: other.certificate.clone(),
        trap: "https://trap.example/keys".to_owned(),
        resource: "https://farm.example/api".to_owned(),
        scope: "read write".to_owned(),
        now: 1_800_000_000,
        skew: 60,
    };
    Bench {
        own,
        stranger: other,
        facts,
    }
}

fn token(bench: &Bench, words: &str) -> String {
    let mut jwt = Jwt::faultless(&bench.facts);
    jwt.alter(words, &bench.facts).unwrap();
    jwt.compact(&bench.own, &bench.stranger.key).unwrap()
}

fn verifies(bench: &Bench, token: &str) -> bool {
    let keys = KeySet::of(vec![bench.own.public()]);
    SignedToken::parse(token).is_ok_and(|token| keys.verify(&token, &[Algorithm::ES256]).is_ok())
}

#[test]
fn a_token_without_fault_verifies() {
    let bench = bench();
    let token = token(&bench, "no fault");
    assert!(verifies(&bench, &token));
    let token = SignedToken::parse(&token).unwrap();
    assert_eq!(token.typ(), Some("at+jwt"));
    assert_eq!(token.claims()["aud"], "https://farm.example/api");
}

#[test]
fn no_forged_signature_verifies() {
    let bench = bench();
    for words in [
        "a signature of somebody else",
        "an empty signature",
        "a signature of zeros",
        "a signature cut short",
        "no signature at all",
        "no signature and the algorithm none",
        "other claims than were signed",
        "a header parameter more than was signed",
        "an HMAC keyed with the public key as PEM",
        "an HMAC keyed with the text of the JWK",
        "its own key in jwk",
        "its own key at a URL in jku",
        "the algorithm PS256",
        "the algorithm ES256",
    ] {
        assert!(!verifies(&bench, &token(&bench, words)), "{words}");
    }
}

#[test]
fn a_wrong_claim_is_signed_by_its_issuer() {
    let bench = bench();
    for words in [
        "an exp that has just passed",
        "the audience of another resource",
        "no claim jti",
    ] {
        assert!(verifies(&bench, &token(&bench, words)), "{words}");
    }
}

#[test]
fn whoever_believes_the_key_of_a_stranger_is_taken_in() {
    let bench = bench();
    let key = PublicKey::parse_jwk(&bench.facts.strange.to_string()).unwrap();
    let keys = KeySet::of(vec![key]);
    for words in [
        "its own key in jwk",
        "its own key in x5c",
        "its own key at a URL in jku",
        "its own key at a URL in x5u",
    ] {
        let token = token(&bench, words);
        let token = SignedToken::parse(&token).unwrap();
        assert_eq!(keys.verify(&token, &[Algorithm::ES256]), Ok(()), "{words}");
    }
}

#[test]
fn members_may_stand_twice() {
    let bench = bench();
    let mut jwt = Jwt::faultless(&bench.facts);
    jwt.alter(
        "two claims aud, the first of another resource",
        &bench.facts,
    )
    .unwrap();
    assert_eq!(jwt.claims.to_json().matches("\"aud\":").count(), 2);
}

#[test]
fn unknown_words_are_named() {
    let bench = bench();
    let mut jwt = Jwt::faultless(&bench.facts);
    assert_eq!(
        jwt.alter("a turnip", &bench.facts),
        Err("a turnip".to_owned())
    );
}
