//! What a store that replicas share costs: requests and exchanges per second with one, two and three replicas over
//! one Redis, the round trips of a request, and how all this grows with the tokens that live.
//!
//! Everything but the Redis runs in this process, over TLS on loopback: callers and replicas share the cores, so three
//! replicas are not to be expected to do three times as much. Run it with
//! `cargo bench -p btx-reference --features with-redis --bench replicas`.

mod load;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use btx_reference::clock::{Clock as _, SystemClock};
use btx_reference::lifecycle::issuer::{Accounts, Config, HashCost, Issuer, Parts, Password};
use btx_reference::lifecycle::keys::{SealingKey, SharedKeys};
use btx_reference::oauth::store::{Granted, IssuedToken, TokenStore as _};
use btx_reference::random::SystemRandom;
use btx_reference::store::Store;
use btx_reference::store::shared::{self, SharedStore};
use btx_spec::Identifier;
use btx_spec::lifecycle::RingAlgorithm;
use btx_spec::oauth::Scope;
use futures::{StreamExt as _, stream};
use load::exchanges::Exchanges;
use load::redis::Redis;
use load::{Anything, CLIENTS, Load, expect, rate};
use serde_json::{Value, json};

/// With how many replicas.
const REPLICAS: [usize; 3] = [1, 2, 3];
/// With how many live tokens.
const LIVE: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// How many are written at once.
const AT_ONCE: usize = 256;
/// How many are looked up.
const LOOKED_UP: usize = 20_000;

fn main() -> Result<(), Anything> {
    // `cargo test` runs benchmarks too, and wants to know only that this one starts.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let redis = Redis::start()?;
        report_rates(&redis).await?;
        report_growth(&redis).await
    })
}

async fn report_rates(redis: &Redis) -> Result<(), Anything> {
    let load = Load::new()?;
    println!("{CLIENTS} callers, the best of {ROUNDS} rounds\n");
    println!(
        "{:<44} {:>10} {:>8} {:>12} {:>12}",
        "", "per second", "of bare", "per replica", "round trips"
    );
    let exchanges = Exchanges::start(&load).await?;
    for replicas in REPLICAS {
        let mut best = [(0.0_f64, 0.0_f64); ROWS.len()];
        for _ in 0..ROUNDS {
            let farm = Farm::start(&load, redis, replicas).await?;
            let measured = [
                farm.shown(&load, redis, "/bare").await?,
                farm.shown(&load, redis, "/local").await?,
                farm.shown(&load, redis, "/api/whoami").await?,
                farm.exchanges(&load, redis, &exchanges).await?,
            ];
            for (best, measured) in best.iter_mut().zip(measured) {
                *best = if measured.0 > best.0 { measured } else { *best };
            }
        }
        let [(bare, _), ..] = best;
        for (row, (rate, trips)) in ROWS.iter().zip(best) {
            let row = format!("{row}, {replicas} replica(s)");
            let each = rate / replicas as f64;
            println!(
                "{row:<44} {rate:>10.0} {:>8.2} {each:>12.0} {trips:>12.4}",
                rate / bare
            );
        }
    }
    Ok(())
}

/// What is measured with each number of replicas; the first row is the handler that does nothing, at as many origins.
const ROWS: [&str; 4] = [
    "bare GET",
    "bearer, verified locally",
    "bearer, session looked up",
    "exchange",
];
const ROUNDS: usize = 2;

/// A store over a connection of its own.
fn store(redis: &Redis) -> Result<SharedStore, Anything> {
    let config = shared::Config::new(redis.url(), "bench".to_owned());
    Ok(SharedStore::new(config)?)
}

/// Replicas of an issuer of sessions, and a bearer.
struct Farm {
    origins: Vec<String>,
    bearer: String,
}

impl Farm {
    async fn start(load: &Load, redis: &Redis, replicas: usize) -> Result<Self, Anything> {
        redis.empty()?;
        store(redis)?.begin_anew().await?;
        let mut origins = Vec::new();
        for _ in 0..replicas {
            let issuer = issuer(store(redis)?)?;
            let local = Router::new().route("/local", get(async || "{}"));
            let bare = Router::new().route("/bare", get(async || "{}"));
            let router = issuer.router().merge(issuer.protect_locally(local));
            let router = router.merge(bare);
            origins.push(load.serve(router).await?);
        }
        let first = origins.first().ok_or("no replica")?;
        let body = json!({ "username": "anna", "password": "a password" });
        let request = load.client.post(format!("{first}/login"));
        let request = request.header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await?;
        let given: Value = serde_json::from_slice(&answer.bytes().await?)?;
        let bearer = given.get("bearer_token").and_then(Value::as_str);
        Ok(Self {
            bearer: bearer.ok_or("no bearer")?.to_owned(),
            origins,
        })
    }

    /// Requests per second, and the round trips of each.
    async fn shown(&self, load: &Load, redis: &Redis, path: &str) -> Result<(f64, f64), Anything> {
        let (turn, before) = (AtomicUsize::default(), redis.round_trips()?);
        let show = async || {
            let turn = turn.fetch_add(1, Ordering::Relaxed);
            let next = self.origins.get(turn % self.origins.len());
            let url = format!("{}{path}", next.ok_or("no replica")?);
            expect(load.client.get(url).bearer_auth(&self.bearer), 200).await
        };
        let rate = rate(show).await?;
        let trips = redis.round_trips()? - before;
        Ok((rate, trips / turn.into_inner() as f64))
    }

    /// Exchanges per second, and the round trips of each, with as many replicas of an issuer of the exchange.
    async fn exchanges(
        &self,
        load: &Load,
        redis: &Redis,
        exchanges: &Exchanges,
    ) -> Result<(f64, f64), Anything> {
        let mut stores: Vec<Arc<dyn Store>> = Vec::new();
        for _ in &self.origins {
            stores.push(Arc::new(store(redis)?));
        }
        let (begun, before) = (exchanges.begun(), redis.round_trips()?);
        let rate = exchanges.rate(load, stores).await?;
        let trips = redis.round_trips()? - before;
        Ok((rate, trips / (exchanges.begun() - begun) as f64))
    }
}

fn issuer(store: SharedStore) -> Result<Issuer, Anything> {
    let cost = HashCost {
        memory: 8,
        passes: 1,
    };
    let algorithm = RingAlgorithm::HS512;
    let mut config = Config::new(Identifier::parse("https://farm.example")?, algorithm)?;
    config.accounts = Accounts::new(cost)?;
    let password = Password::of("a password", cost, &SystemRandom)?;
    config.accounts.add("anna", password);
    let keys = SharedKeys::new(
        store.clone(),
        algorithm,
        config.lifetimes.rotation_window,
        Duration::from_secs(1),
        SealingKey::new([7; 32]),
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
    );
    Ok(Issuer::new(
        config,
        Parts::new(Arc::new(keys), Arc::new(store)),
    ))
}

/// Looking tokens up while more and more live, written through the store as a server writes them.
async fn report_growth(redis: &Redis) -> Result<(), Anything> {
    println!(
        "\n{:<20} {:>12} {:>10} {:>14}",
        "live tokens", "lookups/s", "of first", "octets each"
    );
    redis.empty()?;
    let store = store(redis)?;
    store.begin_anew().await?;
    let empty = redis.memory()?;
    let (mut written, mut first) = (0, None);
    for live in LIVE {
        let tokens = stream::iter(written..live).map(|number| {
            let now = SystemClock.now();
            store.put(digest(number), token(now), now)
        });
        let mut done = tokens.buffer_unordered(AT_ONCE);
        while let Some(put) = done.next().await {
            put?;
        }
        written = live;
        let begun = Instant::now();
        let lookups = stream::iter(0..LOOKED_UP).map(|turn| {
            // Steps through all of them, whatever their number is.
            let number = turn * 7919 % live;
            store.get(digest(number))
        });
        let mut found = lookups.buffer_unordered(CLIENTS);
        while let Some(token) = found.next().await {
            token?.ok_or("a token is missing")?;
        }
        let rate = LOOKED_UP as f64 / begun.elapsed().as_secs_f64();
        let first = *first.get_or_insert(rate);
        let each = redis.memory()?.saturating_sub(empty) / live as u64;
        println!("{live:<20} {rate:>12.0} {:>10.2} {each:>14}", rate / first);
    }
    Ok(())
}

fn token(now: i64) -> IssuedToken {
    IssuedToken {
        granted: Arc::new(Granted {
            client_id: "shop".to_owned(),
            subject: "shop".to_owned(),
            scope: Scope::parse("read write").unwrap_or_default(),
            audience: Some("https://api.example".to_owned()),
        }),
        issued_at: now,
        expires_at: now + 3600,
    }
}

fn digest(number: usize) -> [u8; 32] {
    let mut digest = [0; 32];
    for (place, octet) in digest.iter_mut().zip(number.to_be_bytes()) {
        *place = octet;
    }
    digest
}
