//! The way to the replicas: each request goes to the next one, and where nobody answers to another.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use btx_reference::lifecycle::caller::answer::Held;
use btx_reference::outbound::{Answer, HttpsOutbound, Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::jose::SignedToken;
use btx_spec::lifecycle::{BearerClaims, LoginAnswer, SESSION_FIELD, new_bearer};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::time::sleep;

use super::show::{Got, Show};

/// The pause before everybody is tried once more.
const PAUSE: Duration = Duration::from_millis(100);
/// How often everybody is tried.
const ROUNDS: usize = 5;

/// The way to all replicas, which have one name.
pub(super) struct Balancer {
    ways: Vec<HttpsOutbound>,
    next: AtomicUsize,
    show: Show,
}

impl Balancer {
    /// A way to each replica, in their order.
    pub(super) fn new(ways: Vec<HttpsOutbound>, show: Show) -> Self {
        Self {
            ways,
            next: AtomicUsize::new(0),
            show,
        }
    }

    /// Sends it to one after the other until somebody has answered it. What may have arrived is sent again only if
    /// nothing depends on how often it arrives.
    async fn send(&self, request: OutboundRequest, repeatable: bool, get: bool) -> OutboundOutcome {
        let mut last = OutboundOutcome::Unreachable("there is no replica".to_owned());
        for _ in 0..ROUNDS {
            for _ in &self.ways {
                let index = self.next.fetch_add(1, Ordering::Relaxed) % self.ways.len();
                let Some(way) = self.ways.get(index) else {
                    continue;
                };
                let sent = request.clone();
                last = if get {
                    way.get(sent).await
                } else {
                    way.post(sent).await
                };
                match &last {
                    // What it cannot decide now another one may.
                    OutboundOutcome::Answered(answer) if answer.status != 503 => {
                        self.show.answered(index);
                        self.note(index, &request, answer);
                        return last;
                    }
                    OutboundOutcome::NoAnswer(_) if !repeatable => return last,
                    _ => self.show.elsewhere(),
                }
            }
            sleep(PAUSE).await;
        }
        last
    }

    /// Notes a bearer that has come.
    fn note(&self, replica: usize, request: &OutboundRequest, answer: &Answer) {
        let given = LoginAnswer::parse(&answer.body).ok();
        let fields: Vec<&str> = answer
            .authentication_info
            .iter()
            .map(String::as_str)
            .collect();
        let renewed = new_bearer::parse(&fields).ok().flatten();
        let asked = |(name, _): &(&str, _)| name.eq_ignore_ascii_case(SESSION_FIELD);
        let (bearer, how) = match (given, renewed) {
            (Some(given), _) => (given.bearer_token.to_string(), Got::Login),
            (None, Some(new)) if request.headers.iter().any(asked) => {
                (new.bearer.to_string(), Got::Refresh)
            }
            (None, Some(new)) => (new.bearer.to_string(), Got::Reissue),
            (None, None) => return,
        };
        let header = SignedToken::parse(&bearer).ok();
        if let Some(token) = header
            && let Ok((header, _)) = BearerClaims::read(&token)
            && Held::read(&bearer).is_some()
        {
            self.show.got(replica, &header.key_id, how);
        }
    }
}

impl Outbound for Balancer {
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.send(request, false, false).boxed()
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.send(request, true, true).boxed()
    }
}
