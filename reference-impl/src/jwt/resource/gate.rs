//! The gate: lets in whoever shows a service JWT for the first time, or a token that was handed out.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use btx_spec::ProblemType;
use btx_spec::jwt::{ClientId, SERVICE_TYPE};
use tracing::warn;

use super::Inner;
use super::hand_out::{hand_out, is_handed_out};
use crate::http::bearer::{Denied, challenge, credentials};
use crate::http::refusal::Refusal;
use crate::jwt::verifier::{Expected, RETRY_AFTER, Refused};

/// By what somebody has come in.
enum Opened {
    /// By a service JWT of this client.
    ByJwt(ClientId),
    /// By an access token.
    ByToken,
}

/// Why somebody has not.
enum Shut {
    /// What it shows opens nothing.
    Denied(Denied),
    /// Nobody can say whether it opens anything.
    Unavailable { retry_after: u32 },
}

pub(super) async fn gate(
    State(inner): State<Arc<Inner>>,
    request: Request,
    next: Next,
) -> Response {
    let opened = match credentials(request.headers()) {
        Ok(shown) => inner.open(shown).await,
        Err(denied) => Err(Shut::Denied(denied)),
    };
    match opened {
        Ok(Opened::ByJwt(client)) => hand_out(&inner, &client, next.run(request).await).await,
        // JW-RES-043
        Ok(Opened::ByToken) => next.run(request).await,
        // JW-RES-024, HT-RES-008 to HT-RES-011
        Err(Shut::Denied(denied)) => challenge(denied, &inner.config.realm),
        Err(Shut::Unavailable { retry_after }) => unavailable(retry_after),
    }
}

impl Inner {
    /// A JWT is told from a handed-out token by its dots, of which the latter has none.
    async fn open(&self, shown: &str) -> Result<Opened, Shut> {
        if shown.contains('.') {
            return self.open_by_jwt(shown).await;
        }
        match is_handed_out(self, shown).await {
            Ok(true) => Ok(Opened::ByToken),
            Ok(false) => Err(Shut::Denied(Denied::InvalidToken)),
            Err(error) => {
                warn!(%error, "a token could not be looked up");
                Err(Shut::Unavailable {
                    retry_after: RETRY_AFTER,
                })
            }
        }
    }

    async fn open_by_jwt(&self, shown: &str) -> Result<Opened, Shut> {
        let expected = Expected {
            typ: SERVICE_TYPE,
            audience: self.config.identifier.as_str(),
        };
        match self.verifier.verify(shown, &expected).await {
            Ok(proven) => Ok(Opened::ByJwt(proven.client)),
            Err(Refused::Token(_) | Refused::Document(_)) => {
                Err(Shut::Denied(Denied::InvalidToken))
            }
            Err(Refused::Unavailable { retry_after }) => Err(Shut::Unavailable { retry_after }),
            // JW-RES-021
            Err(Refused::MemoryFull) => Err(Shut::Unavailable {
                retry_after: RETRY_AFTER,
            }),
        }
    }
}

fn unavailable(retry_after: u32) -> Response {
    Refusal::new(
        ProblemType::TemporarilyUnavailable,
        "This resource cannot judge the token at the moment.",
    )
    .retry_after(retry_after)
    .into_response()
}
