//! Other servers without sockets: a function answers, and what was asked is kept.

use std::sync::{Arc, Mutex};

use btx_reference::oauth;
use btx_reference::oauth::store::MemoryTokens;
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use btx_reference::random::SystemRandom;
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::watch;

use super::TestClock;

/// A request that somebody sent.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(field, _)| *field == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The value of a member of the form.
    pub(crate) fn member(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.body.as_bytes())
            .find(|(member, _)| member == name)
            .map(|(_, value)| value.into_owned())
    }
}

type Answering = Box<dyn FnMut(&Asked) -> OutboundOutcome + Send>;

pub(crate) struct Desk {
    answering: Mutex<Answering>,
    asked: Mutex<Vec<Asked>>,
    open: watch::Sender<bool>,
}

impl Desk {
    pub(crate) fn new(
        answering: impl FnMut(&Asked) -> OutboundOutcome + Send + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            answering: Mutex::new(Box::new(answering)),
            asked: Mutex::default(),
            open: watch::Sender::new(true),
        })
    }

    /// From now on this function answers.
    pub(crate) fn answer(&self, answering: impl FnMut(&Asked) -> OutboundOutcome + Send + 'static) {
        *self.answering.lock().unwrap() = Box::new(answering);
    }

    /// Whoever asks waits until it is open.
    pub(crate) fn set_open(&self, open: bool) {
        self.open.send_replace(open);
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How often this URL was asked.
    pub(crate) fn count(&self, url: &str) -> usize {
        self.asked().iter().filter(|asked| asked.url == url).count()
    }

    pub(crate) fn parts(self: &Arc<Self>, clock: &Arc<TestClock>) -> oauth::Parts {
        oauth::Parts {
            clock: clock.clone(),
            random: Arc::new(SystemRandom),
            tokens: Arc::new(MemoryTokens::new()),
            outbound: self.clone(),
        }
    }

    async fn send(&self, method: &'static str, request: OutboundRequest) -> OutboundOutcome {
        let fields = request.headers.iter();
        let asked = Asked {
            method,
            url: request.url.clone(),
            fields: fields
                .map(|(name, value)| (*name, value.to_string()))
                .collect(),
            body: String::from_utf8(request.body.to_vec()).unwrap(),
        };
        self.asked.lock().unwrap().push(asked.clone());
        let mut open = self.open.subscribe();
        open.wait_for(|open| *open).await.unwrap();
        (self.answering.lock().unwrap())(&asked)
    }
}

impl Outbound for Desk {
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.send("POST", request).boxed()
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.send("GET", request).boxed()
    }
}

/// An answer of this status with this body.
pub(crate) fn answered(status: u16, body: impl Into<String>) -> OutboundOutcome {
    OutboundOutcome::Answered(Answer {
        status,
        body: Bytes::from(body.into()),
        ..Answer::default()
    })
}

/// An answer with a challenge.
pub(crate) fn challenged(status: u16, challenge: &str) -> OutboundOutcome {
    OutboundOutcome::Answered(Answer {
        status,
        www_authenticate: Some(challenge.to_owned()),
        ..Answer::default()
    })
}
