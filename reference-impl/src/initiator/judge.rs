//! Whether a token issue is acceptable, and what an answer of the issuer means: pure.
//!
//! Method, media type and size come first and are the same for every message: see
//! `http/head.rs` and `http/body.rs`. Then JSON, version and form, then whether the exchange is
//! known: see `http.rs`. The rest of the order is in [`judge_issue`].

use btx_spec::signature::verify;
use btx_spec::{Origin, Pending, Problem, ProblemType, TokenCall, TokenIssue};

use super::exchange::{Answered, Failure};
use crate::http::refusal::Refusal;
use crate::outbound::Answer;

/// What an acceptable token issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The first one of its exchange.
    First,
    /// The first one again: it gets the same answer.
    Repeat,
}

/// Judges a token issue by the values of the call that we sent ourselves. `held` is the issue
/// that was acceptable before, if there was one.
///
/// # Errors
/// The [`Refusal`] that the sender gets.
pub fn judge_issue(
    issue: &TokenIssue,
    call: &TokenCall,
    held: Option<&TokenIssue>,
    now: i64,
    clock_skew: i64,
) -> Result<Verdict, Refusal> {
    // EX-INI-042
    if issue.exchange_id != call.exchange_id {
        return Err(unknown_exchange());
    }
    // EX-INI-043
    if issue.issuer != call.issuer || issue.initiator != call.initiator {
        return Err(Refusal::new(
            ProblemType::ExchangeMismatch,
            "Issuer or initiator are not those of this exchange.",
        ));
    }
    // EX-INI-050, EX-INI-051: computed from our own values and compared in constant time; what only the issuer can know comes from the message.
    let signed = verify(
        &call.hmac_key,
        &call.issuer,
        &call.initiator,
        &call.exchange_id,
        &issue.expires_at,
        &issue.bearer_token,
        &issue.signature,
    );
    if !signed {
        return Err(Refusal::new(
            ProblemType::SignatureMismatch,
            "The signature is not made with the key of this exchange.",
        ));
    }
    match held {
        // EX-INI-070
        Some(first) if first == issue => return Ok(Verdict::Repeat),
        // EX-INI-071
        Some(_) => {
            return Err(Refusal::new(
                ProblemType::ConflictingIssue,
                "This exchange holds another token already.",
            ));
        }
        None => {}
    }
    // EX-INI-045
    if issue.expires_at.unix().saturating_add(clock_skew) <= now {
        return Err(Refusal::new(
            ProblemType::TokenExpired,
            "The token has expired already.",
        ));
    }
    Ok(Verdict::First)
}

/// An unknown exchange, a finished one and one of another issuer are told in the same way.
pub fn unknown_exchange() -> Refusal {
    Refusal::new(
        ProblemType::UnknownExchange,
        "No exchange with this id is open here.",
    )
}

/// What the answer to a token call, or to a question how things stand, means.
///
/// `called` is the origin of the token call; `asked_async` says whether a 202 was asked for.
pub fn judge_answer(answer: &Answer, called: &Origin, asked_async: bool, now: i64) -> Answered {
    match answer.status {
        204 => Answered::Live,
        // EX-INI-084: a 202 that nobody asked for is a failure like any other answer.
        202 if asked_async => judge_pending(answer, called, now),
        // EX-INI-065, EX-INI-085
        status => Answered::Failed(Failure::Refused {
            status,
            problem: Problem::parse(&answer.body)
                .ok()
                .and_then(|problem| problem.kind()),
            retry_after: answer.retry_after,
        }),
    }
}

/// A 202 says where to ask twice, the same both times, and never sends us to another server
/// (EX-INI-081).
fn judge_pending(answer: &Answer, called: &Origin, now: i64) -> Answered {
    let Ok(pending) = Pending::parse(&answer.body) else {
        return Answered::Failed(Failure::BadPending);
    };
    let acceptable = answer.location.as_deref() == Some(pending.status_url.as_str())
        && pending.status_url.origin() == *called
        && pending.exchange_expires_at.unix() > now;
    if acceptable {
        Answered::Pending {
            pending,
            retry_after: answer.retry_after,
        }
    } else {
        Answered::Failed(Failure::BadPending)
    }
}
