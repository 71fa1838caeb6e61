//! Resources that break everything.

use super::requests::{is_protected, refusal};
use crate::{message::Told, sabotage::ResourceSabotage};
use btx_harness::embedded::Alterations;

/// Refuses everybody.
#[must_use]
pub fn refuses_everybody() -> Alterations {
    ResourceSabotage::new()
        .instead(|asked| is_protected(asked).then(refusal))
        .alterations()
}

/// Opens to everybody.
#[must_use]
pub fn opens_to_everybody() -> Alterations {
    ResourceSabotage::new()
        .instead(|asked| is_protected(asked).then(|| Told::empty(200)))
        .alterations()
}
