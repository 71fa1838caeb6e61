//! What a request is granted: to whom, which scope, for which resource.

use btx_spec::oauth::form::Form;
use btx_spec::oauth::{OauthError, Scope};
use url::Url;

use super::assertion::{Assertion, Fault, Once, Purpose};
use super::config::{Account, Client, Config, Grant, TokenForm, TokenRules};
use super::refusal::Refusal;
use super::registry::Registry;
use super::request::{needed, parameter};
use crate::duration::whole_seconds;
use crate::oauth::store::Granted;

/// A token that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Award {
    /// What it is for.
    pub granted: Granted,
    /// Its form.
    pub form: TokenForm,
    /// How long it lives, in seconds.
    pub lifetime: i64,
}

/// Which grant a request is for.
///
/// # Errors
/// The [`Refusal`] of a request that names none (OA-AUS-009), or one that there is not here: the password
/// of a resource owner is of those (OA-AUS-010, OA-AUS-011).
pub fn grant_of(form: &Form) -> Result<Grant, Refusal> {
    let name = needed(form, "grant_type", "The request has no grant_type.")?;
    let known = Grant::ALL.into_iter().find(|grant| grant.name() == name);
    known.ok_or(Refusal::new(
        OauthError::UnsupportedGrantType,
        "This server does not have that grant.",
    ))
}

/// OA-AUS-012
///
/// # Errors
/// The [`Refusal`] of a grant that the client may not use.
pub fn permitted(client: &Client, grant: Grant) -> Result<(), Refusal> {
    if client.grants.contains(&grant) {
        Ok(())
    } else {
        Err(Refusal::new(
            OauthError::UnauthorizedClient,
            "The client may not use that grant.",
        ))
    }
}

/// A token for the client itself (RFC 6749 section 4.4).
///
/// # Errors
/// The [`Refusal`] of a scope or of a resource.
pub fn for_client(form: &Form, client: &Client, registry: &Registry) -> Result<Award, Refusal> {
    let scope = scope(form, &client.tokens)?;
    award(
        form,
        &client.id,
        &client.id,
        scope,
        &client.tokens,
        &registry.config,
    )
}

/// A token for a service account, on the word of an issuer that may speak for it (RFC 7523 section 2.1). A
/// client may prove itself beside it; the account is its own client otherwise.
///
/// # Errors
/// The [`Refusal`] of an assertion, of a scope or of a resource.
pub fn for_account(
    form: &Form,
    client: Option<&Client>,
    registry: &Registry,
    now: i64,
) -> Result<(Award, Once), Refusal> {
    // OA-AUS-141
    let text = needed(form, "assertion", "The request has no assertion.")?;
    let (account, once) = account(text, registry, now)?;
    let scope = scope(form, &account.tokens)?;
    // OA-AUS-061: who brings the word of another gets no more by it than it may have.
    if client.is_some_and(|client| !scope.is_subset_of(&client.tokens.scopes)) {
        return Err(beyond());
    }
    let client_id = client.map_or(&account.name, |client| &client.id);
    let award = award(
        form,
        client_id,
        &account.name,
        scope,
        &account.tokens,
        &registry.config,
    )?;
    Ok((award, once))
}

/// A token for a client that is known by its document alone, and speaks for itself.
///
/// # Errors
/// The [`Refusal`] of a scope or of a resource (JW-AUS-008).
pub fn for_document(form: &Form, client: &str, registry: &Registry) -> Result<Award, Refusal> {
    let rules = &registry.config.document_tokens;
    let scope = scope(form, rules)?;
    award(form, client, client, scope, rules, &registry.config)
}

/// OA-AUS-131, OA-AUS-137, OA-AUS-140
fn account<'a>(
    text: &str,
    registry: &'a Registry,
    now: i64,
) -> Result<(&'a Account, Once), Refusal> {
    let refused = |fault: Fault| Refusal::grant(fault.why());
    let assertion = Assertion::read(text, Purpose::AuthorizationGrant).map_err(refused)?;
    let issuer = registry
        .issuer(assertion.issuer())
        .ok_or(refused(Fault::Signature))?;
    let proven = assertion
        .verify(&issuer.keys, &issuer.algorithms, &registry.config, now)
        .map_err(refused)?;
    let account = registry.account(&proven.subject, &issuer.issuer);
    let account = account.ok_or(Refusal::grant(
        "The issuer of the assertion does not speak for such an account.",
    ))?;
    Ok((account, proven.once))
}

/// The scope that is granted: all that was asked for, or nothing. Order means nothing and case does
/// (OA-AUS-063, OA-AUS-064).
fn scope(form: &Form, rules: &TokenRules) -> Result<Scope, Refusal> {
    let Some(asked) = parameter(form, "scope")? else {
        // OA-AUS-060
        return rules.default_scope.clone().ok_or(Refusal::new(
            OauthError::InvalidScope,
            "The request has no scope, and there is no default.",
        ));
    };
    // OA-AUS-065
    let asked: Scope = asked
        .parse()
        .map_err(|_| Refusal::new(OauthError::InvalidScope, "The scope is not of its grammar."))?;
    // OA-AUS-061, OA-AUS-062, OA-AUS-142
    if asked.is_subset_of(&rules.scopes) {
        Ok(asked)
    } else {
        Err(beyond())
    }
}

fn beyond() -> Refusal {
    Refusal::new(
        OauthError::InvalidScope,
        "The scope is more than may be granted.",
    )
}

fn award(
    form: &Form,
    client_id: &str,
    subject: &str,
    scope: Scope,
    rules: &TokenRules,
    config: &Config,
) -> Result<Award, Refusal> {
    let granted = Granted {
        client_id: client_id.to_owned(),
        subject: subject.to_owned(),
        scope,
        audience: audience(form, config)?,
    };
    Ok(Award {
        granted,
        form: rules.form,
        // OA-AUS-041
        lifetime: whole_seconds(rules.lifetime.unwrap_or(config.token_lifetime)).max(1),
    })
}

/// The resource that the token is for (RFC 8707 section 2): the one that is asked for, or the first.
fn audience(form: &Form, config: &Config) -> Result<Option<String>, Refusal> {
    let Some(asked) = parameter(form, "resource")? else {
        return Ok(config.resources.first().cloned());
    };
    let target = |why| Refusal::new(OauthError::InvalidTarget, why);
    // OA-AUS-072
    let url = Url::parse(asked).map_err(|_| target("The resource is not an absolute URI."))?;
    if url.fragment().is_some() {
        return Err(target("The resource has a fragment."));
    }
    // OA-AUS-070, OA-AUS-071, OA-AUS-074: compared as it stands, not as a parser would write it.
    if config.resources.iter().any(|known| known == asked) {
        Ok(Some(asked.to_owned()))
    } else {
        Err(target("This server issues no tokens for that resource."))
    }
}
