//! Serves one role of OAuth until it is told to end.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use btx_reference::Parts;
use btx_reference::control::Roles;
use btx_reference::oauth;
use btx_reference::oauth::client::Client;
use btx_reference::oauth::resource::ResourceServer;
use btx_reference::oauth::server::AuthorizationServer;
use btx_reference::serve;
use btx_reference::store::memory::MemoryStore;
use futures::future::join_all;
use rustls::ServerConfig;
use tracing::info;

use super::{authorization_server, client, resource_server};
use crate::cli::config_file::Loaded;
use crate::cli::shutdown::Shutdown;
use crate::cli::{Failed, admin, block_on, control, logging, setup, store};

/// Which role of OAuth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Role {
    AuthorizationServer,
    Resource,
}

/// `btx-reference authorization-server` and `resource`.
pub(in crate::cli) fn run(config: &Path, role: Role) -> Result<(), Failed> {
    let loaded = Loaded::read(config)?;
    let (name, router) = match role {
        Role::AuthorizationServer => {
            let config = authorization_server::config(&loaded)?;
            let server = AuthorizationServer::new(config, parts(&loaded)?);
            ("authorization server", server.router())
        }
        Role::Resource => {
            let config = resource_server::config(&loaded)?;
            let resource = ResourceServer::new(config, parts(&loaded)?);
            ("resource", resource.router())
        }
    };
    let tls = setup::tls(&loaded)?;
    logging::start(&loaded.config.log);
    block_on(serve_until_told(loaded, name, router, tls))
}

/// The components: the system's clock and randomness, the configured store and client.
pub(in crate::cli) fn parts(loaded: &Loaded) -> Result<oauth::Parts, Failed> {
    let outbound = Arc::new(setup::outbound(loaded)?);
    Ok(oauth::Parts::new(store::tokens(loaded)?, outbound))
}

pub(in crate::cli) async fn serve_until_told(
    loaded: Loaded,
    name: &str,
    router: Router,
    tls: Arc<ServerConfig>,
) -> Result<(), Failed> {
    let broken = |error: std::io::Error| Failed::Broken(error.to_string());
    let shutdown = Shutdown::on_signal().map_err(broken)?;
    let listen = &loaded.config.listen;
    let admin = admin::start(listen.admin.as_ref(), String::new, &shutdown).await?;
    let listener = setup::listen(listen.protocol.0)?;
    let protocol = serve::https(router, listener, tls, shutdown.begun());
    let protocol = protocol.await.map_err(broken)?;
    info!(address = %protocol.address(), "{name} ready");
    shutdown.begun().await;
    // Requests that are under way are answered.
    for running in [protocol].into_iter().chain(admin) {
        running.ended().await.map_err(broken)?;
    }
    info!("{name} ended");
    Ok(())
}

/// A client, ready to be used.
pub(in crate::cli) struct PreparedClient {
    loaded: Loaded,
    control: Option<SocketAddr>,
    pub(super) client: Client,
    parts: Parts,
}

impl PreparedClient {
    /// Reads the configuration.
    pub(super) fn read(config: &Path) -> Result<Self, Failed> {
        let loaded = Loaded::read(config)?;
        let control = control::address(&loaded)?;
        let config = client::config(&loaded)?;
        logging::start(&loaded.config.log);
        let parts = parts(&loaded)?;
        Ok(Self {
            // The control asks for nothing that has to be remembered.
            parts: Parts::new(Arc::new(MemoryStore::new()), Arc::clone(&parts.outbound)),
            client: Client::new(config, parts),
            control,
            loaded,
        })
    }
}

/// `btx-reference client`: keeps tokens fresh, or does what it is told.
pub(in crate::cli) fn run_client(config: &Path) -> Result<(), Failed> {
    let prepared = PreparedClient::read(config)?;
    block_on(async {
        let broken = |error: std::io::Error| Failed::Broken(error.to_string());
        let PreparedClient {
            loaded,
            control,
            client,
            parts,
        } = prepared;
        let shutdown = Shutdown::on_signal().map_err(broken)?;
        let listen = &loaded.config.listen;
        let mut running = Vec::new();
        running.extend(admin::start(listen.admin.as_ref(), String::new, &shutdown).await?);
        let is_controlled = control.is_some();
        if let Some(address) = control {
            let roles = Roles {
                client: Some(client.clone()),
                ..Roles::default()
            };
            running.push(control::start(address, roles, parts, &shutdown).await?);
        }
        info!("client ready");
        tokio::select! {
            () = keep_fresh(&client), if !is_controlled => {}
            () = shutdown.begun() => {}
        }
        for running in running {
            running.ended().await.map_err(broken)?;
        }
        info!("client ended");
        Ok(())
    })
}

/// For ever: a server that does not know the client is not asked again, and the others are.
async fn keep_fresh(client: &Client) {
    join_all(client.names().iter().map(|name| client.keep_fresh(name))).await;
    std::future::pending().await
}
