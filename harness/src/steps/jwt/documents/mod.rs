//! Scenarios about the documents and the keys of clients, whoever verifies.

mod answers;
mod content;
mod held;
mod ids;
mod judging;
mod key_sets;
mod slow;

use crate::steps::registry::Step;

/// The steps, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    vec![
        ids::steps(),
        answers::steps(),
        content::steps(),
        key_sets::steps(),
        slow::steps(),
        held::steps(),
        judging::steps(),
    ]
}
