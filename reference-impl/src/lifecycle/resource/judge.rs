//! Whether a bearer of a signer opens: pure.
//!
//! [`read`] looks at all that can be judged without a key, so that nothing is fetched for what is refused anyway.
//! [`Claimed::verified`] is the rest.

use btx_spec::jose::SignedToken;
use btx_spec::lifecycle::{BearerClaims, BearerFault, BearerHeader};

use super::config::TrustedSigner;
use super::trusted::TrustedKeys;

/// What is judged by. All times are in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The resource itself.
    pub audience: &'a str,
    /// The longest life of a bearer.
    pub lifetime: i64,
    /// How much the clocks may differ.
    pub skew: i64,
    /// Unix seconds.
    pub now: i64,
}

/// Why a bearer opens nothing, in words for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no bearer by its form (LC-RES-004, LC-RES-006, LC-RES-019).
    #[error("it is no bearer: {0}")]
    Form(BearerFault),
    /// Nobody trusts whom it says to be of (LC-RES-005).
    #[error("it is of nobody who is trusted")]
    Issuer,
    /// It is for somebody else (LC-RES-005).
    #[error("it is for another audience")]
    Audience,
    /// It lives longer than any bearer (LC-RES-007).
    #[error("it lives too long")]
    TooLong,
    /// It is from the future (LC-RES-008).
    #[error("it is not of now")]
    NotYet,
    /// It is over (LC-RES-009, LC-RES-020).
    #[error("it has expired")]
    Expired,
    /// The key that it names is none of its issuer, or does not verify it (LC-RES-002, LC-RES-003, LC-RES-012).
    #[error("no key of its issuer verifies it")]
    Signature,
    /// Its key was retired when it was signed (LC-RES-011).
    #[error("its key signed nothing any more")]
    AfterRetirement,
}

/// A bearer all of whose claims are as they should be. Nothing of that is proved yet.
#[derive(Debug)]
pub struct Claimed<'a> {
    token: SignedToken<'a>,
    header: BearerHeader,
    claims: BearerClaims,
    signer: &'a TrustedSigner,
}

/// Looks at everything that a bearer says.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read<'a>(
    text: &'a str,
    signers: &'a [TrustedSigner],
    facts: &Facts<'_>,
) -> Result<Claimed<'a>, Fault> {
    let token = SignedToken::parse(text).map_err(|fault| Fault::Form(fault.into()))?;
    let (header, claims) = BearerClaims::read(&token).map_err(Fault::Form)?;
    let mut trusted = signers.iter();
    let signer = trusted.find(|signer| signer.identifier.as_str() == claims.issuer);
    let signer = signer.ok_or(Fault::Issuer)?;
    if claims.audience != facts.audience {
        return Err(Fault::Audience);
    }
    if claims.expires_at.saturating_sub(claims.issued_at) > facts.lifetime {
        return Err(Fault::TooLong);
    }
    if claims.issued_at > facts.now.saturating_add(facts.skew) {
        return Err(Fault::NotYet);
    }
    if claims.expires_at <= facts.now {
        return Err(Fault::Expired);
    }
    Ok(Claimed {
        token,
        header,
        claims,
        signer,
    })
}

impl Claimed<'_> {
    /// Whom it says to be of.
    pub fn signer(&self) -> &TrustedSigner {
        self.signer
    }

    /// The key that it says to be signed with.
    pub fn key_id(&self) -> &str {
        &self.header.key_id
    }

    /// What it says, if these keys of its signer verify it, and it has not expired while they were on their way.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn verified(self, keys: &TrustedKeys, now: i64) -> Result<BearerClaims, Fault> {
        let verified = keys.verify(&self.token, &self.signer.algorithms);
        verified.map_err(|_| Fault::Signature)?;
        // LC-RES-010, LC-RES-011
        let retired_at = keys.retired_at(self.key_id());
        if retired_at.is_some_and(|retired_at| self.claims.issued_at > retired_at) {
            return Err(Fault::AfterRetirement);
        }
        if self.claims.expires_at <= now {
            return Err(Fault::Expired);
        }
        Ok(self.claims)
    }
}
