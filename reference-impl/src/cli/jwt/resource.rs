//! `[jwt_resource]`: what may stand there, and what is made of it.

use std::time::Duration;

use btx_reference::jwt::resource::Config;
use btx_reference::oauth::resource::{self, TrustedIssuer};
use btx_spec::jose::Algorithm;
use btx_spec::oauth::Scope;
use btx_spec::{HttpsUrl, Identifier};
use serde::Deserialize;
use toml::Spanned;

use super::verifier::{self, SetLimits};
use crate::cli::config_error::ConfigError;
use crate::cli::config_file::Loaded;
use crate::cli::oauth::files;
use crate::cli::values::Checked;

/// The section.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Section {
    identifier: Option<Spanned<Checked<Identifier>>>,
    realm: Option<Spanned<String>>,
    #[serde(default)]
    algorithms: Vec<Checked<Algorithm>>,
    hand_out: Option<Checked<Duration>>,
    server: Option<ServerEntry>,
    #[serde(default)]
    pub(in crate::cli) limits: SetLimits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServerEntry {
    issuer: String,
    jwks: Checked<HttpsUrl>,
    algorithms: Vec<Checked<Algorithm>>,
}

/// The configuration of the resource.
pub(in crate::cli) fn config(loaded: &Loaded) -> Result<Config, ConfigError> {
    let Some(section) = &loaded.config.jwt_resource else {
        return Err(files::no_section(loaded, "jwt_resource"));
    };
    let mut config = Config::new(identifier(loaded, section)?);
    if let Some(realm) = &section.realm {
        let plain = |c: char| (' '..='~').contains(&c) && c != '"' && c != '\\';
        if !realm.get_ref().chars().all(plain) {
            let message = "expected printable ASCII without quotes and backslashes";
            return Err(loaded.mistake(realm, message));
        }
        config.realm.clone_from(realm.get_ref());
    }
    config.verifier = verifier::config(&section.algorithms, &section.limits);
    config.hand_out = section.hand_out.as_ref().map(|lifetime| lifetime.0);
    config.server = section.server.as_ref().map(|server| {
        let nothing = Scope::default;
        let mut by_server = resource::Config::new(config.identifier.clone(), nothing(), nothing());
        by_server.realm.clone_from(&config.realm);
        by_server.issuers = vec![TrustedIssuer {
            issuer: server.issuer.clone(),
            jwks: server.jwks.0.clone(),
            algorithms: files::algorithms(&server.algorithms),
        }];
        by_server
    });
    Ok(config)
}

/// Its own name, which it takes from nowhere else (JW-RES-010).
fn identifier(loaded: &Loaded, section: &Section) -> Result<Identifier, ConfigError> {
    let Some(set) = &section.identifier else {
        return Ok(loaded.config.identifier.0.clone());
    };
    let identifier = &set.get_ref().0;
    if identifier.as_str() == identifier.origin().to_string() {
        Ok(identifier.clone())
    } else {
        Err(loaded.mistake(
            set,
            "this resource is a whole host: expected an https URL without a path",
        ))
    }
}
