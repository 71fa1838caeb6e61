//! A client that believes whoever it finds at a URL, in the place of the careful one of the reference.

use crate::outbound::Courier;
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use futures::future::BoxFuture;
use reqwest::{Client, Method, redirect::Policy};
use std::net::SocketAddr;
use tokio::time::timeout_at;
use url::Url;

/// Where the lab has its peers.
const LAB: [u8; 4] = [127, 0, 1, 1];

/// A client that goes on with requests of some kind where the careful one has not reached anybody.
pub struct Credulous {
    /// Which requests it goes on with.
    pub with: fn(&OutboundRequest) -> bool,
    /// Makes the client less careful.
    pub loosen: fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
}

impl Credulous {
    /// A client that asks for no sound certificate where it sends such requests.
    #[must_use]
    pub fn of_certificates(with: fn(&OutboundRequest) -> bool) -> Self {
        Self {
            with,
            loosen: |builder| builder.tls_danger_accept_invalid_certs(true),
        }
    }

    /// Sends the request, and gives the answer if one comes.
    pub async fn insist(&self, method: Method, request: OutboundRequest) -> Option<Answer> {
        let url = Url::parse(&request.url).ok()?;
        let place = SocketAddr::from((LAB, url.port()?));
        let client = (self.loosen)(Client::builder().redirect(Policy::none()))
            .resolve(url.host_str()?, place)
            .build()
            .ok()?;
        let mut sending = client.request(method, url).body(request.body);
        for (name, value) in &request.headers {
            sending = sending.header(*name, value.as_str());
        }
        let deadline = request.deadline;
        let answer = timeout_at(deadline, sending.send()).await.ok()?.ok()?;
        let field = |name: &str| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
        Some(Answer {
            status: answer.status().as_u16(),
            content_type: field("content-type"),
            cache_control: field("cache-control"),
            body: timeout_at(deadline, answer.bytes()).await.ok()?.ok()?,
            ..Answer::default()
        })
    }

    async fn go_on(
        &self,
        method: Method,
        request: OutboundRequest,
        outcome: OutboundOutcome,
    ) -> OutboundOutcome {
        let OutboundOutcome::Unreachable(reason) = outcome else {
            return outcome;
        };
        if !(self.with)(&request) {
            return OutboundOutcome::Unreachable(reason);
        }
        match self.insist(method, request).await {
            Some(answer) => OutboundOutcome::Answered(answer),
            None => OutboundOutcome::Unreachable(reason),
        }
    }
}

impl Courier for Credulous {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let outcome = inner.post(request.clone()).await;
            self.go_on(Method::POST, request, outcome).await
        })
    }

    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let outcome = inner.get(request.clone()).await;
            self.go_on(Method::GET, request, outcome).await
        })
    }
}
