//! The messages of OAuth: what is written is read again, what nobody knows is ignored, and no secret is
//! shown.

use btx_spec::FormError;
use btx_spec::jose::{Audience, NumericDate};
use btx_spec::oauth::challenge::{self, Challenge};
use btx_spec::oauth::{
    AccessToken, ErrorAnswer, Introspection, OauthError, RESOURCE_SUFFIX, ResourceMetadata,
    SERVER_SUFFIX, Scope, ServerMetadata, TokenAnswer, ToldError, well_known,
};
use url::Url;

fn answer() -> TokenAnswer {
    TokenAnswer {
        access_token: AccessToken::parse("2YotnFZFEjr1zCsicMWpAA").unwrap(),
        token_type: "Bearer".to_owned(),
        expires_in: Some(3600),
        scope: Some(Scope::parse("write read").unwrap()),
    }
}

#[test]
fn an_answer_is_written_and_read_again() {
    let expected = r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600,"scope":"read write"}"#;
    assert_eq!(answer().to_json().as_slice(), expected.as_bytes());
    assert_eq!(TokenAnswer::parse(expected.as_bytes()), Ok(answer()));
    let least = TokenAnswer {
        expires_in: None,
        scope: None,
        ..answer()
    };
    let written = least.to_json();
    assert_eq!(TokenAnswer::parse(&written), Ok(least));
    assert!(answer().is_bearer());
}

#[test]
fn nothing_of_a_token_is_shown() {
    let shown = format!("{:?}", answer());
    assert!(
        shown.contains("AccessToken(…)") && !shown.contains("2Yotn"),
        "{shown}"
    );
    let broken = br#"{"access_token":"hunter2\n","token_type":"Bearer"}"#;
    let told = format!("{:?}", TokenAnswer::parse(broken).unwrap_err());
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn errors_have_their_statuses() {
    for error in OauthError::ALL {
        assert_eq!(OauthError::from_name(error.name()), Some(error));
        let answer = ErrorAnswer {
            error,
            error_description: Some("why"),
        };
        let told = ToldError::parse(&answer.to_json()).unwrap();
        assert_eq!(told.known(), Some(error));
        assert_eq!(told.description.as_deref(), Some("why"));
    }
    assert_eq!(OauthError::InvalidClient.status(), 401);
    assert_eq!(OauthError::InvalidGrant.status(), 400);
    assert_eq!(OauthError::ServerError.status(), 500);
    assert_eq!(OauthError::TemporarilyUnavailable.status(), 503);
    assert_eq!(OauthError::from_name("Invalid_client"), None);
    let bare = ErrorAnswer {
        error: OauthError::InvalidScope,
        error_description: None,
    };
    assert_eq!(bare.to_json(), br#"{"error":"invalid_scope"}"#);
    let other = ToldError::parse(br#"{"error":"slow_down","x":1}"#).unwrap();
    assert_eq!(other.known(), None);
    assert_eq!(
        ToldError::parse(b"{}"),
        Err(FormError::Missing { member: "error" })
    );
}

#[test]
fn of_a_dead_token_nothing_else_is_told() {
    assert_eq!(Introspection::inactive().to_json(), br#"{"active":false}"#);
    let told = br#"{"active":false,"sub":"farm","exp":"x"}"#;
    assert_eq!(Introspection::parse(told), Ok(Introspection::inactive()));
}

#[test]
fn an_introspection_is_written_and_read_again() {
    let text = |text: &str| Some(text.to_owned());
    let live = Introspection {
        active: true,
        scope: Some(Scope::parse("read").unwrap()),
        client_id: text("farm"),
        username: text("Ada"),
        token_type: text("Bearer"),
        exp: Some(NumericDate::from_unix(4_102_444_800)),
        iat: Some(NumericDate::from_unix(0)),
        nbf: Some(NumericDate::from_unix(-1)),
        sub: text("milker"),
        aud: Some(Audience::many(vec!["a".to_owned(), "b".to_owned()])),
        iss: text("https://as.example"),
        jti: text("1"),
    };
    assert_eq!(Introspection::parse(&live.to_json()), Ok(live));
}

#[test]
fn metadata_are_written_and_read_again() {
    let text = |text: &str| Some(text.to_owned());
    let list = |item: &str| Some(vec![item.to_owned()]);
    let server = ServerMetadata {
        issuer: "https://as.example".to_owned(),
        token_endpoint: text("a"),
        introspection_endpoint: text("b"),
        revocation_endpoint: text("c"),
        jwks_uri: text("d"),
        scopes_supported: list("e"),
        response_types_supported: Some(Vec::new()),
        grant_types_supported: list("f"),
        token_endpoint_auth_methods_supported: list("g"),
        token_endpoint_auth_signing_alg_values_supported: list("h"),
        introspection_endpoint_auth_methods_supported: list("i"),
        introspection_endpoint_auth_signing_alg_values_supported: list("j"),
        revocation_endpoint_auth_methods_supported: list("k"),
        revocation_endpoint_auth_signing_alg_values_supported: list("l"),
        client_id_metadata_document_supported: Some(true),
    };
    assert_eq!(ServerMetadata::parse(&server.to_json()), Ok(server));
    let resource = ResourceMetadata {
        resource: "https://api.example".to_owned(),
        authorization_servers: list("https://as.example"),
        jwks_uri: text("a"),
        scopes_supported: list("b"),
        bearer_methods_supported: list("header"),
        resource_name: text("c"),
    };
    assert_eq!(ResourceMetadata::parse(&resource.to_json()), Ok(resource));
}

#[test]
fn metadata_have_their_types() {
    for (body, member) in [
        (r#"{"issuer":1}"#, "issuer"),
        (r#"{"issuer":"a","token_endpoint":null}"#, "token_endpoint"),
        (
            r#"{"issuer":"a","grant_types_supported":"password"}"#,
            "grant_types_supported",
        ),
        (
            r#"{"issuer":"a","scopes_supported":["a",1]}"#,
            "scopes_supported",
        ),
    ] {
        let read = ServerMetadata::parse(body.as_bytes());
        assert_eq!(read, Err(FormError::WrongType { member }), "{body}");
    }
    let missing = ServerMetadata::parse(br#"{"token_endpoint":"a"}"#);
    assert_eq!(missing, Err(FormError::Missing { member: "issuer" }));
    let twice = ResourceMetadata::parse(br#"{"resource":"a","resource":"b"}"#);
    assert_eq!(twice, Err(FormError::RepeatedName));
    let unknown = ResourceMetadata::parse(br#"{"resource":"a","x":{"y":[null]}}"#);
    assert_eq!(unknown.unwrap().resource, "a");
}

#[test]
fn a_challenge_is_written_and_read_again() {
    let written = Challenge::new("Bearer")
        .with("realm", "the \"farm\" \\ é")
        .with("realm", "the \"farm\" \\")
        .with("error", "insufficient_scope")
        .with("scope", "read write");
    let text = r#"Bearer realm="the \"farm\" \\", error="insufficient_scope", scope="read write""#;
    assert_eq!(
        written.to_string(),
        text,
        "a value that cannot be quoted is left out"
    );
    let read = challenge::parse(text).unwrap();
    assert_eq!(read, [written]);
    let [only] = read.as_slice() else {
        panic!("one challenge")
    };
    assert_eq!(only.realm(), Some("the \"farm\" \\"));
    assert_eq!(only.error(), Some("insufficient_scope"));
    assert_eq!(only.scope(), Some("read write"));
    assert_eq!(only.resource_metadata(), None);
    let several = challenge::parse("Negotiate YQ==, bearer, Basic realm=x").unwrap();
    assert_eq!(several.len(), 3);
    let whole: Vec<String> = several.iter().map(Challenge::to_string).collect();
    assert_eq!(whole, ["Negotiate YQ==", "bearer", "Basic realm=\"x\""]);
}

#[test]
fn an_address_has_no_fragment() {
    let identifier = Url::parse("https://a.example/b#c").unwrap();
    let address = well_known(&identifier, SERVER_SUFFIX);
    assert_eq!(
        address.as_str(),
        "https://a.example/.well-known/oauth-authorization-server/b"
    );
    let address = well_known(&identifier, RESOURCE_SUFFIX);
    assert_eq!(
        address.as_str(),
        "https://a.example/.well-known/oauth-protected-resource/b"
    );
}

/// What is written is the number that was read, to the last digit, however large or fractional it is.
#[test]
fn a_time_is_read_as_it_was_written() {
    for exp in [
        "410244486666666600666600",
        "1795352400.1234567",
        "4.1024448666666590e23",
    ] {
        let text = format!("{{\"active\":true,\"exp\":{exp}}}");
        let answer = Introspection::parse(text.as_bytes()).unwrap();
        let again = Introspection::parse(&answer.to_json());
        assert_eq!(again.as_ref(), Ok(&answer), "{exp}");
    }
}
