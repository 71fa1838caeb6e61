//! The judge of token requests: whatever it is given it decides, and it grants nothing without a proof.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod oauth_server_lab;

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, header};
use btx_reference::oauth::server::Registry;
use btx_reference::oauth::server::judge::judge;
use btx_reference::oauth::server::shown;
use btx_spec::jose::{Algorithm, SigningKey};
use btx_spec::oauth::{OauthError, basic, form};
use oauth_server_lab::{
    FORM, ISSUER, NEW_YEAR, PORTAL, RESOURCE, SECRET, claims, config, key, scope,
};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

/// A server, and everything that proves something to it.
struct Given {
    registry: Registry,
    /// The one sound assertion of the client `signer`.
    client: String,
    /// The one sound assertion about the account `robot`.
    account: String,
    /// Assertions that prove nothing.
    worthless: Vec<String>,
}

static GIVEN: LazyLock<Given> = LazyLock::new(|| {
    let signer = key(Algorithm::ES256, "signer-1");
    let portal = key(Algorithm::EdDSA, "portal-1");
    let of = |key: &SigningKey, issuer: &str, subject: &str, alter| {
        key.sign(None, &claims(issuer, subject, alter)).unwrap()
    };
    let forger = key(Algorithm::ES256, "signer-1");
    Given {
        registry: Registry::new(config(&signer, &portal)),
        client: of(&signer, "signer", "signer", json!({})),
        account: of(&portal, PORTAL, "robot", json!({})),
        worthless: vec![
            of(&forger, "signer", "signer", json!({})),
            of(&signer, "farm", "farm", json!({})),
            of(&signer, "signer", "farm", json!({})),
            of(&signer, "signer", "signer", json!({ "exp": NEW_YEAR - 60 })),
            of(&portal, PORTAL, "somebody", json!({})),
            of(
                &portal,
                PORTAL,
                "robot",
                json!({ "aud": "https://other.example" }),
            ),
            "a.b.c".to_owned(),
        ],
    }
});

/// Values that mean something somewhere, and some that do not.
fn value() -> impl Strategy<Value = String> {
    let given = &*GIVEN;
    let mut known: Vec<String> = [
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "password",
        "farm",
        "signer",
        "idle",
        "robot",
        "nobody",
        SECRET,
        "a wrong secret of that length",
        "read",
        "write read",
        "admin",
        RESOURCE,
        ISSUER,
    ]
    .map(str::to_owned)
    .to_vec();
    known.extend(given.worthless.iter().cloned());
    // The sound ones often enough that something is granted.
    known.extend(
        [&given.client, &given.account]
            .repeat(4)
            .into_iter()
            .cloned(),
    );
    prop_oneof![9 => select(known), 1 => ".{0,20}"]
}

fn parameters() -> impl Strategy<Value = Vec<(String, String)>> {
    let fitting = |name: &'static str, values: Vec<String>| {
        let values = prop_oneof![3 => select(values), 1 => value()];
        values.prop_map(move |value| Some((name.to_owned(), value)))
    };
    let given = &*GIVEN;
    let texts = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    let grants = [
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ];
    let maybe = |strategy: BoxedStrategy<Option<(String, String)>>| prop_oneof![1 => Just(None), 1 => strategy];
    let kind = ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"];
    let strategies = (
        fitting("grant_type", texts(&grants)),
        maybe(fitting("client_id", texts(&["farm", "signer"])).boxed()),
        maybe(fitting("client_secret", texts(&[SECRET])).boxed()),
        maybe(fitting("client_assertion_type", texts(&kind)).boxed()),
        maybe(fitting("client_assertion", vec![given.client.clone()]).boxed()),
        maybe(fitting("assertion", vec![given.account.clone()]).boxed()),
        maybe(fitting("scope", texts(&["read", "write read", "admin"])).boxed()),
        maybe(fitting("resource", texts(&[RESOURCE])).boxed()),
    );
    strategies.prop_map(|(a, b, c, d, e, f, g, h)| {
        [a, b, c, d, e, f, g, h].into_iter().flatten().collect()
    })
}

fn headers(authorization: Option<&[u8]>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(FORM));
    let field = authorization.and_then(|value| HeaderValue::from_bytes(value).ok());
    if let Some(field) = field {
        headers.insert(header::AUTHORIZATION, field);
    }
    headers
}

/// Whether a request has something in it that proves something.
fn proves(credentials: Option<&(String, String)>, parameters: &[(String, String)]) -> bool {
    let has = |name: &str, value: &str| {
        parameters
            .iter()
            .any(|(own, it)| own == name && it == value)
    };
    let secret = |id: &str, secret: &str| {
        secret == SECRET && ["farm", "barn", "api", "starter", "jwt-farm"].contains(&id)
    };
    let in_field = credentials.is_some_and(|(id, it)| secret(id, it));
    let in_form = has("client_secret", SECRET)
        && parameters
            .iter()
            .any(|(name, id)| name == "client_id" && secret(id, SECRET));
    in_field
        || in_form
        || has("client_assertion", &GIVEN.client)
        || has("assertion", &GIVEN.account)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn any_octets_are_decided(body in any::<Vec<u8>>(), field in any::<Option<Vec<u8>>>()) {
        let headers = headers(field.as_deref());
        prop_assert!(judge(&headers, &body, &GIVEN.registry, NEW_YEAR).is_err());
        prop_assert!(shown::judge(&headers, &body, &GIVEN.registry, NEW_YEAR).is_err());
    }

    #[test]
    fn nothing_is_granted_without_a_proof(
        credentials in proptest::option::of((value(), value())),
        parameters in parameters(),
    ) {
        let field = credentials.as_ref().map(|(id, secret)| basic::encode(id, secret));
        let headers = headers(field.as_ref().map(|field| field.as_bytes()));
        let pairs: Vec<(&str, &str)> = parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let body = form::encode(&pairs);
        if let Ok(decision) = judge(&headers, body.as_bytes(), &GIVEN.registry, NEW_YEAR) {
            prop_assert!(proves(credentials.as_ref(), &parameters), "{body}");
            prop_assert!(decision.award.granted.scope.is_subset_of(&scope("read write")));
            prop_assert!(decision.award.lifetime > 0);
        }
    }

    #[test]
    fn any_instant_is_decided(now in any::<i64>(), exp in any::<f64>(), nbf in any::<Option<f64>>()) {
        let given = &*GIVEN;
        let claims = claims("signer", "signer", json!({ "exp": exp, "nbf": nbf }));
        let key = key(Algorithm::ES256, "signer-1");
        let registry = Registry::new(config(&key, &key));
        let assertion = key.sign(None, &claims).unwrap();
        for assertion in [&assertion, &given.client] {
            let body = form::encode(&[
                ("grant_type", "client_credentials"),
                ("client_assertion", assertion),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ]);
            if let Ok(decision) = judge(&headers(None), body.as_bytes(), &registry, now) {
                let until = decision.client_once.unwrap().until;
                prop_assert!(now < until && until <= now.saturating_add(421));
            }
        }
    }
}

/// So that the property above is about something.
#[test]
fn each_proof_is_enough_for_its_grant() {
    let given = &*GIVEN;
    let secret = basic::encode("farm", SECRET);
    let jwt = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let signed = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", jwt),
        ("client_assertion", given.client.as_str()),
    ];
    let spoken = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", given.account.as_str()),
    ];
    let plain = [("grant_type", "client_credentials")];
    let cases = [
        (Some(secret.as_bytes()), plain.as_slice()),
        (None, &signed),
        (None, &spoken),
    ];
    for (field, parameters) in cases {
        let body = form::encode(parameters);
        let decision = judge(&headers(field), body.as_bytes(), &given.registry, NEW_YEAR);
        assert!(decision.is_ok(), "{parameters:?}");
        // The same, some minutes later, proves nothing, unless it is a secret.
        let later = judge(
            &headers(field),
            body.as_bytes(),
            &given.registry,
            NEW_YEAR + 120,
        );
        let error = later.err().map(|refusal| refusal.error);
        let expected = match (field, parameters.len()) {
            (Some(_), _) => None,
            (None, 3) => Some(OauthError::InvalidClient),
            _ => Some(OauthError::InvalidGrant),
        };
        assert_eq!(error, expected, "{parameters:?}");
    }
}
