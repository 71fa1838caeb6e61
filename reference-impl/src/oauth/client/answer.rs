//! What the answers of an authorization server and of an API mean: pure.

use std::sync::Arc;

use btx_spec::oauth::{ServerMetadata, TokenAnswer, ToldError, challenge};
use btx_spec::{HttpsUrl, Identifier};

use super::failure::Failure;
use super::machine::Granted;
use crate::outbound::Answer;

/// The token of an answer, or why there is none. Only 200 gives one (OA-CLI-034).
pub(crate) fn judge_token(answer: &Answer) -> Result<Granted, Failure> {
    if answer.status != 200 {
        return Err(Failure::Refused {
            status: answer.status,
            error: ToldError::parse(&answer.body)
                .ok()
                .and_then(|told| told.known()),
            retry_after: answer.retry_after,
        });
    }
    // OA-CLI-032, OA-CLI-033: members that nobody knows are passed over, and a token that is no `b64token`
    // cannot be shown without becoming something else on the way.
    let answer = TokenAnswer::parse(&answer.body)
        .map_err(|_| Failure::BadAnswer("there is no token in it that can be shown"))?;
    // OA-CLI-030, OA-CLI-031
    if !answer.is_bearer() {
        return Err(Failure::BadAnswer("its token is of a type not known here"));
    }
    Ok(Granted {
        token: Arc::new(answer.access_token),
        lifetime: answer.expires_in,
    })
}

/// Where the metadata of this issuer say that tokens are asked for.
pub(crate) fn judge_metadata(answer: &Answer, issuer: &Identifier) -> Result<HttpsUrl, Failure> {
    if answer.status != 200 {
        return Err(Failure::BadMetadata("they are not to be had"));
    }
    let metadata = ServerMetadata::parse(&answer.body)
        .map_err(|_| Failure::BadMetadata("they are not of their form"))?;
    // OA-CLI-060: octet for octet.
    if metadata.issuer != issuer.as_str() {
        return Err(Failure::BadMetadata("they are those of another issuer"));
    }
    let endpoint = metadata
        .token_endpoint
        .ok_or(Failure::BadMetadata("they name no token endpoint"))?;
    let endpoint = HttpsUrl::parse(&endpoint)
        .map_err(|_| Failure::BadMetadata("their token endpoint is no https URL"))?;
    // Credentials go to a host that the configuration names, whatever the metadata say.
    if endpoint.origin() != issuer.origin() {
        return Err(Failure::BadMetadata(
            "their token endpoint is not at the origin of the issuer",
        ));
    }
    Ok(endpoint)
}

/// Whether an API says that the token is not valid (any more). A missing scope is something else: a new
/// token would not help (OA-CLI-047).
pub(super) fn says_invalid_token(answer: &Answer) -> bool {
    answer.status == 401
        && answer.www_authenticate.as_deref().is_some_and(|field| {
            challenge::parse(field).is_ok_and(|challenges| {
                challenges.iter().any(|challenge| {
                    challenge.is("Bearer") && challenge.error() == Some("invalid_token")
                })
            })
        })
}
