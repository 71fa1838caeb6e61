//! Load on a router: many clients in this process, over TLS on loopback, with connections that are kept
//! open.

#![allow(dead_code, reason = "each benchmark uses another part of this")]

pub(crate) mod clients;
pub(crate) mod exchanges;
#[cfg(feature = "with-redis")]
pub(crate) mod redis;

use std::error::Error;
use std::net::TcpListener;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::Router;
use btx_reference::local_ca::LocalCa;
use btx_reference::serve;
use futures::future::join_all;
use reqwest::{Certificate, Client, RequestBuilder};

pub(crate) type Anything = Box<dyn Error + Send + Sync>;

/// How many requests are under way at the same time.
pub(crate) const CLIENTS: usize = 64;
/// How long each measurement lasts, after a warming-up.
pub(crate) const MEASURED: Duration = Duration::from_millis(1500);
const WARMING_UP: Duration = Duration::from_millis(500);

/// The clients, and the authority that their servers have certificates of.
pub(crate) struct Load {
    pub(crate) ca: LocalCa,
    pub(crate) client: Client,
}

impl Load {
    pub(crate) fn new() -> Result<Self, Anything> {
        let ca = LocalCa::new("bench")?;
        let anchor = Certificate::from_pem(ca.pem().as_bytes())?;
        let client = Client::builder()
            .tls_certs_only([anchor])
            .no_proxy()
            .tcp_nodelay(true)
            .build()?;
        Ok(Self { ca, client })
    }

    /// Serves a router on loopback; gives its origin.
    pub(crate) async fn serve(&self, router: Router) -> Result<String, Anything> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let tls = self.ca.issue(&["127.0.0.1"])?;
        let running = serve::https(router, listener, tls, std::future::pending()).await?;
        Ok(format!("https://{}", running.address()))
    }
}

/// Sends a request and takes its whole answer, which must have this status.
pub(crate) async fn expect(request: RequestBuilder, status: u16) -> Result<(), Anything> {
    let response = request.send().await?;
    let answered = response.status().as_u16();
    let body = response.bytes().await?;
    if answered == status {
        return Ok(());
    }
    let body = String::from_utf8_lossy(&body);
    Err(format!("answered {answered} instead of {status}: {body}").into())
}

/// How often per second the clients together can do it.
pub(crate) async fn rate(once: impl AsyncFn() -> Result<(), Anything>) -> Result<f64, Anything> {
    let begun = Instant::now();
    let measured_from = begun + WARMING_UP;
    let end = measured_from + MEASURED;
    let client = async || {
        let mut count = 0_u32;
        while Instant::now() < end {
            once().await?;
            count += u32::from(Instant::now() >= measured_from);
        }
        Ok::<u32, Anything>(count)
    };
    let counts = join_all((0..CLIENTS).map(|_| client())).await;
    let mut total = 0.0;
    for count in counts {
        total += f64::from(count?);
    }
    Ok(total / (begun.elapsed() - WARMING_UP).as_secs_f64())
}

/// How many of these the clients together can use up per second, the first quarter not counted.
pub(crate) async fn rate_of<T>(
    supply: Vec<T>,
    once: impl AsyncFn(T) -> Result<(), Anything>,
) -> Result<f64, Anything> {
    let counted = supply.len() - supply.len() / 4;
    let supply = Mutex::new(supply);
    let next = || {
        supply
            .lock()
            .map_err(|_| "a client has panicked")
            .map(|mut left| left.pop())
    };
    let use_up_to = async |stop: usize| {
        let left = || supply.lock().map_or(0, |left| left.len());
        let client = async || {
            while left() > stop {
                let Some(one) = next()? else { break };
                once(one).await?;
            }
            Ok::<(), Anything>(())
        };
        let done = join_all((0..CLIENTS).map(|_| client())).await;
        done.into_iter().collect::<Result<(), Anything>>()
    };
    use_up_to(counted).await?;
    let begun = Instant::now();
    use_up_to(0).await?;
    Ok(counted as f64 / begun.elapsed().as_secs_f64())
}
