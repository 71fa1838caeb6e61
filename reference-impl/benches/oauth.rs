//! How many tokens, questions about tokens and requests with tokens per second, beside handlers that do
//! nothing; what a verification costs beside the bare signature check; and what a live token costs in
//! memory.
//!
//! Everything runs in this process: clients, authorization server and resource, all over TLS on loopback.
//! Assertions are signed before the clock starts, since that is the work of the client. Run it with
//! `cargo bench -p btx-reference --bench oauth`.

mod load;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
};
use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_reference::oauth::client::Secret;
use btx_reference::oauth::server::{
    AuthorizationServer, Client, ClientAuth, Config, SecretDigest, TokenForm, TokenRules,
};
use btx_reference::oauth::store::{Granted, IssuedToken, MemoryTokens, TokenStore as _};
use btx_reference::oauth::{Parts, resource};
use btx_reference::outbound::{HttpsOutbound, Overrides, Trust};
use btx_reference::random::SystemRandom;
use btx_spec::jose::{Algorithm, Claims, KeySet, SignedToken, SigningKey};
use btx_spec::oauth::{Scope, TokenAnswer, basic, form};
use btx_spec::{HttpsUrl, Identifier};
use load::{Anything, CLIENTS, Load, MEASURED, expect, rate, rate_of};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256};
use reqwest::RequestBuilder;
use serde_json::{Map, Value, json};

const ROUNDS: usize = 3;
/// How many assertions of each algorithm a round uses up.
const ASSERTIONS: u32 = 4000;
const LIVE_TOKENS: u32 = 1_000_000;

const ISSUER: &str = "https://issuer.example";
const RESOURCE: &str = "https://api.example";
const SECRET: &str = "4f1c0a6b9d2e8375a1b2c3d4e5f60718";
const FORM: &str = "application/x-www-form-urlencoded";
const ALGORITHMS: [Algorithm; 3] = [Algorithm::ES256, Algorithm::EdDSA, Algorithm::RS256];

/// The rows, and which of the first two each is compared with.
const ROWS: [(&str, usize); 10] = [
    ("bare POST", 0),
    ("bare GET", 1),
    ("token, by secret, opaque", 0),
    ("token, by secret, JWT", 0),
    ("token, by JWT, ES256", 0),
    ("token, by JWT, EdDSA", 0),
    ("token, by JWT, RS256", 0),
    ("introspection", 0),
    ("protected, JWT, ES256", 1),
    ("protected, opaque", 1),
];

fn main() -> Result<(), Anything> {
    // `cargo test` runs benchmarks too, and wants to know only that this one starts.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    // First, while nothing else has taken memory that could be used again.
    runtime.block_on(report_memory())?;
    report_verification()?;
    runtime.block_on(report_rates())
}

/// What the process takes of the machine's memory for a million tokens, with all that the allocator needs.
async fn report_memory() -> Result<(), Anything> {
    let Some(before) = memory("VmRSS:") else {
        println!("memory is not measured here\n");
        return Ok(());
    };
    let store = MemoryTokens::new();
    for number in 0..LIVE_TOKENS {
        let token = IssuedToken {
            granted: Arc::new(Granted {
                client_id: format!("client-{}", number % 1000),
                subject: format!("client-{}", number % 1000),
                scope: Scope::parse("read write")?,
                audience: Some(RESOURCE.to_owned()),
            }),
            issued_at: 0,
            expires_at: 3600,
        };
        store.put(digest(number), token, 0).await?;
    }
    let each = |octets: u64| octets.saturating_sub(before) / u64::from(LIVE_TOKENS);
    let (now, most) = (memory("VmRSS:"), memory("VmHWM:"));
    println!(
        "{LIVE_TOKENS} live opaque tokens: {} octets each, {} at the most while the table grew\n",
        each(now.unwrap_or_default()),
        each(most.unwrap_or_default())
    );
    Ok(())
}

/// A field of this process's status, in octets; only Linux has it.
fn memory(field: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Different for every number, and spread like a true digest.
fn digest(number: u32) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(number.to_be_bytes()).into()
}

/// Reading a token, verifying it and reading its claims, beside the signature check alone.
fn report_verification() -> Result<(), Anything> {
    println!(
        "{:<36} {:>10} {:>10}",
        "verification of a JWT", "µs", "of raw"
    );
    for algorithm in ALGORITHMS {
        let pair = pair(algorithm)?;
        let key = SigningKey::from_pkcs8_pem(algorithm, "key", &pair.serialize_pem())?;
        let token = key.sign(Some("at+jwt"), &claims("client", 1))?;
        let keys = KeySet::of(vec![key.public()]);
        let raw_key = match algorithm {
            Algorithm::ES256 => {
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key_raw())
            }
            Algorithm::EdDSA => ParsedPublicKey::new(&ED25519, pair.public_key_raw()),
            Algorithm::PS256 | Algorithm::RS256 => {
                ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key_raw())
            }
        }?;
        let (signed, signature) = token.rsplit_once('.').ok_or("no token")?;
        let signature = URL_SAFE_NO_PAD.decode(signature)?;
        let raw = || Ok(raw_key.verify_sig(black_box(signed.as_bytes()), &signature)?);
        let whole = || {
            let token = SignedToken::parse(black_box(&token))?;
            keys.verify(&token, &[algorithm])?;
            black_box(Claims::read(token.claims())?);
            Ok(())
        };
        // In turns, so that whatever else runs disturbs both; the best of each counts.
        let mut best = [f64::INFINITY; 2];
        for _ in 0..10 * ROUNDS {
            let [best_raw, best_whole] = &mut best;
            *best_raw = best_raw.min(microseconds(raw)?);
            *best_whole = best_whole.min(microseconds(whole)?);
        }
        let [raw, whole] = best;
        println!(
            "{:<36} {raw:>10.1}",
            format!("{algorithm}, the signature alone")
        );
        println!(
            "{:<36} {whole:>10.1} {:>10.2}",
            format!("{algorithm}, the token"),
            whole / raw
        );
    }
    println!();
    Ok(())
}

fn microseconds(once: impl Fn() -> Result<(), Anything>) -> Result<f64, Anything> {
    const TIMES: u32 = 500;
    let begun = Instant::now();
    for _ in 0..TIMES {
        once()?;
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES))
}

/// Each row is measured once in each round, and its best round counts: whatever else runs on the machine
/// disturbs all rows alike, and the best round least.
async fn report_rates() -> Result<(), Anything> {
    let bench = Bench::start().await?;
    let mut best = [0.0_f64; ROWS.len()];
    for round in 0..ROUNDS {
        let [es256, eddsa, rs256] = ALGORITHMS;
        let measured = [
            bench.bare_post().await?,
            bench.bare_get().await?,
            bench.by_secret("opaque").await?,
            bench.by_secret("jwt").await?,
            bench.by_jwt(es256, round).await?,
            bench.by_jwt(eddsa, round).await?,
            bench.by_jwt(rs256, round).await?,
            bench.introspections().await?,
            bench.protected("jwt").await?,
            bench.protected("opaque").await?,
        ];
        for (best, rate) in best.iter_mut().zip(measured) {
            *best = best.max(rate);
        }
    }
    println!("{CLIENTS} clients, the best of {ROUNDS} rounds of {MEASURED:?}\n");
    println!("{:<36} {:>10} {:>10}", "", "per second", "of bare");
    let [post, get, ..] = best;
    for ((name, beside), rate) in ROWS.iter().zip(best) {
        let bare = if *beside == 0 { post } else { get };
        println!("{name:<36} {rate:>10.0} {:>10.2}", rate / bare);
    }
    Ok(())
}

/// What all rows share.
struct Bench {
    load: Load,
    bare: String,
    server: String,
    resource: String,
    keys: Vec<SigningKey>,
}

impl Bench {
    async fn start() -> Result<Self, Anything> {
        let load = Load::new()?;
        let trust = Trust::only(load.ca.pem());
        let outbound = HttpsOutbound::new(&trust, &Overrides::new(), vec!["127.0.0.0/8".parse()?])?;
        let parts = Parts::new(Arc::new(MemoryTokens::new()), Arc::new(outbound));
        let keys = ALGORITHMS.map(signing_key);
        let keys = keys.into_iter().collect::<Result<Vec<_>, _>>()?;
        let server = AuthorizationServer::new(server_config(&keys)?, parts.clone());
        let server = load.serve(server.router()).await?;
        let resource = resource::ResourceServer::new(resource_config(&server)?, parts);
        let resource = load.serve(resource.router()).await?;
        // A token is some octets in, some octets out.
        let answer = json!({
            "access_token": "x".repeat(43), "token_type": "Bearer", "expires_in": 3600,
            "scope": "read write",
        });
        let answer = answer.to_string();
        let bare = Router::new()
            .route("/bare", get(async || "{}"))
            .route("/bare-form", post(async move |_: Bytes| answer.clone()));
        let bare = load.serve(bare).await?;
        Ok(Self {
            load,
            bare,
            server,
            resource,
            keys,
        })
    }

    async fn bare_get(&self) -> Result<f64, Anything> {
        let url = format!("{}/bare", self.bare);
        rate(async || expect(self.load.client.get(&url), 200).await).await
    }

    async fn bare_post(&self) -> Result<f64, Anything> {
        let url = format!("{}/bare-form", self.bare);
        rate(async || expect(self.posting(&url, "opaque", token_form()), 200).await).await
    }

    async fn by_secret(&self, client: &str) -> Result<f64, Anything> {
        let url = format!("{}/oauth/token", self.server);
        rate(async || expect(self.posting(&url, client, token_form()), 200).await).await
    }

    async fn by_jwt(&self, algorithm: Algorithm, round: usize) -> Result<f64, Anything> {
        let key = self.keys.iter().find(|key| key.algorithm() == algorithm);
        let key = key.ok_or("no key")?;
        let assertion = |number| {
            let number = u64::from(number) + round as u64 * u64::from(ASSERTIONS);
            let assertion = key.sign(None, &claims(algorithm.name(), number))?;
            Ok::<String, Anything>(form::encode(&[
                ("grant_type", "client_credentials"),
                (
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ),
                ("client_assertion", &assertion),
            ]))
        };
        let forms = (0..ASSERTIONS).map(assertion).collect::<Result<_, _>>()?;
        let url = format!("{}/oauth/token", self.server);
        let ask = async |form: String| {
            let request = self.load.client.post(&url).body(form);
            expect(request.header("content-type", FORM), 200).await
        };
        rate_of(forms, ask).await
    }

    async fn introspections(&self) -> Result<f64, Anything> {
        let token = self.token("opaque").await?;
        let form = form::encode(&[("token", token.access_token.expose())]);
        let url = format!("{}/oauth/introspect", self.server);
        rate(async || expect(self.posting(&url, "api", form.clone()), 200).await).await
    }

    async fn protected(&self, client: &str) -> Result<f64, Anything> {
        let token = self.token(client).await?;
        let token = token.access_token.expose();
        let url = format!("{}/read-resource", self.resource);
        let get = async || expect(self.load.client.get(&url).bearer_auth(token), 200).await;
        rate(get).await
    }

    async fn token(&self, client: &str) -> Result<TokenAnswer, Anything> {
        let url = format!("{}/oauth/token", self.server);
        let answer = self.posting(&url, client, token_form()).send().await?;
        Ok(TokenAnswer::parse(&answer.bytes().await?)?)
    }

    /// A form, sent by a client with a secret.
    fn posting(&self, url: &str, client: &str, form: String) -> RequestBuilder {
        let request = self.load.client.post(url).body(form);
        request
            .header("content-type", FORM)
            .header("authorization", basic::encode(client, SECRET).as_str())
    }
}

fn token_form() -> String {
    form::encode(&[
        ("grant_type", "client_credentials"),
        ("scope", "read write"),
    ])
}

fn server_config(keys: &[SigningKey]) -> Result<Config, Anything> {
    let scopes = Scope::parse("read write")?;
    let secret = ClientAuth::Secret(SecretDigest::of(SECRET, &SystemRandom)?);
    let by_secret = |id: &str| Client::new(id, secret.clone(), scopes.clone());
    let mut config = Config::new(Identifier::parse(ISSUER)?);
    config.clients = vec![
        by_secret("opaque"),
        Client {
            tokens: TokenRules {
                form: TokenForm::Jwt,
                ..TokenRules::new(scopes.clone())
            },
            ..by_secret("jwt")
        },
        Client {
            introspects: true,
            ..by_secret("api")
        },
    ];
    for key in keys {
        let auth = ClientAuth::PrivateKeyJwt {
            keys: Arc::new(KeySet::of(vec![key.public()])),
            algorithms: vec![key.algorithm()],
        };
        let id = key.algorithm().name();
        config.clients.push(Client::new(id, auth, scopes.clone()));
    }
    config.resources = vec![RESOURCE.to_owned()];
    config.signing_key = Some(Arc::new(signing_key(Algorithm::ES256)?));
    Ok(config)
}

fn resource_config(server: &str) -> Result<resource::Config, Anything> {
    let (read, write) = (Scope::parse("read")?, Scope::parse("write")?);
    let mut config = resource::Config::new(Identifier::parse(RESOURCE)?, read, write);
    config.issuers = vec![resource::TrustedIssuer {
        issuer: ISSUER.to_owned(),
        jwks: HttpsUrl::parse(&format!("{server}/oauth/jwks"))?,
        algorithms: vec![Algorithm::ES256],
    }];
    config.introspection = Some(resource::Introspection {
        issuer: ISSUER.to_owned(),
        url: HttpsUrl::parse(&format!("{server}/oauth/introspect"))?,
        id: "api".to_owned(),
        secret: Secret::held(SECRET),
    });
    Ok(config)
}

fn signing_key(algorithm: Algorithm) -> Result<SigningKey, Anything> {
    let pem = pair(algorithm)?.serialize_pem();
    Ok(SigningKey::from_pkcs8_pem(
        algorithm,
        algorithm.name(),
        &pem,
    )?)
}

fn pair(algorithm: Algorithm) -> Result<KeyPair, Anything> {
    let kind = match algorithm {
        Algorithm::ES256 => &PKCS_ECDSA_P256_SHA256,
        Algorithm::EdDSA => &PKCS_ED25519,
        Algorithm::PS256 | Algorithm::RS256 => &PKCS_RSA_SHA256,
    };
    Ok(KeyPair::generate_for(kind)?)
}

/// What a client says about itself.
fn claims(client: &str, number: u64) -> Map<String, Value> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs();
    [
        ("iss", json!(client)),
        ("sub", json!(client)),
        ("aud", json!(ISSUER)),
        ("iat", json!(now)),
        ("exp", json!(now + 60)),
        ("jti", json!(format!("{client}-{number}"))),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
