//! `[authorization_server]`: what may stand there, and what is made of it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use btx_reference::oauth::server::{
    Account, Client, ClientAuth, Config, Grant, SecretDigest, TokenForm, TokenRules, TrustedIssuer,
};
use btx_reference::random::SystemRandom;
use btx_spec::Identifier;
use btx_spec::jose::Algorithm;
use btx_spec::oauth::Scope;
use serde::Deserialize;
use toml::Spanned;

use super::files;
use crate::cli::config_error::ConfigError;
use crate::cli::config_file::Loaded;
use crate::cli::jwt::verifier::{self, SetLimits};
use crate::cli::values::Checked;

/// The section.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Section {
    issuer: Option<Checked<Identifier>>,
    signing_key: Option<Spanned<PathBuf>>,
    signing_algorithm: Option<Checked<Algorithm>>,
    signing_key_id: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    secrets_in_form: Option<bool>,
    token_lifetime: Option<Checked<Duration>>,
    assertion_lifetime: Option<Checked<Duration>>,
    clock_skew: Option<Checked<Duration>>,
    #[serde(default)]
    client: Vec<Spanned<ClientEntry>>,
    #[serde(default)]
    trusted_issuer: Vec<TrustedIssuerEntry>,
    #[serde(default)]
    account: Vec<AccountEntry>,
    documents: Option<Spanned<DocumentsEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientEntry {
    id: String,
    secret_file: Option<Spanned<PathBuf>>,
    keys: Option<Spanned<PathBuf>>,
    #[serde(default)]
    algorithms: Vec<Checked<Algorithm>>,
    #[serde(default)]
    grants: Vec<Checked<Grant>>,
    scopes: Checked<Scope>,
    default_scope: Option<Checked<Scope>>,
    #[serde(default)]
    tokens: Form,
    token_lifetime: Option<Checked<Duration>>,
    #[serde(default)]
    introspects: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrustedIssuerEntry {
    issuer: String,
    keys: Spanned<PathBuf>,
    algorithms: Vec<Checked<Algorithm>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountEntry {
    name: String,
    issuers: Vec<String>,
    scopes: Checked<Scope>,
    default_scope: Option<Checked<Scope>>,
    #[serde(default)]
    tokens: Form,
    token_lifetime: Option<Checked<Duration>>,
}

/// Clients that are known by their documents alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentsEntry {
    #[serde(default)]
    algorithms: Vec<Checked<Algorithm>>,
    scopes: Checked<Scope>,
    default_scope: Option<Checked<Scope>>,
    #[serde(default)]
    tokens: Form,
    token_lifetime: Option<Checked<Duration>>,
    #[serde(default)]
    limits: SetLimits,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Form {
    #[default]
    Opaque,
    Jwt,
}

/// The configuration of the authorization server.
pub(in crate::cli) fn config(loaded: &Loaded) -> Result<Config, ConfigError> {
    let Some(section) = &loaded.config.authorization_server else {
        return Err(files::no_section(loaded, "authorization_server"));
    };
    let section = section.get_ref();
    let own = &loaded.config.identifier.0;
    let issuer = section.issuer.as_ref().map_or(own, |issuer| &issuer.0);
    let mut config = Config::new(issuer.clone());
    for entry in &section.client {
        let client = entry.get_ref().client(loaded, entry)?;
        if config.clients.iter().any(|one| one.id == client.id) {
            return Err(loaded.mistake(entry, "this client id is registered twice"));
        }
        config.clients.push(client);
    }
    for entry in &section.trusted_issuer {
        config.trusted_issuers.push(TrustedIssuer {
            issuer: entry.issuer.clone(),
            keys: Arc::new(files::key_set(loaded, &entry.keys)?),
            algorithms: files::algorithms(&entry.algorithms),
        });
    }
    let accounts = section.account.iter().map(|entry| Account {
        name: entry.name.clone(),
        issuers: entry.issuers.clone(),
        tokens: rules(
            &entry.scopes,
            entry.default_scope.as_ref(),
            entry.tokens,
            entry.token_lifetime.as_ref(),
        ),
    });
    config.accounts = accounts.collect();
    if let Some(entry) = &section.documents {
        let entry = entry.get_ref();
        config.documents = Some(verifier::config(&entry.algorithms, &entry.limits));
        config.document_tokens = rules(
            &entry.scopes,
            entry.default_scope.as_ref(),
            entry.tokens,
            entry.token_lifetime.as_ref(),
        );
    }
    config.resources.clone_from(&section.resources);
    if let Some(path) = &section.signing_key {
        let algorithm = section.signing_algorithm.as_ref();
        let id = section.signing_key_id.as_deref();
        config.signing_key = Some(files::signing_key(loaded, path, algorithm, id)?);
    }
    let or = |set: &Option<Checked<Duration>>, usual| set.as_ref().map_or(usual, |set| set.0);
    config.secrets_in_form = section.secrets_in_form.unwrap_or(config.secrets_in_form);
    config.token_lifetime = or(&section.token_lifetime, config.token_lifetime);
    config.assertion_lifetime = or(&section.assertion_lifetime, config.assertion_lifetime);
    config.clock_skew = or(&section.clock_skew, config.clock_skew);
    needs_signing_key(loaded, section, &config)?;
    Ok(config)
}

/// Tokens that are JWTs have to be signed with something.
fn needs_signing_key(
    loaded: &Loaded,
    section: &Section,
    config: &Config,
) -> Result<(), ConfigError> {
    if config.signing_key.is_some() {
        return Ok(());
    }
    let message = "`tokens` is \"jwt\", and there is no `signing_key` to sign them with";
    let mut clients = section.client.iter();
    if let Some(entry) = clients.find(|entry| matches!(entry.get_ref().tokens, Form::Jwt)) {
        return Err(loaded.mistake(entry, message));
    }
    match &section.documents {
        Some(entry) if matches!(entry.get_ref().tokens, Form::Jwt) => {
            Err(loaded.mistake(entry, message))
        }
        _ => Ok(()),
    }
}

impl ClientEntry {
    fn client(&self, loaded: &Loaded, at: &Spanned<Self>) -> Result<Client, ConfigError> {
        let auth = match (&self.secret_file, &self.keys) {
            (Some(path), None) => {
                let secret = files::text(loaded, path)?;
                let digest = SecretDigest::of(&secret, &SystemRandom);
                let digest = digest.map_err(|why| loaded.mistake(path, why.to_string()))?;
                ClientAuth::Secret(digest)
            }
            (None, Some(path)) => ClientAuth::PrivateKeyJwt {
                keys: Arc::new(files::key_set(loaded, path)?),
                algorithms: files::algorithms(&self.algorithms),
            },
            _ => {
                let message = "a client has either `secret_file` or `keys`";
                return Err(loaded.mistake(at, message));
            }
        };
        if matches!(&auth, ClientAuth::PrivateKeyJwt { algorithms, .. } if algorithms.is_empty()) {
            let message = "a client with `keys` needs `algorithms` that it may sign with";
            return Err(loaded.mistake(at, message));
        }
        let mut client = Client::new(self.id.clone(), auth, self.scopes.0.clone());
        if !self.grants.is_empty() {
            client.grants = self.grants.iter().map(|grant| grant.0).collect();
        }
        client.tokens = rules(
            &self.scopes,
            self.default_scope.as_ref(),
            self.tokens,
            self.token_lifetime.as_ref(),
        );
        client.introspects = self.introspects;
        Ok(client)
    }
}

fn rules(
    scopes: &Checked<Scope>,
    default_scope: Option<&Checked<Scope>>,
    form: Form,
    lifetime: Option<&Checked<Duration>>,
) -> TokenRules {
    let mut rules = TokenRules::new(scopes.0.clone());
    if let Some(scope) = default_scope {
        rules.default_scope = Some(scope.0.clone());
    }
    rules.form = match form {
        Form::Opaque => TokenForm::Opaque,
        Form::Jwt => TokenForm::Jwt,
    };
    rules.lifetime = lifetime.map(|lifetime| lifetime.0);
    rules
}
