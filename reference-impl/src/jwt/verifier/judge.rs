//! Whether a service JWT, or an assertion, is what it has to be: pure.
//!
//! [`read`] looks at all that can be judged without a key, so that nothing is fetched for what is refused
//! anyway (JW-RES-023, JW-AUS-013). [`Claimed::verified`] is the rest. What it gives may be accepted once.

use btx_spec::jose::{Algorithm, KeySet, SignedToken};
use btx_spec::jwt::{ClaimFault, ClientId, LARGEST_JWT, ServiceClaims};
use sha2::{Digest as _, Sha256};

use crate::oauth::store::Digest;

/// What a verifier expects of a JWT.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Its `typ`.
    pub typ: &'a str,
    /// The verifier itself, as its own configuration calls it (JW-RES-010).
    pub audience: &'a str,
}

/// What is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The algorithms that are taken.
    pub algorithms: &'a [Algorithm],
    /// Unix seconds.
    pub now: i64,
    /// How many seconds the clocks may differ.
    pub skew: i64,
}

/// Why a JWT is not taken, in words for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is too long, or no signed token of strict form (JW-RES-019, JW-RES-020, JW-AUS-014).
    #[error("it is no signed token")]
    Form,
    /// Its header or one of its claims is not as every such JWT has it.
    #[error("{0}")]
    Claim(ClaimFault),
    /// Its algorithm is not on the list (JW-RES-002, JW-AUS-010).
    #[error("its algorithm is not on the list")]
    Algorithm,
    /// It is for somebody else (JW-RES-009, JW-AUS-003).
    #[error("it is for another audience")]
    Audience,
    /// It is over (JW-RES-011, JW-AUS-006).
    #[error("it has expired")]
    Expired,
    /// It is from the future (JW-RES-012, JW-AUS-006).
    #[error("it is not of now")]
    NotYet,
    /// No key of the client verifies it (JW-RES-005, JW-RES-007, JW-AUS-010).
    #[error("no key of the client verifies it")]
    Signature,
    /// It was accepted before (JW-RES-015, JW-AUS-007).
    #[error("it was used before")]
    Used,
}

/// A JWT all of whose claims are as they should be. Nothing of that is proved yet.
#[derive(Debug)]
pub struct Claimed<'t> {
    token: SignedToken<'t>,
    claims: ServiceClaims,
    once: Once,
}

/// What may be accepted once, as the store knows it, and for how long that has to be remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once {
    /// A digest of the client and of what it calls the JWT.
    pub digest: Digest,
    /// Unix seconds from which on it is refused in any case (JW-RES-022).
    pub until: i64,
}

/// Looks at everything that a JWT says.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read<'t>(
    text: &'t str,
    expected: &Expected<'_>,
    facts: &Facts<'_>,
) -> Result<Claimed<'t>, Fault> {
    if text.len() > LARGEST_JWT {
        return Err(Fault::Form);
    }
    let token = SignedToken::parse(text).map_err(|_| Fault::Form)?;
    // JW-RES-003 to JW-RES-006, JW-RES-008, JW-RES-013, JW-RES-014, JW-ANY-001, JW-AUS-004, JW-AUS-005,
    // JW-AUS-014
    let claims = ServiceClaims::read(&token, expected.typ).map_err(Fault::Claim)?;
    if !facts.algorithms.contains(&claims.algorithm) {
        return Err(Fault::Algorithm);
    }
    if claims.audience != expected.audience {
        return Err(Fault::Audience);
    }
    let (now, skew) = (facts.now as f64, facts.skew as f64);
    let end = claims.expires_at.seconds() + skew;
    if end <= now {
        return Err(Fault::Expired);
    }
    if claims.issued_at.seconds() > now + skew {
        return Err(Fault::NotYet);
    }
    let once = Once {
        digest: name(expected, &claims),
        until: end.ceil() as i64,
    };
    Ok(Claimed {
        token,
        claims,
        once,
    })
}

impl Claimed<'_> {
    /// The client that it says to be of.
    pub fn client(&self) -> &ClientId {
        &self.claims.client
    }

    /// The key that it says to be signed with.
    pub fn key_id(&self) -> &str {
        &self.claims.key_id
    }

    /// The client, and why the JWT cannot be used again, if one of these keys verifies it. The keys have to
    /// be those of its client (JW-ANY-036); a key that it brings or names by address is never looked at
    /// (JW-RES-006).
    ///
    /// # Errors
    /// [`Fault::Signature`].
    pub fn verified(self, keys: &KeySet, facts: &Facts<'_>) -> Result<(ClientId, Once), Fault> {
        keys.verify(&self.token, facts.algorithms)
            .map_err(|_| Fault::Signature)?;
        Ok((self.claims.client, self.once))
    }
}

/// What a JWT alone is called: its client and its `jti` (JW-RES-017), for this purpose and this verifier.
/// Each part is told from the next by its length.
fn name(expected: &Expected<'_>, claims: &ServiceClaims) -> Digest {
    let mut hash = Sha256::new();
    let parts = [
        expected.typ,
        expected.audience,
        claims.client.as_str(),
        claims.id.as_str(),
    ];
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
