//! Clients in the place of the outbound one: they alter what goes out, or what is made of the answers. What
//! goes out is the token issue of an issuer; of an initiator it is the token call, a poll, or the use of an
//! API.

use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use futures::future::BoxFuture;
use std::sync::Arc;

/// What becomes of what goes out.
pub trait Courier: Send + Sync + 'static {
    /// Brings one message to its outcome: a token issue of the issuer, or a token call of the initiator.
    /// `inner` is the client of the reference.
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        inner.post(request)
    }

    /// Brings a question for the status, or a call of an API, to its outcome.
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        inner.get(request)
    }
}

/// A client that leaves its work to a courier.
pub struct Couriered {
    /// The client of the reference.
    pub inner: Arc<dyn Outbound>,
    /// Who is in its place.
    pub courier: Arc<dyn Courier>,
}

impl Outbound for Couriered {
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.courier.post(&*self.inner, request)
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.courier.get(&*self.inner, request)
    }
}

/// Alters the token issue before it leaves.
pub struct Issues<F>(pub F);

impl<F: Fn(&mut OutboundRequest) + Send + Sync + 'static> Courier for Issues<F> {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        (self.0)(&mut request);
        inner.post(request)
    }
}

/// Makes something else of the answer to it.
pub struct Answers<F>(pub F);

impl<F> Courier for Answers<F>
where
    F: Fn(&OutboundRequest, OutboundOutcome) -> OutboundOutcome + Send + Sync + 'static,
{
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let outcome = inner.post(request.clone()).await;
            (self.0)(&request, outcome)
        })
    }
}

/// Sends the token issue again, altered or not, as long as `again` gives it a request to send.
pub struct Again<F> {
    /// The most that is sent in one attempt of the reference.
    pub most: usize,
    /// What is sent after the request so far has come to that outcome.
    pub next: F,
}

impl<F> Courier for Again<F>
where
    F: Fn(&OutboundRequest, &OutboundOutcome) -> Option<OutboundRequest> + Send + Sync + 'static,
{
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let mut outcome = inner.post(request.clone()).await;
            for _ in 1..self.most {
                match (self.next)(&request, &outcome) {
                    Some(next) => request = next,
                    None => break,
                }
                outcome = inner.post(request.clone()).await;
            }
            outcome
        })
    }
}

/// Brings messages to their outcomes in a way of its own.
pub struct Posting<F>(pub F);

impl<F> Courier for Posting<F>
where
    F: for<'a> Fn(&'a dyn Outbound, OutboundRequest) -> BoxFuture<'a, OutboundOutcome>
        + Send
        + Sync
        + 'static,
{
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        (self.0)(inner, request)
    }
}

/// Brings questions for the status, and calls of APIs, to their outcomes in a way of its own.
pub struct Getting<F>(pub F);

impl<F> Courier for Getting<F>
where
    F: for<'a> Fn(&'a dyn Outbound, OutboundRequest) -> BoxFuture<'a, OutboundOutcome>
        + Send
        + Sync
        + 'static,
{
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        (self.0)(inner, request)
    }
}

/// The status of an outcome, if an answer came.
#[must_use]
pub fn status(outcome: &OutboundOutcome) -> Option<u16> {
    match outcome {
        OutboundOutcome::Answered(answer) => Some(answer.status),
        _ => None,
    }
}

/// The outcome, read as acceptance.
#[must_use]
pub fn accepted(outcome: OutboundOutcome) -> OutboundOutcome {
    altered(outcome, |answer| answer.status = 204)
}

/// The outcome with another answer, if there is one.
#[must_use]
pub fn altered(outcome: OutboundOutcome, alter: impl FnOnce(&mut Answer)) -> OutboundOutcome {
    match outcome {
        OutboundOutcome::Answered(mut answer) => {
            alter(&mut answer);
            OutboundOutcome::Answered(answer)
        }
        other => other,
    }
}
