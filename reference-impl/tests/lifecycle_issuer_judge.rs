//! The decisions of the issuer, without anything around them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use btx_reference::lifecycle::issuer::judge::{Limits, Refused, Verdict, judge_session, read};
use btx_reference::lifecycle::issuer::{login, mint};
use btx_reference::lifecycle::keys::make;
use btx_reference::lifecycle::ring::{Ring, Succession};
use btx_reference::lifecycle::sessions::{Renewal, Session};
use btx_reference::random::SystemRandom;
use btx_spec::lifecycle::{BearerClaims, RingAlgorithm, RingKey};
use proptest::prelude::*;

const ISSUER: &str = "https://village.example";
/// When the keys of [`rings`] rotated.
const ROTATION: i64 = 1000;
const WINDOW: i64 = 50;

fn limits() -> Limits {
    Limits {
        issuer: ISSUER.to_owned(),
        audience: "https://api.example".to_owned(),
        bearer: 60,
        refresh_window: 40,
        session: 1000,
        refresh_repeat: 10,
        skew: 5,
    }
}

fn key() -> Arc<RingKey> {
    Arc::new(make(RingAlgorithm::HS256, &SystemRandom).unwrap())
}

fn session() -> Session {
    Session {
        name: "session".to_owned(),
        subject: "anna".to_owned(),
        ends_at: 1000,
    }
}

fn bearer(issued_at: i64, expires_at: i64) -> BearerClaims {
    let life = Renewal {
        issued_at,
        expires_at,
    };
    mint::bearer(&session(), life, &limits())
}

/// Two rings: before the rotation, and after it.
fn rings() -> (Ring, Ring) {
    let before = Ring::new(key(), key()).unwrap();
    let after = before.rotated(Succession::Next(key()), ROTATION, WINDOW);
    (before, after.unwrap())
}

fn judged(
    claims: &BearerClaims,
    signed: &Ring,
    judged_by: &Ring,
    now: i64,
) -> Result<Verdict, Refused> {
    let token = mint::sign(claims, signed).unwrap();
    let judged = read(&token)?.judge(judged_by, &limits(), now)?;
    assert_eq!(&judged.claims, claims);
    assert_eq!(judged.key_id, signed.current.id());
    Ok(judged.verdict)
}

proptest! {
    /// LC-ISS-015, LC-ISS-016, LC-ISS-021 to LC-ISS-023, LC-ISS-063, LC-ISS-064, LC-ISS-070, LC-ISS-073,
    /// LC-ISS-078, LC-ISS-110
    #[test]
    fn key_life_and_time_decide(
        by_previous: bool,
        issued_at in ROTATION - 120..ROTATION + 120,
        life in 0..64_i64,
        now in ROTATION..ROTATION + 200,
    ) {
        let (before, after) = rings();
        let expires_at = issued_at + life;
        let expected = if by_previous && now >= ROTATION + WINDOW {
            Err(Refused::UnknownKey)
        } else if life > 60 {
            Err(Refused::TooLong)
        } else if issued_at > now + 5 {
            Err(Refused::NotYet)
        } else if by_previous && issued_at > ROTATION {
            Err(Refused::AfterRetirement)
        } else if now < expires_at {
            Ok(if by_previous { Verdict::OpenAndReissue } else { Verdict::Open })
        } else if now < expires_at + 40 {
            Ok(Verdict::Refresh)
        } else {
            Err(Refused::Expired)
        };
        let signed = if by_previous { &before } else { &after };
        let given = judged(&bearer(issued_at, expires_at), signed, &after, now);
        prop_assert_eq!(given, expected);
    }

    /// LC-ISS-003, LC-ISS-072
    #[test]
    fn no_bearer_lives_longer_than_it_may(ends_at in 1..200_i64, now in 0..200_i64) {
        prop_assume!(now < ends_at);
        let session = Session { ends_at, ..session() };
        let life = mint::life(&session, &limits(), now);
        prop_assert_eq!(life.issued_at, now);
        prop_assert!(now < life.expires_at && life.expires_at <= ends_at);
        prop_assert!(life.expires_at - now <= 60);
        prop_assert!(life.expires_at == ends_at || life.expires_at == now + 60);
    }

    /// LC-ISS-071, LC-ISS-111
    #[test]
    fn what_takes_the_place_of_a_bearer_is_of_the_same_session(issued_at: i32, life in 1..60_i64) {
        let old = bearer(issued_at.into(), i64::from(issued_at) + life);
        let now = old.issued_at + life / 2;
        let reissued = mint::reissued(&old, now);
        prop_assert_eq!(&reissued, &BearerClaims { issued_at: now, ..old.clone() });
        let life = Renewal { issued_at: 7, expires_at: 9 };
        let refreshed = mint::refreshed(&old, life);
        prop_assert_eq!(refreshed, BearerClaims { issued_at: 7, expires_at: 9, ..old });
    }

    /// Numbers at the ends of what there is do not turn into others.
    #[test]
    fn no_time_is_too_far_away(issued_at in 0..200_000_000_000_i64, life in -99..99_i64, now: i64) {
        let (_, after) = rings();
        let expires_at = issued_at + life;
        if let Ok(verdict) = judged(&bearer(issued_at, expires_at), &after, &after, now) {
            prop_assert!(verdict != Verdict::Open || now < expires_at);
            prop_assert!(life <= 60);
        }
    }
}

/// LC-ISS-013
#[test]
fn a_bearer_of_or_for_somebody_else_is_refused() {
    let (_, ring) = rings();
    let sound = bearer(0, 60);
    assert_eq!(judged(&sound, &ring, &ring, 0), Ok(Verdict::Open));
    for other in [
        "https://other.example",
        "https://village.example/",
        "HTTPS://village.example",
        "",
    ] {
        let of = BearerClaims {
            issuer: other.to_owned(),
            ..sound.clone()
        };
        let to = BearerClaims {
            audience: other.to_owned(),
            ..sound.clone()
        };
        for claims in [of, to] {
            assert_eq!(
                judged(&claims, &ring, &ring, 0),
                Err(Refused::Party),
                "{other}"
            );
        }
    }
}

/// LC-ISS-027: a ring that is behind knows the next key, and says of any other that it does not know it.
#[test]
fn a_newer_key_is_known_or_unknown_and_never_wrong() {
    let (before, after) = rings();
    let newer = judged(&bearer(0, 60), &after, &before, 0);
    assert_eq!(newer, Ok(Verdict::Open));
    let given = before.rotated(Succession::Given(key()), ROTATION, WINDOW);
    let given = judged(&bearer(0, 60), &given.unwrap(), &before, 0);
    assert_eq!(given, Err(Refused::UnknownKey));
}

/// LC-ISS-074 to LC-ISS-076, LC-ISS-082
#[test]
fn a_session_token_serves_the_bearers_of_its_session_alone() {
    let bearer = bearer(0, 60);
    let sound = session();
    assert_eq!(judge_session(&bearer, Some(&sound), 999), Ok(()));
    let over = judge_session(&bearer, Some(&sound), 1000);
    assert_eq!(over, Err(Refused::SessionOver));
    let other_session = Session {
        name: "another".to_owned(),
        ..session()
    };
    let other_subject = Session {
        subject: "bert".to_owned(),
        ..session()
    };
    for other in [None, Some(&other_session), Some(&other_subject)] {
        assert_eq!(judge_session(&bearer, other, 0), Err(Refused::OtherSession));
    }
}

/// LC-ISS-004, LC-ISS-005, LC-ISS-059
#[test]
fn a_session_and_its_token_have_nothing_in_common_but_the_digest() {
    let begin = || login::begin("anna", &limits(), 5, &SystemRandom).unwrap();
    let (token, new) = begin();
    let (other_token, other) = begin();
    assert_eq!(token.expose().len(), 43);
    assert_eq!(new.digest, token.digest());
    assert_eq!(
        (new.session.subject.as_str(), new.session.ends_at),
        ("anna", 1005)
    );
    assert!(!token.expose().contains(&new.session.name));
    assert_ne!(token.expose(), other_token.expose());
    assert_ne!(new.session.name, other.session.name);
}

#[test]
fn accounts_of_one_name_at_two_issuers_are_two() {
    assert_ne!(login::account("a", "anna"), login::account("b", "anna"));
    assert_ne!(login::account("a", "banna"), login::account("ab", "anna"));
}
