//! Judges a token request: its form, who sends it, and what it is granted.

use axum::http::HeaderMap;

use super::assertion::Once;
use super::authenticate::{Authenticated, authenticate};
use super::config::Grant;
use super::credentials::Credentials;
use super::grant::{Award, for_account, for_client, grant_of, permitted};
use super::refusal::Refusal;
use super::registry::Registry;
use super::request;

/// A token request that is granted, if what may be used once is used for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The token that is to be made.
    pub award: Award,
    /// The assertion by which the client proved itself, if it did so by one (OA-AUS-110).
    pub client_once: Option<Once>,
    /// The assertion that speaks for a service account, if it is about one (OA-AUS-138).
    pub grant_once: Option<Once>,
}

/// Judges a token request.
///
/// # Errors
/// The [`Refusal`] of a request that is not granted.
pub fn judge(
    headers: &HeaderMap,
    body: &[u8],
    registry: &Registry,
    now: i64,
) -> Result<Decision, Refusal> {
    let form = request::read(headers, body)?;
    let credentials = Credentials::find(headers, &form)?;
    let caller = authenticate(&credentials, registry, now)?;
    let grant = grant_of(&form)?;
    if let Some(Authenticated { client, .. }) = &caller {
        permitted(client, grant)?;
    }
    let client_once = caller.as_ref().and_then(|caller| caller.once);
    let client = caller.map(|caller| caller.client);
    match grant {
        Grant::ClientCredentials => {
            // OA-AUS-024
            let client = client.ok_or(Refusal::client("The client does not prove itself."))?;
            Ok(Decision {
                award: for_client(&form, client, registry)?,
                client_once,
                grant_once: None,
            })
        }
        Grant::JwtBearer => {
            let (award, once) = for_account(&form, client, registry, now)?;
            Ok(Decision {
                award,
                client_once,
                grant_once: Some(once),
            })
        }
    }
}
