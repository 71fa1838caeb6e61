//! `btx-reference initiator`: gets tokens, and keeps them fresh until it is told to end.

use std::path::Path;
use std::time::Duration;

use btx_reference::Parts;
use btx_reference::initiator::{Initiator, IssuerEntry, Outcome};
use btx_reference::outbound::{OutboundOutcome, OutboundRequest};
use btx_reference::serve;
use btx_spec::HttpsUrl;
use futures::future::join_all;
use tokio::time::Instant;
use tracing::info;

use super::config_file::Loaded;
use super::shutdown::Shutdown;
use super::{Failed, admin, block_on, logging, setup};

/// How long the answer to --call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) fn run(config: &Path, once: Option<&str>, call: Option<&str>) -> Result<(), Failed> {
    let loaded = Loaded::read(config)?;
    let tls = setup::tls(&loaded)?;
    let config = setup::initiator(&loaded)?;
    let once = match once {
        None => None,
        Some(name) => Some(named(&config.issuers, name)?),
    };
    if let (Some(issuer), Some(url)) = (&once, call) {
        check_call(issuer, url)?;
    }
    logging::start(&loaded.config.log);
    let parts = setup::parts(&loaded)?;
    let initiator = Initiator::new(config, parts.clone());
    block_on(async {
        let broken = |error: std::io::Error| Failed::Broken(error.to_string());
        let shutdown = Shutdown::on_signal().map_err(broken)?;
        let listen = &loaded.config.listen;
        let counted = initiator.clone();
        let metrics = move || counted.metrics().render();
        let admin = admin::start(listen.admin.as_ref(), metrics, &shutdown).await?;
        let listener = setup::listen(listen.protocol.0)?;
        let running = serve::https(initiator.router(), listener, tls, shutdown.begun())
            .await
            .map_err(broken)?;
        info!(address = %running.address(), identifier = %loaded.config.identifier.0, "initiator ready");

        if let Some(issuer) = once {
            return get_once(&initiator, &issuer, &parts, call).await;
        }
        let fresh = join_all(
            initiator
                .issuers()
                .iter()
                .map(|issuer| initiator.keep_fresh(issuer)),
        );
        tokio::select! {
            _ = fresh => {}
            () = shutdown.begun() => {}
        }
        // Exchanges that are under way come to their end while token issues are still taken.
        initiator.idle().await;
        running.ended().await.map_err(broken)?;
        if let Some(admin) = admin {
            admin.ended().await.map_err(broken)?;
        }
        info!("initiator ended");
        Ok(())
    })
}

fn named(issuers: &[IssuerEntry], name: &str) -> Result<IssuerEntry, Failed> {
    let found = issuers.iter().find(|issuer| issuer.name == name);
    found.cloned().ok_or_else(|| {
        let names: Vec<&str> = issuers.iter().map(|issuer| issuer.name.as_str()).collect();
        let names = names.join(", ");
        Failed::Unusable(format!(
            "--once {name}: expected the name of an issuer: {names}"
        ))
    })
}

/// EX-INI-066: the token is for its issuer's eyes only.
fn check_call(issuer: &IssuerEntry, url: &str) -> Result<(), Failed> {
    let own = [issuer.identifier.origin(), issuer.token_call.origin()];
    if HttpsUrl::parse(url).is_ok_and(|url| own.contains(&url.origin())) {
        return Ok(());
    }
    Err(Failed::Unusable(format!(
        "--call {url}: expected an https URL of the issuer, such as {}/api/whoami",
        issuer.identifier.origin()
    )))
}

/// One exchange, and one use of its token if that is asked for.
async fn get_once(
    initiator: &Initiator,
    issuer: &IssuerEntry,
    parts: &Parts,
    call: Option<&str>,
) -> Result<(), Failed> {
    let name = &issuer.name;
    match initiator.exchange(issuer).await {
        Outcome::Active { expires_at } => {
            let until = btx_spec::Timestamp::from_unix(expires_at);
            anstream::println!("{name}: token in use until {until}");
        }
        Outcome::Failed(failure) => {
            return Err(Failed::Broken(format!("{name}: no token: {failure:?}")));
        }
    }
    let Some(url) = call else { return Ok(()) };
    let token = initiator.token_for(&issuer.identifier).await;
    let token = token.ok_or_else(|| Failed::Broken(format!("{name}: the token is gone")))?;
    let request = OutboundRequest::bare(url, Instant::now() + CALL_TIMEOUT)
        .with("authorization", format!("Bearer {}", token.expose()));
    match parts.outbound.get(request).await {
        OutboundOutcome::Answered(answer) => {
            anstream::println!("{url}: {}", answer.status);
            Ok(())
        }
        OutboundOutcome::Unreachable(why) | OutboundOutcome::NoAnswer(why) => {
            Err(Failed::Broken(format!("{url}: no answer: {why}")))
        }
    }
}
