//! Scenarios about the authorization server of the target.

mod asking;
mod assertion;
mod assertion_faults;
mod credentials;
mod draft;
mod faults;
mod granted;
mod introspection;
mod metadata;
mod parties;
mod readable;
mod reading;
mod refused;
mod revocation;

use crate::{steps::registry::Step, world::Answer};
use asking::Asked;
use parties::Party;

/// What such a scenario has seen and done.
#[derive(Default)]
pub struct Seen {
    /// Who asks.
    party: Option<Party>,
    /// Who asks without fault, where the fault is who asks.
    sound: Option<Party>,
    /// Who comes beside.
    second: Option<Party>,
    /// The requests for tokens, in their order.
    asked: Vec<Asked>,
    /// The token that the scenario is about.
    token: Option<String>,
    /// What was answered to questions about it.
    inquiries: Vec<Answer>,
    /// What was answered to revocations.
    revocations: Vec<Answer>,
    /// The metadata.
    pub(in crate::steps) metadata: Option<Answer>,
    /// The published keys.
    keys: Option<Answer>,
}

/// The steps, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    vec![
        parties::steps(),
        asking::steps(),
        granted::steps(),
        refused::steps(),
        introspection::steps(),
        revocation::steps(),
        metadata::steps(),
        readable::steps(),
    ]
}
