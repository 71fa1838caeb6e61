#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::*;
use crate::steps::jose::{Hash, Secret, stranger};
use btx_spec::jose::{Algorithm, KeySet, PublicKey, SignedToken};
use std::sync::Arc;

fn facts() -> Facts {
    Facts {
        issuer: "https://desk.example/s1".to_owned(),
        audience: "https://desk.example/api".to_owned(),
        key: stranger::make(Algorithm::ES256, "k1").unwrap().key.into(),
        elsewhere: "https://desk.example/strange-keys.json".to_owned(),
        now: 1_800_000_000,
        skew: 60,
        lifetime: 420,
    }
}

fn verifies(text: &str, facts: &Facts) -> bool {
    let public = facts.key.public().unwrap().to_string();
    let keys = KeySet::of(vec![PublicKey::parse_jwk(&public).unwrap()]);
    SignedToken::parse(text).is_ok_and(|token| keys.verify(&token, &[Algorithm::ES256]).is_ok())
}

fn shown(fault: &str, facts: &Facts) -> String {
    Draft::with(fault, facts).unwrap().text().unwrap()
}

#[test]
fn a_faultless_bearer_says_everything() {
    let facts = facts();
    let text = shown("without fault", &facts);
    assert!(verifies(&text, &facts));
    let read = Read::from(&text);
    assert_eq!(read.parameter("typ"), Some("bearer+jwt"));
    assert_eq!(read.claim("iss"), Some("https://desk.example/s1"));
    let times = (read.second("iat"), read.second("exp"));
    assert_eq!(times, (Some(1_800_000_000), Some(1_800_000_420)));
}

#[test]
fn a_wrong_claim_is_signed_all_the_same() {
    let facts = facts();
    for fault in [
        "without sid",
        "whose sub is null",
        "for the issuer itself",
        "whose iss has a letter less",
        "that lives a second longer than bearers do",
        "that has just expired",
    ] {
        let text = shown(fault, &facts);
        assert!(verifies(&text, &facts), "{fault}");
        let sound = Draft::about("kim", "s1", &facts);
        let altered = sound.clone().altered(fault, &facts).unwrap();
        assert_ne!(
            altered.jws.claims.to_json(),
            sound.jws.claims.to_json(),
            "{fault}"
        );
    }
}

#[test]
fn a_forged_one_does_not_verify() {
    let facts = facts();
    for fault in [
        "signed with another key",
        "whose claims were altered",
        "of HS256, keyed with the public key in PEM",
        "that brings its own key",
        "whose kid is a piece of SQL",
    ] {
        assert!(!verifies(&shown(fault, &facts), &facts), "{fault}");
    }
}

#[test]
fn a_bearer_of_somebody_else_is_altered_without_its_key() {
    let facts = facts();
    let theirs = Read::from(&shown("without fault", &facts));
    let of_theirs = Facts {
        key: theirs.key(None),
        ..facts.clone()
    };
    let forged = |fault| {
        let draft = Draft::of(&theirs, &of_theirs).altered(fault, &of_theirs);
        draft.unwrap().text().unwrap()
    };
    for fault in [
        "whose signature is altered",
        "of the algorithm none",
        "that brings its own key",
    ] {
        let text = forged(fault);
        assert!(!verifies(&text, &facts), "{fault}");
        let about = |read: &Read| (read.claim("sid").map(str::to_owned), read.second("exp"));
        assert_eq!(about(&Read::from(&text)), about(&theirs), "{fault}");
    }
}

#[test]
fn a_secret_key_signs_with_either_hash() {
    let facts = Facts {
        key: Key::Secret(Arc::new(Secret::make(Hash::HS512, "k2"))),
        ..facts()
    };
    let draft = Draft::about("kim", "s1", &facts);
    let seal = |text: &str| text.rsplit_once('.').unwrap().1.len();
    assert_eq!(seal(&draft.text().unwrap()), 86);
    let other = draft.altered("of another algorithm, by the same key", &facts);
    let other = other.unwrap().text().unwrap();
    assert_eq!(seal(&other), 43);
    assert_eq!(Read::from(&other).parameter("alg"), Some("HS256"));
}

#[test]
fn words_that_mean_no_fault_are_an_error_of_the_scenario() {
    assert!(matches!(
        Draft::with("with a turnip", &facts()),
        Err(Stop::Harness(_))
    ));
}
