//! What the answers of an issuer mean to a caller: pure.

use std::sync::Arc;

use btx_spec::jose::SignedToken;
use btx_spec::lifecycle::{BearerClaims, LoginAnswer, SessionToken, new_bearer};
use btx_spec::oauth::{AccessToken, challenge};

use crate::outbound::Answer;

/// How long to wait for a login that the issuer does not take now and does not say when, in seconds.
const USUAL_PAUSE: u64 = 60;
/// The longest wait that is believed, in seconds.
const LONGEST_PAUSE: u64 = 24 * 3600;

/// A bearer, and what it says. The caller has no key to verify it with, and need not: it comes from the issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The bearer itself.
    pub token: AccessToken,
    /// What it says.
    pub claims: BearerClaims,
}

impl Held {
    /// Reads a bearer.
    pub fn read(text: &str) -> Option<Self> {
        let (_, claims) = BearerClaims::read(&SignedToken::parse(text).ok()?).ok()?;
        let token = AccessToken::parse(text)?;
        Some(Self { token, claims })
    }

    /// Whether it may take the place of `old` (LC-CLI-011, LC-CLI-012).
    pub(super) fn continues(&self, old: &Self) -> bool {
        let (new, old) = (&self.claims, &old.claims);
        new.subject == old.subject && new.session == old.session && new.expires_at >= old.expires_at
    }
}

/// A session, and the latest bearer of it.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    pub(super) bearer: Arc<Held>,
    pub(super) session: Arc<SessionToken>,
    /// In Unix seconds.
    pub(super) session_ends: i64,
}

/// What an issuer says to a login.
#[derive(Debug)]
pub(super) enum LoginSaid {
    /// Both tokens.
    Granted(Tokens),
    /// That the name or the password is wrong, or that it takes none at all.
    Refused,
    /// That it takes none before this time, in Unix seconds.
    NotBefore(i64),
    /// Nothing that is of use (LC-CLI-020, LC-CLI-024).
    Nothing,
}

/// Reads the answer to a login.
pub(super) fn read_login(answer: &Answer, now: i64) -> LoginSaid {
    match (answer.status, answer.retry_after) {
        (200, _) => granted(answer, now).map_or(LoginSaid::Nothing, LoginSaid::Granted),
        // LC-CLI-023
        (429, wait) | (503, wait @ Some(_)) => {
            let wait = wait.unwrap_or(USUAL_PAUSE).min(LONGEST_PAUSE);
            LoginSaid::NotBefore(later(now, wait))
        }
        (400..=499, _) => LoginSaid::Refused,
        _ => LoginSaid::Nothing,
    }
}

fn granted(answer: &Answer, now: i64) -> Option<Tokens> {
    // LC-CLI-024
    if answer.cut {
        return None;
    }
    let granted = LoginAnswer::parse(&answer.body).ok()?;
    Some(Tokens {
        bearer: Arc::new(Held::read(&granted.bearer_token)?),
        session: Arc::new(granted.session_token),
        session_ends: later(now, granted.session_expires_in.as_secs()),
    })
}

/// Whether an answer says that the bearer is refused. Any other 401 has another reason.
pub(super) fn is_invalid_token(answer: &Answer) -> bool {
    let field = answer.www_authenticate.as_deref().unwrap_or_default();
    let challenges = challenge::parse(field).unwrap_or_default();
    let mut bearer = (challenges.iter()).filter(|challenge| challenge.is("Bearer"));
    answer.status == 401 && bearer.any(|challenge| challenge.error() == Some("invalid_token"))
}

/// The bearers that an answer has brought where they may be, the first of which that fits is taken.
pub(super) fn new_bearers(answer: &Answer, authorization_field: bool) -> Vec<Held> {
    // LC-CLI-014
    if !(200..300).contains(&answer.status) {
        return Vec::new();
    }
    let fields: Vec<&str> = (answer.authentication_info.iter().map(String::as_str)).collect();
    let info = new_bearer::parse(&fields).ok().flatten();
    let info = info.and_then(|new| Held::read(&new.bearer));
    // LC-CLI-015, LC-CLI-016
    let compatible = authorization_field
        .then(|| in_authorization(&answer.authorization))
        .flatten();
    info.into_iter().chain(compatible).collect()
}

fn in_authorization(fields: &[String]) -> Option<Held> {
    let [only] = fields else {
        return None;
    };
    let (scheme, bearer) = only.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then(|| Held::read(bearer.trim_start_matches(' ')))?
}

fn later(now: i64, seconds: u64) -> i64 {
    now.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX))
}
