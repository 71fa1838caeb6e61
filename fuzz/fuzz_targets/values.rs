//! The values that messages carry. The text is split at its line feeds: each line is a value, and two that
//! follow each other are compared.
#![no_main]

use btx_reference::duration;
use btx_spec::{
    BearerToken, ExchangeId, HmacKey, HttpsUrl, Identifier, Signature, Timestamp,
    address::is_special_use,
};
use libfuzzer_sys::fuzz_target;
use std::{fmt::Debug, net::IpAddr};

fuzz_target!(|text: &str| {
    let lines: Vec<&str> = text.split('\n').collect();
    for line in &lines {
        check_identifier(line);
        check_url(line);
        check_time(line);
        check_exchange_id(line);
        check_secrets(line);
        check_address(line);
    }
    for pair in lines.windows(2) {
        check_equality(pair[0], pair[1]);
    }
});

fn check_identifier(text: &str) {
    let Ok(identifier) = Identifier::parse(text) else {
        return;
    };
    assert_eq!(identifier.as_str(), text);
    assert_eq!(identifier.to_string(), text);
    assert!(text.len() <= 512 && text.bytes().all(|b| (0x21..=0x7e).contains(&b)));
    assert!(!text.contains(['?', '#', '\\']));
    let url = HttpsUrl::parse(text).unwrap();
    assert_eq!(url.origin(), identifier.origin());
    let origin = identifier.origin().to_string();
    // An IPv6 address may be written in several ways.
    let begins_so = text == origin || text.starts_with(&format!("{origin}/"));
    assert!(begins_so || text.contains('['), "{origin}");
    assert_eq!(
        Identifier::parse(&origin).unwrap().origin(),
        identifier.origin()
    );
}

fn check_url(text: &str) {
    let Ok(url) = HttpsUrl::parse(text) else {
        return;
    };
    assert_eq!(url.to_string(), text);
    assert!(text.len() <= 2048 && text.bytes().all(|b| (0x21..=0x7e).contains(&b)));
    assert!(!text.contains(['#', '\\']));
    // Whoever parses it reads the same place.
    let parsed = url::Url::parse(text).unwrap();
    assert!(parsed.username().is_empty() && parsed.password().is_none());
    // An IPv6 address that holds an IPv4 address may be written in two ways.
    let host = parsed.host_str().unwrap().trim_matches(['[', ']']);
    match host.parse::<IpAddr>() {
        Ok(address) => assert_eq!(Ok(address), url.host().parse()),
        Err(_) => assert_eq!(host, url.host()),
    }
    assert_eq!(parsed.port_or_known_default(), Some(url.port()));
}

fn check_time(text: &str) {
    if let Ok(time) = Timestamp::parse(text) {
        assert_eq!(time.to_string(), text);
        assert_eq!(Timestamp::from_unix(time.unix()), time);
    }
    if let Ok(lasts) = duration::parse(text) {
        assert!(!lasts.is_zero());
    }
}

fn check_exchange_id(text: &str) {
    if let Ok(id) = ExchangeId::parse(text) {
        assert_eq!(id.as_str(), text);
        assert!(text.len() == 36 && !text.contains(|c: char| c.is_ascii_uppercase()));
    }
}

fn check_secrets(text: &str) {
    match (HmacKey::parse(text), Signature::parse(text)) {
        (Ok(key), Ok(signature)) => {
            assert_eq!(key.to_base64().as_str(), text, "not the canonical form");
            assert_eq!(signature.to_base64(), text);
            assert_eq!(key.as_bytes(), signature.as_bytes());
            check_unseen(&key, text);
            check_unseen(&signature, text);
        }
        (Err(one), Err(other)) => assert_eq!(one, other),
        (key, signature) => panic!("a key and a signature have one form: {key:?} {signature:?}"),
    }
    if let Ok(token) = BearerToken::parse(text) {
        assert_eq!(token.expose(), text);
        assert!((20..=4096).contains(&text.len()));
        check_unseen(&token, text);
    }
}

fn check_unseen(secret: &impl Debug, text: &str) {
    assert!(!format!("{secret:?}").contains(text), "a secret is shown");
}

/// What the standard library knows to be special is so here, and what is mapped is never public.
fn check_address(text: &str) {
    let Ok(address) = text.parse::<IpAddr>() else {
        return;
    };
    let special = match address {
        IpAddr::V4(v4) => {
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_documentation()
                || v4.is_multicast()
                || v4.is_broadcast()
                || v4.is_unspecified()
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
                || v6.to_ipv4().is_some()
        }
    };
    assert!(!special || is_special_use(address), "{address}");
}

/// Values are the same exactly if their octets are.
fn check_equality(one: &str, other: &str) {
    fn check<T: PartialEq, E>(parse: fn(&str) -> Result<T, E>, one: &str, other: &str) {
        if let (Ok(a), Ok(b)) = (parse(one), parse(other)) {
            assert_eq!(a == b, one == other, "{one:?} and {other:?}");
        }
    }
    check(Identifier::parse, one, other);
    check(HttpsUrl::parse, one, other);
    check(ExchangeId::parse, one, other);
    check(Timestamp::parse, one, other);
    check(HmacKey::parse, one, other);
    check(Signature::parse, one, other);
    check(BearerToken::parse, one, other);
}
