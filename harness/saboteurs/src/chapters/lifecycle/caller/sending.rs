//! Saboteurs of where a caller brings its tokens.

use super::messages::{Logins, SESSION, bearer, session, set};
use crate::{Saboteur, outbound::Courier, sabotage::LcCallerSabotage};
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use futures::future::BoxFuture;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_caller(
            "shows-its-bearer-at-the-login",
            "LC-CLI-002",
            "Shows the bearer that it had before when it logs in.",
            || of(Way::BearerAtLogin),
        )
        .only(&["The bearer comes to the API alone"]),
        Saboteur::of_the_lc_caller(
            "tells-issuers-of-each-others-bearers",
            "LC-CLI-002",
            "Shows an API the bearers that it has for others.",
            || of(Way::BearersOfOthers),
        )
        .only(&["The bearer of one issuer"]),
        Saboteur::of_the_lc_caller(
            "tells-issuers-of-each-others-session-tokens",
            "LC-CLI-003",
            "Shows an API the session tokens that it has for others.",
            || of(Way::SessionsOfOthers),
        ),
        Saboteur::of_the_lc_caller(
            "always-shows-its-session-token",
            "LC-CLI-004",
            "Sends the session token with every request.",
            || of(Way::SessionAlways),
        )
        .also(
            "LC-CLI-008",
            &["Of many calls at once"],
            "every one of the calls has it",
        ),
        Saboteur::of_the_lc_caller(
            "follows-redirects-with-what-it-has",
            "LC-CLI-020",
            "Follows a redirect with its password or its tokens.",
            || LcCallerSabotage::new().courier(Following).alterations(),
        ),
    ]
}

/// What it gets wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    BearerAtLogin,
    BearersOfOthers,
    SessionsOfOthers,
    SessionAlways,
}

fn of(way: Way) -> btx_harness::embedded::Alterations {
    let careless = Careless {
        way,
        logins: Logins::default(),
    };
    LcCallerSabotage::new().courier(careless).alterations()
}

/// Sends more than it should.
struct Careless {
    way: Way,
    logins: Logins,
}

impl Courier for Careless {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let url = request.url.clone();
            let old = self.logins.bearer_of(&url);
            if let Some(old) = old.filter(|_| self.way == Way::BearerAtLogin) {
                set(&mut request, "authorization", format!("Bearer {old}"));
            }
            let outcome = inner.post(request).await;
            self.logins.note(&url, &outcome);
            outcome
        })
    }

    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        let others = self.logins.of_others(&request.url);
        match self.way {
            Way::BearerAtLogin => {}
            Way::BearersOfOthers => {
                let bearers: Vec<String> = others.into_iter().map(|(_, bearer)| bearer).collect();
                set(&mut request, "x-others", bearers.join(" "));
            }
            Way::SessionsOfOthers if session(&request).is_some() => {
                let sessions: Vec<String> =
                    others.into_iter().map(|(session, _)| session).collect();
                set(&mut request, "x-others", sessions.join(" "));
            }
            Way::SessionsOfOthers => {}
            Way::SessionAlways => {
                let own = self.logins.session_of(&request.url);
                if let Some(own) = own.filter(|_| bearer(&request).is_some()) {
                    set(&mut request, SESSION, own);
                }
            }
        }
        inner.get(request)
    }
}

/// Follows redirects.
struct Following;

impl Courier for Following {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let outcome = inner.post(request.clone()).await;
            match leads(&outcome) {
                Some(place) => {
                    request.url = place;
                    inner.post(request).await
                }
                None => outcome,
            }
        })
    }

    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let outcome = inner.get(request.clone()).await;
            match leads(&outcome) {
                Some(place) => {
                    request.url = place;
                    inner.get(request).await
                }
                None => outcome,
            }
        })
    }
}

/// Where a redirect leads.
fn leads(outcome: &OutboundOutcome) -> Option<String> {
    match outcome {
        OutboundOutcome::Answered(Answer {
            status: 300..=399,
            location: Some(place),
            ..
        }) => Some(place.clone()),
        _ => None,
    }
}
