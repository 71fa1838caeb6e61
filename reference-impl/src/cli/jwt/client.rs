//! `[jwt_client]`: what may stand there, and what is made of it.

use std::path::PathBuf;
use std::time::Duration;

use btx_reference::jwt::client::{Config, Limits, PeerEntry, SigningKeys};
use btx_spec::jose::Algorithm;
use btx_spec::jwt::ClientId;
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
    id: Spanned<Checked<ClientId>>,
    signing_key: Spanned<PathBuf>,
    signing_algorithm: Option<Checked<Algorithm>>,
    signing_key_id: Option<String>,
    #[serde(default)]
    inline_keys: bool,
    max_age: Option<Checked<Duration>>,
    #[serde(default)]
    peer: Vec<Spanned<Entry>>,
    #[serde(default)]
    limits: SetLimits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    resource: Checked<Identifier>,
    api: Vec<Checked<HttpsUrl>>,
    #[serde(default)]
    servers: Vec<Checked<Identifier>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct SetLimits {
    call_deadline: Option<Checked<Duration>>,
    lifetime: Option<Checked<Duration>>,
    assumed_lifetime: Option<Checked<Duration>>,
    metadata_lifetime: Option<Checked<Duration>>,
}

impl Section {
    /// The limits, those that are not set as they are by default.
    pub(in crate::cli) fn limits(&self) -> Limits {
        let (set, usual) = (&self.limits, Limits::default());
        Limits {
            call_deadline: or(&set.call_deadline, usual.call_deadline),
            lifetime: or(&set.lifetime, usual.lifetime),
            assumed_lifetime: or(&set.assumed_lifetime, usual.assumed_lifetime),
            metadata_lifetime: or(&set.metadata_lifetime, usual.metadata_lifetime),
        }
    }
}

/// The configuration of the client.
pub(in crate::cli) fn config(loaded: &Loaded) -> Result<Config, ConfigError> {
    let Some(section) = &loaded.config.jwt_client else {
        return Err(files::no_section(loaded, "jwt_client"));
    };
    let id = &section.id.get_ref().0;
    if id.origin() != loaded.config.identifier.0.origin().to_string() {
        let message = "the document is served here: expected a URL of the origin of `identifier`";
        return Err(loaded.mistake(&section.id, message));
    }
    let key = files::signing_key(
        loaded,
        &section.signing_key,
        section.signing_algorithm.as_ref(),
        section.signing_key_id.as_deref(),
    )?;
    let mut config = Config::new(id.clone(), SigningKeys::new(key));
    config.inline_keys = section.inline_keys;
    config.max_age = or(&section.max_age, config.max_age);
    config.limits = section.limits();
    for entry in &section.peer {
        let peer = entry.get_ref().peer();
        if config.peers.iter().any(|one| one.name == peer.name) {
            return Err(loaded.mistake(entry, "this name is given twice"));
        }
        config.peers.push(peer);
    }
    Ok(config)
}

impl Entry {
    fn peer(&self) -> PeerEntry {
        PeerEntry {
            name: self.name.clone(),
            resource: self.resource.0.clone(),
            api: self.api.iter().map(|url| url.0.clone()).collect(),
            servers: self.servers.iter().map(|issuer| issuer.0.clone()).collect(),
        }
    }
}
