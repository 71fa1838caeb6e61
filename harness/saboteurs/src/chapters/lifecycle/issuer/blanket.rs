//! Issuers that break everything.

use super::sessions::requests::{is_api, is_login, refusal};
use crate::{message::Told, sabotage::LcIssuerSabotage};
use btx_harness::embedded::Alterations;

/// Lets nobody in, with whatever bearer, and logs nobody in.
#[must_use]
pub fn refuses_everybody() -> Alterations {
    LcIssuerSabotage::new()
        .instead(|asked| (is_api(asked) || is_login(asked)).then(refusal))
        .alterations()
}

/// Lets everybody in, with whatever he shows.
#[must_use]
pub fn opens_to_everybody() -> Alterations {
    LcIssuerSabotage::new()
        .instead(|asked| is_api(asked).then(|| Told::empty(200)))
        .alterations()
}
