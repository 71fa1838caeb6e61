//! The token endpoint, asked by clients with a secret.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod oauth_server_lab;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use btx_reference::oauth::server::ClientAuth;
use btx_spec::oauth::basic;
use oauth_server_lab::{AWKWARD_ID, AWKWARD_SECRET, FORM, Lab, RESOURCE, SECRET};
use serde_json::json;

const GRANT: &str = "grant_type=client_credentials";

#[tokio::test]
async fn a_client_with_its_secret_gets_a_token() {
    let lab = Lab::new();
    let answer = lab.ask(&[("scope", "write read")]).await;
    let token = answer.granted();
    assert_eq!(token.len(), 43);
    assert_eq!(answer.json()["scope"], json!("read write"));
    assert_eq!(answer.json()["expires_in"], json!(3600));
    assert!(lab.is_live(&token).await);
    assert_ne!(lab.token("farm").await, token);
}

#[tokio::test]
async fn id_and_secret_may_have_any_characters() {
    let lab = Lab::new();
    lab.ask_as((AWKWARD_ID, AWKWARD_SECRET), &[])
        .await
        .granted();
    let parameters = [
        ("grant_type", "client_credentials"),
        ("client_id", AWKWARD_ID),
        ("client_secret", AWKWARD_SECRET),
    ];
    lab.post("/oauth/token", None, &parameters).await.granted();
    let field = basic::encode("farm", SECRET).replace("Basic", "bAsIc");
    let fields = [("content-type", FORM), ("authorization", &field)];
    let answer = lab.send(Method::POST, "/oauth/token", &fields, GRANT).await;
    answer.granted();
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_client_get_one_answer() {
    let lab = Lab::new();
    let wrong = lab
        .ask_as(("farm", "another secret of that length"), &[])
        .await;
    assert_eq!(wrong.error(), "invalid_client");
    for (id, secret) in [
        ("fram", SECRET),
        ("farm", ""),
        ("", SECRET),
        ("signer", SECRET),
    ] {
        let answer = lab.ask_as((id, secret), &[]).await;
        assert_eq!(answer.text, wrong.text, "{id}");
        assert_eq!(answer.headers, wrong.headers, "{id}");
        assert_eq!(answer.error(), "invalid_client");
    }
}

#[tokio::test]
async fn a_client_has_to_prove_itself_in_exactly_one_way() {
    let lab = Lab::new();
    let farm = Some(("farm", SECRET));
    let grant = ("grant_type", "client_credentials");
    let assertion = (
        "client_assertion_type",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    );
    let cases: [(_, &[(&str, &str)], &str); 9] = [
        (None, &[], "invalid_client"),
        (None, &[("client_id", "farm")], "invalid_client"),
        (None, &[("client_secret", SECRET)], "invalid_request"),
        (None, &[("client_assertion", "a.b.c")], "invalid_request"),
        (None, &[assertion], "invalid_request"),
        (farm, &[("client_id", "barn")], "invalid_client"),
        (farm, &[("client_secret", SECRET)], "invalid_request"),
        (
            farm,
            &[assertion, ("client_assertion", "a.b.c")],
            "invalid_request",
        ),
        (
            None,
            &[
                ("client_id", "farm"),
                ("client_secret", SECRET),
                assertion,
                ("client_assertion", "a.b.c"),
            ],
            "invalid_request",
        ),
    ];
    for (client, more, error) in cases {
        let parameters = [&[grant], more].concat();
        let answer = lab.post("/oauth/token", client, &parameters).await;
        assert_eq!(answer.error(), error, "{more:?}");
    }
    lab.ask(&[("client_id", "farm")]).await.granted();
}

#[tokio::test]
async fn only_one_authorization_field_of_the_right_scheme_counts() {
    let lab = Lab::new();
    let farm = basic::encode("farm", SECRET);
    for (values, error) in [
        (vec![farm.as_str(), farm.as_str()], "invalid_request"),
        (vec!["Bearer abcdefghijklmnopqrstuvwxyz"], "invalid_client"),
        (vec!["Basic"], "invalid_client"),
        (vec!["Basic ZmFybQ=="], "invalid_client"),
        (vec!["Basic !!!!"], "invalid_client"),
        (vec![""], "invalid_client"),
    ] {
        let mut fields = vec![("content-type", FORM)];
        fields.extend(values.iter().map(|value| ("authorization", *value)));
        let answer = lab.send(Method::POST, "/oauth/token", &fields, GRANT).await;
        assert_eq!(answer.error(), error, "{values:?}");
    }
}

#[tokio::test]
async fn a_secret_in_the_form_is_taken_where_that_is_allowed() {
    let parameters = [
        ("grant_type", "client_credentials"),
        ("client_id", "farm"),
        ("client_secret", SECRET),
    ];
    let lab = Lab::new();
    lab.post("/oauth/token", None, &parameters).await.granted();
    let lab = Lab::with(|config| config.secrets_in_form = false);
    let answer = lab.post("/oauth/token", None, &parameters).await;
    assert_eq!(answer.error(), "invalid_client");
    lab.ask(&[]).await.granted();
}

#[tokio::test]
async fn a_request_is_a_post_of_a_form() {
    let lab = Lab::new();
    let farm = basic::encode("farm", SECRET);
    let authorization = ("authorization", farm.as_str());
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let path = format!("/oauth/token?{GRANT}");
        let answer = lab.send(method, &path, &[authorization], "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.field("allow"), "POST");
        assert_eq!(answer.field("cache-control"), "no-store");
    }
    for (media_type, body) in [
        ("application/json", r#"{"grant_type":"client_credentials"}"#),
        ("text/plain", GRANT),
        (FORM, "grant_type=%zz"),
        (FORM, "grant_type=client_credentials\r\n"),
    ] {
        let fields = [authorization, ("content-type", media_type)];
        let answer = lab.send(Method::POST, "/oauth/token", &fields, body).await;
        assert_eq!(answer.error(), "invalid_request", "{body}");
    }
    let answer = lab
        .send(Method::POST, "/oauth/token", &[authorization], GRANT)
        .await;
    assert_eq!(answer.error(), "invalid_request");
    let coded = [
        authorization,
        ("content-type", FORM),
        ("content-encoding", "gzip"),
    ];
    let answer = lab.send(Method::POST, "/oauth/token", &coded, GRANT).await;
    assert_eq!(answer.error(), "invalid_request");
    let in_utf_8 = [
        authorization,
        (
            "content-type",
            "Application/X-WWW-Form-Urlencoded;charset=UTF-8",
        ),
    ];
    let answer = lab
        .send(Method::POST, "/oauth/token", &in_utf_8, GRANT)
        .await;
    answer.granted();
}

#[tokio::test]
async fn parameters_of_the_uri_do_not_count() {
    let lab = Lab::new();
    let fields = [("content-type", FORM)];
    let path = format!(
        "/oauth/token?client_id=farm&client_secret={}",
        SECRET.replace(' ', "+")
    );
    let answer = lab.send(Method::POST, &path, &fields, GRANT).await;
    assert_eq!(answer.error(), "invalid_client");
    let farm = basic::encode("farm", SECRET);
    let fields = [("content-type", FORM), ("authorization", &farm)];
    let path = format!("/oauth/token?{GRANT}");
    let answer = lab.send(Method::POST, &path, &fields, "").await;
    assert_eq!(answer.error(), "invalid_request");
}

#[tokio::test]
async fn repeated_parameters_are_refused_and_empty_and_unknown_ones_ignored() {
    let lab = Lab::new();
    for name in ["scope", "grant_type", "resource", "colour"] {
        let answer = lab.ask(&[(name, "read"), (name, "read")]).await;
        assert_eq!(answer.error(), "invalid_request", "{name}");
    }
    lab.ask(&[("colour", "green"), ("scope", ""), ("resource", "")])
        .await
        .granted();
    let farm = Some(("farm", SECRET));
    let answer = lab.post("/oauth/token", farm, &[("grant_type", "")]).await;
    assert_eq!(answer.error(), "invalid_request");
}

#[tokio::test]
async fn a_form_may_have_16_kib_and_not_more() {
    let lab = Lab::new();
    let farm = basic::encode("farm", SECRET);
    let fields = [("content-type", FORM), ("authorization", &farm)];
    let padded = |length: usize| {
        let start = format!("{GRANT}&padding=");
        let padding = "x".repeat(length - start.len());
        start + &padding
    };
    let largest = lab
        .send(Method::POST, "/oauth/token", &fields, padded(16 * 1024))
        .await;
    largest.granted();
    let beyond = lab
        .send(Method::POST, "/oauth/token", &fields, padded(16 * 1024 + 1))
        .await;
    assert_eq!(beyond.error(), "invalid_request");
    let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>("x".repeat(8192)));
    let beyond = lab
        .send(
            Method::POST,
            "/oauth/token",
            &fields,
            Body::from_stream(endless),
        )
        .await;
    assert_eq!(beyond.error(), "invalid_request");
}

#[tokio::test]
async fn only_known_grants_are_given_to_clients_that_may_have_them() {
    let lab = Lab::new();
    let farm = Some(("farm", SECRET));
    for grant in [
        "password",
        "authorization_code",
        "refresh_token",
        "Client_Credentials",
        "x",
    ] {
        let parameters = [
            ("grant_type", grant),
            ("username", "farmer"),
            ("password", "hunter2"),
        ];
        let answer = lab.post("/oauth/token", farm, &parameters).await;
        assert_eq!(answer.error(), "unsupported_grant_type", "{grant}");
        assert!(!answer.text.contains(grant), "{}", answer.text);
    }
    let answer = lab.ask_as(("idle", SECRET), &[]).await;
    assert_eq!(answer.error(), "unauthorized_client");
}

#[tokio::test]
async fn scopes_are_granted_as_asked_or_not_at_all() {
    let lab = Lab::new();
    for (asked, granted) in [
        ("", "read write"),
        ("read", "read"),
        ("write read", "read write"),
    ] {
        let answer = lab.ask(&[("scope", asked)]).await;
        answer.granted();
        assert_eq!(answer.json()["scope"], json!(granted), "{asked}");
    }
    for scope in [
        "admin",
        "read admin",
        "READ",
        "read  write",
        " read",
        "re\"ad",
        "é",
    ] {
        let answer = lab.ask(&[("scope", scope)]).await;
        assert_eq!(answer.error(), "invalid_scope", "{scope}");
        assert!(!answer.text.contains("admin"));
    }
    let lab = Lab::with(|config| {
        for client in &mut config.clients {
            client.tokens.default_scope = None;
        }
    });
    assert_eq!(lab.ask(&[]).await.error(), "invalid_scope");
    lab.ask(&[("scope", "read")]).await.granted();
}

#[tokio::test]
async fn a_token_is_for_one_resource() {
    let lab = Lab::new();
    for (asked, meant) in [
        ("", RESOURCE),
        (RESOURCE, RESOURCE),
        ("urn:example:other", "urn:example:other"),
    ] {
        let token = lab.ask(&[("resource", asked)]).await.granted();
        assert_eq!(lab.introspect(&token).await["aud"], json!(meant));
    }
    for resource in [
        "https://other.example",
        "https://API.example/farm",
        "https://api.example/farm/",
        "https://api.example/farm#part",
        "https://api.example/farm#",
        "/farm",
        "farm",
    ] {
        let answer = lab.ask(&[("resource", resource)]).await;
        assert_eq!(answer.error(), "invalid_target", "{resource}");
    }
}

#[tokio::test]
async fn lifetimes_are_those_of_the_client() {
    let lab = Lab::with(|config| {
        for client in &mut config.clients {
            let short = std::time::Duration::from_millis(1500);
            client.tokens.lifetime = (client.id == "barn").then_some(short);
        }
    });
    let answer = lab.ask_as(("barn", SECRET), &[]).await;
    assert_eq!(answer.json()["expires_in"], json!(2));
    let token = answer.granted();
    lab.advance(1);
    assert!(lab.is_live(&token).await);
    lab.advance(1);
    assert!(!lab.is_live(&token).await);
}

#[tokio::test]
async fn of_several_clients_with_one_id_the_last_counts() {
    let lab = Lab::with(|config| {
        let signs = config.clients.last().unwrap().auth.clone();
        assert!(matches!(signs, ClientAuth::PrivateKeyJwt { .. }));
        let mut farm = config.clients.first().unwrap().clone();
        farm.auth = signs;
        config.clients.push(farm);
    });
    assert_eq!(lab.ask(&[]).await.error(), "invalid_client");
}
