//! `[session_issuer]`: what may stand there, and what is made of it.

use std::path::PathBuf;
use std::time::Duration;

use btx_reference::lifecycle::issuer::{Accounts, Config, HashCost, Lifetimes, Login, Password};
use btx_spec::lifecycle::RingAlgorithm;
use serde::Deserialize;
use toml::Spanned;

use super::realm;
use crate::cli::config_error::ConfigError;
use crate::cli::config_file::{Loaded, or};
use crate::cli::oauth::files;
use crate::cli::values::{Checked, Count};

/// The section.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Section {
    audience: Option<String>,
    realm: Option<Spanned<String>>,
    algorithm: Checked<RingAlgorithm>,
    #[serde(default)]
    authorization_field: bool,
    password_cost: Option<Spanned<Cost>>,
    pub(in crate::cli) sealing_key_file: Option<Spanned<PathBuf>>,
    pub(in crate::cli) lease: Option<Spanned<Checked<Duration>>>,
    #[serde(default)]
    account: Vec<Spanned<Account>>,
    #[serde(default)]
    limits: SetLimits,
}

/// What a try of a password costs; all hashes that are configured cost the same.
#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
struct Cost {
    memory: u32,
    passes: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    name: String,
    password_hash: Spanned<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct SetLimits {
    bearer_lifetime: Option<Checked<Duration>>,
    refresh_window: Option<Checked<Duration>>,
    session_lifetime: Option<Checked<Duration>>,
    rotation_window: Option<Checked<Duration>>,
    refresh_repeat: Option<Checked<Duration>>,
    login_attempts: Option<Count>,
    login_pause: Option<Checked<Duration>>,
    clock_skew: Option<Checked<Duration>>,
    look_interval: Option<Checked<Duration>>,
    key_set_max_age: Option<Checked<Duration>>,
}

impl Section {
    /// How long everything lives; what is not set is as by default.
    pub(in crate::cli) fn lifetimes(&self) -> Lifetimes {
        let (set, usual) = (&self.limits, Lifetimes::default());
        Lifetimes {
            bearer: or(&set.bearer_lifetime, usual.bearer),
            refresh_window: or(&set.refresh_window, usual.refresh_window),
            session: or(&set.session_lifetime, usual.session),
            rotation_window: or(&set.rotation_window, usual.rotation_window),
            refresh_repeat: or(&set.refresh_repeat, usual.refresh_repeat),
        }
    }

    /// How many logins may be refused, and what follows.
    pub(in crate::cli) fn login(&self) -> Login {
        let (set, usual) = (&self.limits, Login::default());
        let attempts = set.login_attempts.map(|count| u32::try_from(count.0));
        Login {
            attempts: attempts.map_or(usual.attempts, |count| count.unwrap_or(u32::MAX)),
            pause: or(&set.login_pause, usual.pause),
        }
    }

    fn accounts(&self, loaded: &Loaded) -> Result<Accounts, ConfigError> {
        let cost = self.password_cost.as_ref();
        let set = cost.map_or_else(HashCost::default, |cost| HashCost {
            memory: cost.get_ref().memory,
            passes: cost.get_ref().passes,
        });
        let mut accounts = Accounts::new(set).map_err(|error| match cost {
            Some(at) => loaded.mistake(at, error.to_string()),
            None => ConfigError::general(&loaded.path, error.to_string()),
        })?;
        let mut names = Vec::new();
        for entry in &self.account {
            let Account {
                name,
                password_hash,
            } = entry.get_ref();
            if names.contains(&name) {
                return Err(loaded.mistake(entry, "this name is given twice"));
            }
            let password = Password::parse(password_hash.get_ref());
            let password =
                password.map_err(|error| loaded.mistake(password_hash, error.to_string()))?;
            accounts.add(name, password);
            names.push(name);
        }
        Ok(accounts)
    }
}

/// The configuration of the issuer.
pub(in crate::cli) fn config(loaded: &Loaded) -> Result<Config, ConfigError> {
    let Some(section) = &loaded.config.session_issuer else {
        return Err(files::no_section(loaded, "session_issuer"));
    };
    let identifier = loaded.config.identifier.0.clone();
    let config = Config::new(identifier, section.algorithm.0);
    let mut config =
        config.map_err(|error| ConfigError::general(&loaded.path, error.to_string()))?;
    if let Some(audience) = &section.audience {
        config.audience.clone_from(audience);
    }
    if let Some(set) = &section.realm {
        config.realm = realm(loaded, set)?;
    }
    config.authorization_field = section.authorization_field;
    config.lifetimes = section.lifetimes();
    config.login = section.login();
    config.accounts = section.accounts(loaded)?;
    let set = &section.limits;
    config.clock_skew = or(&set.clock_skew, config.clock_skew);
    config.look_interval = or(&set.look_interval, config.look_interval);
    config.key_set_max_age = or(&set.key_set_max_age, config.key_set_max_age);
    Ok(config)
}
