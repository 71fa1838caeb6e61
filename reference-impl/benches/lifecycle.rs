//! How many requests with bearers of sessions per second, beside a handler that does nothing: with one key that
//! verifies and with two, with a bearer that is renewed, and with one that is issued again; and what the second key in
//! the ring costs the verification alone.
//!
//! Everything runs in this process: callers and issuer, over TLS on loopback, with keys and sessions in memory. Run
//! it with `cargo bench -p btx-reference --bench lifecycle`.

mod load;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use btx_reference::clock::SystemClock;
use btx_reference::lifecycle::issuer::judge::{self, Limits};
use btx_reference::lifecycle::issuer::{Accounts, Config, HashCost, Issuer, Parts, Password, mint};
use btx_reference::lifecycle::keys::{Keys, MemoryKeys, Rotation, make};
use btx_reference::lifecycle::ring::{Ring, Succession};
use btx_reference::lifecycle::sessions::{MemorySessions, Session};
use btx_reference::random::SystemRandom;
use btx_spec::Identifier;
use btx_spec::lifecycle::RingAlgorithm;
use load::{Anything, CLIENTS, Load, expect, rate};
use serde_json::{Value, json};
use tokio::time::sleep;

const ROUNDS: usize = 3;
/// How many verifications are measured.
const VERIFIED: u32 = 5000;
/// The life of a bearer that is there to expire.
const SHORT: Duration = Duration::from_secs(1);
const NOW: i64 = 1_800_000_000;

const ALGORITHMS: [RingAlgorithm; 3] = [
    RingAlgorithm::HS512,
    RingAlgorithm::ES256,
    RingAlgorithm::EdDSA,
];

const ROWS: [&str; 4] = [
    "bearer, one key verifies",
    "bearer, two keys verify",
    "bearer of the previous key, re-issue",
    "expired bearer, refresh",
];

fn main() -> Result<(), Anything> {
    // `cargo test` runs benchmarks too, and wants to know only that this one starts.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    for algorithm in ALGORITHMS {
        report_verification(algorithm)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(report_rates())
}

/// Judging a bearer without a network: with a ring that has had no rotation, with one that has, and of its previous
/// key.
fn report_verification(algorithm: RingAlgorithm) -> Result<(), Anything> {
    let key = || make(algorithm, &SystemRandom).map(Arc::new);
    let first = Ring::new(key()?, key()?)?;
    let then = first.rotated(Succession::Next(key()?), NOW, 900)?;
    let (before, after) = (bearer(&first)?, bearer(&then)?);
    let alone = verifications(&before, &first)?;
    println!(
        "verifying, {algorithm}: {:.2} times as long with two keys, {:.2} for the previous one",
        alone / verifications(&after, &then)?,
        alone / verifications(&before, &then)?,
        algorithm = algorithm.name()
    );
    Ok(())
}

/// How many per second.
fn verifications(bearer: &str, ring: &Ring) -> Result<f64, Anything> {
    let mut best = 0.0_f64;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for _ in 0..VERIFIED {
            judge::read(black_box(bearer))?.judge(ring, &limits(), NOW)?;
        }
        best = best.max(f64::from(VERIFIED) / begun.elapsed().as_secs_f64());
    }
    Ok(best)
}

fn bearer(ring: &Ring) -> Result<String, Anything> {
    let session = Session {
        name: "session".to_owned(),
        subject: "anna".to_owned(),
        ends_at: i64::MAX,
    };
    let life = mint::life(&session, &limits(), NOW);
    let claims = mint::bearer(&session, life, &limits());
    Ok(mint::sign(&claims, ring)?.to_string())
}

fn limits() -> Limits {
    Limits {
        issuer: "https://farm.example".to_owned(),
        audience: "https://farm.example".to_owned(),
        bearer: 420,
        refresh_window: 420,
        session: 7200,
        refresh_repeat: 10,
        skew: 5,
    }
}

/// Each row is measured once in each round, and its best round counts.
async fn report_rates() -> Result<(), Anything> {
    let load = Load::new()?;
    let bare = Router::new().route("/bare", get(async || "{}"));
    let bare = format!("{}/bare", load.serve(bare).await?);
    println!("\n{CLIENTS} callers, the best of {ROUNDS} rounds\n");
    println!("{:<44} {:>10} {:>10}", "", "per second", "of bare");
    let mut nothing = 0.0_f64;
    for _ in 0..ROUNDS {
        nothing = nothing.max(rate(async || expect(load.client.get(&bare), 200).await).await?);
    }
    println!("{:<44} {nothing:>10.0}", "bare GET");
    for algorithm in ALGORITHMS {
        let mut best = [0.0_f64; ROWS.len()];
        for _ in 0..ROUNDS {
            let measured = measure(&load, algorithm).await?;
            for (best, rate) in best.iter_mut().zip(measured) {
                *best = best.max(rate);
            }
        }
        for (row, rate) in ROWS.iter().zip(best) {
            let row = format!("{}, {row}", algorithm.name());
            println!("{row:<44} {rate:>10.0} {:>10.2}", rate / nothing);
        }
    }
    Ok(())
}

/// The rows for one algorithm.
async fn measure(load: &Load, algorithm: RingAlgorithm) -> Result<[f64; 4], Anything> {
    let (origin, keys) = serve(load, algorithm, Duration::from_secs(420)).await?;
    let first = log_in(load, &origin).await?;
    let one = shown(load, &origin, &first, false, false).await?;
    keys.rotate(Rotation::default()).await?;
    let reissued = shown(load, &origin, &first, false, true).await?;
    let second = log_in(load, &origin).await?;
    let two = shown(load, &origin, &second, false, false).await?;
    let (origin, _) = serve(load, algorithm, SHORT).await?;
    let expired = log_in(load, &origin).await?;
    sleep(SHORT + SHORT).await;
    let refreshed = shown(load, &origin, &expired, true, true).await?;
    Ok([one, two, reissued, refreshed])
}

/// An issuer with keys and sessions in memory.
async fn serve(
    load: &Load,
    algorithm: RingAlgorithm,
    lifetime: Duration,
) -> Result<(String, Arc<dyn Keys>), Anything> {
    let cost = HashCost {
        memory: 8,
        passes: 1,
    };
    let mut config = Config::new(Identifier::parse("https://farm.example")?, algorithm)?;
    config.lifetimes.bearer = lifetime;
    config.accounts = Accounts::new(cost)?;
    let password = Password::of("a password", cost, &SystemRandom)?;
    config.accounts.add("anna", password);
    let keys: Arc<dyn Keys> = Arc::new(MemoryKeys::new(
        algorithm,
        config.lifetimes.rotation_window,
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
    )?);
    let parts = Parts::new(Arc::clone(&keys), Arc::new(MemorySessions::new()));
    let origin = load.serve(Issuer::new(config, parts).router()).await?;
    Ok((origin, keys))
}

/// Session token and bearer.
async fn log_in(load: &Load, origin: &str) -> Result<(String, String), Anything> {
    let body = json!({ "username": "anna", "password": "a password" });
    let request = load.client.post(format!("{origin}/login"));
    let request = request.header("content-type", "application/json");
    let answer = request.body(body.to_string()).send().await?;
    let given: Value = serde_json::from_slice(&answer.bytes().await?)?;
    let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
    let tokens = text("session_token").zip(text("bearer_token"));
    tokens.ok_or_else(|| format!("no tokens: {given}").into())
}

/// How often per second a bearer is let in, with its session token or without, and whether a new one comes along. All
/// refreshes are of one session, so that most repeat a renewal of the same second; each signs a bearer.
async fn shown(
    load: &Load,
    origin: &str,
    (session, bearer): &(String, String),
    with_session: bool,
    brings_one: bool,
) -> Result<f64, Anything> {
    let url = format!("{origin}/api/whoami");
    let show = || {
        let request = load.client.get(&url).bearer_auth(bearer);
        match with_session {
            true => request.header("x-session-token", session),
            false => request,
        }
    };
    let brings = show()
        .send()
        .await?
        .headers()
        .contains_key("authentication-info");
    if brings != brings_one {
        return Err(format!("a new bearer comes: {brings}, and should: {brings_one}").into());
    }
    rate(async || expect(show(), 200).await).await
}
