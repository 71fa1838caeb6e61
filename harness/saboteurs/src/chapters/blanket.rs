//! Those who break everything: against them no scenario with a control twin of their side may pass.

use crate::{message::Told, sabotage::Sabotage};
use btx_harness::embedded::Alterations;
use btx_spec::ProblemType;

/// Refuses every request.
#[must_use]
pub fn refuses_everything() -> Alterations {
    Sabotage::new()
        .instead(|_| Some(Told::refusal(ProblemType::TemporarilyUnavailable)))
        .alterations()
}

/// Takes every token call, sends no token issue, and opens the resource to everyone.
#[must_use]
pub fn accepts_everything() -> Alterations {
    Sabotage::new()
        .instead(|asked| Some(Told::empty(if asked.is_resource() { 200 } else { 204 })))
        .alterations()
}

/// Refuses every token issue.
#[must_use]
pub fn refuses_every_issue() -> Alterations {
    Sabotage::of_the_initiator()
        .refusing_issues(ProblemType::TemporarilyUnavailable, |_| true)
        .alterations()
}

/// Answers every token issue with 204, and keeps none.
#[must_use]
pub fn thanks_for_every_issue() -> Alterations {
    Sabotage::of_the_initiator()
        .instead(|asked| asked.is_issue().then(|| Told::empty(204)))
        .alterations()
}
