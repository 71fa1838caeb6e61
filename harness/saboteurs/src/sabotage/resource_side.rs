//! Puts the alterations of an OAuth resource together.

use crate::{
    inbound::{In, Instead, Layer, Out, around},
    message::{Asked, Told},
    outbound::{Courier, Couriered},
};
use axum::Router;
use btx_harness::embedded::{Alterations, Starts, oauth};
use btx_reference::oauth::{Parts, resource::Config};
use std::sync::Arc;

type OnConfig = Box<dyn Fn(&mut Config) + Send>;
type OnParts = Box<dyn Fn(usize, Parts) -> Parts + Send>;
type OnRouter = Box<dyn Fn(usize, Router) -> Router + Send>;

/// The alterations of an OAuth resource, in the making. What is added later stands further outside.
#[derive(Default)]
pub struct ResourceSabotage {
    config: Vec<OnConfig>,
    parts: Vec<OnParts>,
    router: Vec<OnRouter>,
}

impl ResourceSabotage {
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

    /// Exchanges components of a replica.
    #[must_use]
    pub fn parts(mut self, alter: impl Fn(usize, Parts) -> Parts + Send + 'static) -> Self {
        self.parts.push(Box::new(alter));
        self
    }

    /// Puts a courier in the place of the outbound client of all replicas: it asks about tokens with POST,
    /// and for key sets with GET.
    #[must_use]
    pub fn courier(self, courier: impl Courier) -> Self {
        let courier: Arc<dyn Courier> = Arc::new(courier);
        self.parts(move |_, mut parts| {
            parts.outbound = Arc::new(Couriered {
                inner: parts.outbound,
                courier: courier.clone(),
            });
            parts
        })
    }

    /// Puts a layer around all replicas.
    #[must_use]
    pub fn layer(mut self, layer: impl Layer) -> Self {
        let layer: Arc<dyn Layer> = Arc::new(layer);
        self.router.push(Box::new(move |replica, router| {
            around(router, replica, layer.clone())
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

    /// What the harness starts the reference with.
    #[must_use]
    pub fn alterations(self) -> Alterations {
        let Self {
            config,
            parts,
            router,
        } = self;
        Alterations {
            starts: Starts::Oauth,
            oauth: oauth::Alterations {
                resource_config: Box::new(move |given| {
                    config.iter().for_each(|alter| alter(given));
                }),
                resource_parts: Box::new(move |replica, given| {
                    parts
                        .iter()
                        .fold(given, |given, alter| alter(replica, given))
                }),
                resource_router: Box::new(move |replica, given| {
                    router
                        .iter()
                        .fold(given, |given, alter| alter(replica, given))
                }),
                ..oauth::Alterations::default()
            },
            ..Alterations::default()
        }
    }
}
