//! Clients that nobody has registered: each is known by the document at its client id, and asks for tokens by
//! an assertion that it signs itself (RFC 7523 section 2.1).

use axum::http::{HeaderMap, header};
use btx_spec::jose::{Claims, SignedToken};
use btx_spec::jwt::{ClientId, GRANT_TYPE_JWT};
use btx_spec::oauth::form::Form;

use super::authenticate::authenticate;
use super::config::Grant;
use super::credentials::Credentials;
use super::grant::{Award, for_document};
use super::refusal::Refusal;
use super::registry::Registry;
use super::request::{self, parameter};
use crate::jwt::verifier::judge::Fault;
use crate::jwt::verifier::{Expected, Refused, Verifier};

/// What such a client asks for. Nothing of it is proved yet.
pub(super) struct Asked {
    assertion: String,
    award: Award,
}

/// The request of such a client; `None` if it is of somebody else, or of another kind.
///
/// All that needs no key is judged first, so that an assertion is not used up for a token that there is not.
pub(super) fn find(
    headers: &HeaderMap,
    body: &[u8],
    registry: &Registry,
    now: i64,
) -> Result<Option<Asked>, Refusal> {
    let form = request::read(headers, body)?;
    if parameter(&form, "grant_type")? != Some(Grant::JwtBearer.name()) {
        return Ok(None);
    }
    let Some(assertion) = parameter(&form, "assertion")? else {
        return Ok(None);
    };
    let Some(client) = client_of(assertion).filter(|client| !registry.knows(client.as_str()))
    else {
        return Ok(None);
    };
    judge_companions(headers, &form, &client, registry, now)?;
    Ok(Some(Asked {
        assertion: assertion.to_owned(),
        award: for_document(&form, client.as_str(), registry)?,
    }))
}

impl Asked {
    /// What it gets, if the assertion proves that it asks.
    pub(super) async fn proven(
        self,
        verifier: &Verifier,
        registry: &Registry,
    ) -> Result<Award, Refusal> {
        let expected = Expected {
            typ: GRANT_TYPE_JWT,
            audience: registry.config.issuer.as_str(),
        };
        // JW-AUS-011
        match verifier.verify(&self.assertion, &expected).await {
            Ok(_) => Ok(self.award),
            Err(Refused::Token(Fault::Used)) => {
                Err(Refusal::grant("The assertion was used before."))
            }
            Err(Refused::Token(_)) => Err(Refusal::grant(
                "The assertion breaks a rule, or no key of its client verifies it.",
            )),
            Err(Refused::Document(_)) => Err(Refusal::grant(
                "The document or the keys of the client cannot be used.",
            )),
            Err(Refused::Unavailable { .. } | Refused::MemoryFull) => Err(Refusal::unavailable()),
        }
    }
}

/// Whose assertion it says to be, if that is a client id in the form of an address (JW-ANY-001).
fn client_of(assertion: &str) -> Option<ClientId> {
    let token = SignedToken::parse(assertion).ok()?;
    let issuer = Claims::read(token.claims()).ok()?.iss?;
    ClientId::parse(&issuer).ok()
}

/// JW-AUS-009: whoever else is named or proves itself beside the assertion is another client.
fn judge_companions(
    headers: &HeaderMap,
    form: &Form,
    client: &ClientId,
    registry: &Registry,
    now: i64,
) -> Result<(), Refusal> {
    let another = || Refusal::grant("The assertion is of another client than the request.");
    if parameter(form, "client_id")?.is_some_and(|id| id != client.as_str()) {
        return Err(another());
    }
    let proofs = ["client_secret", "client_assertion", "client_assertion_type"];
    let mut proves = headers.contains_key(header::AUTHORIZATION);
    for proof in proofs {
        proves |= parameter(form, proof)?.is_some();
    }
    if proves {
        // OA-AUS-025: a proof that does not hold is refused as what it is.
        authenticate(&Credentials::find(headers, form)?, registry, now)?;
        return Err(another());
    }
    Ok(())
}
