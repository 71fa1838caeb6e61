//! Makes the token of one exchange, and the message that carries it.

use btx_spec::signature::sign;
use btx_spec::{BearerToken, Timestamp, TokenCall, TokenIssue};
use bytes::Bytes;

use crate::random::{Random, RandomError};
use crate::store::LiveToken;

/// A token that nobody knows yet.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Minted {
    /// The token issue as it goes over the wire, each time the same. The bytes are wiped with the
    /// last clone.
    pub body: Bytes,
    /// What the store learns when, and only when, the initiator has accepted.
    pub live: LiveToken,
}

/// Makes a token of 32 random bytes for the initiator of `call`, to expire `lifetime` seconds
/// after `now`, and signs it with the key of the call.
///
/// # Errors
/// [`RandomError`] when there is no randomness; then there is no token.
pub fn mint(
    call: &TokenCall,
    lifetime: i64,
    now: i64,
    random: &dyn Random,
) -> Result<Minted, RandomError> {
    // EX-ISS-042, EX-ISS-043: nobody can guess it, and no other exchange has it.
    let mut bytes = [0_u8; 32];
    random.fill(&mut bytes)?;
    let token = BearerToken::from_random(bytes);
    let expires_at = Timestamp::from_unix(now.saturating_add(lifetime));
    // EX-ISS-050
    let signature = sign(
        &call.hmac_key,
        &call.issuer,
        &call.initiator,
        &call.exchange_id,
        &expires_at,
        &token,
    );
    let live = LiveToken {
        digest: token.digest(),
        initiator: call.initiator.clone(),
        expires_at: expires_at.unix(),
    };
    // EX-ISS-041: what the call said is repeated, not told anew.
    let issue = TokenIssue {
        version: call.version,
        exchange_id: call.exchange_id.clone(),
        issuer: call.issuer.clone(),
        initiator: call.initiator.clone(),
        bearer_token: token,
        expires_at,
        signature,
    };
    Ok(Minted {
        body: Bytes::from_owner(issue.to_json()),
        live,
    })
}
