//! The gate: lets in whoever shows a bearer of a trusted signer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use btx_spec::lifecycle::BearerClaims;
use tracing::debug;

use super::Inner;
use super::judge::{self, Facts, Fault};
use crate::duration::whole_seconds;
use crate::http::bearer::{Denied, challenge, credentials};
use crate::http::refusal::Refusal;
use crate::jwt::verifier::Missed;

/// Whom a request comes from, for the routes behind the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// The issuer of the bearer.
    pub issuer: String,
    /// Its subject.
    pub subject: String,
    /// Its session.
    pub session: String,
}

/// Why somebody is not let in.
enum Shut {
    /// What it shows opens nothing.
    Denied(Denied),
    /// Nobody can say whether it opens anything.
    Unavailable,
}

/// A session token is never looked at (LC-RES-019, LC-RES-020).
pub(super) async fn gate(
    State(inner): State<Arc<Inner>>,
    mut request: Request,
    next: Next,
) -> Response {
    let opened = match credentials(request.headers()) {
        Ok(shown) => inner.open(shown).await,
        Err(denied) => Err(Shut::Denied(denied)),
    };
    match opened {
        Ok(claims) => {
            request.extensions_mut().insert(Visitor {
                issuer: claims.issuer,
                subject: claims.subject,
                session: claims.session,
            });
            next.run(request).await
        }
        // HT-RES-008 to HT-RES-011
        Err(Shut::Denied(denied)) => challenge(denied, &inner.config.realm),
        Err(Shut::Unavailable) => Refusal::unavailable().into_response(),
    }
}

impl From<Fault> for Shut {
    fn from(fault: Fault) -> Self {
        debug!(%fault, "bearer refused");
        Self::Denied(Denied::InvalidToken)
    }
}

impl Inner {
    async fn open(&self, shown: &str) -> Result<BearerClaims, Shut> {
        let facts = Facts {
            audience: self.config.identifier.as_str(),
            lifetime: whole_seconds(self.config.lifetime),
            skew: whole_seconds(self.config.clock_skew),
            now: self.parts.clock.now(),
        };
        let claimed = judge::read(shown, &self.config.signers, &facts)?;
        let keys = self.keys.of(claimed.signer(), claimed.key_id()).await;
        let keys = keys.map_err(|missed| match missed {
            Missed::Wrong(_) => Shut::Denied(Denied::InvalidToken),
            Missed::Absent(_) => Shut::Unavailable,
        })?;
        Ok(claimed.verified(&keys, self.parts.clock.now())?)
    }
}
