//! Resources that break everything.

use super::requests::{is_at_the_counter, refusal};
use crate::{message::Told, sabotage::JwtResourceSabotage};
use btx_harness::embedded::Alterations;

/// Refuses everybody.
#[must_use]
pub fn refuses_everybody() -> Alterations {
    JwtResourceSabotage::new()
        .instead(|asked| is_at_the_counter(asked).then(refusal))
        .alterations()
}

/// Opens to everybody.
#[must_use]
pub fn opens_to_everybody() -> Alterations {
    JwtResourceSabotage::new()
        .instead(|asked| is_at_the_counter(asked).then(|| Told::empty(200)))
        .alterations()
}
