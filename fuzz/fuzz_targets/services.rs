//! Service JWTs and assertions, whose header and claims are the two halves of a text that are parted at the
//! first line feed; and the text as the field that hands out a token.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_spec::jose::SignedToken;
use btx_spec::jwt::{
    ClientId, GRANT_TYPE_JWT, Role, SERVICE_TYPE, ServiceClaims, authentication_info,
};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    check_field(text);
    let (header, claims) = text.split_once('\n').unwrap_or(("{}", text));
    let encode = |part: &str| URL_SAFE_NO_PAD.encode(part);
    let jwt = format!("{}.{}.AAAA", encode(header), encode(claims));
    let Ok(token) = SignedToken::parse(&jwt) else {
        return;
    };
    let read = [SERVICE_TYPE, GRANT_TYPE_JWT].map(|typ| check_claims(&token, typ, header, claims));
    assert!(!(read[0] && read[1]), "it is of one type only");
});

/// Whether it is of that type.
fn check_claims(token: &SignedToken<'_>, typ: &str, header: &str, claims: &str) -> bool {
    let faults = ServiceClaims::faults(token, typ);
    let read = match ServiceClaims::read(token, typ) {
        Ok(read) => read,
        Err(fault) => {
            assert_eq!(faults.first(), Some(&fault), "the first fault is the error");
            assert!(fault.requirement(Role::Resource).is_some());
            assert!(fault.to_string().len() < 200);
            return false;
        }
    };
    assert!(faults.is_empty(), "{faults:?}");
    let header: Value = serde_json::from_str(header).unwrap();
    let claims: Value = serde_json::from_str(claims).unwrap();
    assert!(header.get("crit").is_none());
    assert_eq!(header["kid"], read.key_id.as_str());
    for name in ["iss", "sub"] {
        assert_eq!(claims[name], read.client.as_str());
    }
    assert_eq!(
        ClientId::parse(read.client.as_str()).as_ref(),
        Ok(&read.client)
    );
    assert_eq!(claims["aud"], read.audience.as_str());
    assert_eq!(claims["jti"], read.id.as_str());
    assert!((16..=128).contains(&read.id.chars().count()));
    assert_eq!(claims["iat"].as_f64(), Some(read.issued_at.seconds()));
    assert_eq!(claims["exp"].as_f64(), Some(read.expires_at.seconds()));
    assert!(read.expires_at.seconds() - read.issued_at.seconds() <= 300.0);
    true
}

fn check_field(text: &str) {
    let fields: Vec<&str> = text.split('\n').collect();
    let Ok(Some(handed_out)) = authentication_info::parse(&fields) else {
        return;
    };
    assert_eq!(fields.len(), 1, "the field stands once");
    let token = handed_out.access_token.expose();
    assert!((20..=4096).contains(&token.len()));
    assert!((1..=3600).contains(&handed_out.expires_in.as_secs()));
    assert!(text.contains('"'), "the token is in quotes");
    let written = authentication_info::write(&handed_out);
    assert_eq!(
        authentication_info::parse(&[&written]),
        Ok(Some(handed_out))
    );
}
