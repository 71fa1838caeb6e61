//! What an authenticated caller learns about a token (RFC 7662).

use btx_spec::jose::{Audience, NumericDate};
use btx_spec::oauth::Introspection;

use super::config::{Client, Config};
use crate::oauth::store::IssuedToken;

/// What this caller may know of a token. Of one that is not live, and of one that is none of its business,
/// it learns the same: nothing.
pub fn tell(
    known: Option<&IssuedToken>,
    caller: &Client,
    config: &Config,
    now: i64,
) -> Introspection {
    let live = known
        // OA-AUS-202
        .filter(|token| now < token.expires_at)
        .filter(|token| caller.introspects || token.granted.client_id == caller.id);
    // OA-AUS-203
    let Some(token) = live else {
        return Introspection::inactive();
    };
    let granted = &token.granted;
    // OA-AUS-201, OA-AUS-204
    Introspection {
        active: true,
        scope: Some(granted.scope.clone()).filter(|scope| !scope.is_empty()),
        client_id: Some(granted.client_id.clone()),
        token_type: Some("Bearer".to_owned()),
        exp: Some(NumericDate::from_unix(token.expires_at)),
        iat: Some(NumericDate::from_unix(token.issued_at)),
        sub: Some(granted.subject.clone()),
        aud: granted.audience.as_deref().map(Audience::of),
        iss: Some(config.issuer.as_str().to_owned()),
        ..Introspection::default()
    }
}
