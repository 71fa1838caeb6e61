//! Puts the alterations of a role together that is made of configuration, parts and a router, as those of OAuth,
//! of service JWTs and of sessions are.

use crate::{
    inbound::{In, Instead, Layer, Out, around},
    message::{Asked, Told},
    outbound::{Courier, Couriered, Getting, Posting, altered},
};
use axum::Router;
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use futures::future::BoxFuture;
use std::sync::Arc;

/// Changes a configuration.
pub type OnConfig<C> = Box<dyn Fn(&mut C) + Send>;
/// Exchanges parts of a replica.
pub type OnParts<P> = Box<dyn Fn(usize, P) -> P + Send>;
/// Wraps the router of a replica.
pub type OnRouter = Box<dyn Fn(usize, Router) -> Router + Send>;

/// A role of the reference that can be altered from outside.
pub trait Role {
    /// Its configuration.
    type Config: 'static;
    /// What it needs of the world around it.
    type Parts: 'static;

    /// What the harness starts the reference with, so that this role is altered.
    fn altered(
        config: OnConfig<Self::Config>,
        parts: OnParts<Self::Parts>,
        router: OnRouter,
    ) -> Alterations;
}

/// A role that sends requests.
pub trait Asking: Role {
    /// What they go out by.
    fn outbound(parts: &mut Self::Parts) -> &mut Arc<dyn Outbound>;
}

/// A role that answers requests.
pub trait Routed: Role {}

/// A role that asks for tokens with POST, and calls APIs and fetches metadata with GET.
pub trait Calling: Asking {}

/// The alterations of a role, in the making. Of what comes in, what is added later stands further outside; of
/// what goes out, nearer to the role.
pub struct RoleSabotage<R: Role> {
    config: Vec<OnConfig<R::Config>>,
    parts: Vec<OnParts<R::Parts>>,
    router: Vec<OnRouter>,
    control: Vec<Box<dyn Fn(Router) -> Router + Send>>,
}

impl<R: Role> Default for RoleSabotage<R> {
    fn default() -> Self {
        Self {
            config: Vec::new(),
            parts: Vec::new(),
            router: Vec::new(),
            control: Vec::new(),
        }
    }
}

impl<R: Role> RoleSabotage<R> {
    /// The reference.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes the configuration.
    #[must_use]
    pub fn config(mut self, alter: impl Fn(&mut R::Config) + Send + 'static) -> Self {
        self.config.push(Box::new(alter));
        self
    }

    /// Exchanges components of a replica.
    #[must_use]
    pub fn parts(mut self, alter: impl Fn(usize, R::Parts) -> R::Parts + Send + 'static) -> Self {
        self.parts.push(Box::new(alter));
        self
    }

    /// Puts a layer around the control, which sees what the role is told to do.
    #[must_use]
    pub fn control(mut self, layer: impl Layer) -> Self {
        let layer: Arc<dyn Layer> = Arc::new(layer);
        self.control
            .push(Box::new(move |router| around(router, 0, layer.clone())));
        self
    }

    /// What the harness starts the reference with.
    #[must_use]
    pub fn alterations(self) -> Alterations {
        let Self {
            config,
            parts,
            router,
            control,
        } = self;
        let config = move |given: &mut R::Config| config.iter().for_each(|alter| alter(given));
        let parts = move |replica: usize, given: R::Parts| {
            let alter = |given, alter: &OnParts<R::Parts>| alter(replica, given);
            parts.iter().fold(given, alter)
        };
        let router = move |replica: usize, given: Router| {
            let alter = |given, alter: &OnRouter| alter(replica, given);
            router.iter().fold(given, alter)
        };
        Alterations {
            control: Box::new(move |given| control.iter().fold(given, |given, alter| alter(given))),
            ..R::altered(Box::new(config), Box::new(parts), Box::new(router))
        }
    }
}

impl<R: Asking> RoleSabotage<R> {
    /// Puts a courier in the place of the outbound client of all replicas.
    #[must_use]
    pub fn courier(self, courier: impl Courier) -> Self {
        let courier: Arc<dyn Courier> = Arc::new(courier);
        self.parts(move |_, mut parts| {
            let outbound = R::outbound(&mut parts);
            *outbound = Arc::new(Couriered {
                inner: outbound.clone(),
                courier: courier.clone(),
            });
            parts
        })
    }

    /// Brings what is sent with POST to its outcome in a way of its own.
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

    /// Brings what is asked for with GET to its outcome in a way of its own.
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
}

impl<R: Routed> RoleSabotage<R> {
    /// Puts a layer around all replicas.
    #[must_use]
    pub fn layer(mut self, layer: impl Layer) -> Self {
        let layer: Arc<dyn Layer> = Arc::new(layer);
        self.router.push(Box::new(move |replica, router| {
            // Outside of the routes, so that a layer may alter method and path as well.
            let whole = Router::new().fallback_service(router);
            around(whole, replica, layer.clone())
        }));
        self
    }

    /// Alters what comes in.
    #[must_use]
    pub fn asked(self, alter: impl Fn(&mut Asked) + Send + Sync + 'static) -> Self {
        self.layer(In(alter))
    }

    /// Answers some requests in the place of the reference.
    #[must_use]
    pub fn instead(self, answer: impl Fn(&Asked) -> Option<Told> + Send + Sync + 'static) -> Self {
        self.layer(Instead(answer))
    }

    /// Alters what goes out.
    #[must_use]
    pub fn told(self, alter: impl Fn(&Asked, &mut Told) + Send + Sync + 'static) -> Self {
        self.layer(Out(Arc::new(alter)))
    }
}

impl<R: Calling> RoleSabotage<R> {
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
    pub fn granted(self, alter: impl Fn(&mut Answer) + Send + Sync + 'static) -> Self {
        let alter = Arc::new(alter);
        self.posting(move |inner, request| {
            let alter = alter.clone();
            Box::pin(async move {
                let outcome = inner.post(request).await;
                altered(outcome, |answer| alter(answer))
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
                    true => altered(outcome, |answer| alter(answer)),
                    false => outcome,
                }
            })
        })
    }
}

/// Whether a URL is that of an API, and not of metadata.
#[must_use]
pub fn is_api(url: &str) -> bool {
    url.ends_with("/api")
}
