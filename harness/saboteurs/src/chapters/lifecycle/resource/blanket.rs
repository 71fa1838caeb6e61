//! Resources elsewhere that break everything.

use super::requests::{is_at_the_door, refusal};
use crate::{message::Told, sabotage::LcResourceSabotage};
use btx_harness::embedded::Alterations;

/// Refuses everybody.
#[must_use]
pub fn refuses_everybody() -> Alterations {
    LcResourceSabotage::new()
        .instead(|asked| is_at_the_door(asked).then(refusal))
        .alterations()
}

/// Opens to everybody.
#[must_use]
pub fn opens_to_everybody() -> Alterations {
    LcResourceSabotage::new()
        .instead(|asked| is_at_the_door(asked).then(|| Told::empty(200)))
        .alterations()
}
