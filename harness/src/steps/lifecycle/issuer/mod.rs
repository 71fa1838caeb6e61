//! Scenarios about an issuer: its keys, and its sessions.

pub(crate) mod keys;
pub(crate) mod sessions;

use crate::{
    steps::{Stop, registry::Step},
    target::lifecycle::SessionIssuer,
    wire::Response,
    world::{Answer, World},
};

/// What such a scenario has seen and done.
#[derive(Default)]
pub struct Seen {
    /// With the keys of the issuer.
    pub(super) keys: keys::Seen,
    /// With its sessions.
    pub(super) sessions: sessions::Seen,
}

/// The steps, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    let mut all = keys::steps();
    all.extend(sessions::steps());
    all
}

/// The issuer that the scenario has leased.
pub(super) fn issuer(world: &World) -> Result<&SessionIssuer, Stop> {
    let leased = world.lifecycle.issuer.as_ref();
    leased
        .map(|issuer| &issuer.at)
        .ok_or_else(|| Stop::Harness("the scenario has leased no issuer".to_owned()))
}

/// The response to a request. What gives no answer at all proves nothing.
pub(super) fn answered(answer: Answer) -> Result<(Response, usize), Stop> {
    match answer.response() {
        Some(response) => Ok((response.clone(), answer.event)),
        None => Err(Stop::Control(format!(
            "the issuer gave no answer: {}",
            answer.words()
        ))),
    }
}

/// Whether somebody was let in.
pub(super) fn is_success(response: &Response) -> bool {
    (200..300).contains(&response.status)
}
