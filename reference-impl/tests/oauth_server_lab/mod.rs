//! An authorization server in this process, with one client of each kind, and a clock that stands still.

#![allow(
    dead_code,
    reason = "every test file uses another part of the laboratory"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_reference::clock::Clock;
use btx_reference::oauth::Parts;
use btx_reference::oauth::server::{
    Account, AuthorizationServer, Client, ClientAuth, Config, Grant, SecretDigest, TokenForm,
    TokenRules, TrustedIssuer,
};
use btx_reference::oauth::store::{MemoryTokens, TokenStore};
use btx_reference::outbound::{Outbound, OutboundOutcome, OutboundRequest};
use btx_reference::random::SystemRandom;
use btx_spec::Identifier;
use btx_spec::jose::{Algorithm, KeySet, SigningKey};
use btx_spec::oauth::{Scope, basic, form};
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use serde_json::{Map, Value, json};
use tower::ServiceExt as _;

/// 2026-01-01T00:00:00Z
pub(crate) const NEW_YEAR: i64 = 1_767_225_600;
pub(crate) const ISSUER: &str = "https://as.example/farms";
pub(crate) const PORTAL: &str = "https://portal.example";
pub(crate) const RESOURCE: &str = "https://api.example/farm";
pub(crate) const SECRET: &str = "a secret of thirty-two characters";
pub(crate) const AWKWARD_ID: &str = "a:b+c%d é";
pub(crate) const AWKWARD_SECRET: &str = "s: +%\"~é and more of that kind";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A clock that moves when it is told to.
pub(crate) struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// The server asks nobody.
pub(crate) struct Nowhere;

impl Outbound for Nowhere {
    fn post(&self, _: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        ready(OutboundOutcome::Unreachable("nowhere".to_owned())).boxed()
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.post(request)
    }
}

pub(crate) fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

pub(crate) fn key(algorithm: Algorithm, id: &str) -> SigningKey {
    let kind = match algorithm {
        Algorithm::ES256 => &rcgen::PKCS_ECDSA_P256_SHA256,
        Algorithm::EdDSA => &rcgen::PKCS_ED25519,
        Algorithm::PS256 | Algorithm::RS256 => &rcgen::PKCS_RSA_SHA256,
    };
    let pem = rcgen::KeyPair::generate_for(kind).unwrap().serialize_pem();
    SigningKey::from_pkcs8_pem(algorithm, id, &pem).unwrap()
}

fn secret(text: &str) -> ClientAuth {
    ClientAuth::Secret(SecretDigest::of(text, &SystemRandom).unwrap())
}

pub(crate) struct Lab {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) tokens: Arc<dyn TokenStore>,
    pub(crate) server: AuthorizationServer,
    /// The key of the client `signer`.
    pub(crate) signer: SigningKey,
    /// The key of the trusted issuer.
    pub(crate) portal: SigningKey,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(alter: impl FnOnce(&mut Config)) -> Self {
        Self::on(Arc::new(MemoryTokens::new()), alter)
    }

    pub(crate) fn on(tokens: Arc<dyn TokenStore>, alter: impl FnOnce(&mut Config)) -> Self {
        let signer = key(Algorithm::ES256, "signer-1");
        let portal = key(Algorithm::EdDSA, "portal-1");
        let mut config = config(&signer, &portal);
        alter(&mut config);
        let clock = Arc::new(TestClock(AtomicI64::new(NEW_YEAR)));
        let parts = Parts {
            clock: clock.clone(),
            ..Parts::new(tokens.clone(), Arc::new(Nowhere))
        };
        Self {
            clock,
            tokens,
            server: AuthorizationServer::new(config, parts),
            signer,
            portal,
        }
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Sends any request.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::new(body.into());
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap();
        for (name, value) in fields {
            let name: header::HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, value.parse().unwrap());
        }
        let response = self.server.router().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Posts a form, with these credentials in the `Authorization` field if there are any.
    pub(crate) async fn post(
        &self,
        path: &str,
        client: Option<(&str, &str)>,
        parameters: &[(&str, &str)],
    ) -> Answer {
        let mut fields = vec![("content-type", FORM)];
        let credentials = client.map(|(id, secret)| basic::encode(id, secret));
        if let Some(credentials) = &credentials {
            fields.push(("authorization", credentials.as_str()));
        }
        let body = form::encode(parameters);
        self.send(Method::POST, path, &fields, body).await
    }

    /// Asks for a token for the client `farm`.
    pub(crate) async fn ask(&self, more: &[(&str, &str)]) -> Answer {
        self.ask_as(("farm", SECRET), more).await
    }

    pub(crate) async fn ask_as(&self, client: (&str, &str), more: &[(&str, &str)]) -> Answer {
        let parameters = [&[("grant_type", "client_credentials")], more].concat();
        self.post("/oauth/token", Some(client), &parameters).await
    }

    /// A token of the client `farm`, or another with the same secret.
    pub(crate) async fn token(&self, client: &str) -> String {
        self.ask_as((client, SECRET), &[]).await.granted()
    }

    /// What the resource server is told about a token.
    pub(crate) async fn introspect(&self, token: &str) -> Value {
        let parameters = [("token", token)];
        let answer = self
            .post("/oauth/introspect", Some(("api", SECRET)), &parameters)
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }

    pub(crate) async fn is_live(&self, token: &str) -> bool {
        self.introspect(token).await["active"] == json!(true)
    }

    /// Asks for a token by an assertion of the client `signer`.
    pub(crate) async fn ask_signed(&self, assertion: &str, more: &[(&str, &str)]) -> Answer {
        let proof = [
            ("grant_type", "client_credentials"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", assertion),
        ];
        let parameters = [&proof, more].concat();
        self.post("/oauth/token", None, &parameters).await
    }

    /// Asks for a token for a service account.
    pub(crate) async fn ask_for_account(&self, assertion: &str, more: &[(&str, &str)]) -> Answer {
        let grant = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", assertion),
        ];
        let parameters = [&grant, more].concat();
        self.post("/oauth/token", None, &parameters).await
    }
}

pub(crate) fn config(signer: &SigningKey, portal: &SigningKey) -> Config {
    let client = |id: &str, text: &str| Client::new(id, secret(text), scope("read write"));
    let signs = ClientAuth::PrivateKeyJwt {
        keys: Arc::new(KeySet::of(vec![signer.public()])),
        algorithms: vec![Algorithm::ES256],
    };
    let jwts = TokenRules {
        form: TokenForm::Jwt,
        ..TokenRules::new(scope("read write"))
    };
    let mut config = Config::new(Identifier::parse(ISSUER).unwrap());
    config.clients = vec![
        client("farm", SECRET),
        client("barn", SECRET),
        client(AWKWARD_ID, AWKWARD_SECRET),
        Client {
            introspects: true,
            ..client("api", SECRET)
        },
        Client {
            grants: Vec::new(),
            ..client("idle", SECRET)
        },
        Client {
            tokens: jwts,
            ..client("jwt-farm", SECRET)
        },
        Client {
            grants: Grant::ALL.to_vec(),
            tokens: TokenRules::new(scope("read")),
            ..client("starter", SECRET)
        },
        Client::new("signer", signs, scope("read write")),
    ];
    config.trusted_issuers = vec![TrustedIssuer {
        issuer: PORTAL.to_owned(),
        keys: Arc::new(KeySet::of(vec![portal.public()])),
        algorithms: vec![Algorithm::EdDSA],
    }];
    config.accounts = vec![Account {
        name: "robot".to_owned(),
        issuers: vec![PORTAL.to_owned()],
        tokens: TokenRules::new(scope("read write")),
    }];
    config.resources = vec![RESOURCE.to_owned(), "urn:example:other".to_owned()];
    config.signing_key = Some(Arc::new(key(Algorithm::ES256, "server-1")));
    config
}

/// An answer of an endpoint.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.field("content-type"), "application/json");
        serde_json::from_str(&self.text).unwrap()
    }

    /// The token, of an answer that has one in the right form.
    pub(crate) fn granted(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        assert_eq!(self.field("cache-control"), "no-store");
        let answer = self.json();
        assert_eq!(answer["token_type"], json!("Bearer"));
        assert!(answer["expires_in"].as_u64().unwrap() > 0);
        assert_eq!(answer.get("refresh_token"), None);
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// The error, of an answer that refuses in the right form.
    pub(crate) fn error(&self) -> String {
        assert_eq!(self.field("cache-control"), "no-store");
        let answer = self.json();
        let error = answer["error"].as_str().unwrap().to_owned();
        let invalid_client = error == "invalid_client";
        let status = if invalid_client { 401 } else { 400 };
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(
            self.field("www-authenticate").starts_with("Basic realm="),
            invalid_client
        );
        let description = answer["error_description"].as_str().unwrap();
        let allowed = |byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        assert!(!description.is_empty() && description.bytes().all(allowed));
        error
    }
}

/// The claims of an assertion that is in order, with some of them altered; null takes one out.
pub(crate) fn claims(issuer: &str, subject: &str, alter: Value) -> Map<String, Value> {
    static SERIAL: AtomicI64 = AtomicI64::new(0);
    let serial = SERIAL.fetch_add(1, Ordering::SeqCst);
    let claims = json!({
        "iss": issuer, "sub": subject, "aud": ISSUER,
        "iat": NEW_YEAR, "exp": NEW_YEAR + 60, "jti": format!("jti-{serial}"),
    });
    let mut claims = claims.as_object().unwrap().clone();
    for (name, value) in alter.as_object().unwrap() {
        claims.insert(name.clone(), value.clone());
    }
    claims.retain(|_, value| !value.is_null());
    claims
}

/// An assertion of the client `signer`.
pub(crate) fn signed(lab: &Lab, alter: Value) -> String {
    let claims = claims("signer", "signer", alter);
    lab.signer.sign(None, &claims).unwrap()
}

/// An assertion of the portal about the account `robot`.
pub(crate) fn spoken(lab: &Lab, alter: Value) -> String {
    let claims = claims(PORTAL, "robot", alter);
    lab.portal.sign(None, &claims).unwrap()
}

/// For every signature (r, s) of ECDSA there is another, (r, n - s), that anybody can find.
pub(crate) fn other_signature(token: &str) -> String {
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut borrow = 0;
    for (place, digit) in ORDER.iter().enumerate().rev() {
        let difference = i16::from(*digit) - i16::from(signature[32 + place]) - borrow;
        borrow = i16::from(difference < 0);
        signature[32 + place] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
