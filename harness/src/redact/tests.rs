//! What is shown of secrets, wherever they stand.

use super::*;
use proptest::prelude::*;

#[test]
fn secrets_are_shortened_and_the_rest_stays() {
    let text = r#"{"version":"BTX-1","hmac_key" : "5yf5yG+RiBDM6COj/RDMM3iYrGfTMUNtUNjFLT9DyPE=","issuer":"https://farm.example"}"#;
    let shown = body(text.as_bytes());
    assert_eq!(
        shown,
        r#"{"version":"BTX-1","hmac_key" : "5yf5yG…(44)","issuer":"https://farm.example"}"#
    );
    assert_eq!(
        field("Authorization", "Bearer abcdefghijklmnopqrstuvwxyz"),
        "Bearer abcdef…(26)"
    );
    assert_eq!(
        body(b"access_token=abcdefghijklmnopqrstuvwxyz"),
        "access_token=abcdef…(26)"
    );
    assert_eq!(field("accept", "application/json"), "application/json");
}

#[test]
fn parameters_are_shortened_wherever_they_stand_and_however_they_are_named() {
    let secret = "abcdefghijklmnopqrstuvwxyz";
    for (text, shown) in [
        (
            format!("grant_type=client_credentials&client_secret={secret}&scope=read"),
            "grant_type=client_credentials&client_secret=abcdef…(26)&scope=read",
        ),
        (
            format!("client%5Fsecret={secret}"),
            "client%5Fsecret=abcdef…(26)",
        ),
        (
            format!("/api?token={secret}&x=1#access_token={secret}"),
            "/api?token=abcdef…(26)&x=1#access_token=abcdef…(26)",
        ),
        (
            format!("/api?session_token={secret}&X-Session-Token={secret}"),
            "/api?session_token=abcdef…(26)&X-Session-Token=abcdef…(26)",
        ),
    ] {
        assert_eq!(target(&text), shown);
    }
}

#[test]
fn what_a_signed_token_says_is_shown_without_its_signature() {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#);
    let claims = URL_SAFE_NO_PAD.encode(r#"{"iss":"shop"}"#);
    let signature = "c2lnbmF0dXJl".repeat(7);
    assert_eq!(
        field(
            "authorization",
            &format!("Bearer {header}.{claims}.{signature}")
        ),
        format!("Bearer {header}.{claims}.…(84)")
    );
    let unsigned = format!("{}.{}.{}", "a".repeat(20), "b".repeat(20), "c".repeat(20));
    assert_eq!(target(&format!("token={unsigned}")), "token=aaaaaa…(62)");
}

#[test]
fn a_token_that_is_handed_out_is_shortened_and_the_rest_stays() {
    let token = "abcdefghijklmnopqrstuvwxyz";
    for (value, shown) in [
        (
            format!("access_token=\"{token}\", expires_in=300"),
            "access_token=\"abcdef…(26)\", expires_in=300",
        ),
        (
            format!("expires_in=300,Access_Token = {token}"),
            "expires_in=300,Access_Token = abcdef…(26)",
        ),
        (
            format!("access_token=\"two {token}\\\", {token}\", expires_in=300"),
            "access_token=\"two ab…(60)\", expires_in=300",
        ),
        ("nextnonce=\"x\"".to_owned(), "nextnonce=\"x\""),
    ] {
        assert_eq!(field("Authentication-Info", &value), shown);
        assert_eq!(target(&field("Authentication-Info", &value)), shown);
    }
}

#[test]
fn a_cookie_has_no_scheme_and_a_first_word_may_be_the_secret() {
    let token = "abcdefghijklmnopqrstuvwxyz";
    for (name, value) in [
        ("cookie", format!("sid={token}; theme=dark")),
        ("Set-Cookie", format!("sid={token}; Path=/; HttpOnly")),
        ("authorization", format!("{token} Bearer")),
    ] {
        let shown = field(name, &value);
        assert!(!shown.contains(token), "{name}: {shown}");
    }
}

#[test]
fn nothing_of_a_password_is_shown_and_little_of_a_session_token() {
    let session = "abcdefghijklmnopqrstuvwxyz";
    let login = body(br#"{"username":"anna","password":"swede"}"#);
    assert_eq!(login, r#"{"username":"anna","password":"…(5)"}"#);
    assert_eq!(
        target("username=anna&password=swede"),
        "username=anna&password=…(5)"
    );
    let answer = body(format!(r#"{{"session_token":"{session}"}}"#).as_bytes());
    assert_eq!(answer, r#"{"session_token":"abcdef…(26)"}"#);
    assert_eq!(field("X-Session-Token", session), "abcdef…(26)");
    assert_eq!(
        field(
            "authentication-info",
            &format!("bearer_token=\"{session}\"")
        ),
        "bearer_token=\"abcdef…(26)\""
    );
    assert_eq!(
        body(format!(r#"{{"kty":"oct","k":"{session}"}}"#).as_bytes()),
        r#"{"kty":"oct","k":"abcdef…(26)"}"#
    );
}

#[test]
fn a_name_in_escapes_is_the_same_name() {
    let shown = body(br#"{"bearer\u005ftoken":"abcdefghijklmnopqrstuvwxyz"}"#);
    assert_eq!(shown, r#"{"bearer\u005ftoken":"abcdef…(26)"}"#);
}

#[test]
fn broken_json_is_shortened_too() {
    let shown = body(br#"{"bearer_token":"abcdefghijklmnopqrstuvwxyz","#);
    assert_eq!(shown, r#"{"bearer_token":"abcdef…(26)","#);
}

proptest! {
    #[test]
    fn arbitrary_fields_never_panic(value in "(access_token|=|\"|,| |[a-zİ]){0,40}") {
        let _ = field("authentication-info", &value);
    }

    #[test]
    fn arbitrary_bodies_never_panic(text in "(\"hmac_key\"|\"|:|\\\\|[a-zä ]|\\{){0,40}") {
        let _ = body(text.as_bytes());
    }
}
