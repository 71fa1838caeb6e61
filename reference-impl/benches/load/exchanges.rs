//! Exchanges with an issuer whose one partner accepts everything.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::any;
use btx_reference::Parts;
use btx_reference::issuer::{Config, Issuer, Partner};
use btx_reference::outbound::{HttpsOutbound, Overrides, Trust};
use btx_reference::store::Store;
use btx_spec::{HttpsUrl, Identifier};

use super::{Anything, CLIENTS, Load, expect, rate};

/// The partner, and the way to it.
pub(crate) struct Exchanges {
    pub(crate) outbound: Arc<HttpsOutbound>,
    pub(crate) receives: HttpsUrl,
    ids: AtomicU64,
}

impl Exchanges {
    pub(crate) async fn start(load: &Load) -> Result<Self, Anything> {
        let trust = Trust::only(load.ca.pem());
        let loopback = vec!["127.0.0.0/8".parse()?];
        let outbound = HttpsOutbound::new(&trust, &Overrides::new(), loopback)?;
        let accept = any(async || StatusCode::NO_CONTENT);
        let initiator = load.serve(Router::new().route("/receive", accept)).await?;
        Ok(Self {
            outbound: Arc::new(outbound),
            receives: HttpsUrl::parse(&format!("{initiator}/receive"))?,
            ids: AtomicU64::default(),
        })
    }

    /// An issuer with one partner who may do as much as it likes.
    pub(crate) fn issuer(&self, store: Arc<dyn Store>) -> Result<Issuer, Anything> {
        let initiator = Identifier::parse(&self.receives.origin().to_string())?;
        let partner = Partner::new(initiator, self.receives.clone())?;
        let mut config = Config::new(Identifier::parse("https://issuer.example")?, vec![partner]);
        config.limits.parallel_per_partner = 2 * CLIENTS;
        Ok(Issuer::new(
            config,
            Parts::new(store, self.outbound.clone()),
        ))
    }

    /// How many have begun so far.
    pub(crate) fn begun(&self) -> u64 {
        self.ids.load(Ordering::Relaxed)
    }

    /// Exchanges per second, with a replica of the issuer over each of these stores.
    pub(crate) async fn rate(
        &self,
        load: &Load,
        stores: Vec<Arc<dyn Store>>,
    ) -> Result<f64, Anything> {
        let mut urls = Vec::new();
        for store in stores {
            let issuer = load.serve(self.issuer(store)?.router()).await?;
            urls.push(format!("{issuer}/btx/token-call"));
        }
        let initiator = self.receives.origin();
        let turn = AtomicUsize::default();
        let call = async || {
            let id = self.ids.fetch_add(1, Ordering::Relaxed);
            let body = format!(
                "{{\"version\":\"BTX-1\",\
                 \"exchange_id\":\"00000000-0000-4000-8000-{id:012x}\",\
                 \"issuer\":\"https://issuer.example\",\"initiator\":\"{initiator}\",\
                 \"hmac_key\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}}"
            );
            let next = turn.fetch_add(1, Ordering::Relaxed) % urls.len();
            let url = urls.get(next).ok_or("no replica")?;
            let request = load.client.post(url).body(body);
            let request = request.header("content-type", "application/json");
            expect(request, 204).await
        };
        rate(call).await
    }
}
