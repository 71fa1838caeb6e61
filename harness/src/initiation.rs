//! What a scenario about an initiator has seen and done so far.

use crate::{
    draft::Draft, hooks::Report, issue_draft::IssueDraft, lab::ReceivedCall, world::Answer,
};
use std::{sync::Arc, time::Instant};
use tokio::task::{JoinHandle, JoinSet};

/// What a scenario about an initiator has seen and done so far.
#[derive(Debug, Default)]
pub struct Initiation {
    /// The hooks that set the target off, and that may still be running.
    pub starts: Vec<JoinHandle<Report>>,
    /// What came of the hooks that have ended.
    pub reports: Vec<Report>,
    /// The hooks that let the target use its token, and that nobody waits for.
    pub uses: JoinSet<Report>,
    /// The token calls that the scenario has waited for, in order.
    pub calls: Vec<Arc<ReceivedCall>>,
    /// The token issues that it has sent, in order.
    pub issues: Vec<SentIssue>,
    /// How much had come before the control began.
    pub before_control: Option<Seen>,
    /// How many uses had come when the call was answered.
    pub uses_before_answer: Option<usize>,
    /// When a pending answer was given.
    pub pending_since: Option<Instant>,
    /// The seconds that a `Retry-After` told, if not as usual.
    pub retry_after: Option<u64>,
    /// When the exchange of a pending answer ends.
    pub pending_until: Option<Instant>,
    /// Whether the call has been answered.
    pub answered: bool,
    /// How much had come when the certificate of the issuer became faulty.
    pub before_faulty: Option<Before>,
    /// The versions with which calls are refused.
    pub refused_with: Option<String>,
}

/// How much has come to a peer as an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Token calls.
    pub calls: usize,
    /// Calls of the API.
    pub uses: usize,
    /// Requests for the status.
    pub polls: usize,
}

/// What had come to an issuer before its certificate became faulty.
#[derive(Debug, Clone, Copy)]
pub struct Before {
    /// Requests.
    pub seen: Seen,
    /// Connections.
    pub connections: usize,
}

/// A token issue that was sent, and its answer.
#[derive(Debug)]
pub struct SentIssue {
    /// What it says.
    pub draft: IssueDraft,
    /// What was sent.
    pub message: Draft,
    /// What it was answered.
    pub answer: Answer,
}
