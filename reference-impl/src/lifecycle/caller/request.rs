//! What a caller sends: pure.

use btx_spec::lifecycle::{LoginRequest, SessionToken};
use bytes::Bytes;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::answer::Held;
use super::config::Peer;
use crate::outbound::OutboundRequest;

/// The name of the field with a session token, in the letters of HTTP/2.
const SESSION_FIELD: &str = "x-session-token";

/// A login (LC-CLI-001).
pub(super) fn login(peer: &Peer, deadline: Instant) -> OutboundRequest {
    let login = LoginRequest {
        username: peer.account.clone(),
        password: peer.password.expose().clone(),
    };
    let body = Bytes::from_owner(login.to_json());
    OutboundRequest::json(peer.login.as_str(), body, deadline).with("accept", "application/json")
}

/// A call with a bearer, and with the session token if there is one (LC-CLI-005).
pub(super) fn call(
    url: &str,
    bearer: &Held,
    session: Option<&SessionToken>,
    deadline: Instant,
) -> OutboundRequest {
    let value = Zeroizing::new(format!("Bearer {}", bearer.token.expose()));
    let request = OutboundRequest::bare(url, deadline).with("authorization", value.as_str());
    match session {
        Some(session) => request.with(SESSION_FIELD, session.expose()),
        None => request,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_field_is_that_of_the_profile() {
        let field = btx_spec::lifecycle::SESSION_FIELD;
        assert!(field.eq_ignore_ascii_case(super::SESSION_FIELD));
    }
}
