//! How many requests with service JWTs and with handed-out tokens per second, beside a handler that does
//! nothing and one that does the bare signature check; what a thousand new clients at once cost; and what a
//! client that is held takes of the memory.
//!
//! Everything runs in this process: callers, resource and the hosts of the documents, all over TLS on
//! loopback. JWTs are signed before the clock starts, since that is the work of the client. Run it with
//! `cargo bench -p btx-reference --bench jwt`.

mod load;

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{MethodRouter, get};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_reference::jwt::resource::{Config, ServiceResource};
use btx_reference::jwt::verifier::{self, Expected, Verifier};
use btx_reference::oauth::Parts;
use btx_reference::oauth::store::MemoryTokens;
use btx_reference::outbound::{
    Answer, HttpsOutbound, Outbound, OutboundOutcome, OutboundRequest, Overrides, Trust,
};
use btx_spec::Identifier;
use btx_spec::jose::{Algorithm, KeySet};
use btx_spec::jwt::{SERVICE_TYPE, authentication_info};
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all, ready};
use load::clients::{Key, RESOURCE, client_id, document, serve_documents};
use load::{Anything, CLIENTS, Load, expect, rate, rate_of};
use serde_json::Value;

const ROUNDS: usize = 3;
/// How many JWTs of each algorithm a round uses up.
const JWTS: usize = 4000;
/// How many clients appear at once.
const NEW_CLIENTS: usize = 1000;
/// How many clients are held while their memory is measured.
const HELD: usize = 10_000;

const EXPECTED: Expected<'static> = Expected {
    typ: SERVICE_TYPE,
    audience: RESOURCE,
};

fn main() -> Result<(), Anything> {
    // `cargo test` runs benchmarks too, and wants to know only that this one starts.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    // First, while nothing else has taken memory that could be used again.
    for algorithm in [Algorithm::ES256, Algorithm::RS256] {
        runtime.block_on(report_memory(algorithm))?;
    }
    runtime.block_on(report_new_clients())?;
    runtime.block_on(report_rates())
}

/// What the process takes of the machine's memory for each client that is held: all that is known of it, the
/// memory of one JWT included.
async fn report_memory(algorithm: Algorithm) -> Result<(), Anything> {
    let key = Key::new(algorithm)?;
    let origin = "https://clients.example";
    let jwts: Vec<_> = (0..HELD)
        .map(|number| key.jwt(&client_id(origin, number)))
        .collect::<Result<_, _>>()?;
    let hosts = Arc::new(Hosts {
        keys: key.set(),
        origin: origin.to_owned(),
    });
    let parts = Parts::new(Arc::new(MemoryTokens::new()), hosts);
    let verifier = Verifier::new(verifier::Config::default(), parts);
    let Some(before) = memory() else {
        println!("memory is not measured here");
        return Ok(());
    };
    for jwt in &jwts {
        let outcome = verifier.verify(jwt, &EXPECTED).await;
        outcome.map_err(|refused| format!("{refused:?}"))?;
    }
    let taken = memory().unwrap_or_default().saturating_sub(before);
    let each = taken / HELD as u64;
    println!("{HELD} clients that are held, {algorithm}: {each} octets each");
    drop(verifier);
    Ok(())
}

/// What this process takes of the machine's memory, in octets; only Linux says it.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Document and keys of every client, without a network.
struct Hosts {
    keys: Value,
    origin: String,
}

impl Outbound for Hosts {
    fn post(&self, _: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        ready(OutboundOutcome::Unreachable("nobody posts".to_owned())).boxed()
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        let body = if request.url.ends_with(".jwks") {
            self.keys.clone()
        } else {
            document(&self.origin, &request.url)
        };
        ready(OutboundOutcome::Answered(Answer {
            status: 200,
            content_type: Some("application/json".to_owned()),
            body: Bytes::from(body.to_string()),
            ..Answer::default()
        }))
        .boxed()
    }
}

async fn report_new_clients() -> Result<(), Anything> {
    let load = Load::new()?;
    let key = Key::new(Algorithm::ES256)?;
    let (origin, counts) = serve_documents(&load, key.set()).await?;
    let verifier = Verifier::new(verifier::Config::default(), parts(&load)?);
    let jwts: Vec<_> = (0..NEW_CLIENTS)
        .map(|number| key.jwt(&client_id(&origin, number)))
        .collect::<Result<_, _>>()?;
    let begun = Instant::now();
    let outcomes = join_all(jwts.iter().map(|jwt| verifier.verify(jwt, &EXPECTED))).await;
    let elapsed = begun.elapsed();
    let taken = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    println!(
        "{NEW_CLIENTS} new clients at once: {taken} taken, {} documents and {} key sets fetched, {} at \
         once at the most, {} ms",
        counts.documents.load(Ordering::SeqCst),
        counts.keys.load(Ordering::SeqCst),
        counts.most_at_once.load(Ordering::SeqCst),
        elapsed.as_millis()
    );
    println!();
    Ok(())
}

/// Each row is measured once in each round, and its best round counts: whatever else runs on the machine
/// disturbs all rows alike, and the best round least.
async fn report_rates() -> Result<(), Anything> {
    let bench = Bench::start().await?;
    let mut bare = 0.0_f64;
    let mut handed_out = 0.0_f64;
    let mut checked = [0.0_f64; Algorithm::ALL.len()];
    let mut proven = [0.0_f64; Algorithm::ALL.len()];
    for _ in 0..ROUNDS {
        bare = bare.max(bench.bare().await?);
        handed_out = handed_out.max(bench.handed_out().await?);
        for ((key, checked), proven) in bench.keys.iter().zip(&mut checked).zip(&mut proven) {
            *checked = checked.max(bench.checked(key).await?);
            *proven = proven.max(bench.proven(key).await?);
        }
    }
    println!("{CLIENTS} callers, the best of {ROUNDS} rounds\n");
    println!("{:<36} {:>10} {:>10}", "", "per second", "of bare");
    println!("{:<36} {bare:>10.0}", "bare GET");
    println!(
        "{:<36} {handed_out:>10.0} {:>10.2}",
        "token from the resource",
        handed_out / bare
    );
    println!();
    println!("{:<36} {:>10} {:>10}", "", "per second", "times");
    for ((key, checked), proven) in bench.keys.iter().zip(checked).zip(proven) {
        let algorithm = key.key.algorithm();
        println!(
            "{:<36} {checked:>10.0}",
            format!("bare GET and signature, {algorithm}")
        );
        println!(
            "{:<36} {proven:>10.0} {:>10.2}",
            format!("service JWT, {algorithm}"),
            checked / proven
        );
    }
    Ok(())
}

/// What all rows share.
struct Bench {
    load: Load,
    keys: Vec<Key>,
    /// Where the documents are.
    hosts: String,
    /// Handlers that do nothing, or no more than they must.
    bare: String,
    /// A resource that takes JWTs.
    alone: String,
    /// One that hands out tokens for them.
    handing_out: String,
}

impl Bench {
    async fn start() -> Result<Self, Anything> {
        let load = Load::new()?;
        let keys = Algorithm::ALL.map(Key::new);
        let keys = keys.into_iter().collect::<Result<Vec<_>, _>>()?;
        let set = KeySet::of(keys.iter().map(|key| key.key.public()).collect());
        let (hosts, _) = serve_documents(&load, set.to_json()).await?;
        let mut bare = Router::new().route("/bare", get(async || "{}"));
        for key in &keys {
            bare = bare.route(&format!("/{}", key.key.key_id()), checking(key)?);
        }
        let bare = load.serve(bare).await?;
        let mut config = Config::new(Identifier::parse(RESOURCE)?);
        let alone = ServiceResource::new(config.clone(), parts(&load)?);
        let alone = load.serve(alone.router()).await?;
        config.hand_out = Some(Duration::from_secs(3600));
        let handing_out = ServiceResource::new(config, parts(&load)?);
        let handing_out = load.serve(handing_out.router()).await?;
        Ok(Self {
            load,
            keys,
            hosts,
            bare,
            alone,
            handing_out,
        })
    }

    async fn bare(&self) -> Result<f64, Anything> {
        let url = format!("{}/bare", self.bare);
        rate(async || expect(self.load.client.get(&url), 200).await).await
    }

    /// Requests with one token that was handed out for the first JWT.
    async fn handed_out(&self) -> Result<f64, Anything> {
        let url = format!("{}/counter", self.handing_out);
        let key = self.keys.first().ok_or("no key")?;
        let jwt = key.jwt(&client_id(&self.hosts, 0))?;
        let answer = self.load.client.get(&url).bearer_auth(jwt).send().await?;
        let field = answer.headers().get("authentication-info");
        let field = field.ok_or("nothing is handed out")?.to_str()?;
        let handed_out = authentication_info::parse(&[field])?.ok_or("no token")?;
        let token = handed_out.access_token.expose();
        rate(async || expect(self.load.client.get(&url).bearer_auth(token), 200).await).await
    }

    /// Requests with a JWT each, of one client.
    async fn jwts(&self, url: &str, key: &Key) -> Result<f64, Anything> {
        let client = client_id(&self.hosts, 0);
        let jwts = (0..JWTS).map(|_| key.jwt(&client));
        let jwts = jwts.collect::<Result<Vec<_>, _>>()?;
        let ask = async |jwt: String| expect(self.load.client.get(url).bearer_auth(jwt), 200).await;
        rate_of(jwts, ask).await
    }

    /// A handler that checks the signature and does nothing else.
    async fn checked(&self, key: &Key) -> Result<f64, Anything> {
        let url = format!("{}/{}", self.bare, key.key.key_id());
        self.jwts(&url, key).await
    }

    async fn proven(&self, key: &Key) -> Result<f64, Anything> {
        self.jwts(&format!("{}/counter", self.alone), key).await
    }
}

/// The bare check of the signature of whatever is shown.
fn checking(key: &Key) -> Result<MethodRouter, Anything> {
    let raw = Arc::new(key.raw()?);
    Ok(get(async move |fields: HeaderMap| {
        let shown = fields.get(header::AUTHORIZATION);
        let shown = shown
            .and_then(|field| field.to_str().ok())
            .unwrap_or_default();
        let token = shown.strip_prefix("Bearer ").unwrap_or_default();
        let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        match raw.verify_sig(black_box(signed.as_bytes()), &signature) {
            Ok(()) => (StatusCode::OK, "{}"),
            Err(_) => (StatusCode::UNAUTHORIZED, ""),
        }
    }))
}

fn parts(load: &Load) -> Result<Parts, Anything> {
    let trust = Trust::only(load.ca.pem());
    let outbound = HttpsOutbound::new(&trust, &Overrides::new(), vec!["127.0.0.0/8".parse()?])?;
    Ok(Parts::new(
        Arc::new(MemoryTokens::new()),
        Arc::new(outbound),
    ))
}
