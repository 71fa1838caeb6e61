//! `btx-reference issuer`: gives tokens until it is told to end.

use std::path::Path;

use btx_reference::issuer::Issuer;
use btx_reference::serve;
use tracing::info;

use super::config_file::Loaded;
use super::shutdown::Shutdown;
use super::{Failed, admin, block_on, logging, setup};

pub(super) fn run(config: &Path) -> Result<(), Failed> {
    let loaded = Loaded::read(config)?;
    let tls = setup::tls(&loaded)?;
    let config = setup::issuer(&loaded)?;
    logging::start(&loaded.config.log);
    let issuer = Issuer::new(config, setup::parts(&loaded)?);
    block_on(serve_until_told(loaded, issuer, tls))
}

async fn serve_until_told(
    loaded: Loaded,
    issuer: Issuer,
    tls: std::sync::Arc<rustls::ServerConfig>,
) -> Result<(), Failed> {
    let broken = |error: std::io::Error| Failed::Broken(error.to_string());
    let shutdown = Shutdown::on_signal().map_err(broken)?;
    let listen = &loaded.config.listen;
    let counted = issuer.clone();
    let metrics = move || counted.metrics().render();
    let admin = admin::start(listen.admin.as_ref(), metrics, &shutdown).await?;
    let listener = setup::listen(listen.protocol.0)?;
    let running = serve::https(issuer.router(), listener, tls, shutdown.begun())
        .await
        .map_err(broken)?;
    info!(address = %running.address(), identifier = %loaded.config.identifier.0, "issuer ready");

    // Requests that are under way are answered, and exchanges without a waiting caller finished.
    running.ended().await.map_err(broken)?;
    issuer.idle().await;
    if let Some(admin) = admin {
        admin.ended().await.map_err(broken)?;
    }
    info!("issuer ended");
    Ok(())
}
