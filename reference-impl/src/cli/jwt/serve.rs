//! Serves a role of JWTs between services until it is told to end.

use std::path::Path;
use std::sync::Arc;

use btx_reference::Parts;
use btx_reference::control::Roles;
use btx_reference::jwt::client::Client;
use btx_reference::jwt::resource::ServiceResource;
use btx_reference::serve;
use btx_reference::store::memory::MemoryStore;
use tracing::info;

use super::{client, resource};
use crate::cli::config_file::Loaded;
use crate::cli::oauth::serve::{parts, serve_until_told};
use crate::cli::shutdown::Shutdown;
use crate::cli::{Failed, admin, block_on, control, logging, setup};

/// `btx-reference jwt-resource`.
pub(in crate::cli) fn run_resource(config: &Path) -> Result<(), Failed> {
    let loaded = Loaded::read(config)?;
    let resource = ServiceResource::new(resource::config(&loaded)?, parts(&loaded)?);
    let tls = setup::tls(&loaded)?;
    logging::start(&loaded.config.log);
    block_on(serve_until_told(loaded, "resource", resource.router(), tls))
}

/// `btx-reference jwt-client`: publishes its document and keys, and does what it is told.
pub(in crate::cli) fn run_client(config: &Path) -> Result<(), Failed> {
    let loaded = Loaded::read(config)?;
    let control = control::address(&loaded)?;
    let parts = parts(&loaded)?;
    let client = Client::new(client::config(&loaded)?, parts.clone());
    let tls = setup::tls(&loaded)?;
    logging::start(&loaded.config.log);
    block_on(async {
        let broken = |error: std::io::Error| Failed::Broken(error.to_string());
        let shutdown = Shutdown::on_signal().map_err(broken)?;
        let listen = &loaded.config.listen;
        let mut running = Vec::new();
        running.extend(admin::start(listen.admin.as_ref(), String::new, &shutdown).await?);
        let door = setup::listen(listen.protocol.0)?;
        let publishing = serve::https(client.router(), door, tls, shutdown.begun());
        let publishing = publishing.await.map_err(broken)?;
        info!(address = %publishing.address(), "client ready");
        running.push(publishing);
        if let Some(address) = control {
            let roles = Roles {
                jwt_client: Some(client),
                ..Roles::default()
            };
            // The control asks for nothing that has to be remembered.
            let parts = Parts::new(Arc::new(MemoryStore::new()), parts.outbound);
            running.push(control::start(address, roles, parts, &shutdown).await?);
        }
        shutdown.begun().await;
        for running in running {
            running.ended().await.map_err(broken)?;
        }
        info!("client ended");
        Ok(())
    })
}
