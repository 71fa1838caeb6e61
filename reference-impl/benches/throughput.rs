//! How many requests and exchanges per second, beside a handler that does nothing.
//!
//! Everything runs in this process: clients, issuer and the initiator's receive URL, all over TLS
//! on loopback with connections that are kept open. An exchange is two requests: the token call,
//! and the token issue that is answered before the call is. Run it with
//! `cargo bench -p btx-reference`.

mod load;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use btx_reference::outbound::{Outbound as _, OutboundRequest};
use btx_reference::store::durable::DurableStore;
use btx_reference::store::memory::MemoryStore;
use btx_reference::store::{ExchangeKey, IssuerStore as _, LiveToken, Opening, Room, Store};
use btx_spec::{BearerToken, ExchangeId, Identifier};
use bytes::Bytes;
use load::exchanges::Exchanges;
use load::{Anything, CLIENTS, Load, MEASURED, expect, rate};

const ROUNDS: usize = 3;

const ROWS: [&str; 5] = [
    "bare handler",
    "protected resource",
    "handler that only calls back",
    "exchange, store in memory",
    "exchange, store on disk",
];

const FAR_AWAY: i64 = 4_000_000_000;

fn main() -> Result<(), Anything> {
    // `cargo test` runs benchmarks too, and wants to know only that this one starts.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(measure())
}

/// Each row is measured once in each round, and its best round counts: whatever else runs on the
/// machine disturbs all rows alike, and the best round least.
async fn measure() -> Result<(), Anything> {
    let bench = Bench::start().await?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut best = [0.0_f64; ROWS.len()];
    for round in 0..ROUNDS {
        let durable = DurableStore::open(&folder.path().join(format!("{round}.redb")))?;
        let measured = [
            bench.bare().await?,
            bench.protected().await?,
            bench.calls_back().await?,
            bench.exchanges(Arc::new(MemoryStore::new())).await?,
            bench.exchanges(Arc::new(durable)).await?,
        ];
        for (best, rate) in best.iter_mut().zip(measured) {
            *best = best.max(rate);
        }
    }
    println!("{CLIENTS} clients, the best of {ROUNDS} rounds of {MEASURED:?}\n");
    println!("{:<36} {:>10} {:>10}", "", "per second", "of bare");
    let [bare, ..] = best;
    for (name, rate) in ROWS.iter().zip(best) {
        println!("{name:<36} {rate:>10.0} {:>10.2}", rate / bare);
    }
    report_disk(folder.path())
}

/// What one sync costs here, so that the figure for the disk can be read.
fn report_disk(folder: &Path) -> Result<(), Anything> {
    let mut file = std::fs::File::create(folder.join("sync"))?;
    let begun = Instant::now();
    const SYNCS: u32 = 100;
    for _ in 0..SYNCS {
        std::io::Write::write_all(&mut file, &[0; 4096])?;
        file.sync_data()?;
    }
    println!(
        "\none sync of 4 KiB on this disk: {:?}",
        begun.elapsed() / SYNCS
    );
    Ok(())
}

/// What all measurements share.
struct Bench {
    load: Load,
    exchanges: Exchanges,
}

impl Bench {
    async fn start() -> Result<Self, Anything> {
        let load = Load::new()?;
        let exchanges = Exchanges::start(&load).await?;
        Ok(Self { load, exchanges })
    }

    async fn bare(&self) -> Result<f64, Anything> {
        let bare = Router::new().route("/bare", get(async || "{}"));
        let url = format!("{}/bare", self.load.serve(bare).await?);
        rate(async || expect(self.load.client.get(&url), 200).await).await
    }

    async fn protected(&self) -> Result<f64, Anything> {
        let store = Arc::new(MemoryStore::new());
        let token = BearerToken::from_random([7; 32]);
        let initiator = Identifier::parse(&self.exchanges.receives.origin().to_string())?;
        let key = ExchangeKey {
            peer: initiator.clone(),
            id: ExchangeId::from_random([7; 16]),
        };
        let live = LiveToken {
            digest: token.digest(),
            initiator,
            expires_at: FAR_AWAY,
        };
        store.begin(opening(key.clone())).await?;
        store.activate(key, live).await?;
        let issuer = self
            .load
            .serve(self.exchanges.issuer(store)?.router())
            .await?;
        let url = format!("{issuer}/api/whoami");
        let token = token.expose();
        rate(async || expect(self.load.client.get(&url).bearer_auth(token), 200).await).await
    }

    /// The two requests of an exchange, and nothing of the exchange itself: what is left to win.
    async fn calls_back(&self) -> Result<f64, Anything> {
        let (outbound, receives) = (
            self.exchanges.outbound.clone(),
            self.exchanges.receives.clone(),
        );
        let call_back = async move |body: Bytes| {
            let deadline = tokio::time::Instant::now() + MEASURED;
            let request = OutboundRequest::json(receives.as_str(), body, deadline);
            outbound.post(request).await;
            StatusCode::NO_CONTENT
        };
        let router = Router::new().route("/call", post(call_back));
        let url = format!("{}/call", self.load.serve(router).await?);
        let body = "{\"rutabagas\":5000}".repeat(20);
        let call = async || {
            let request = self.load.client.post(&url).body(body.clone());
            expect(request, 204).await
        };
        rate(call).await
    }

    async fn exchanges(&self, store: Arc<dyn Store>) -> Result<f64, Anything> {
        self.exchanges.rate(&self.load, vec![store]).await
    }
}

fn opening(key: ExchangeKey) -> Opening {
    Opening {
        key,
        status: None,
        now: 0,
        forget_at: FAR_AWAY,
        lasts: Duration::from_secs(10),
        room: Room {
            open_per_partner: 1,
            open: 1,
            remembered: 1,
        },
    }
}
