//! What holds for arbitrary input to the readers of client ids, documents, key sets, service JWTs and fields:
//! nothing panics, and what was read is what anybody else reads.

use btx_spec::jose::{Algorithm, NumericDate, SignedToken};
use btx_spec::jwt::authentication_info::{self, HandedOut};
use btx_spec::jwt::{
    ClientDocument, ClientId, Keys, SERVICE_TYPE, ServiceClaims, freshness, key_set,
};
use btx_spec::oauth::AccessToken;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use std::time::Duration;
use url::Url;

use crate::jose::{key, keys};
use crate::jwt::{CLIENT, client, service_claims};

fn read_all(bytes: &[u8]) {
    let _ = ClientDocument::parse(bytes, &client());
    let _ = key_set(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let _ = ClientId::parse(text);
    let _ = freshness::lifetime(&[text], Some(text));
    let _ = authentication_info::parse(&[text]);
    if let Ok(token) = SignedToken::parse(text) {
        let first = ServiceClaims::read(&token, SERVICE_TYPE).err();
        let faults = ServiceClaims::faults(&token, SERVICE_TYPE);
        assert_eq!(first, faults.first().copied());
    }
}

/// One good text for each reader.
fn good() -> Vec<String> {
    vec![
        ClientDocument::with_keys_at(&client(), "https://shop.example/keys").to_string(),
        ClientDocument::with_keys(&client(), &keys()).to_string(),
        keys().to_json().to_string(),
        CLIENT.to_owned(),
        "max-age=600, public, no-cache=\"a\"".to_owned(),
        "access_token=\"abcdefghijklmnopqrst\", expires_in=300".to_owned(),
        key(Algorithm::EdDSA)
            .sign(Some(SERVICE_TYPE), &service_claims())
            .unwrap(),
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
        let good = all[which.index(all.len())].as_bytes();
        let (from, to) = (from.index(good.len() + 1), to.index(good.len() + 1));
        read_all(&[&good[..from.min(to)], &by, &good[from.max(to)..]].concat());
    }

    /// What is compared is what is fetched.
    #[test]
    fn a_url_parser_changes_nothing_in_a_client_id(
        host in "(shop|Shop|[a-z.%-]{1,6})", port in "(|:8443|:443|:0)", path in "(/|/[ -~]{0,12}|/(\\.|%2e|/|a){0,6}|)"
    ) {
        let text = format!("https://{host}{port}{path}");
        if let Ok(id) = ClientId::parse(&text) {
            let url = Url::parse(&text).unwrap();
            prop_assert_eq!(url.as_str(), id.as_str());
            prop_assert!(url.query().is_none() && url.fragment().is_none() && url.username().is_empty());
            prop_assert_eq!(url.origin().ascii_serialization(), id.origin());
        }
    }

    #[test]
    fn keys_are_never_at_another_origin(address in "https://(shop.example|shop|a)[:@/.?a-z0-9]{0,16}") {
        let document = ClientDocument::with_keys_at(&client(), &address).to_string();
        if let Ok(read) = ClientDocument::parse(document.as_bytes(), &client()) {
            let Keys::At(at) = read.into_keys() else {
                panic!("there are none in it");
            };
            let origin = Url::parse(&address).unwrap().origin();
            prop_assert_eq!(at.as_str(), &address);
            prop_assert_eq!(origin.ascii_serialization(), "https://shop.example");
        }
    }

    /// No member that nobody knows changes what is read, unless it is one of the few that forbid its use.
    #[test]
    fn unknown_members_are_ignored(name in "[a-z_]{1,12}", value in any::<i32>()) {
        let mut document = ClientDocument::with_keys_at(&client(), "https://shop.example/keys");
        let plain = ClientDocument::parse(document.to_string().as_bytes(), &client());
        prop_assume!(document.get(&name).is_none());
        document[&name] = Value::from(value);
        let read = ClientDocument::parse(document.to_string().as_bytes(), &client());
        let known = ["jwks", "client_name", "client_secret", "client_secret_expires_at", "token_endpoint_auth_method"];
        if !known.contains(&name.as_str()) {
            prop_assert_eq!(read, plain);
        }
    }

    #[test]
    fn a_service_jwt_is_read_as_another_reader_reads_it(
        jti in "[ -~é]{14,18}|[a-z]{120,130}", iat in 0_i64..2_000_000_000, life in -10_i64..320, aud in "[ -~]{0,20}"
    ) {
        let mut claims = service_claims();
        claims.insert("jti".to_owned(), jti.clone().into());
        claims.insert("iat".to_owned(), iat.into());
        claims.insert("exp".to_owned(), (iat + life).into());
        claims.insert("aud".to_owned(), aud.clone().into());
        let token = key(Algorithm::EdDSA).sign(Some(SERVICE_TYPE), &claims).unwrap();
        let read = ServiceClaims::read(&SignedToken::parse(&token).unwrap(), SERVICE_TYPE);
        let fits = (16..=128).contains(&jti.chars().count()) && life <= 300;
        prop_assert_eq!(read.is_ok(), fits);
        if let Ok(read) = read {
            prop_assert_eq!(read.id, jti);
            prop_assert_eq!(read.audience, aud);
            prop_assert_eq!(read.expires_at, NumericDate::from_unix(iat + life));
        }
    }

    #[test]
    fn what_is_handed_out_is_written_and_read_again(
        token in "[A-Za-z0-9._~+/-]{20,60}={0,2}", seconds in 1_u64..=3600
    ) {
        let handed_out = HandedOut {
            access_token: AccessToken::parse(&token).unwrap(),
            expires_in: Duration::from_secs(seconds),
        };
        let field = authentication_info::write(&handed_out);
        prop_assert_eq!(authentication_info::parse(&[&field]), Ok(Some(handed_out)));
    }

    /// No directive makes anything fresh for longer than the time that stands there.
    #[test]
    fn no_directive_makes_it_last_longer(seconds in 0_u64..1_000_000, other in "[ -~]{0,16}", age in any::<Option<u32>>()) {
        let stated = format!("max-age={seconds}");
        let age = age.map(|age| age.to_string());
        let alone = freshness::lifetime(&[&stated], age.as_deref());
        let both = freshness::lifetime(&[&stated, &other], age.as_deref());
        prop_assert!(both.is_some() && both <= alone);
    }
}
