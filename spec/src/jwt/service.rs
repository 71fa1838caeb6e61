//! What a service JWT, or an assertion, says in its header and its claims.

use serde_json::{Map, Value};
use thiserror::Error;

use super::LONGEST_LIFE;
use super::client_id::{ClientId, ClientIdFault};
use crate::jose::{Algorithm, NumericDate, SignedToken};

/// How many characters `jti` may have (JW-CLI-007).
const ID_LENGTHS: std::ops::RangeInclusive<usize> = 16..=128;

/// The header and the claims of a service JWT or an assertion. Nothing of them is proved, and neither the
/// time nor the audience is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceClaims {
    /// Who signs: `iss`, and `sub` too.
    pub client: ClientId,
    /// For whom: `aud`, one string.
    pub audience: String,
    /// When it was made.
    pub issued_at: NumericDate,
    /// When it ends.
    pub expires_at: NumericDate,
    /// What it alone is called at its client: `jti`.
    pub id: String,
    /// The key that it says to be signed with.
    pub key_id: String,
    /// The algorithm that it says to be signed with.
    pub algorithm: Algorithm,
}

/// The party whose rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The client, which made it.
    Client,
    /// A resource, which is shown a service JWT.
    Resource,
    /// An authorization server, which is shown an assertion.
    AuthorizationServer,
}

/// Why a signed token is no service JWT, or no assertion. Nothing of the token stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ClaimFault {
    /// It is of another type.
    #[error("\"typ\" is another")]
    Type,
    /// Its algorithm is none that is known here.
    #[error("\"alg\" is none of ES256, EdDSA, PS256 and RS256")]
    Algorithm,
    /// It has header parameters that have to be understood.
    #[error("the header has \"crit\"")]
    Critical,
    /// It does not name its key.
    #[error("\"kid\" is missing or empty")]
    KeyId,
    /// `iss` is missing, or no string.
    #[error("\"iss\" is missing or no string")]
    Issuer,
    /// `iss` does not have the form of a client id.
    #[error("\"iss\" is no client id: {0}")]
    ClientId(ClientIdFault),
    /// `sub` is not the same string as `iss`.
    #[error("\"sub\" is not the same string as \"iss\"")]
    Subject,
    /// `aud` is not one string.
    #[error("\"aud\" is not one string")]
    Audience,
    /// `iat` is missing, or no number.
    #[error("\"iat\" is missing or no number")]
    IssuedAt,
    /// `exp` is missing, or no number.
    #[error("\"exp\" is missing or no number")]
    ExpiresAt,
    /// It lives for too long.
    #[error("\"exp\" is more than 300 seconds after \"iat\"")]
    Life,
    /// `jti` is missing, or too short or too long.
    #[error("\"jti\" is no string of 16 to 128 characters")]
    Id,
}

impl ClaimFault {
    /// The kind of fault in one word, as the vectors name it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Algorithm => "algorithm",
            Self::Critical => "critical",
            Self::KeyId => "key-id",
            Self::Issuer => "issuer",
            Self::ClientId(fault) => fault.class(),
            Self::Subject => "subject",
            Self::Audience => "audience",
            Self::IssuedAt => "issued-at",
            Self::ExpiresAt => "expires-at",
            Self::Life => "life",
            Self::Id => "id",
        }
    }

    /// The requirement that is broken by making such a token, or by taking it.
    #[must_use]
    pub fn requirement(self, role: Role) -> Option<&'static str> {
        let (client, resource, server) = match self {
            Self::Type => ("JW-CLI-002", "JW-RES-003", Some("JW-AUS-004")),
            Self::Algorithm => ("JW-CLI-001", "JW-RES-002", Some("JW-AUS-010")),
            Self::Critical => return for_verifier(role, "JW-RES-004", "JW-AUS-014"),
            Self::KeyId => ("JW-CLI-003", "JW-RES-005", None),
            Self::Issuer => ("JW-CLI-004", "JW-ANY-001", Some("JW-ANY-001")),
            Self::ClientId(_) => ("JW-CLI-030", "JW-ANY-001", Some("JW-ANY-001")),
            Self::Subject => ("JW-CLI-004", "JW-RES-008", Some("JW-AUS-005")),
            Self::Audience => ("JW-CLI-005", "JW-RES-009", Some("JW-AUS-003")),
            Self::IssuedAt => ("JW-CLI-006", "JW-RES-012", Some("JW-AUS-006")),
            Self::ExpiresAt => ("JW-CLI-006", "JW-RES-011", Some("JW-AUS-006")),
            Self::Life => ("JW-CLI-006", "JW-RES-013", Some("JW-AUS-006")),
            Self::Id => ("JW-CLI-007", "JW-RES-014", Some("JW-AUS-014")),
        };
        match role {
            Role::Client => Some(client),
            Role::Resource => Some(resource),
            Role::AuthorizationServer => server,
        }
    }
}

/// A client breaks no rule of its own.
fn for_verifier(role: Role, resource: &'static str, server: &'static str) -> Option<&'static str> {
    match role {
        Role::Client => None,
        Role::Resource => Some(resource),
        Role::AuthorizationServer => Some(server),
    }
}

impl ServiceClaims {
    /// Reads a token of this type: [`SERVICE_TYPE`](super::SERVICE_TYPE) or
    /// [`GRANT_TYPE_JWT`](super::GRANT_TYPE_JWT).
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn read(token: &SignedToken<'_>, typ: &str) -> Result<Self, ClaimFault> {
        let claims = token.claims();
        of_type(token, typ)?;
        let algorithm = algorithm(token)?;
        not_critical(token)?;
        let key_id = key_id(token)?.to_owned();
        let client = client(claims)?;
        same_subject(claims)?;
        let audience = audience(claims)?.to_owned();
        let (issued_at, expires_at) = (issued_at(claims)?, expires_at(claims)?);
        short_life(claims)?;
        Ok(Self {
            client,
            audience,
            issued_at,
            expires_at,
            id: id(claims)?.to_owned(),
            key_id,
            algorithm,
        })
    }

    /// Every rule that a token of this type breaks, in the order in which they are read. None of them if
    /// [`ServiceClaims::read`] reads it.
    #[must_use]
    pub fn faults(token: &SignedToken<'_>, typ: &str) -> Vec<ClaimFault> {
        let claims = token.claims();
        let outcomes = [
            of_type(token, typ),
            algorithm(token).map(drop),
            not_critical(token),
            key_id(token).map(drop),
            client(claims).map(drop),
            same_subject(claims),
            audience(claims).map(drop),
            issued_at(claims).map(drop),
            expires_at(claims).map(drop),
            short_life(claims),
            id(claims).map(drop),
        ];
        outcomes.into_iter().filter_map(Result::err).collect()
    }
}

fn of_type(token: &SignedToken<'_>, typ: &str) -> Result<(), ClaimFault> {
    fits(token.is_of_type(typ), ClaimFault::Type)
}

fn algorithm(token: &SignedToken<'_>) -> Result<Algorithm, ClaimFault> {
    token.algorithm().map_err(|_| ClaimFault::Algorithm)
}

fn not_critical(token: &SignedToken<'_>) -> Result<(), ClaimFault> {
    fits(!token.has_crit(), ClaimFault::Critical)
}

fn key_id<'t>(token: &'t SignedToken<'_>) -> Result<&'t str, ClaimFault> {
    let named = token.key_id().filter(|id| !id.is_empty());
    named.ok_or(ClaimFault::KeyId)
}

fn client(claims: &Map<String, Value>) -> Result<ClientId, ClaimFault> {
    let issuer = text(claims, "iss").ok_or(ClaimFault::Issuer)?;
    ClientId::parse(issuer).map_err(ClaimFault::ClientId)
}

fn same_subject(claims: &Map<String, Value>) -> Result<(), ClaimFault> {
    let subject = text(claims, "sub");
    let same = subject.is_some() && subject == text(claims, "iss");
    fits(same, ClaimFault::Subject)
}

fn audience(claims: &Map<String, Value>) -> Result<&str, ClaimFault> {
    text(claims, "aud").ok_or(ClaimFault::Audience)
}

fn issued_at(claims: &Map<String, Value>) -> Result<NumericDate, ClaimFault> {
    instant(claims, "iat").ok_or(ClaimFault::IssuedAt)
}

fn expires_at(claims: &Map<String, Value>) -> Result<NumericDate, ClaimFault> {
    instant(claims, "exp").ok_or(ClaimFault::ExpiresAt)
}

/// Of a token that does not say both, nothing is known.
fn short_life(claims: &Map<String, Value>) -> Result<(), ClaimFault> {
    let too_long = match (instant(claims, "iat"), instant(claims, "exp")) {
        (Some(from), Some(until)) => until.seconds() - from.seconds() > LONGEST_LIFE.as_secs_f64(),
        _ => false,
    };
    fits(!too_long, ClaimFault::Life)
}

fn id(claims: &Map<String, Value>) -> Result<&str, ClaimFault> {
    let named = text(claims, "jti").filter(|id| ID_LENGTHS.contains(&id.chars().count()));
    named.ok_or(ClaimFault::Id)
}

fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c str> {
    claims.get(name).and_then(Value::as_str)
}

fn instant(claims: &Map<String, Value>, name: &str) -> Option<NumericDate> {
    claims.get(name).and_then(NumericDate::read)
}

fn fits(fits: bool, fault: ClaimFault) -> Result<(), ClaimFault> {
    if fits { Ok(()) } else { Err(fault) }
}
