//! What a token proves, and whether that is enough: pure.
//!
//! A JWT goes through [`read_jwt`], which looks at all that it says, and then through
//! [`Claimed::verified`]: without it nobody is a [`Caller`] the first time. An answer about an opaque token
//! goes through [`judge_answer`]. What the caller may do is said by [`judge_needs`].

use btx_spec::jose::{Audience, Claims, KeySet, NumericDate, SignedToken};
use btx_spec::oauth::{Introspection, Scope};
use serde::Serialize;
use serde_json::{Map, Value};

use super::config::TrustedIssuer;

/// Whom a request speaks for, and what that one may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Caller {
    /// Whom the token is about.
    pub subject: Option<String>,
    /// The client that it was issued to.
    pub client: Option<String>,
    /// What it opens.
    pub scope: Scope,
}

impl Caller {
    /// Whether it is a user, given the names of the service accounts. A token that a client was given for
    /// itself has the same name in both places; whoever cannot be told apart from a service is taken for
    /// one (OA-RES-007).
    pub fn is_user(&self, service_accounts: &[String]) -> bool {
        match (&self.subject, &self.client) {
            (Some(subject), Some(client)) => {
                subject != client && !service_accounts.contains(subject)
            }
            _ => false,
        }
    }
}

/// What a request needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Every part of this scope.
    pub scope: Scope,
    /// Whether only a user may do it.
    pub user: bool,
}

/// Why a token proves nothing here, in words for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no signed token of strict form.
    #[error("it is no signed token")]
    Form,
    /// Its `typ` is not that of an access token.
    #[error("its type is not that of an access token")]
    Type,
    /// Its algorithm is not one of the list for its issuer.
    #[error("its algorithm is not allowed")]
    Algorithm,
    /// It has critical header parameters.
    #[error("it has critical header parameters")]
    Critical,
    /// Its issuer is not trusted.
    #[error("its issuer is not trusted")]
    Issuer,
    /// It is for somebody else.
    #[error("it is for another audience")]
    Audience,
    /// Its time is over, or not come.
    #[error("it is not valid now")]
    Time,
    /// A claim that every such token has is missing, or not of its type.
    #[error("a claim is missing or not of its type")]
    Claim,
    /// No key of its issuer verifies it.
    #[error("no key of its issuer verifies it")]
    Signature,
    /// Its authorization server does not call it active.
    #[error("it is not active")]
    Inactive,
    /// It is not to be shown like this.
    #[error("it is no bearer token")]
    Kind,
    /// It is no API key that is live.
    #[error("it is no live API key")]
    Key,
}

/// What is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The resource identifier.
    pub audience: &'a str,
    /// Unix seconds.
    pub now: i64,
    /// How many seconds the clocks may differ.
    pub skew: i64,
}

/// A JWT all of whose claims are as they should be. Nothing of that is proved yet.
#[derive(Debug)]
pub struct Claimed<'t, 'c> {
    token: SignedToken<'t>,
    /// The issuer that it has to be of.
    pub issuer: &'c TrustedIssuer,
    caller: Caller,
}

/// Looks at everything that a JWT says, before a key is fetched for it.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read_jwt<'t, 'c>(
    text: &'t str,
    issuers: &'c [TrustedIssuer],
    facts: &Facts<'_>,
) -> Result<Claimed<'t, 'c>, Refused> {
    // OA-RES-031: a name that stands twice is no strict form.
    let token = SignedToken::parse(text).map_err(|_| Refused::Form)?;
    // OA-RES-024
    if !token.is_of_type("at+jwt") {
        return Err(Refused::Type);
    }
    // OA-RES-029
    if token.has_crit() {
        return Err(Refused::Critical);
    }
    let claims = Claims::read(token.claims()).map_err(|_| Refused::Claim)?;
    // OA-RES-025
    let issuer = issuers
        .iter()
        .find(|issuer| claims.iss.as_ref() == Some(&issuer.issuer))
        .ok_or(Refused::Issuer)?;
    // OA-RES-022
    let algorithm = token.algorithm().map_err(|_| Refused::Algorithm)?;
    if !issuer.algorithms.contains(&algorithm) {
        return Err(Refused::Algorithm);
    }
    // OA-RES-026
    if !claims
        .aud
        .as_ref()
        .is_some_and(|aud| aud.names(facts.audience))
    {
        return Err(Refused::Audience);
    }
    // OA-RES-027, OA-RES-028
    let exp = claims.exp.ok_or(Refused::Claim)?;
    if has_ended(exp, facts.now, facts.skew) || is_ahead(claims.nbf, facts.now, facts.skew) {
        return Err(Refused::Time);
    }
    // OA-RES-035
    let client = text_claim(token.claims(), "client_id")?;
    if client.is_none() || claims.sub.is_none() || claims.iat.is_none() || claims.jti.is_none() {
        return Err(Refused::Claim);
    }
    let scope = text_claim(token.claims(), "scope")?;
    let caller = Caller {
        subject: claims.sub,
        client,
        scope: scope.map_or_else(|| Ok(Scope::default()), |text| scope_of(&text))?,
    };
    Ok(Claimed {
        token,
        issuer,
        caller,
    })
}

impl Claimed<'_, '_> {
    /// The id of the key that it says it is signed with.
    pub fn key_id(&self) -> Option<&str> {
        self.token.key_id()
    }

    /// The caller, if one of these keys verifies the token. The keys have to be those of its issuer
    /// (OA-RES-030); a key that the token brings or names by URL is never looked at (OA-RES-023).
    ///
    /// # Errors
    /// [`Refused::Signature`] (OA-RES-021).
    pub fn verified(self, keys: &KeySet) -> Result<Caller, Refused> {
        keys.verify(&self.token, &self.issuer.algorithms)
            .map_err(|_| Refused::Signature)?;
        Ok(self.caller)
    }

    /// The caller of a token that the same keys have verified before, to the last character.
    pub fn verified_before(self) -> Caller {
        self.caller
    }
}

/// What the answer of this authorization server about an opaque token proves.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn judge_answer(
    answer: Introspection,
    issuer: &str,
    facts: &Facts<'_>,
) -> Result<Caller, Refused> {
    // OA-RES-051
    if !answer.active {
        return Err(Refused::Inactive);
    }
    // A token that is bound to a key is no bearer token, and whoever shows it has proved too little.
    let is_bearer = |kind: &String| kind.eq_ignore_ascii_case("bearer");
    if !answer.token_type.as_ref().is_none_or(is_bearer) {
        return Err(Refused::Kind);
    }
    if answer.iss.is_some_and(|iss| iss != issuer) {
        return Err(Refused::Issuer);
    }
    // OA-RES-054
    if !answer
        .aud
        .as_ref()
        .is_none_or(|aud: &Audience| aud.names(facts.audience))
    {
        return Err(Refused::Audience);
    }
    // OA-RES-055: by our own clock and without any allowance, since the server has made none either.
    let has_ended = answer.exp.is_some_and(|exp| has_ended(exp, facts.now, 0));
    if has_ended || is_ahead(answer.nbf, facts.now, facts.skew) {
        return Err(Refused::Time);
    }
    Ok(Caller {
        subject: answer.sub,
        client: answer.client_id,
        scope: answer.scope.unwrap_or_default(),
    })
}

/// What a caller lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// A part of the scope (OA-RES-001).
    Scope,
    /// It is no user (OA-RES-007).
    User,
}

/// Whether the caller may do what needs this.
///
/// # Errors
/// What it lacks.
pub fn judge_needs(
    caller: &Caller,
    needs: &Needs,
    service_accounts: &[String],
) -> Result<(), Lack> {
    if !needs.scope.is_subset_of(&caller.scope) {
        return Err(Lack::Scope);
    }
    if needs.user && !caller.is_user(service_accounts) {
        return Err(Lack::User);
    }
    Ok(())
}

/// At the instant itself it is over.
fn has_ended(exp: NumericDate, now: i64, skew: i64) -> bool {
    exp.seconds() <= NumericDate::from_unix(now.saturating_sub(skew)).seconds()
}

fn is_ahead(nbf: Option<NumericDate>, now: i64, skew: i64) -> bool {
    let latest = NumericDate::from_unix(now.saturating_add(skew));
    nbf.is_some_and(|nbf| nbf > latest)
}

fn text_claim(claims: &Map<String, Value>, name: &str) -> Result<Option<String>, Refused> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refused::Claim),
    }
}

/// An empty text is the empty scope here.
fn scope_of(text: &str) -> Result<Scope, Refused> {
    if text.is_empty() {
        return Ok(Scope::default());
    }
    Scope::parse(text).map_err(|_| Refused::Claim)
}
