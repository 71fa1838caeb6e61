//! Layers around the router: they alter what comes in, or what goes out, or answer by themselves.

use crate::message::{Asked, Told};
use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use futures::future::BoxFuture;
use std::sync::Arc;

/// What becomes of a request: passed on, answered, or both.
pub trait Layer: Send + Sync + 'static {
    /// Takes one request to a replica to its answer.
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told>;
}

/// Puts a layer around the router of a replica.
pub fn around(router: Router, replica: usize, layer: Arc<dyn Layer>) -> Router {
    router.layer(from_fn(move |request: Request, next: Next| {
        let layer = layer.clone();
        async move {
            let asked = Asked::read(replica, request).await;
            layer.take(asked, next).await.into_response()
        }
    }))
}

/// Lets the reference answer.
pub async fn pass(asked: Asked, next: Next) -> Told {
    let response: Response = next.run(asked.into_request()).await;
    Told::read(response).await
}

/// Alters requests before the reference sees them.
pub struct In<F>(pub F);

impl<F: Fn(&mut Asked) + Send + Sync + 'static> Layer for In<F> {
    fn take(&self, mut asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        (self.0)(&mut asked);
        Box::pin(pass(asked, next))
    }
}

/// Answers some requests in the place of the reference.
pub struct Instead<F>(pub F);

impl<F: Fn(&Asked) -> Option<Told> + Send + Sync + 'static> Layer for Instead<F> {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        match (self.0)(&asked) {
            Some(told) => Box::pin(async { told }),
            None => Box::pin(pass(asked, next)),
        }
    }
}

/// Alters answers after the reference has given them.
pub struct Out<F>(pub Arc<F>);

impl<F: Fn(&Asked, &mut Told) + Send + Sync + 'static> Layer for Out<F> {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let alter = self.0.clone();
        Box::pin(async move {
            let mut told = pass(asked.clone(), next).await;
            alter(&asked, &mut told);
            told
        })
    }
}
