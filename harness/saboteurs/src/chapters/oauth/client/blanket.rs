//! A client that breaks everything.

use crate::sabotage::ClientSabotage;
use btx_harness::embedded::Alterations;

/// A client that shows its tokens to nobody.
#[must_use]
pub fn shows_nothing() -> Alterations {
    ClientSabotage::new()
        .config(|config| {
            for server in &mut config.servers {
                server.api.clear();
            }
        })
        .alterations()
}
