//! A client that breaks everything.

use crate::sabotage::JwtClientSabotage;
use btx_harness::embedded::Alterations;

/// A client that knows no resource.
#[must_use]
pub fn calls_nobody() -> Alterations {
    JwtClientSabotage::new()
        .config(|config| config.peers.clear())
        .alterations()
}
