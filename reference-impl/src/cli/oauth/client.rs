//! `[client]`: what may stand there, and what is made of it.

use std::path::PathBuf;
use std::time::Duration;

use btx_reference::oauth::client::{
    Config, Grant, Identity, Limits, Proof, Secret, ServerEntry, TokenEndpoint,
};
use btx_spec::jose::Algorithm;
use btx_spec::oauth::Scope;
use btx_spec::{HttpsUrl, Identifier};
use serde::Deserialize;
use toml::Spanned;

use super::files;
use crate::cli::config_error::ConfigError;
use crate::cli::config_file::{Loaded, or};
use crate::cli::values::Checked;

/// The section.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::cli) struct Section {
    server: Vec<Spanned<Entry>>,
    limits: SetLimits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    issuer: Checked<Identifier>,
    token: Option<Checked<HttpsUrl>>,
    id: Option<String>,
    auth: Option<Auth>,
    secret_file: Option<Spanned<PathBuf>>,
    signing_key: Option<Spanned<PathBuf>>,
    signing_algorithm: Option<Checked<Algorithm>>,
    signing_key_id: Option<String>,
    assertion_file: Option<PathBuf>,
    scope: Option<Checked<Scope>>,
    resource: Option<String>,
    api: Vec<Checked<HttpsUrl>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Auth {
    ClientSecretBasic,
    ClientSecretPost,
    PrivateKeyJwt,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct SetLimits {
    token_deadline: Option<Checked<Duration>>,
    call_deadline: Option<Checked<Duration>>,
    renew_ahead: Option<Checked<Duration>>,
    assumed_lifetime: Option<Checked<Duration>>,
    assertion_lifetime: Option<Checked<Duration>>,
    metadata_lifetime: Option<Checked<Duration>>,
}

impl Section {
    /// The limits, those that are not set as they are by default.
    pub(in crate::cli) fn limits(&self) -> Limits {
        let (set, usual) = (&self.limits, Limits::default());
        Limits {
            token_deadline: or(&set.token_deadline, usual.token_deadline),
            call_deadline: or(&set.call_deadline, usual.call_deadline),
            renew_ahead: or(&set.renew_ahead, usual.renew_ahead),
            assumed_lifetime: or(&set.assumed_lifetime, usual.assumed_lifetime),
            assertion_lifetime: or(&set.assertion_lifetime, usual.assertion_lifetime),
            metadata_lifetime: or(&set.metadata_lifetime, usual.metadata_lifetime),
        }
    }
}

/// The configuration of the client.
pub(in crate::cli) fn config(loaded: &Loaded) -> Result<Config, ConfigError> {
    let Some(section) = &loaded.config.client else {
        return Err(files::no_section(loaded, "client"));
    };
    let mut servers: Vec<ServerEntry> = Vec::new();
    for entry in &section.server {
        let server = entry.get_ref().server(loaded, entry)?;
        if servers.iter().any(|one| one.name == server.name) {
            return Err(loaded.mistake(entry, "this name is given twice"));
        }
        servers.push(server);
    }
    Ok(Config {
        servers,
        limits: section.limits(),
    })
}

impl Entry {
    fn server(&self, loaded: &Loaded, at: &Spanned<Self>) -> Result<ServerEntry, ConfigError> {
        let grant = match &self.assertion_file {
            None => Grant::ClientCredentials,
            // It may come later, and changes: it is read when it is used.
            Some(path) => Grant::JwtBearer {
                assertion: Secret::File(loaded.relative(path)),
            },
        };
        let identity = match (&self.id, self.auth) {
            (Some(id), Some(auth)) => Some(Identity {
                id: id.clone(),
                proof: self.proof(auth, loaded, at)?,
            }),
            (None, None) if self.assertion_file.is_some() => None,
            _ => {
                let message = "expected `id` and `auth`, or `assertion_file` without them";
                return Err(loaded.mistake(at, message));
            }
        };
        Ok(ServerEntry {
            name: self.name.clone(),
            issuer: self.issuer.0.clone(),
            token: (self.token.as_ref()).map_or(TokenEndpoint::Discovered, |url| {
                TokenEndpoint::At(url.0.clone())
            }),
            grant,
            identity,
            scope: self.scope.as_ref().map(|scope| scope.0.clone()),
            resource: self.resource.clone(),
            api: self.api.iter().map(|url| url.0.clone()).collect(),
        })
    }

    fn proof(&self, auth: Auth, loaded: &Loaded, at: &Spanned<Self>) -> Result<Proof, ConfigError> {
        let needs = |key: &str| loaded.mistake(at, format!("this `auth` needs `{key}`"));
        if let Auth::PrivateKeyJwt = auth {
            let path = self
                .signing_key
                .as_ref()
                .ok_or_else(|| needs("signing_key"))?;
            let algorithm = self.signing_algorithm.as_ref();
            let key = files::signing_key(loaded, path, algorithm, self.signing_key_id.as_deref());
            return key.map(Proof::PrivateKeyJwt);
        }
        let path = self
            .secret_file
            .as_ref()
            .ok_or_else(|| needs("secret_file"))?;
        // Read once to see whether it is there, and anew for each request.
        files::text(loaded, path)?;
        let secret = Secret::File(loaded.relative(path.get_ref()));
        Ok(match auth {
            Auth::ClientSecretPost => Proof::SecretPost(secret),
            _ => Proof::SecretBasic(secret),
        })
    }
}
