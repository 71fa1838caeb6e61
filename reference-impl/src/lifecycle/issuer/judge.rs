//! Whether a bearer opens, and what comes with the answer: pure.

use btx_spec::jose::SignedToken;
use btx_spec::lifecycle::{BearerClaims, BearerFault, BearerHeader};

use crate::lifecycle::ring::Ring;
use crate::lifecycle::sessions::Session;

/// What is judged and minted by. All times are in seconds.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The issuer itself.
    pub issuer: String,
    /// Whom its bearers are for.
    pub audience: String,
    /// The longest life of a bearer.
    pub bearer: i64,
    /// How long after its end it can be refreshed.
    pub refresh_window: i64,
    /// The life of a session.
    pub session: i64,
    /// How long the same renewal answers again.
    pub refresh_repeat: i64,
    /// How much the clocks may differ.
    pub skew: i64,
}

/// What a bearer does, if its session lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It opens, and nothing comes of it (LC-ISS-063).
    Open,
    /// It opens, and the answer brings one that the current key has signed (LC-ISS-110).
    OpenAndReissue,
    /// It has expired, and opens with its session token, and the answer brings a new one (LC-ISS-070).
    Refresh,
}

/// Why a bearer opens nothing, in words for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no bearer by its form (LC-ISS-012, LC-ISS-014, LC-ISS-017, LC-ISS-062).
    #[error("it is no bearer: {0}")]
    Form(BearerFault),
    /// Its `kid` names no key that verifies (LC-ISS-017, LC-ISS-022, LC-ISS-024, LC-ISS-025).
    #[error("its key is not known, or not any more")]
    UnknownKey,
    /// The key that it names has not signed it, or not by that algorithm (LC-ISS-010, LC-ISS-011, LC-ISS-077).
    #[error("its key does not verify it")]
    Signature,
    /// It is of or for somebody else (LC-ISS-013).
    #[error("it is of another issuer, or for another audience")]
    Party,
    /// It lives longer than any bearer (LC-ISS-015).
    #[error("it lives too long")]
    TooLong,
    /// It is from the future (LC-ISS-016).
    #[error("it is not of now")]
    NotYet,
    /// Its key was retired when it was signed (LC-ISS-023).
    #[error("its key signed nothing any more")]
    AfterRetirement,
    /// It has expired, and cannot be refreshed any more (LC-ISS-073).
    #[error("it has expired for good")]
    Expired,
    /// Its session does not live (LC-ISS-074, LC-ISS-090, LC-ISS-091).
    #[error("its session is over")]
    SessionOver,
    /// The session token is not that of its session (LC-ISS-075, LC-ISS-076, LC-ISS-082).
    #[error("the session token is of another session")]
    OtherSession,
    /// There is no session token, or no single one (LC-ISS-064, LC-ISS-083).
    #[error("it has expired, and no session token comes with it")]
    NoSession,
}

/// A bearer as a request shows it. Nothing of it is proved yet.
#[derive(Debug)]
pub struct Shown<'t> {
    token: SignedToken<'t>,
    header: BearerHeader,
    claims: BearerClaims,
}

/// A bearer that the issuer has signed, and what comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What it says.
    pub claims: BearerClaims,
    /// The key that has signed it.
    pub key_id: String,
    /// What it does.
    pub verdict: Verdict,
}

/// Reads a bearer, as far as that goes without keys.
///
/// # Errors
/// [`Refused::Form`] when it is none.
pub fn read(text: &str) -> Result<Shown<'_>, Refused> {
    let form = |fault| Refused::Form(fault);
    let token = SignedToken::parse(text).map_err(|fault| form(fault.into()))?;
    let (header, claims) = BearerClaims::read(&token).map_err(form)?;
    Ok(Shown {
        token,
        header,
        claims,
    })
}

impl Shown<'_> {
    /// Judges the bearer by the keys of this ring. A session is not looked at.
    ///
    /// # Errors
    /// The first thing that is wrong with it. [`Refused::UnknownKey`] means that a newer ring may know better.
    pub fn judge(&self, ring: &Ring, limits: &Limits, now: i64) -> Result<Judged, Refused> {
        let claims = &self.claims;
        let found = ring.find(&self.header.key_id, now);
        let found = found.ok_or(Refused::UnknownKey)?;
        let verified = found.key.verifier().verify(&self.token);
        verified.map_err(|_| Refused::Signature)?;
        if claims.issuer != limits.issuer || claims.audience != limits.audience {
            return Err(Refused::Party);
        }
        if claims.expires_at.saturating_sub(claims.issued_at) > limits.bearer {
            return Err(Refused::TooLong);
        }
        if claims.issued_at > now.saturating_add(limits.skew) {
            return Err(Refused::NotYet);
        }
        let retired_at = found.retired_at;
        if retired_at.is_some_and(|retired_at| claims.issued_at > retired_at) {
            return Err(Refused::AfterRetirement);
        }
        Ok(Judged {
            claims: claims.clone(),
            key_id: self.header.key_id.clone(),
            verdict: self.verdict(retired_at.is_some(), limits, now)?,
        })
    }

    /// A bearer opens while now is before its end, and not at it.
    fn verdict(&self, by_previous: bool, limits: &Limits, now: i64) -> Result<Verdict, Refused> {
        let end = self.claims.expires_at;
        if now < end {
            return Ok(match by_previous {
                true => Verdict::OpenAndReissue,
                false => Verdict::Open,
            });
        }
        // LC-ISS-070, LC-ISS-073, LC-ISS-078
        if now < end.saturating_add(limits.refresh_window) {
            Ok(Verdict::Refresh)
        } else {
            Err(Refused::Expired)
        }
    }
}

/// Whether the session of a session token is that of a bearer (LC-ISS-074 to LC-ISS-076, LC-ISS-082).
///
/// # Errors
/// [`Refused`] when there is none, or it is another one.
pub fn judge_session(
    bearer: &BearerClaims,
    session: Option<&Session>,
    now: i64,
) -> Result<(), Refused> {
    let session = session.ok_or(Refused::OtherSession)?;
    if session.name != bearer.session || session.subject != bearer.subject {
        return Err(Refused::OtherSession);
    }
    if session.ends_at <= now {
        return Err(Refused::SessionOver);
    }
    Ok(())
}
