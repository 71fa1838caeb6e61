//! What becomes of a token: introspection, revocation; and the documents that lead to the server.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod oauth_server_lab;

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use btx_reference::oauth::store::{MemoryTokens, Room};
use btx_spec::jose::Algorithm;
use btx_spec::oauth::ServerMetadata;
use oauth_server_lab::{ISSUER, Lab, NEW_YEAR, RESOURCE, SECRET, key, other_signature, signed};
use serde_json::{Value, json};

#[tokio::test]
async fn the_resource_server_is_told_all_about_a_live_token() {
    let lab = Lab::new();
    for client in ["farm", "jwt-farm"] {
        let token = lab.token(client).await;
        let told = lab.introspect(&token).await;
        let expected = json!({
            "active": true, "scope": "read write", "client_id": client, "sub": client,
            "token_type": "Bearer", "iat": NEW_YEAR, "exp": NEW_YEAR + 3600,
            "aud": RESOURCE, "iss": ISSUER,
        });
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn nothing_is_told_about_a_token_that_is_not_live() {
    let lab = Lab::new();
    let opaque = lab.token("farm").await;
    let jwt = lab.token("jwt-farm").await;
    let foreign = Lab::new().token("jwt-farm").await;
    let dead = json!({ "active": false });
    let (start, _) = jwt.rsplit_once('.').unwrap();
    for token in [
        "x",
        "a.b.c",
        &foreign,
        &format!("{start}.AAAA"),
        &format!("{opaque}="),
    ] {
        assert_eq!(lab.introspect(token).await, dead, "{token}");
    }
    lab.advance(3599);
    assert!(lab.is_live(&opaque).await && lab.is_live(&jwt).await);
    lab.advance(1);
    for token in [opaque, jwt] {
        assert_eq!(lab.introspect(&token).await, dead);
    }
}

#[tokio::test]
async fn an_assertion_under_the_key_of_the_server_is_no_access_token() {
    let own = Arc::new(key(Algorithm::ES256, "server-1"));
    let lab = Lab::with(|config| config.signing_key = Some(own.clone()));
    let claims = json!({
        "iss": ISSUER, "sub": "farm", "client_id": "farm", "aud": RESOURCE, "jti": "1",
        "iat": NEW_YEAR, "exp": NEW_YEAR + 60,
    });
    let claims = claims.as_object().unwrap();
    let typed = |typ| own.sign(typ, claims).unwrap();
    assert!(lab.is_live(&typed(Some("at+jwt"))).await);
    for typ in [None, Some("JWT"), Some("client-authentication+jwt")] {
        assert!(!lab.is_live(&typed(typ)).await, "{typ:?}");
    }
}

#[tokio::test]
async fn a_client_is_told_about_its_own_tokens_only() {
    let lab = Lab::new();
    let token = lab.token("farm").await;
    for (client, active) in [("farm", true), ("barn", false), ("api", true)] {
        let answer = lab
            .post(
                "/oauth/introspect",
                Some((client, SECRET)),
                &[("token", &token)],
            )
            .await;
        assert_eq!(answer.json()["active"], json!(active), "{client}");
        assert_eq!(answer.field("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn only_authenticated_posts_with_a_token_are_answered() {
    let lab = Lab::new();
    let token = lab.token("farm").await;
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        let shown = [("token", token.as_str())];
        for client in [
            None,
            Some(("farm", "wrong but long enough")),
            Some(("nobody", SECRET)),
        ] {
            let answer = lab.post(path, client, &shown).await;
            assert_eq!(answer.error(), "invalid_client", "{path} {client:?}");
        }
        let farm = Some(("farm", SECRET));
        for parameters in [&[][..], &[("token", "")], &[("token", "a"), ("token", "a")]] {
            let answer = lab.post(path, farm, parameters).await;
            assert_eq!(answer.error(), "invalid_request", "{path} {parameters:?}");
        }
        let get = lab
            .send(Method::GET, &format!("{path}?token={token}"), &[], "")
            .await;
        assert_eq!(get.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(get.field("allow"), "POST");
    }
    assert!(lab.is_live(&token).await);
}

#[tokio::test]
async fn a_client_ends_its_tokens_whatever_it_says_they_are() {
    let lab = Lab::new();
    for client in ["farm", "jwt-farm"] {
        for hint in ["access_token", "refresh_token", "something", ""] {
            let token = lab.token(client).await;
            let other = lab.token(client).await;
            let parameters = [("token", token.as_str()), ("token_type_hint", hint)];
            for _ in 0..2 {
                let ended = lab
                    .post("/oauth/revoke", Some((client, SECRET)), &parameters)
                    .await;
                assert_eq!(ended.status, StatusCode::OK, "{}", ended.text);
                assert_eq!(lab.introspect(&token).await, json!({ "active": false }));
            }
            assert!(lab.is_live(&other).await);
        }
    }
    let unknown = [("token", "never-issued")];
    let answer = lab
        .post("/oauth/revoke", Some(("farm", SECRET)), &unknown)
        .await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn nobody_ends_the_token_of_another() {
    let lab = Lab::new();
    for client in ["farm", "jwt-farm"] {
        let token = lab.token(client).await;
        for other in ["barn", "api"] {
            let answer = lab
                .post("/oauth/revoke", Some((other, SECRET)), &[("token", &token)])
                .await;
            assert_eq!(answer.error(), "unauthorized_client");
        }
        assert!(lab.is_live(&token).await);
    }
}

#[tokio::test]
async fn a_revoked_jwt_stays_revoked_under_another_signature() {
    let lab = Lab::new();
    let token = lab.token("jwt-farm").await;
    let parameters = [("token", token.as_str())];
    lab.post("/oauth/revoke", Some(("jwt-farm", SECRET)), &parameters)
        .await;
    let twin = other_signature(&token);
    assert_ne!(twin, token);
    assert!(!lab.is_live(&twin).await);
}

#[tokio::test]
async fn a_client_that_signs_may_introspect_and_revoke() {
    let lab = Lab::new();
    let token = lab
        .ask_signed(&signed(&lab, json!({})), &[])
        .await
        .granted();
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        let assertion = signed(&lab, json!({}));
        let parameters = [
            ("token", token.as_str()),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", &assertion),
        ];
        let answer = lab.post(path, None, &parameters).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
    assert!(!lab.is_live(&token).await);
}

#[tokio::test]
async fn the_metadata_say_what_the_server_does() {
    let lab = Lab::new();
    let path = "/.well-known/oauth-authorization-server/farms";
    let answer = lab.send(Method::GET, path, &[], "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.field("content-type"), "application/json");
    let metadata = ServerMetadata::parse(answer.text.as_bytes()).unwrap();
    let list = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    let at = |path: &str| Some(format!("https://as.example/oauth/{path}"));
    assert_eq!(metadata.issuer, ISSUER);
    assert_eq!(metadata.token_endpoint, at("token"));
    assert_eq!(metadata.introspection_endpoint, at("introspect"));
    assert_eq!(metadata.revocation_endpoint, at("revoke"));
    assert_eq!(metadata.jwks_uri, at("jwks"));
    assert_eq!(metadata.scopes_supported, list(&["read", "write"]));
    assert_eq!(
        metadata.grant_types_supported,
        list(&[
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:jwt-bearer"
        ])
    );
    assert_eq!(
        metadata.token_endpoint_auth_methods_supported,
        list(&[
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt"
        ])
    );
    assert_eq!(
        metadata.token_endpoint_auth_signing_alg_values_supported,
        list(&["ES256"])
    );
}

#[tokio::test]
async fn the_metadata_claim_nothing_that_is_switched_off() {
    let lab = Lab::with(|config| {
        config.secrets_in_form = false;
        config.trusted_issuers.clear();
        config.clients.truncate(1);
        config.signing_key = None;
    });
    let path = "/.well-known/oauth-authorization-server/farms";
    let answer = lab.send(Method::GET, path, &[], "").await;
    let metadata = ServerMetadata::parse(answer.text.as_bytes()).unwrap();
    assert_eq!(
        metadata.grant_types_supported.unwrap(),
        ["client_credentials"]
    );
    assert_eq!(
        metadata.token_endpoint_auth_methods_supported.unwrap(),
        ["client_secret_basic"]
    );
    assert_eq!(
        metadata.token_endpoint_auth_signing_alg_values_supported,
        None
    );
    assert_eq!(metadata.jwks_uri, None);
    let keys = lab.send(Method::GET, "/oauth/jwks", &[], "").await;
    assert_eq!(keys.json(), json!({ "keys": [] }));
}

#[tokio::test]
async fn the_published_keys_are_public() {
    let lab = Lab::new();
    let keys: Value = lab.send(Method::GET, "/oauth/jwks", &[], "").await.json();
    let [key] = keys["keys"].as_array().unwrap().as_slice() else {
        unreachable!("one key is published");
    };
    assert_eq!(key["kid"], json!("server-1"));
    for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        assert_eq!(key.get(private), None);
    }
}

#[tokio::test]
async fn a_full_store_refuses_for_a_while_and_grants_nothing() {
    let room = Room {
        tokens: 2,
        remembered: 1,
    };
    let lab = Lab::on(Arc::new(MemoryTokens::with_room(room)), |_| {});
    for _ in 0..2 {
        lab.ask(&[]).await.granted();
    }
    let full = lab.ask(&[]).await;
    assert_eq!(full.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(full.field("retry-after"), "5");
    assert_eq!(full.json()["error"], json!("temporarily_unavailable"));
    lab.advance(3600);
    lab.ask(&[]).await.granted();

    let later = json!({ "iat": NEW_YEAR + 3600, "exp": NEW_YEAR + 3660 });
    lab.ask_signed(&signed(&lab, later.clone()), &[])
        .await
        .granted();
    let full = lab.ask_signed(&signed(&lab, later), &[]).await;
    assert_eq!(full.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn without_a_key_there_are_no_jwts() {
    let lab = Lab::with(|config| config.signing_key = None);
    let answer = lab.ask_as(("jwt-farm", SECRET), &[]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    lab.ask(&[]).await.granted();
}

#[tokio::test]
async fn replicas_share_what_they_know() {
    let tokens = Arc::new(MemoryTokens::new());
    let one = Lab::on(tokens.clone(), |_| {});
    let other = Lab::on(tokens, |_| {});
    let token = one.token("farm").await;
    assert!(other.is_live(&token).await);
    let parameters = [("token", token.as_str())];
    other
        .post("/oauth/revoke", Some(("farm", SECRET)), &parameters)
        .await;
    assert!(!one.is_live(&token).await);
}
