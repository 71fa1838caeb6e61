//! `[resource_server]`: what may stand there, and what is made of it.

use std::path::PathBuf;
use std::time::Duration;

use btx_reference::oauth::client::Secret;
use btx_reference::oauth::resource::{
    ApiKey, Config, Introspection, KeyDigest, Limits, TrustedIssuer,
};
use btx_spec::jose::Algorithm;
use btx_spec::oauth::Scope;
use btx_spec::{HttpsUrl, Identifier};
use serde::Deserialize;
use toml::Spanned;

use super::files;
use crate::cli::config_error::ConfigError;
use crate::cli::config_file::{Loaded, or};
use crate::cli::values::{Checked, HexDigest};

/// The section.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Section {
    identifier: Option<Checked<Identifier>>,
    realm: Option<Spanned<String>>,
    read_scope: Checked<Scope>,
    write_scope: Checked<Scope>,
    #[serde(default)]
    service_accounts: Vec<String>,
    #[serde(default)]
    issuer: Vec<Spanned<IssuerEntry>>,
    introspection: Option<IntrospectionEntry>,
    #[serde(default)]
    api_key: Vec<ApiKeyEntry>,
    #[serde(default)]
    limits: SetLimits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuerEntry {
    issuer: String,
    jwks: Checked<HttpsUrl>,
    algorithms: Vec<Checked<Algorithm>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IntrospectionEntry {
    issuer: String,
    url: Checked<HttpsUrl>,
    id: String,
    secret_file: Spanned<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiKeyEntry {
    name: String,
    sha256: Checked<HexDigest>,
    scopes: Checked<Scope>,
    #[serde(default)]
    revoked: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct SetLimits {
    clock_skew: Option<Checked<Duration>>,
    keys_deadline: Option<Checked<Duration>>,
    keys_lifetime: Option<Checked<Duration>>,
    keys_grace: Option<Checked<Duration>>,
    keys_interval: Option<Checked<Duration>>,
    introspection_deadline: Option<Checked<Duration>>,
}

impl Section {
    /// The limits, those that are not set as they are by default.
    pub(in crate::cli) fn limits(&self) -> Limits {
        let (set, usual) = (&self.limits, Limits::default());
        Limits {
            clock_skew: or(&set.clock_skew, usual.clock_skew),
            keys_deadline: or(&set.keys_deadline, usual.keys_deadline),
            keys_lifetime: or(&set.keys_lifetime, usual.keys_lifetime),
            keys_grace: or(&set.keys_grace, usual.keys_grace),
            keys_interval: or(&set.keys_interval, usual.keys_interval),
            introspection_deadline: or(&set.introspection_deadline, usual.introspection_deadline),
        }
    }
}

/// The configuration of the resource.
pub(in crate::cli) fn config(loaded: &Loaded) -> Result<Config, ConfigError> {
    let Some(section) = &loaded.config.resource_server else {
        return Err(files::no_section(loaded, "resource_server"));
    };
    let at = section;
    let section = section.get_ref();
    let own = &loaded.config.identifier.0;
    let identifier = (section.identifier.as_ref()).map_or(own, |identifier| &identifier.0);
    let (read, write) = (section.read_scope.0.clone(), section.write_scope.0.clone());
    let mut config = Config::new(identifier.clone(), read, write);
    config.limits = section.limits();
    config
        .service_accounts
        .clone_from(&section.service_accounts);
    if let Some(realm) = &section.realm {
        if !realm.get_ref().chars().all(|c| (' '..='~').contains(&c)) {
            return Err(loaded.mistake(realm, "expected printable ASCII"));
        }
        config.realm.clone_from(realm.get_ref());
    }
    for entry in &section.issuer {
        let issuer = entry.get_ref().trusted();
        if config.issuers.iter().any(|one| one.issuer == issuer.issuer) {
            return Err(loaded.mistake(entry, "this issuer is trusted twice"));
        }
        config.issuers.push(issuer);
    }
    if let Some(entry) = &section.introspection {
        // Read once to see whether it is there, and anew for each question.
        files::text(loaded, &entry.secret_file)?;
        config.introspection = Some(Introspection {
            issuer: entry.issuer.clone(),
            url: entry.url.0.clone(),
            id: entry.id.clone(),
            secret: Secret::File(loaded.relative(entry.secret_file.get_ref())),
        });
    }
    config.api_keys = section.api_key.iter().map(ApiKeyEntry::api_key).collect();
    if config.issuers.is_empty() && config.introspection.is_none() && config.api_keys.is_empty() {
        let message =
            "nothing would open this resource: expected an issuer, introspection or API keys";
        return Err(loaded.mistake(at, message));
    }
    Ok(config)
}

impl IssuerEntry {
    fn trusted(&self) -> TrustedIssuer {
        TrustedIssuer {
            issuer: self.issuer.clone(),
            jwks: self.jwks.0.clone(),
            algorithms: files::algorithms(&self.algorithms),
        }
    }
}

impl ApiKeyEntry {
    fn api_key(&self) -> ApiKey {
        let digest: KeyDigest = self.sha256.0.0;
        ApiKey {
            name: self.name.clone(),
            digest,
            scope: self.scopes.0.clone(),
            revoked: self.revoked,
        }
    }
}
