//! A caller that breaks everything.

use crate::sabotage::LcCallerSabotage;
use btx_harness::embedded::Alterations;

/// A caller that knows no issuer.
#[must_use]
pub fn calls_nobody() -> Alterations {
    LcCallerSabotage::new()
        .config(|config| config.peers.clear())
        .alterations()
}
