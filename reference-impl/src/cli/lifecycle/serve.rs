//! Serves a role of sessions until it is told to end.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use btx_reference::Parts;
use btx_reference::control::Roles;
use btx_reference::lifecycle::caller::{self, Caller};
use btx_reference::lifecycle::issuer::Issuer;
use btx_reference::lifecycle::resource::{self, SessionResource};
use btx_reference::serve;
use btx_reference::store::memory::MemoryStore;
use tracing::info;

use super::{
    caller as caller_section, issuer as issuer_section, memory, resource as resource_section,
};
use crate::cli::config_file::Loaded;
use crate::cli::oauth::files;
use crate::cli::oauth::serve::serve_until_told;
use crate::cli::shutdown::Shutdown;
use crate::cli::{Failed, admin, block_on, control, logging, setup};

/// `btx-reference session-resource`.
pub(in crate::cli) fn run_resource(config: &Path) -> Result<(), Failed> {
    let loaded = Loaded::read(config)?;
    let config = resource_section::config(&loaded)?;
    let parts = resource::Parts::new(Arc::new(setup::outbound(&loaded)?));
    let resource = SessionResource::new(config, parts);
    let tls = setup::tls(&loaded)?;
    logging::start(&loaded.config.log);
    block_on(serve_until_told(loaded, "resource", resource.router(), tls))
}

/// `btx-reference session-issuer`.
pub(in crate::cli) fn run_issuer(config: &Path) -> Result<(), Failed> {
    let loaded = Loaded::read(config)?;
    let control = control::address(&loaded)?;
    let config = issuer_section::config(&loaded)?;
    logging::start(&loaded.config.log);
    let section = loaded.config.session_issuer.as_ref();
    let section = section.ok_or_else(|| files::no_section(&loaded, "session_issuer"))?;
    let parts = memory::parts(&loaded, section, &config)?;
    let roles = Roles {
        session_keys: [(config.identifier.to_string(), Arc::clone(&parts.keys))].into(),
        ..Roles::default()
    };
    let router = Issuer::new(config, parts).router();
    block_on(serve_controlled(
        loaded,
        "issuer",
        Some(router),
        control,
        roles,
    ))
}

/// `btx-reference session-caller`: does what it is told.
pub(in crate::cli) fn run_caller(config: &Path) -> Result<(), Failed> {
    let loaded = Loaded::read(config)?;
    let control = control::address(&loaded)?;
    let config = caller_section::config(&loaded)?;
    logging::start(&loaded.config.log);
    let parts = caller::Parts::new(Arc::new(setup::outbound(&loaded)?));
    let roles = Roles {
        session_caller: Some(Caller::new(config, parts)),
        ..Roles::default()
    };
    block_on(serve_controlled(loaded, "caller", None, control, roles))
}

/// Serves what the role has to serve, and does what the control tells it.
async fn serve_controlled(
    loaded: Loaded,
    name: &str,
    router: Option<Router>,
    control: Option<SocketAddr>,
    roles: Roles,
) -> Result<(), Failed> {
    let broken = |error: std::io::Error| Failed::Broken(error.to_string());
    let shutdown = Shutdown::on_signal().map_err(broken)?;
    let listen = &loaded.config.listen;
    let mut running = Vec::new();
    running.extend(admin::start(listen.admin.as_ref(), String::new, &shutdown).await?);
    if let Some(router) = router {
        let tls = setup::tls(&loaded)?;
        let door = setup::listen(listen.protocol.0)?;
        let serving = serve::https(router, door, tls, shutdown.begun());
        let serving = serving.await.map_err(broken)?;
        info!(address = %serving.address(), "{name} ready");
        running.push(serving);
    }
    if let Some(address) = control {
        // The control asks for nothing that has to be remembered.
        let outbound = Arc::new(setup::outbound(&loaded)?);
        let parts = Parts::new(Arc::new(MemoryStore::new()), outbound);
        running.push(control::start(address, roles, parts, &shutdown).await?);
    }
    shutdown.begun().await;
    for running in running {
        running.ended().await.map_err(broken)?;
    }
    info!("{name} ended");
    Ok(())
}
