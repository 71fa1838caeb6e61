//! What a bearer says that this issuer signs: pure.

use btx_spec::lifecycle::{BearerClaims, RingKeyFault};
use zeroize::Zeroizing;

use super::judge::Limits;
use crate::lifecycle::ring::Ring;
use crate::lifecycle::sessions::{Renewal, Session};

/// The life of a bearer that is signed now: never longer than that of its session (LC-ISS-003, LC-ISS-072).
pub fn life(session: &Session, limits: &Limits, now: i64) -> Renewal {
    Renewal {
        issued_at: now,
        expires_at: now.saturating_add(limits.bearer).min(session.ends_at),
    }
}

/// A bearer of this session (LC-ISS-002).
pub fn bearer(session: &Session, life: Renewal, limits: &Limits) -> BearerClaims {
    BearerClaims {
        issuer: limits.issuer.clone(),
        audience: limits.audience.clone(),
        subject: session.subject.clone(),
        session: session.name.clone(),
        issued_at: life.issued_at,
        expires_at: life.expires_at,
    }
}

/// The bearer that takes the place of an expired one (LC-ISS-071).
pub fn refreshed(old: &BearerClaims, life: Renewal) -> BearerClaims {
    BearerClaims {
        issued_at: life.issued_at,
        expires_at: life.expires_at,
        ..old.clone()
    }
}

/// The bearer that takes the place of a live one of the previous key. Whoever shows a token gets no more life
/// by it (LC-ISS-111).
pub fn reissued(old: &BearerClaims, now: i64) -> BearerClaims {
    BearerClaims {
        issued_at: now,
        ..old.clone()
    }
}

/// Signs a bearer with the current key (LC-ISS-001, LC-ISS-020).
///
/// # Errors
/// When the cryptographic library does not sign.
pub fn sign(claims: &BearerClaims, ring: &Ring) -> Result<Zeroizing<String>, RingKeyFault> {
    claims.sign(&ring.current).map(Zeroizing::new)
}
