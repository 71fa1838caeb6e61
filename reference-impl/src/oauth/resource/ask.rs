//! Asks the authorization server about a token that cannot be read here.

use btx_spec::oauth::{AccessToken, basic, form};
use bytes::Bytes;
use tokio::time::Instant;
use tracing::warn;
use zeroize::Zeroizing;

use super::config::{Introspection, Limits};
use crate::outbound::{Outbound, OutboundOutcome, OutboundRequest};

/// What the server says of the token. Nothing is remembered of it: what is revoked is dead at once.
///
/// `None` when nobody can tell (OA-RES-053).
pub(super) async fn ask(
    server: &Introspection,
    token: &AccessToken,
    limits: &Limits,
    outbound: &dyn Outbound,
) -> Option<btx_spec::oauth::Introspection> {
    match ask_once(server, token, limits, outbound).await {
        Ok(answer) => Some(answer),
        Err(why) => {
            warn!(issuer = server.issuer, why, "nobody tells about a token");
            None
        }
    }
}

async fn ask_once(
    server: &Introspection,
    token: &AccessToken,
    limits: &Limits,
    outbound: &dyn Outbound,
) -> Result<btx_spec::oauth::Introspection, String> {
    let secret = server.secret.read().await;
    let secret = secret.map_err(|error| error.to_string())?;
    // OA-RES-056: in the body of a POST.
    let members = [
        ("token", token.expose()),
        ("token_type_hint", "access_token"),
    ];
    let body = Zeroizing::new(form::encode(&members).into_bytes());
    let deadline = Instant::now() + limits.introspection_deadline;
    // OA-RES-052
    let mut request = OutboundRequest::bare(server.url.as_str(), deadline)
        .with("authorization", basic::encode(&server.id, &secret).as_str())
        .with("content-type", "application/x-www-form-urlencoded")
        .with("accept", "application/json");
    request.body = Bytes::from_owner(body);
    match outbound.post(request).await {
        OutboundOutcome::Answered(answer) if answer.status == 200 => {
            let answer = btx_spec::oauth::Introspection::parse(&answer.body);
            answer.map_err(|wrong| wrong.to_string())
        }
        OutboundOutcome::Answered(answer) => Err(format!("the answer is {}", answer.status)),
        OutboundOutcome::Unreachable(why) | OutboundOutcome::NoAnswer(why) => Err(why),
    }
}
