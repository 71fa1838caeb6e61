//! A network without sockets: each origin leads to a router, and requests are answered in this process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tower::ServiceExt as _;
use url::Url;

/// A place that answers this has broken the connection instead.
pub(crate) const BROKEN: StatusCode = StatusCode::IM_A_TEAPOT;

#[derive(Default)]
pub(crate) struct Wire {
    places: Mutex<BTreeMap<String, Router>>,
    /// All requests, in their order.
    sent: Mutex<Vec<Sent>>,
}

/// What a request said.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) url: String,
    pub(crate) prefer: Option<String>,
}

impl Wire {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Everything under this origin is answered by that router from now on.
    pub(crate) fn put(&self, origin: &str, router: Router) {
        let mut places = self.places.lock().unwrap();
        places.insert(origin.to_owned(), router);
    }

    /// Nobody is anywhere any more, so that nobody keeps the wire and the wire nobody.
    pub(crate) fn clear(&self) {
        self.places.lock().unwrap().clear();
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    pub(crate) fn sent_to(&self, url: &str) -> usize {
        self.sent().iter().filter(|sent| sent.url == url).count()
    }

    async fn send(&self, method: Method, request: OutboundRequest) -> OutboundOutcome {
        let url = Url::parse(&request.url).unwrap();
        let place = {
            let places = self.places.lock().unwrap();
            places.get(&url.origin().ascii_serialization()).cloned()
        };
        let Some(place) = place else {
            return OutboundOutcome::Unreachable("nobody is there".to_owned());
        };
        let field = |name: &str| {
            let mut fields = request.headers.iter();
            let found = fields.find(|(field, _)| *field == name);
            found.map(|(_, value)| value.to_string())
        };
        self.sent.lock().unwrap().push(Sent {
            url: request.url.clone(),
            prefer: field("prefer"),
        });
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let mut sending = Request::builder().method(method).uri(target);
        sending = sending.header(header::HOST, url.host_str().unwrap());
        for (name, value) in &request.headers {
            sending = sending.header(*name, value.as_str());
        }
        let sending = sending.body(Body::from(request.body)).unwrap();
        let (head, body) = place.oneshot(sending).await.unwrap().into_parts();
        if head.status == BROKEN {
            return OutboundOutcome::NoAnswer("broken".to_owned());
        }
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let text = |name| {
            let value = head.headers.get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        OutboundOutcome::Answered(Answer {
            status: head.status.as_u16(),
            retry_after: text(header::RETRY_AFTER).and_then(|text| text.parse().ok()),
            location: text(header::LOCATION),
            body,
            ..Answer::default()
        })
    }
}

impl Outbound for Wire {
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.send(Method::POST, request).boxed()
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.send(Method::GET, request).boxed()
    }
}
