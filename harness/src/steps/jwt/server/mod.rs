//! Scenarios about assertions at the authorization server of the target.

mod acting;
mod judging;

use crate::steps::registry::Step;

/// What such a scenario has seen and done.
#[derive(Default)]
pub struct Seen {
    /// How many fetches there had been when the scenario had shown what it is about.
    fetched: usize,
}

/// The steps, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    vec![acting::steps(), judging::steps()]
}
