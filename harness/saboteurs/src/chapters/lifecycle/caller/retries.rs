//! Saboteurs of what a caller does when its bearer is refused.

use super::messages::{Logins, SESSION, bearer, session, set};
use crate::{
    Saboteur,
    ledger::lock,
    outbound::{Courier, status},
    sabotage::LcCallerSabotage,
};
use btx_reference::outbound::{Outbound, OutboundOutcome, OutboundRequest};
use futures::future::BoxFuture;
use std::{collections::HashMap, sync::Mutex};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_caller(
            "asks-for-something-else-the-second-time",
            "LC-CLI-005",
            "Marks the second request as one in its URL.",
            || {
                LcCallerSabotage::new()
                    .getting(|inner, mut request| {
                        if session(&request).is_some() {
                            request.url.push_str("?again=1");
                        }
                        inner.get(request)
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_lc_caller(
            "asks-a-third-time",
            "LC-CLI-006",
            "Sends a request once more when the second one fails.",
            || {
                LcCallerSabotage::new()
                    .getting(|inner, request| {
                        Box::pin(async move {
                            let outcome = inner.get(request.clone()).await;
                            let failed = matches!(status(&outcome), Some(401 | 503));
                            match failed && session(&request).is_some() {
                                true => inner.get(request).await,
                                false => outcome,
                            }
                        })
                    })
                    .alterations()
            },
        )
        .also(
            "LC-CLI-007",
            &["When both are refused"],
            "the third request has the tokens that were refused",
        ),
        Saboteur::of_the_lc_caller(
            "keeps-a-refused-session-token",
            "LC-CLI-007",
            "Shows a session token once more that was refused.",
            || {
                LcCallerSabotage::new()
                    .courier(Keeping::default())
                    .alterations()
            },
        ),
        Saboteur::of_the_lc_caller(
            "refreshes-in-every-call",
            "LC-CLI-008",
            "Sends the session token in every one of its calls whose bearer is refused.",
            || {
                LcCallerSabotage::new()
                    .courier(Eager::default())
                    .alterations()
            },
        ),
    ]
}

/// Remembers session tokens that were refused, by the URL of the API.
#[derive(Default)]
struct Keeping(Mutex<HashMap<String, String>>);

impl Courier for Keeping {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let url = request.url.clone();
            let own = session(&request);
            let kept = lock(&self.0).remove(&url);
            if let Some(kept) = kept.filter(|_| own.is_none()) {
                set(&mut request, SESSION, kept);
            }
            let outcome = inner.get(request).await;
            if let (Some(own), Some(401)) = (own, status(&outcome)) {
                lock(&self.0).insert(url, own);
            }
            outcome
        })
    }
}

/// Makes the second request by itself, and tells the reference what came of it when that makes it too.
#[derive(Default)]
struct Eager {
    logins: Logins,
    done: Mutex<HashMap<String, OutboundOutcome>>,
}

impl Courier for Eager {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let url = request.url.clone();
            let outcome = inner.post(request).await;
            self.logins.note(&url, &outcome);
            outcome
        })
    }

    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let shown = bearer(&request).unwrap_or_default();
            if session(&request).is_some()
                && let Some(done) = lock(&self.done).remove(&shown)
            {
                return done;
            }
            let first = inner.get(request.clone()).await;
            let own = self.logins.session_of(&request.url);
            match own.filter(|_| status(&first) == Some(401) && session(&request).is_none()) {
                None => first,
                Some(own) => {
                    let mut again = request;
                    set(&mut again, SESSION, own);
                    let second = inner.get(again).await;
                    if status(&second).is_none_or(|status| status >= 400) {
                        lock(&self.done).insert(shown, second);
                        return first;
                    }
                    second
                }
            }
        })
    }
}
