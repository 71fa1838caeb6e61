//! Puts the alterations of an OAuth client together.

use crate::{
    inbound::{Layer, around},
    outbound::{Courier, Couriered, Getting, Posting},
};
use axum::Router;
use btx_harness::embedded::{Alterations, Starts, oauth};
use btx_reference::{
    oauth::{Parts, client::Config},
    outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest},
};
use futures::future::BoxFuture;
use std::sync::Arc;

type OnConfig = Box<dyn Fn(&mut Config) + Send>;
type OnParts = Box<dyn Fn(Parts) -> Parts + Send>;
type OnControl = Box<dyn Fn(Router) -> Router + Send>;

/// The alterations of an OAuth client, in the making. What is added later stands nearer to the client.
#[derive(Default)]
pub struct ClientSabotage {
    config: Vec<OnConfig>,
    parts: Vec<OnParts>,
    control: Vec<OnControl>,
}

impl ClientSabotage {
    /// The reference.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes the configuration.
    #[must_use]
    pub fn config(mut self, alter: impl Fn(&mut Config) + Send + 'static) -> Self {
        self.config.push(Box::new(alter));
        self
    }

    /// Puts a layer around the control, which sees what the client is told to do.
    #[must_use]
    pub fn control(mut self, layer: impl Layer) -> Self {
        let layer: Arc<dyn Layer> = Arc::new(layer);
        self.control
            .push(Box::new(move |router| around(router, 0, layer.clone())));
        self
    }

    /// Puts a courier in the place of the outbound client: it asks for tokens with POST, and calls APIs and
    /// asks for metadata with GET.
    #[must_use]
    pub fn courier(mut self, courier: impl Courier) -> Self {
        let courier: Arc<dyn Courier> = Arc::new(courier);
        self.parts.push(Box::new(move |mut parts| {
            parts.outbound = Arc::new(Couriered {
                inner: parts.outbound,
                courier: courier.clone(),
            });
            parts
        }));
        self
    }

    /// Brings token requests to their outcomes in a way of its own.
    #[must_use]
    pub fn posting<F>(self, post: F) -> Self
    where
        F: for<'a> Fn(&'a dyn Outbound, OutboundRequest) -> BoxFuture<'a, OutboundOutcome>
            + Send
            + Sync
            + 'static,
    {
        self.courier(Posting(post))
    }

    /// Brings calls of APIs, and questions for metadata, to their outcomes in a way of its own.
    #[must_use]
    pub fn getting<F>(self, get: F) -> Self
    where
        F: for<'a> Fn(&'a dyn Outbound, OutboundRequest) -> BoxFuture<'a, OutboundOutcome>
            + Send
            + Sync
            + 'static,
    {
        self.courier(Getting(get))
    }

    /// Alters token requests before they leave.
    #[must_use]
    pub fn asking(self, alter: impl Fn(&mut OutboundRequest) + Send + Sync + 'static) -> Self {
        self.posting(move |inner, mut request| {
            alter(&mut request);
            inner.post(request)
        })
    }

    /// Alters the answers to token requests.
    #[must_use]
    pub fn told(self, alter: impl Fn(&mut Answer) + Send + Sync + 'static) -> Self {
        let alter = Arc::new(alter);
        self.posting(move |inner, request| {
            let alter = alter.clone();
            Box::pin(async move {
                let outcome = inner.post(request).await;
                crate::outbound::altered(outcome, |answer| alter(answer))
            })
        })
    }

    /// Alters calls of APIs before they leave.
    #[must_use]
    pub fn calling(self, alter: impl Fn(&mut OutboundRequest) + Send + Sync + 'static) -> Self {
        self.getting(move |inner, mut request| {
            if is_api(&request.url) {
                alter(&mut request);
            }
            inner.get(request)
        })
    }

    /// Alters the answers of APIs.
    #[must_use]
    pub fn called(self, alter: impl Fn(&mut Answer) + Send + Sync + 'static) -> Self {
        let alter = Arc::new(alter);
        self.getting(move |inner, request| {
            let alter = alter.clone();
            Box::pin(async move {
                let api = is_api(&request.url);
                let outcome = inner.get(request).await;
                match api {
                    true => crate::outbound::altered(outcome, |answer| alter(answer)),
                    false => outcome,
                }
            })
        })
    }

    /// What the harness starts the reference with.
    #[must_use]
    pub fn alterations(self) -> Alterations {
        let Self {
            config,
            parts,
            control,
        } = self;
        Alterations {
            starts: Starts::Oauth,
            oauth: oauth::Alterations {
                client_config: Box::new(move |given| config.iter().for_each(|alter| alter(given))),
                client_parts: Box::new(move |given| {
                    parts.iter().fold(given, |given, alter| alter(given))
                }),
                ..oauth::Alterations::default()
            },
            control: Box::new(move |given| control.iter().fold(given, |given, alter| alter(given))),
            ..Alterations::default()
        }
    }
}

/// Whether a URL is that of an API, and not of metadata.
#[must_use]
pub fn is_api(url: &str) -> bool {
    url.ends_with("/api")
}
