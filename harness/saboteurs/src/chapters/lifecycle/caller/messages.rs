//! What a caller sends, and what comes back.

pub(super) use crate::chapters::oauth::client::messages::{bearer, field, set};

use crate::{
    ledger::lock,
    message::{members, text},
};
use btx_reference::outbound::{OutboundOutcome, OutboundRequest};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
};

/// The field of a session token.
pub(super) const SESSION: &str = "x-session-token";

/// The session token that a request has.
pub(super) fn session(request: &OutboundRequest) -> Option<String> {
    field(request, SESSION).map(str::to_owned)
}

/// The URL below which an issuer has its places.
pub(super) fn issuer(url: &str) -> String {
    url.rsplit_once('/')
        .map_or(url, |(base, _)| base)
        .to_owned()
}

/// The tokens that logins have brought, by issuer.
#[derive(Default)]
pub(super) struct Logins(Mutex<HashMap<String, (String, String)>>);

impl Logins {
    /// Notes what a login has brought: session token and bearer.
    pub(super) fn note(&self, url: &str, outcome: &OutboundOutcome) {
        let OutboundOutcome::Answered(answer) = outcome else {
            return;
        };
        let said = members(&answer.body).unwrap_or_default();
        if let (Some(session), Some(bearer)) =
            (text(&said, "session_token"), text(&said, "bearer_token"))
        {
            self.all().insert(issuer(url), (session, bearer));
        }
    }

    /// The session token of an issuer.
    pub(super) fn session_of(&self, url: &str) -> Option<String> {
        Some(self.all().get(&issuer(url))?.0.clone())
    }

    /// The bearer of the last login at an issuer.
    pub(super) fn bearer_of(&self, url: &str) -> Option<String> {
        Some(self.all().get(&issuer(url))?.1.clone())
    }

    /// Everything of other issuers: session tokens and bearers.
    pub(super) fn of_others(&self, url: &str) -> Vec<(String, String)> {
        let own = issuer(url);
        let all = self.all();
        let others = all.iter().filter(|(issuer, _)| **issuer != own);
        others.map(|(_, tokens)| tokens.clone()).collect()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, (String, String)>> {
        lock(&self.0)
    }
}
