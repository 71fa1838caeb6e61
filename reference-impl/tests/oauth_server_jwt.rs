//! Assertions: clients that sign instead of keeping a secret, and issuers that speak for accounts.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod oauth_server_lab;

use std::sync::Arc;

use btx_spec::jose::{Algorithm, KeySet, SignedToken};
use oauth_server_lab::{
    ISSUER, Lab, NEW_YEAR, PORTAL, SECRET, claims, key, other_signature, signed, spoken,
};
use serde_json::{Value, json};

/// What is wrong with the claims of an assertion, of whichever kind.
fn wrong_claims() -> Vec<Value> {
    vec![
        json!({ "exp": null }),
        json!({ "exp": NEW_YEAR - 60, "iat": NEW_YEAR - 120 }),
        json!({ "exp": NEW_YEAR - 3600, "iat": NEW_YEAR - 3660 }),
        json!({ "exp": (NEW_YEAR + 60).to_string() }),
        json!({ "exp": NEW_YEAR + 3661 }),
        json!({ "iat": NEW_YEAR - 3601 }),
        json!({ "nbf": NEW_YEAR + 61 }),
        json!({ "nbf": "soon" }),
        json!({ "aud": null }),
        json!({ "aud": "https://other.example" }),
        json!({ "aud": format!("{ISSUER}/") }),
        json!({ "aud": "https://as.example" }),
        json!({ "aud": "https://as.example/oauth/token" }),
        json!({ "aud": [ISSUER, "https://other.example"] }),
        json!({ "aud": [] }),
        json!({ "aud": 7 }),
        json!({ "sub": null }),
        json!({ "sub": "somebody" }),
        json!({ "iss": null }),
        json!({ "iss": "https://other.example" }),
        json!({ "jti": 7 }),
    ]
}

#[tokio::test]
async fn a_client_may_sign() {
    let lab = Lab::new();
    for alter in [
        json!({}),
        json!({ "exp": NEW_YEAR - 59, "iat": NEW_YEAR - 120 }),
        json!({ "exp": NEW_YEAR + 360 }),
        json!({ "exp": NEW_YEAR as f64 + 0.5 }),
        json!({ "nbf": NEW_YEAR + 60 }),
        json!({ "iat": null }),
        json!({ "jti": null }),
        json!({ "aud": [ISSUER] }),
        json!({ "more": { "of": ["it"] } }),
    ] {
        let assertion = signed(&lab, alter.clone());
        let token = lab.ask_signed(&assertion, &[]).await.granted();
        let told = lab.introspect(&token).await;
        assert_eq!(told["client_id"], json!("signer"), "{alter}");
        assert_eq!(told["sub"], json!("signer"), "{alter}");
    }
    let named = [("client_id", "signer")];
    lab.ask_signed(&signed(&lab, json!({})), &named)
        .await
        .granted();
}

#[tokio::test]
async fn an_assertion_with_wrong_claims_proves_no_client() {
    let lab = Lab::new();
    for alter in wrong_claims() {
        let answer = lab.ask_signed(&signed(&lab, alter.clone()), &[]).await;
        assert_eq!(answer.error(), "invalid_client", "{alter}");
    }
    for alter in [
        json!({ "exp": NEW_YEAR + 361 }),
        json!({ "iat": NEW_YEAR - 301 }),
    ] {
        let answer = lab.ask_signed(&signed(&lab, alter.clone()), &[]).await;
        assert_eq!(answer.error(), "invalid_client", "{alter}");
        // The word of an issuer about an account may live for longer.
        lab.ask_for_account(&spoken(&lab, alter), &[])
            .await
            .granted();
    }
    let other = [("client_id", "farm")];
    let answer = lab.ask_signed(&signed(&lab, json!({})), &other).await;
    assert_eq!(answer.error(), "invalid_client");
}

#[tokio::test]
async fn the_header_of_an_assertion_is_judged() {
    let lab = Lab::new();
    let payload = || Value::from(claims("signer", "signer", json!({}))).to_string();
    let sound = json!({ "alg": "ES256", "kid": "signer-1" });
    let with = |more: Value| {
        let mut header = sound.clone();
        let members = header.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        header.to_string()
    };
    for header in [
        sound.to_string(),
        json!({ "alg": "ES256" }).to_string(),
        with(json!({ "typ": "client-authentication+jwt" })),
        with(json!({ "typ": "application/Client-Authentication+JWT" })),
        with(json!({ "typ": "JWT" })),
    ] {
        let assertion = lab.signer.sign_raw(&header, &payload()).unwrap();
        lab.ask_signed(&assertion, &[]).await.granted();
    }
    let own = lab.signer.public().to_jwk();
    for header in [
        with(json!({ "typ": "at+jwt" })),
        with(json!({ "typ": "authorization-grant+jwt" })),
        with(json!({ "crit": ["exp"], "exp": 1 })),
        with(json!({ "kid": "signer-2", "jwk": own })),
        with(json!({ "alg": "none" })),
        with(json!({ "alg": "HS256" })),
        with(json!({ "alg": "RS256" })),
        with(json!({ "alg": "EdDSA" })),
        r#"{"alg":"ES256","alg":"ES256","kid":"signer-1"}"#.to_owned(),
    ] {
        let assertion = lab.signer.sign_raw(&header, &payload()).unwrap();
        let answer = lab.ask_signed(&assertion, &[]).await;
        assert_eq!(answer.error(), "invalid_client", "{header}");
    }
    let twice = payload().replace("\"iss\"", "\"iss\":\"signer\",\"iss\"");
    let assertion = lab.signer.sign_raw(&sound.to_string(), &twice).unwrap();
    let answer = lab.ask_signed(&assertion, &[]).await;
    assert_eq!(answer.error(), "invalid_client");
}

#[tokio::test]
async fn the_signature_has_to_be_of_a_key_of_the_client() {
    let lab = Lab::new();
    let stranger = key(Algorithm::ES256, "signer-1");
    let claims = claims("signer", "signer", json!({}));
    let forged = stranger.sign(None, &claims).unwrap();
    let cut = signed(&lab, json!({}))
        .rsplit_once('.')
        .unwrap()
        .0
        .to_owned();
    for assertion in [
        forged.as_str(),
        &format!("{cut}."),
        &cut,
        "a.b.c",
        "..",
        "x",
    ] {
        let answer = lab.ask_signed(assertion, &[]).await;
        assert_eq!(answer.error(), "invalid_client", "{assertion}");
    }
    // Of a client with a secret there is no key, so nobody can sign for it.
    let as_farm = oauth_server_lab::claims("farm", "farm", json!({}));
    let answer = lab
        .ask_signed(&lab.signer.sign(None, &as_farm).unwrap(), &[])
        .await;
    assert_eq!(answer.error(), "invalid_client");
}

#[tokio::test]
async fn only_the_listed_algorithms_of_a_client_count() {
    let lab = Lab::with(|config| {
        for client in &mut config.clients {
            if let btx_reference::oauth::server::ClientAuth::PrivateKeyJwt { algorithms, .. } =
                &mut client.auth
            {
                *algorithms = vec![Algorithm::EdDSA];
            }
        }
    });
    let answer = lab.ask_signed(&signed(&lab, json!({})), &[]).await;
    assert_eq!(answer.error(), "invalid_client");
}

#[tokio::test]
async fn another_kind_of_client_assertion_is_refused() {
    let lab = Lab::new();
    let assertion = signed(&lab, json!({}));
    let parameters = [
        ("grant_type", "client_credentials"),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        ),
        ("client_assertion", &assertion),
    ];
    let answer = lab.post("/oauth/token", None, &parameters).await;
    assert_eq!(answer.error(), "invalid_client");
    lab.ask_signed(&assertion, &[]).await.granted();
}

#[tokio::test]
async fn an_assertion_is_taken_once_at_every_endpoint_together() {
    let lab = Lab::new();
    for alter in [json!({}), json!({ "jti": null })] {
        let assertion = signed(&lab, alter.clone());
        let token = lab.ask_signed(&assertion, &[]).await.granted();
        let again = lab.ask_signed(&assertion, &[]).await;
        assert_eq!(again.error(), "invalid_client", "{alter}");
        // Nor under another signature that is as valid.
        let twin = other_signature(&assertion);
        let again = lab.ask_signed(&twin, &[]).await;
        assert_eq!(again.error(), "invalid_client", "{alter}");
        // Nor within the allowance for clocks after its end.
        lab.advance(60);
        let late = lab.ask_signed(&assertion, &[]).await;
        assert_eq!(late.error(), "invalid_client", "{alter}");
        lab.advance(-60);
        let parameters = [
            ("token", token.as_str()),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", &assertion),
        ];
        for path in ["/oauth/introspect", "/oauth/revoke"] {
            let again = lab.post(path, None, &parameters).await;
            assert_eq!(again.error(), "invalid_client", "{path}");
        }
        assert!(lab.is_live(&token).await);
    }
}

#[tokio::test]
async fn of_many_uses_at_the_same_time_one_counts() {
    let lab = Arc::new(Lab::new());
    let assertion = Arc::new(signed(&lab, json!({})));
    let uses = (0..20).map(|_| {
        let (lab, assertion) = (lab.clone(), assertion.clone());
        tokio::spawn(async move { lab.ask_signed(&assertion, &[]).await.status.as_u16() })
    });
    let statuses = futures::future::join_all(uses).await;
    let granted = statuses
        .into_iter()
        .filter(|status| *status.as_ref().unwrap() == 200);
    assert_eq!(granted.count(), 1);
}

#[tokio::test]
async fn an_issuer_speaks_for_an_account() {
    let lab = Lab::new();
    let answer = lab
        .ask_for_account(&spoken(&lab, json!({})), &[("scope", "write")])
        .await;
    let told = lab.introspect(&answer.granted()).await;
    assert_eq!(told["sub"], json!("robot"));
    assert_eq!(told["client_id"], json!("robot"));
    assert_eq!(told["scope"], json!("write"));
}

#[tokio::test]
async fn an_assertion_with_wrong_claims_speaks_for_nobody() {
    let lab = Lab::new();
    for alter in wrong_claims() {
        let answer = lab.ask_for_account(&spoken(&lab, alter.clone()), &[]).await;
        assert_eq!(answer.error(), "invalid_grant", "{alter}");
    }
}

#[tokio::test]
async fn an_assertion_of_another_key_type_or_purpose_speaks_for_nobody() {
    let lab = Lab::new();
    let claims = claims(PORTAL, "robot", json!({}));
    let stranger = key(Algorithm::EdDSA, "portal-1");
    let other_algorithm = key(Algorithm::ES256, "portal-1");
    let signed_by_client = lab.signer.sign(None, &claims).unwrap();
    for assertion in [
        stranger.sign(None, &claims).unwrap(),
        other_algorithm.sign(None, &claims).unwrap(),
        signed_by_client,
        lab.portal.sign(Some("at+jwt"), &claims).unwrap(),
        lab.portal
            .sign(Some("client-authentication+jwt"), &claims)
            .unwrap(),
        "a.b.c".to_owned(),
    ] {
        let answer = lab.ask_for_account(&assertion, &[]).await;
        assert_eq!(answer.error(), "invalid_grant");
    }
    let sound = lab
        .portal
        .sign(Some("authorization-grant+jwt"), &claims)
        .unwrap();
    lab.ask_for_account(&sound, &[]).await.granted();
    assert_eq!(
        lab.ask_for_account(&sound, &[]).await.error(),
        "invalid_grant"
    );
    assert_eq!(
        lab.ask_for_account("", &[]).await.error(),
        "invalid_request"
    );
}

#[tokio::test]
async fn an_issuer_speaks_for_its_own_accounts_only() {
    let lab = Lab::with(|config| {
        for account in &mut config.accounts {
            account.issuers = vec!["https://other.example".to_owned()];
        }
    });
    let answer = lab.ask_for_account(&spoken(&lab, json!({})), &[]).await;
    assert_eq!(answer.error(), "invalid_grant");
    // An account that is called like a client would get tokens that look like those of the client.
    let lab = Lab::with(|config| {
        for account in &mut config.accounts {
            account.name = "farm".to_owned();
        }
    });
    let answer = lab
        .ask_for_account(&spoken(&lab, json!({ "sub": "farm" })), &[])
        .await;
    assert_eq!(answer.error(), "invalid_grant");
}

#[tokio::test]
async fn an_account_gets_its_scopes_and_a_client_beside_it_no_more_than_its_own() {
    let lab = Lab::new();
    let beyond = lab
        .ask_for_account(&spoken(&lab, json!({})), &[("scope", "admin")])
        .await;
    assert_eq!(beyond.error(), "invalid_scope");

    let beside = async |client: &'static str, scope: &str| {
        let assertion = spoken(&lab, json!({}));
        let parameters = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", &assertion),
            ("scope", scope),
        ];
        lab.post("/oauth/token", Some((client, SECRET)), &parameters)
            .await
    };
    let told = lab
        .introspect(&beside("starter", "read").await.granted())
        .await;
    assert_eq!(
        (&told["client_id"], &told["sub"]),
        (&json!("starter"), &json!("robot"))
    );
    assert_eq!(beside("starter", "write").await.error(), "invalid_scope");
    assert_eq!(beside("farm", "read").await.error(), "unauthorized_client");
    assert_eq!(beside("stranger", "read").await.error(), "invalid_client");
}

#[tokio::test]
async fn an_access_token_may_be_a_jwt() {
    let lab = Lab::new();
    let token = lab.token("jwt-farm").await;
    let published = lab
        .send(axum::http::Method::GET, "/oauth/jwks", &[], "")
        .await;
    let keys = KeySet::parse(published.text.as_bytes()).unwrap();
    let parsed = SignedToken::parse(&token).unwrap();
    keys.verify(&parsed, &[Algorithm::ES256]).unwrap();
    assert_eq!(parsed.typ(), Some("at+jwt"));
    let claims = parsed.claims();
    for (name, value) in [
        ("iss", json!(ISSUER)),
        ("sub", json!("jwt-farm")),
        ("client_id", json!("jwt-farm")),
        ("aud", json!("https://api.example/farm")),
        ("iat", json!(NEW_YEAR)),
        ("exp", json!(NEW_YEAR + 3600)),
        ("scope", json!("read write")),
    ] {
        assert_eq!(claims.get(name), Some(&value), "{name}");
    }
    let jti = |token: &str| SignedToken::parse(token).unwrap().claims()["jti"].clone();
    assert_ne!(jti(&token), jti(&lab.token("jwt-farm").await));
    // The key of the server signs no assertions, and an access token is none.
    assert_eq!(
        lab.ask_for_account(&token, &[]).await.error(),
        "invalid_grant"
    );
    assert_eq!(lab.ask_signed(&token, &[]).await.error(), "invalid_client");
}
