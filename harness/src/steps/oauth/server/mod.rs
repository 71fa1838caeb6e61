//! Scenarios about the authorization server of the target.

use crate::steps::registry::Step;

/// What such a scenario has seen and done.
#[derive(Default)]
pub struct Seen;

/// The steps, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    Vec::new()
}
