//! `[session_caller]`: what may stand there, and what is made of it.

use std::path::PathBuf;
use std::time::Duration;

use btx_reference::lifecycle::caller::{Config, Password, Peer};
use btx_spec::{HttpsUrl, Identifier};
use serde::Deserialize;
use toml::Spanned;

use crate::cli::config_error::ConfigError;
use crate::cli::config_file::{Loaded, or};
use crate::cli::oauth::files;
use crate::cli::values::Checked;

/// The section.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Section {
    call_deadline: Option<Checked<Duration>>,
    #[serde(default)]
    authorization_field: bool,
    #[serde(default)]
    peer: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    issuer: Checked<Identifier>,
    login: Spanned<Checked<HttpsUrl>>,
    api: Vec<Checked<HttpsUrl>>,
    account: String,
    password_file: Spanned<PathBuf>,
}

impl Section {
    /// How long a call may take; the usual time if that is not set.
    pub(in crate::cli) fn deadline(&self) -> Duration {
        or(&self.call_deadline, Config::default().deadline)
    }
}

/// The configuration of the caller.
pub(in crate::cli) fn config(loaded: &Loaded) -> Result<Config, ConfigError> {
    let Some(section) = &loaded.config.session_caller else {
        return Err(files::no_section(loaded, "session_caller"));
    };
    let mut config = Config {
        deadline: section.deadline(),
        authorization_field: section.authorization_field,
        ..Config::default()
    };
    for entry in &section.peer {
        let peer = entry.get_ref().peer(loaded)?;
        if config.peers.iter().any(|one| one.name == peer.name) {
            return Err(loaded.mistake(entry, "this name is given twice"));
        }
        config.peers.push(peer);
    }
    Ok(config)
}

impl Entry {
    fn peer(&self, loaded: &Loaded) -> Result<Peer, ConfigError> {
        let (issuer, login) = (&self.issuer.0, &self.login.get_ref().0);
        if login.origin() != issuer.origin() {
            let message = "name and password go to the issuer: expected a URL of its origin";
            return Err(loaded.mistake(&self.login, message));
        }
        Ok(Peer {
            name: self.name.clone(),
            issuer: issuer.clone(),
            login: login.clone(),
            api: self.api.iter().map(|url| url.0.clone()).collect(),
            account: self.account.clone(),
            password: Password::new(files::text(loaded, &self.password_file)?.as_str()),
        })
    }
}
