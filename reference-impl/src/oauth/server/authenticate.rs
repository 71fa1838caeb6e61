//! Whether a request comes from the client that it names.

use super::assertion::{Assertion, Fault, Once, Purpose};
use super::config::{Client, ClientAuth};
use super::credentials::{Credentials, Secret};
use super::refusal::Refusal;
use super::registry::Registry;

/// A client that has proved itself.
pub struct Authenticated<'a> {
    /// The client.
    pub client: &'a Client,
    /// What its proof may be used for once only, if it is an assertion.
    pub once: Option<Once>,
}

/// Verifies a proof; none at all is `None`.
///
/// # Errors
/// The [`Refusal`] of a proof that does not hold (OA-AUS-025).
pub fn authenticate<'a>(
    credentials: &Credentials<'_>,
    registry: &'a Registry,
    now: i64,
) -> Result<Option<Authenticated<'a>>, Refusal> {
    match credentials {
        Credentials::None => Ok(None),
        Credentials::Secret(secret) => by_secret(secret, registry).map(Some),
        Credentials::Assertion { id, token } => by_assertion(*id, token, registry, now).map(Some),
    }
}

/// OA-AUS-022, OA-AUS-023, OA-AUS-028: an unknown client costs the same work as a wrong secret and gets
/// the same answer, so that nobody learns which clients there are.
fn by_secret<'a>(shown: &Secret, registry: &'a Registry) -> Result<Authenticated<'a>, Refusal> {
    let (client, kept) = match registry.client(&shown.id) {
        Some(client) => match &client.auth {
            ClientAuth::Secret(kept) => (Some(client), kept),
            ClientAuth::PrivateKeyJwt { .. } => (None, registry.decoy()),
        },
        None => (None, registry.decoy()),
    };
    let fits = kept.fits(&shown.secret);
    let allowed = registry.config.secrets_in_form || !shown.in_form;
    match client {
        Some(client) if fits && allowed => Ok(Authenticated { client, once: None }),
        _ => Err(Refusal::client("The client id or the secret is wrong.")),
    }
}

/// OA-AUS-101, OA-AUS-108, OA-AUS-109: the token names the client, and the key of that client decides.
fn by_assertion<'a>(
    named: Option<&str>,
    text: &str,
    registry: &'a Registry,
    now: i64,
) -> Result<Authenticated<'a>, Refusal> {
    let refused = |fault: Fault| Refusal::client(fault.why());
    let assertion = Assertion::read(text, Purpose::ClientAuthentication).map_err(refused)?;
    let id = assertion.issuer();
    let client = registry.client(id);
    let Some((client, ClientAuth::PrivateKeyJwt { keys, algorithms })) =
        client.map(|client| (client, &client.auth))
    else {
        return Err(refused(Fault::Signature));
    };
    let proven = assertion
        .verify(keys, algorithms, &registry.config, now)
        .map_err(refused)?;
    if proven.subject != client.id || named.is_some_and(|named| named != client.id) {
        return Err(Refusal::client(
            "The assertion, its issuer and its subject are not of one client.",
        ));
    }
    Ok(Authenticated {
        client,
        once: Some(proven.once),
    })
}
