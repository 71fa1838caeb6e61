//! `btx-reference client --once`: gets one token, uses it if that is asked for, and ends.

use std::path::Path;

use btx_reference::oauth::client::{CallError, Method};
use bytes::Bytes;

use super::serve::PreparedClient;
use crate::cli::{Failed, block_on};

/// Nobody else has a say in it, so that control stays off.
pub(in crate::cli) fn once(config: &Path, name: &str, call: Option<&str>) -> Result<(), Failed> {
    let client = PreparedClient::read(config)?.client;
    if !client.knows(name) {
        let names = client.names().join(", ");
        return Err(Failed::Unusable(format!(
            "--once {name}: expected the name of a server: {names}"
        )));
    }
    block_on(async {
        let token = client.token(name).await;
        let token =
            token.map_err(|failure| Failed::Broken(format!("{name}: no token: {failure}")))?;
        let until = btx_spec::Timestamp::from_unix(token.expires_at());
        anstream::println!("{name}: token in use until {until}");
        let Some(url) = call else { return Ok(()) };
        match client.call(name, Method::Get, url, Bytes::new()).await {
            Ok(answer) => {
                anstream::println!("{url}: {}", answer.status);
                Ok(())
            }
            Err(error @ CallError::NotAllowed) => Err(Failed::Unusable(format!(
                "--call {url}: {error}; expected one of the `api` of {name}"
            ))),
            Err(error) => Err(Failed::Broken(format!("{url}: {error}"))),
        }
    })
}
