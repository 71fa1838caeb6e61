#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::*;
use crate::steps::jose::stranger;
use btx_spec::jose::{Algorithm, KeySet, SignedToken};

fn facts() -> Facts {
    Facts {
        client: "https://client.example/client.json".to_owned(),
        key: stranger::of(Algorithm::ES256).unwrap().key.clone(),
        typ: "service+jwt",
        audience: "https://farm.example".to_owned(),
        elsewhere: "https://client.example/strange-keys.json".to_owned(),
        now: 1_800_000_000,
        skew: 60,
    }
}

fn shown(fault: &str) -> String {
    Token::with(fault, &facts()).unwrap().text().unwrap()
}

fn verifies(text: &str) -> bool {
    let keys = KeySet::of(vec![facts().key.public()]);
    SignedToken::parse(text).is_ok_and(|token| keys.verify(&token, &[Algorithm::ES256]).is_ok())
}

#[test]
fn a_wrong_claim_is_signed_all_the_same() {
    for fault in [
        "without fault",
        "without jti",
        "for a list of its audience alone",
        "that lives for 301 seconds",
        "whose sub has a slash more",
    ] {
        assert!(verifies(&shown(fault)), "{fault}");
    }
}

#[test]
fn a_forged_one_does_not_verify() {
    for fault in [
        "whose signature is altered",
        "whose claims were altered",
        "of the algorithm none",
        "of HS256, keyed with the public key in PEM",
        "in four parts",
        "with padding",
        "in the JSON form",
        "whose header is no JSON",
    ] {
        assert!(!verifies(&shown(fault)), "{fault}");
    }
}

#[test]
fn the_longest_is_as_long_as_it_may_be() {
    let longest = shown("as long as it may be").len();
    assert!((8189..=8192).contains(&longest), "{longest}");
    let too_long = shown("longer than it may be").len();
    assert!((8193..=8200).contains(&too_long), "{too_long}");
}

#[test]
fn names_may_stand_twice() {
    let token = Token::with("with jti twice", &facts()).unwrap();
    assert_eq!(token.jws.claims.to_json().matches("\"jti\":").count(), 2);
}

#[test]
fn no_two_have_one_jti_unless_it_is_said() {
    assert_ne!(
        shown("with a jti of 16 characters"),
        shown("with a jti of 16 characters")
    );
    let id = |text: &str| {
        SignedToken::parse(text)
            .unwrap()
            .claims()
            .get("jti")
            .cloned()
    };
    let named = Token::faultless(&facts())
        .named("0123456789abcdef")
        .text()
        .unwrap();
    assert_eq!(id(&named).unwrap(), "0123456789abcdef");
}

#[test]
fn what_cannot_be_told_from_no_difference_is_not_examined() {
    let facts = Facts { skew: 1, ..facts() };
    let fault = "that expired within the allowed difference of clocks";
    assert!(matches!(
        Token::with(fault, &facts),
        Err(Stop::NotExercised(_))
    ));
}

#[test]
fn words_that_mean_no_fault_are_named() {
    assert!(matches!(
        Token::with("a turnip", &facts()),
        Err(Stop::Harness(_))
    ));
}
