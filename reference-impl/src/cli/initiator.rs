//! `btx-reference initiator --once`: gets one token, uses it if that is asked for, and ends.

use std::path::Path;
use std::time::Duration;

use btx_reference::Parts;
use btx_reference::initiator::{Initiator, IssuerEntry, Outcome};
use btx_reference::outbound::{OutboundOutcome, OutboundRequest};
use btx_spec::HttpsUrl;
use tokio::time::Instant;

use super::server::{Prepared, Server, Which};
use super::{Failed, block_on};

/// How long the answer to --call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Nobody else has a say in it, so that control stays off.
pub(super) fn once(config: &Path, name: &str, call: Option<&str>) -> Result<(), Failed> {
    let prepared = Prepared::read(config, Which::Initiator)?.without_control();
    let Some(initiator) = prepared.initiator() else {
        return Err(Failed::Unusable("there is no initiator".to_owned()));
    };
    let issuer = named(&initiator.issuers(), name)?;
    if let Some(url) = call {
        check_call(&issuer, url)?;
    }
    block_on(async {
        // Token issues are taken from here on.
        let _server = Server::start(&prepared).await?;
        get_once(initiator, &issuer, &prepared.parts, call).await
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
