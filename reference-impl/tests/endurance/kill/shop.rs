//! An initiator that knows how it will behave, and remembers what it was given.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use btx_spec::{BearerToken, ExchangeId, TokenIssue};
use tokio::sync::watch;

/// What the initiator does with the token issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It answers with this status. 204 accepts.
    Answers(u16),
    /// It leaves the issuer without an answer.
    Holds,
}

/// How far an exchange is, as seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// The token call is about to be sent.
    Calling,
    /// The token issue is here.
    Issued,
    /// The answer to it is on its way.
    Decided,
    /// The issuer has told the outcome.
    Settled,
}

/// One exchange that the initiator awaits.
pub(crate) struct Awaited {
    manner: Manner,
    pub(crate) stage: watch::Sender<Stage>,
    token: Mutex<Option<BearerToken>>,
}

impl Awaited {
    pub(crate) fn token(&self) -> Option<BearerToken> {
        self.token.lock().unwrap().clone()
    }
}

/// The initiator: what it awaits, by the id.
#[derive(Clone, Default)]
pub(crate) struct Shop(Arc<Mutex<HashMap<ExchangeId, Arc<Awaited>>>>);

impl Shop {
    pub(crate) fn awaits(&self, id: ExchangeId, manner: Manner) -> Arc<Awaited> {
        let awaited = Arc::new(Awaited {
            manner,
            stage: watch::Sender::new(Stage::Calling),
            token: Mutex::default(),
        });
        self.0.lock().unwrap().insert(id, Arc::clone(&awaited));
        awaited
    }

    pub(crate) fn router(&self) -> Router {
        Router::new()
            .fallback(receive)
            .with_state(Self::clone(self))
    }
}

async fn receive(State(shop): State<Shop>, body: Bytes) -> StatusCode {
    let issue = TokenIssue::parse(&body).unwrap();
    let awaited = shop.0.lock().unwrap().get(&issue.exchange_id).cloned();
    let awaited = awaited.unwrap();
    *awaited.token.lock().unwrap() = Some(issue.bearer_token);
    awaited.stage.send_replace(Stage::Issued);
    match awaited.manner {
        Manner::Holds => std::future::pending().await,
        Manner::Answers(status) => {
            awaited.stage.send_replace(Stage::Decided);
            StatusCode::from_u16(status).unwrap()
        }
    }
}
