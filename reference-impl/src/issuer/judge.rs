//! Whether a token call is admitted: pure, and in the order that the protocol fixes.
//!
//! Method, media type and size come first and are the same for every message: see
//! `http/head.rs` and `http/body.rs`. Then, here: JSON, version, form, own identifier, initiator.
//! Last, with the store's answer: duplicate, capacity. The order is that of EX-ISS-015, and a
//! refusal at any point means that nothing is called back (EX-ISS-013) and nothing remembered.

use std::sync::Arc;

use btx_spec::{Identifier, ProblemType, TokenCall};

use super::config::Partner;
use super::partners::Partners;
use crate::http::refusal::Refusal;
use crate::store::Begun;

/// A token call that may become an exchange, and the registration that it belongs to.
pub struct Admitted {
    /// The message.
    pub call: TokenCall,
    /// The registered initiator that the message names.
    pub partner: Arc<Partner>,
}

/// Judges the body of a token call that was sent to the issuer named `own`.
///
/// # Errors
/// The [`Refusal`] that the caller gets; it never holds anything that the caller sent.
pub fn judge(body: &[u8], own: &Identifier, partners: &Partners) -> Result<Admitted, Refusal> {
    // EX-ISS-011, EX-ISS-012, EX-ISS-100
    let call = TokenCall::parse(body).map_err(|wrong| Refusal::form(&wrong))?;

    // EX-ISS-002: a call that was meant for another issuer is somebody's trick.
    if call.issuer != *own {
        return Err(Refusal::new(
            ProblemType::WrongIssuer,
            "This token call names another issuer than the one that it was sent to.",
        ));
    }
    // EX-ISS-003
    let Some(partner) = partners.get(&call.initiator) else {
        return Err(Refusal::new(
            ProblemType::UnknownInitiator,
            "No initiator with this identifier is registered here.",
        ));
    };
    Ok(Admitted { call, partner })
}

/// Judges what the store said when the exchange was to be written down.
///
/// # Errors
/// The [`Refusal`] for a duplicate, or for too many exchanges.
pub fn judge_begun(begun: Begun) -> Result<(), Refusal> {
    match begun {
        Begun::New => Ok(()),
        // EX-ISS-016, EX-ISS-017
        Begun::Duplicate => Err(Refusal::new(
            ProblemType::DuplicateExchange,
            "This initiator has used this exchange_id before. Start anew with a fresh id and key.",
        )),
        // EX-ISS-020
        Begun::PartnerBusy => Err(Refusal::new(
            ProblemType::TooManyRequests,
            "Too many exchanges of this initiator are open at the same time.",
        )
        .retry_after(1)),
        Begun::Full => Err(Refusal::new(
            ProblemType::TemporarilyUnavailable,
            "Too many exchanges are open at the same time.",
        )
        .retry_after(5)),
    }
}
