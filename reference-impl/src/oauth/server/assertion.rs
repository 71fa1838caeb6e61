//! The rules for assertions: signed tokens by which a client proves itself, or somebody speaks for a
//! service account (RFC 7523 section 3, RFC 8725).

use std::time::Duration;

use btx_spec::jose::{Algorithm, Claims, KeySet, SignedToken};
use sha2::{Digest as _, Sha256};

use super::config::Config;
use crate::oauth::store::Digest;

/// What an assertion is for. One that is made for one purpose is not taken for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A client proves itself.
    ClientAuthentication,
    /// A trusted issuer speaks for a service account.
    AuthorizationGrant,
}

impl Purpose {
    /// The `typ` of such an assertion, if it has one (OA-AUS-112).
    fn typ(self) -> &'static str {
        match self {
            Self::ClientAuthentication => "client-authentication+jwt",
            Self::AuthorizationGrant => "authorization-grant+jwt",
        }
    }
}

/// Why an assertion is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is no signed token, or its claims are not of their types.
    Malformed,
    /// It has a type, and that is another one.
    Type,
    /// Nobody is known who signs like that. Who is unknown and who has other keys is told alike.
    Signature,
    /// It has no end, or has reached it.
    Expired,
    /// It has not begun.
    NotYet,
    /// It would be valid for too long.
    TooLong,
    /// It is for somebody else, or not for this server alone.
    Audience,
    /// It does not say whom it is about.
    Subject,
}

impl Fault {
    /// The rule that is broken.
    pub fn why(self) -> &'static str {
        match self {
            Self::Malformed => "The assertion is not a signed token with claims of their types.",
            Self::Type => "The typ of the assertion says that it is something else.",
            Self::Signature => "No key of a known issuer verifies the assertion.",
            Self::Expired => "The assertion has no exp or has expired.",
            Self::NotYet => "The assertion is not valid yet.",
            Self::TooLong => "The assertion is valid for too long.",
            Self::Audience => "The aud of the assertion is not this server alone.",
            Self::Subject => "The assertion has no sub.",
        }
    }
}

/// What may be accepted once, as the store knows it, and for how long that has to be remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once {
    /// A digest of who made it and of what it is called.
    pub digest: Digest,
    /// Unix seconds from which on it is refused in any case.
    pub until: i64,
}

/// An assertion of the right form. Nothing of it is proved.
pub struct Assertion<'a> {
    text: &'a str,
    token: SignedToken<'a>,
    claims: Claims,
    issuer: String,
    purpose: Purpose,
}

/// What a proved assertion says.
pub struct Proven {
    /// Whom it is about.
    pub subject: String,
    /// Why it cannot be used again.
    pub once: Once,
}

impl<'a> Assertion<'a> {
    /// Takes an assertion apart.
    ///
    /// # Errors
    /// [`Fault`] when it is no signed token, has something twice (OA-AUS-115), does not say who made it, or
    /// is meant for another purpose.
    pub fn read(text: &'a str, purpose: Purpose) -> Result<Self, Fault> {
        let token = SignedToken::parse(text).map_err(|_| Fault::Malformed)?;
        // OA-AUS-113, OA-AUS-139: a token without a type, or one that is any JWT, says nothing else.
        let typed = [purpose.typ(), "JWT"];
        if token.typ().is_some() && !typed.iter().any(|typ| token.is_of_type(typ)) {
            return Err(Fault::Type);
        }
        let mut claims = Claims::read(token.claims()).map_err(|_| Fault::Malformed)?;
        let issuer = claims.iss.take().ok_or(Fault::Malformed)?;
        Ok(Self {
            text,
            token,
            claims,
            issuer,
            purpose,
        })
    }

    /// Who says to have made it.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Verifies it: with keys that the configuration has for its issuer, never with one that it brings
    /// (OA-AUS-103, OA-AUS-134). What it says is looked at only when its signature holds.
    ///
    /// # Errors
    /// [`Fault`] for the first rule that is broken.
    pub fn verify(
        self,
        keys: &KeySet,
        algorithms: &[Algorithm],
        config: &Config,
        now: i64,
    ) -> Result<Proven, Fault> {
        // OA-AUS-101, OA-AUS-102, OA-AUS-114, OA-AUS-132, OA-AUS-133
        keys.verify(&self.token, algorithms)
            .map_err(|_| Fault::Signature)?;
        let longest = match self.purpose {
            Purpose::ClientAuthentication => config.assertion_lifetime,
            Purpose::AuthorizationGrant => config.account_assertion_lifetime,
        };
        let until = judge_times(&self.claims, longest, config.clock_skew, now)?;
        // OA-AUS-106, OA-AUS-107, OA-AUS-136: one that others take as well could be sent here by them.
        let audience = self.claims.aud.as_ref().ok_or(Fault::Audience)?;
        if !audience.is_only(config.issuer.as_str()) {
            return Err(Fault::Audience);
        }
        let once = Once {
            digest: self.name(),
            until,
        };
        let subject = self.claims.sub.ok_or(Fault::Subject)?;
        Ok(Proven { subject, once })
    }

    /// What it alone is called: its `jti`, or else all that is signed. The signature is not part of it,
    /// since of some algorithms anybody can make another valid one out of a valid one.
    fn name(&self) -> Digest {
        let signed = || self.text.rsplit_once('.').map_or("", |(signed, _)| signed);
        let (kind, name) = match &self.claims.jti {
            Some(jti) => ("jti", jti.as_str()),
            None => ("signed", signed()),
        };
        let mut hash = Sha256::new();
        for part in [self.purpose.typ(), &self.issuer, kind, name] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

/// Whether an assertion is valid now, and not for too long. Gives the Unix second from which on it is
/// refused for its age, which its memory has to outlast.
fn judge_times(claims: &Claims, longest: Duration, skew: Duration, now: i64) -> Result<i64, Fault> {
    let instant = now as f64;
    let skew = skew.as_secs_f64();
    // OA-AUS-104, OA-AUS-135
    let end = claims.exp.ok_or(Fault::Expired)?.seconds();
    if end + skew <= instant {
        return Err(Fault::Expired);
    }
    // OA-AUS-105
    if claims
        .nbf
        .is_some_and(|start| start.seconds() > instant + skew)
    {
        return Err(Fault::NotYet);
    }
    // OA-AUS-111: a short remainder of a long life does not make it a short one.
    let made = claims
        .iat
        .map_or(instant, |made| made.seconds().min(instant));
    if end - made > longest.as_secs_f64() + skew {
        return Err(Fault::TooLong);
    }
    Ok((end + skew).ceil() as i64)
}
