//! What holds for arbitrary input to the readers of OAuth and of signed tokens: nothing panics, what was
//! written is read again, and no change of a signed token is borne.

use btx_spec::jose::{Algorithm, Claims, KeySet, PublicKey, SignedToken, SigningKey};
use btx_spec::oauth::challenge::{self, Challenge};
use btx_spec::oauth::form::{self, Form};
use btx_spec::oauth::{
    AccessToken, Introspection, ResourceMetadata, Scope, ServerMetadata, TokenAnswer, ToldError,
    basic,
};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value};

use crate::jose::{claims, key, keys};

fn algorithm() -> impl Strategy<Value = Algorithm> {
    // RSA signs slowly where nothing is optimised.
    select(&[Algorithm::ES256, Algorithm::EdDSA][..])
}

/// Arbitrary JSON objects, not deeper than a token may be.
fn object() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Quarters are written and read exactly.
        any::<i32>().prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        ".{0,8}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((".{0,4}", inner), 0..4).prop_map(|members| members.into_iter().collect()),
        ]
    });
    vec((".{0,6}", value), 0..6).prop_map(|members| members.into_iter().collect())
}

/// A text without control characters.
fn printable() -> impl Strategy<Value = String> {
    "\\PC{0,20}".prop_filter("a control character", |text| {
        !text.contains(char::is_control)
    })
}

fn verifies(token: &str) -> bool {
    SignedToken::parse(token).is_ok_and(|token| keys().verify(&token, &Algorithm::ALL).is_ok())
}

/// Bytes that look like what is to be read: a good text with some of it replaced.
fn damaged(good: &str, from: Index, to: Index, by: &[u8]) -> Vec<u8> {
    let (from, to) = (from.index(good.len() + 1), to.index(good.len() + 1));
    let bytes = good.as_bytes();
    [&bytes[..from.min(to)], by, &bytes[from.max(to)..]].concat()
}

fn read_all(bytes: &[u8]) {
    let _ = KeySet::parse(bytes);
    let _ = Form::parse(bytes);
    let _ = TokenAnswer::parse(bytes);
    let _ = Introspection::parse(bytes);
    let _ = ServerMetadata::parse(bytes);
    let _ = ResourceMetadata::parse(bytes);
    let _ = ToldError::parse(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let _ = verifies(text);
    let _ = PublicKey::parse_jwk(text);
    let _ = Scope::parse(text);
    let _ = AccessToken::parse(text);
    let _ = basic::decode(text);
    let _ = challenge::parse(text);
    let _ = SigningKey::from_pkcs8_pem(Algorithm::ES256, "a", text);
}

/// One good text for each reader.
fn good() -> Vec<String> {
    vec![
        key(Algorithm::EdDSA)
            .sign(Some("at+jwt"), &claims())
            .unwrap(),
        keys().to_json().to_string(),
        "grant_type=client_credentials&scope=read+%C3%A9".to_owned(),
        "Basic ZmFybTptb28=".to_owned(),
        r#"Bearer realm="a\"", error=x, Negotiate YQ==, Basic"#.to_owned(),
        r#"{"access_token":"abc","token_type":"Bearer","expires_in":1,"scope":"a b"}"#.to_owned(),
        r#"{"active":true,"aud":["a"],"exp":1.5,"scope":"a"}"#.to_owned(),
        r#"{"issuer":"https://a.example","grant_types_supported":["a"],"resource":"b"}"#.to_owned(),
        include_str!("keys/es256.pem").to_owned(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn no_reader_panics_on_any_bytes(bytes in vec(any::<u8>(), 0..256)) {
        read_all(&bytes);
    }

    #[test]
    fn no_reader_panics_on_damaged_texts(
        which in any::<Index>(), from in any::<Index>(), to in any::<Index>(), by in vec(any::<u8>(), 0..4)
    ) {
        let all = good();
        read_all(&damaged(&all[which.index(all.len())], from, to, &by));
    }

    #[test]
    fn any_claims_are_signed_and_read_again(algorithm in algorithm(), claims in object(), typ in ".{0,8}") {
        let token = key(algorithm).sign(Some(&typ), &claims).unwrap();
        let parsed = SignedToken::parse(&token).unwrap();
        prop_assert_eq!(parsed.claims(), &claims);
        prop_assert_eq!(parsed.typ(), Some(typ.as_str()));
        prop_assert!(verifies(&token));
        let _ = Claims::read(parsed.claims());
    }

    /// There is no second text of a token.
    #[test]
    fn no_change_of_a_token_is_borne(algorithm in algorithm(), place in any::<Index>(), by in any::<char>()) {
        let token = key(algorithm).sign(None, &claims()).unwrap();
        let mut changed: Vec<char> = token.chars().collect();
        let place = place.index(changed.len());
        changed[place] = by;
        let changed: String = changed.into_iter().collect();
        prop_assert_eq!(verifies(&changed), changed == token);
    }

    #[test]
    fn no_raw_header_is_taken_for_another(header in object()) {
        let header = Value::from(header).to_string();
        let token = key(Algorithm::EdDSA).sign_raw(&header, "{}").unwrap();
        let is_eddsa = SignedToken::parse(&token)
            .is_ok_and(|token| token.algorithm() == Ok(Algorithm::EdDSA));
        prop_assert!(is_eddsa || !verifies(&token));
    }

    #[test]
    fn a_form_is_written_and_read_again(pairs in vec((".{1,8}", ".{1,16}"), 0..8)) {
        let borrowed: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = form::encode(&borrowed);
        let form = Form::parse(body.as_bytes()).unwrap();
        for (name, value) in &borrowed {
            let repeated = borrowed.iter().filter(|(other, _)| other == name).count() > 1;
            prop_assert_eq!(form.repeated().contains(name), repeated);
            if repeated {
                prop_assert!(form.get(name).is_err());
            } else {
                prop_assert_eq!(form.get(name), Ok(Some(*value)));
            }
            prop_assert!(form.every(name).any(|found| found == *value));
        }
        let single = |(name, value): &(&str, &str)| {
            let pair = format!("{}={}", form::encode_value(name), form::encode_value(value));
            body.split('&').any(|part| part == pair)
        };
        prop_assert!(borrowed.iter().all(single));
    }

    #[test]
    fn a_client_is_written_and_read_again(id in printable(), secret in printable()) {
        let field = basic::encode(&id, &secret);
        let (found, proof) = basic::decode(&field).unwrap();
        prop_assert_eq!(found, id);
        prop_assert_eq!(proof.as_str(), secret);
    }

    #[test]
    fn a_scope_is_written_and_read_again(tokens in btree_set("[!#-\\[\\]-~]{1,8}", 1..8)) {
        let backwards: Vec<&str> = tokens.iter().rev().map(String::as_str).collect();
        let scope = Scope::parse(&backwards.join(" ")).unwrap();
        prop_assert!(scope.tokens().eq(tokens.iter().map(String::as_str)));
        prop_assert_eq!(Scope::parse(&scope.to_string()), Ok(scope));
    }

    #[test]
    fn a_challenge_is_written_and_read_again(
        scheme in "[A-Za-z][A-Za-z0-9-]{0,8}",
        parameters in prop::collection::btree_map("[a-z_]{1,8}", "[ -~]{0,16}", 0..4)
    ) {
        let mut challenge = Challenge::new(&scheme);
        for (name, value) in &parameters {
            challenge = challenge.with(name, value);
        }
        let twice = format!("{challenge}, {challenge}");
        prop_assert_eq!(challenge::parse(&twice), Ok(vec![challenge.clone(), challenge]));
    }

    #[test]
    fn an_answer_is_written_and_read_again(
        token in "[A-Za-z0-9._~+/-]{1,40}={0,2}",
        token_type in ".{0,8}",
        expires_in in any::<Option<u64>>(),
        scope in prop::option::of("[a-z]{1,4}( [a-z]{1,4}){0,3}")
    ) {
        let answer = TokenAnswer {
            access_token: AccessToken::parse(&token).unwrap(),
            token_type,
            expires_in,
            scope: scope.map(|scope| Scope::parse(&scope).unwrap()),
        };
        prop_assert_eq!(TokenAnswer::parse(&answer.to_json()), Ok(answer));
    }
}
