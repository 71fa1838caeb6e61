//! The control listener: whether there is one, and serving it.

use std::net::SocketAddr;

use btx_reference::Parts;
use btx_reference::control::{Roles, verbs};
use btx_reference::serve::{self, Running};
use tracing::warn;

use super::Failed;
use super::config_error::ConfigError;
use super::config_file::Loaded;
use super::setup::listen;
use super::shutdown::Shutdown;

/// Where it listens, if it is on. Whoever reaches it decides who gets tokens, so nobody reaches it from
/// another machine.
pub(super) fn address(loaded: &Loaded) -> Result<Option<SocketAddr>, ConfigError> {
    let Some(section) = &loaded.config.control else {
        return Ok(None);
    };
    let address = section.listen.get_ref().0;
    if address.ip().is_loopback() {
        Ok(Some(address))
    } else {
        let message =
            "expected a loopback address: whoever reaches the control commands this program";
        Err(loaded.mistake(&section.listen, message))
    }
}

/// Serves the verbs by plain HTTP.
pub(super) async fn start(
    address: SocketAddr,
    roles: Roles,
    parts: Parts,
    shutdown: &Shutdown,
) -> Result<Running, Failed> {
    let router = verbs(roles, parts);
    let running = serve::http(router, listen(address)?, shutdown.begun())
        .await
        .map_err(|error| Failed::Broken(format!("the control listener does not start: {error}")))?;
    warn!(address = %running.address(), "control is on: this program does what it is told there");
    Ok(running)
}
