//! An OAuth resource on a farm, and whom it trusts.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use btx_reference::oauth::client::Secret;
use btx_reference::oauth::resource::{
    ApiKey, Config, Introspection, ResourceServer, TrustedIssuer,
};
use btx_reference::outbound::OutboundOutcome;
use btx_spec::jose::{Algorithm, KeySet, SigningKey};
use btx_spec::oauth::Scope;
use btx_spec::{HttpsUrl, Identifier};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::desk::{Asked, Desk, answered};
use super::{NEW_YEAR, TestClock};

pub(crate) const API: &str = "https://api.example/farm";
pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const PORTAL: &str = "https://portal.example";
pub(crate) const JWKS: &str = "https://issuer.example/jwks";
pub(crate) const PORTAL_JWKS: &str = "https://portal.example/jwks";
pub(crate) const ASK: &str = "https://issuer.example/introspect";

pub(crate) fn key(id: &str) -> SigningKey {
    let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
    SigningKey::from_pkcs8_pem(Algorithm::ES256, id, &pem).unwrap()
}

pub(crate) fn published(keys: &[&SigningKey]) -> OutboundOutcome {
    let keys = KeySet::of(keys.iter().map(|key| key.public()).collect());
    answered(200, keys.to_json().to_string())
}

pub(crate) fn trusted(issuer: &str, jwks: &str) -> TrustedIssuer {
    TrustedIssuer {
        issuer: issuer.to_owned(),
        jwks: HttpsUrl::parse(jwks).unwrap(),
        algorithms: vec![Algorithm::ES256],
    }
}

pub(crate) fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

pub(crate) fn config() -> Config {
    let identifier = Identifier::parse(API).unwrap();
    let mut config = Config::new(identifier, scope("read"), scope("write"));
    config.issuers = vec![trusted(ISSUER, JWKS), trusted(PORTAL, PORTAL_JWKS)];
    config.introspection = Some(Introspection {
        issuer: ISSUER.to_owned(),
        url: HttpsUrl::parse(ASK).unwrap(),
        id: "the api".to_owned(),
        secret: Secret::held("s:1"),
    });
    let mut dead = ApiKey::of("late", "key-dead", scope("read"));
    dead.revoked = true;
    config.api_keys = vec![ApiKey::of("shop", "key-live", scope("read")), dead];
    config.service_accounts = vec!["barn".to_owned()];
    config
}

pub(crate) struct Farm {
    pub(crate) desk: Arc<Desk>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) resource: ResourceServer,
}

pub(crate) fn farm(answering: impl FnMut(&Asked) -> OutboundOutcome + Send + 'static) -> Farm {
    let (desk, clock) = (Desk::new(answering), TestClock::new());
    let resource = ResourceServer::new(config(), desk.parts(&clock));
    Farm {
        desk,
        clock,
        resource,
    }
}

#[derive(Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) challenge: String,
    pub(crate) body: String,
}

impl Told {
    pub(crate) fn of(status: u16, error: &str) -> (u16, String) {
        let error = match error {
            "" => String::new(),
            error => format!(", error=\"{error}\""),
        };
        let metadata = "https://api.example/.well-known/oauth-protected-resource/farm";
        let challenge =
            format!("Bearer realm=\"resource\"{error}, resource_metadata=\"{metadata}\"");
        (status, challenge)
    }

    pub(crate) fn outcome(&self) -> (u16, String) {
        (self.status, self.challenge.clone())
    }
}

pub(crate) async fn send(router: Router, request: Request<Body>) -> Told {
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    let challenge = head.headers.get(header::WWW_AUTHENTICATE);
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Told {
        status: head.status.as_u16(),
        challenge: challenge
            .map_or("", |value| value.to_str().unwrap())
            .to_owned(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

impl Farm {
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
        body: &str,
    ) -> Told {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        send(self.resource.router(), request).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Told {
        let field = format!("Bearer {token}");
        self.ask(Method::GET, path, &[("authorization", &field)], "")
            .await
    }

    pub(crate) async fn read(&self, token: &str) -> u16 {
        self.get("/read-resource", token).await.status
    }
}

pub(crate) fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": API, "sub": "shop", "client_id": "shop", "jti": "1",
        "iat": NEW_YEAR, "exp": NEW_YEAR + 600, "scope": "read",
    })
}

pub(crate) fn sign(key: &SigningKey, typ: Option<&str>, claims: &Value) -> String {
    key.sign(typ, claims.as_object().unwrap()).unwrap()
}

pub(crate) fn jwt(key: &SigningKey, claims: &Value) -> String {
    sign(key, Some("at+jwt"), claims)
}

/// A farm whose two issuers publish a key each.
pub(crate) fn farm_with_keys() -> (Farm, SigningKey, SigningKey) {
    let (own, portal) = (key("k1"), key("k1"));
    let (own_set, portal_set) = (published(&[&own]), published(&[&portal]));
    let farm = farm(move |asked| match asked.url.as_str() {
        JWKS => own_set.clone(),
        PORTAL_JWKS => portal_set.clone(),
        _ => answered(200, r#"{"active":false}"#),
    });
    (farm, own, portal)
}
