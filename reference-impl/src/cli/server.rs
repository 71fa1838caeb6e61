//! Serves one role, or both, until it is told to end.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use btx_reference::Parts;
use btx_reference::control::Roles;
use btx_reference::initiator::Initiator;
use btx_reference::issuer::Issuer;
use btx_reference::serve::{self, Running};
use futures::future::join_all;
use rustls::ServerConfig;
use tracing::info;

use super::config_file::Loaded;
use super::shutdown::Shutdown;
use super::{Failed, admin, block_on, control, logging, setup};

/// Which roles there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Issuer,
    Initiator,
    Both,
}

/// Everything that a configuration says, ready to be served.
pub(super) struct Prepared {
    loaded: Loaded,
    tls: Arc<ServerConfig>,
    control: Option<SocketAddr>,
    roles: Roles,
    pub(super) parts: Parts,
}

impl Prepared {
    /// Reads the configuration and opens the store.
    pub(super) fn read(config: &Path, which: Which) -> Result<Self, Failed> {
        let loaded = Loaded::read(config)?;
        let control = control::address(&loaded)?;
        let issuer = (which != Which::Initiator).then(|| setup::issuer(&loaded));
        let initiator = (which != Which::Issuer).then(|| setup::initiator(&loaded));
        let (issuer, initiator) = (issuer.transpose()?, initiator.transpose()?);
        let tls = setup::tls(&loaded)?;
        logging::start(&loaded.config.log);
        let parts = setup::parts(&loaded)?;
        let roles = Roles {
            issuer: issuer.map(|config| Issuer::new(config, parts.clone())),
            initiator: initiator.map(|config| Initiator::new(config, parts.clone())),
            ..Roles::default()
        };
        Ok(Self {
            loaded,
            tls,
            control,
            roles,
            parts,
        })
    }

    /// The initiator, if that is one of the roles.
    pub(super) fn initiator(&self) -> Option<&Initiator> {
        self.roles.initiator.as_ref()
    }

    /// The same without control.
    pub(super) fn without_control(self) -> Self {
        Self {
            control: None,
            ..self
        }
    }
}

/// `btx-reference issuer`, `initiator` and `both`.
pub(super) fn run(config: &Path, which: Which) -> Result<(), Failed> {
    let prepared = Prepared::read(config, which)?;
    block_on(async { Server::start(&prepared).await?.until_told().await })
}

/// Everything that listens.
pub(super) struct Server {
    roles: Roles,
    shutdown: Shutdown,
    /// Whether it waits to be told what to do.
    is_controlled: bool,
    running: Vec<Running>,
}

impl Server {
    pub(super) async fn start(prepared: &Prepared) -> Result<Self, Failed> {
        let Prepared {
            loaded,
            roles,
            parts,
            ..
        } = prepared;
        let shutdown = Shutdown::on_signal().map_err(broken)?;
        let listen = &loaded.config.listen;
        let counted = roles.clone();
        let metrics = move || render(&counted);
        let admin = admin::start(listen.admin.as_ref(), metrics, &shutdown).await?;
        let listener = setup::listen(listen.protocol.0)?;
        let router = router(roles);
        let protocol = serve::https(router, listener, prepared.tls.clone(), shutdown.begun());
        let protocol = protocol.await.map_err(broken)?;
        let identifier = &loaded.config.identifier.0;
        for role in names(roles) {
            info!(address = %protocol.address(), %identifier, "{role} ready");
        }
        let mut running = vec![protocol];
        if let Some(address) = prepared.control {
            let control = control::start(address, roles.clone(), parts.clone(), &shutdown);
            running.push(control.await?);
        }
        running.extend(admin);
        Ok(Self {
            roles: roles.clone(),
            shutdown,
            is_controlled: prepared.control.is_some(),
            running,
        })
    }

    /// Works until the end is announced, and ends what is under way.
    pub(super) async fn until_told(self) -> Result<(), Failed> {
        tokio::select! {
            () = self.keep_fresh() => {}
            () = self.shutdown.begun() => {}
        }
        // Exchanges that are under way come to their end while token issues are still taken.
        if let Some(initiator) = &self.roles.initiator {
            initiator.idle().await;
        }
        // Requests that are under way are answered, and exchanges without a waiting caller finished.
        for running in self.running {
            running.ended().await.map_err(broken)?;
        }
        if let Some(issuer) = &self.roles.issuer {
            issuer.idle().await;
        }
        for role in names(&self.roles) {
            info!("{role} ended");
        }
        Ok(())
    }

    /// Gets tokens for ever, unless somebody else says when.
    async fn keep_fresh(&self) {
        if let (Some(initiator), false) = (&self.roles.initiator, self.is_controlled) {
            let issuers = initiator.issuers();
            join_all(issuers.iter().map(|issuer| initiator.keep_fresh(issuer))).await;
        }
        std::future::pending().await
    }
}

fn broken(error: std::io::Error) -> Failed {
    Failed::Broken(error.to_string())
}

fn router(roles: &Roles) -> Router {
    let issuer = roles.issuer.as_ref().map(Issuer::router);
    let initiator = roles.initiator.as_ref().map(Initiator::router);
    let routers = [issuer, initiator].into_iter().flatten();
    routers.fold(Router::new(), Router::merge)
}

fn render(roles: &Roles) -> String {
    let issuer = roles
        .issuer
        .as_ref()
        .map(|issuer| issuer.metrics().render());
    let initiator = roles.initiator.as_ref();
    let initiator = initiator.map(|initiator| initiator.metrics().render());
    [issuer, initiator].into_iter().flatten().collect()
}

fn names(roles: &Roles) -> impl Iterator<Item = &'static str> {
    let issuer = roles.issuer.as_ref().map(|_| "issuer");
    let initiator = roles.initiator.as_ref().map(|_| "initiator");
    [issuer, initiator].into_iter().flatten()
}
