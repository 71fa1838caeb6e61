//! The configuration as the judges look into it: by name.

use std::collections::HashMap;

use btx_spec::jose::KeySet;

use super::config::{Account, Client, Config, TrustedIssuer};
use super::secret::SecretDigest;

/// A configuration whose clients, issuers and accounts are found by their names.
pub struct Registry {
    pub(super) config: Config,
    clients: HashMap<String, Client>,
    issuers: HashMap<String, TrustedIssuer>,
    accounts: HashMap<String, Account>,
    keys: KeySet,
    decoy: SecretDigest,
}

impl Registry {
    /// The registry of a configuration.
    pub fn new(mut config: Config) -> Self {
        Self {
            clients: by_name(std::mem::take(&mut config.clients), |client| &client.id),
            issuers: by_name(std::mem::take(&mut config.trusted_issuers), |issuer| {
                &issuer.issuer
            }),
            accounts: by_name(std::mem::take(&mut config.accounts), |account| {
                &account.name
            }),
            keys: KeySet::of(config.signing_key.iter().map(|key| key.public()).collect()),
            decoy: SecretDigest::decoy(),
            config,
        }
    }

    /// The client with this id.
    pub(super) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.get(id)
    }

    /// The keys that verify the tokens of this server.
    pub(super) fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// What takes the place of a secret that there is not.
    pub(super) fn decoy(&self) -> &SecretDigest {
        &self.decoy
    }

    /// Every client.
    pub(super) fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }

    /// The trusted issuer with this identifier (OA-AUS-131).
    pub(super) fn issuer(&self, identifier: &str) -> Option<&TrustedIssuer> {
        self.issuers.get(identifier)
    }

    /// Whether a client, an issuer or an account is registered by this name: nobody else is called so.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.clients.contains_key(name)
            || self.issuers.contains_key(name)
            || self.accounts.contains_key(name)
    }

    /// Whether any issuer is trusted, so that the JWT bearer grant is of use.
    pub(super) fn trusts_issuers(&self) -> bool {
        !self.issuers.is_empty()
    }

    /// Every service account.
    pub(super) fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// The service account of this name, if this issuer may speak for it (OA-AUS-137). One that is called
    /// like a client is nobody: its tokens could be taken for those of the client (RFC 9068 section 5).
    pub(super) fn account(&self, name: &str, issuer: &str) -> Option<&Account> {
        self.accounts
            .get(name)
            .filter(|account| account.issuers.iter().any(|may| may == issuer))
            .filter(|account| !self.clients.contains_key(&account.name))
    }
}

fn by_name<T>(all: Vec<T>, name: impl Fn(&T) -> &String) -> HashMap<String, T> {
    all.into_iter()
        .map(|one| (name(&one).clone(), one))
        .collect()
}
