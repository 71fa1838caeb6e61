//! `[session_resource]`: what may stand there, and what is made of it.

use std::time::Duration;

use btx_reference::lifecycle::resource::{Config, Limits, TrustedSigner};
use btx_spec::jose::Algorithm;
use btx_spec::{HttpsUrl, Identifier};
use serde::Deserialize;
use toml::Spanned;

use super::realm;
use crate::cli::config_error::ConfigError;
use crate::cli::config_file::{Loaded, or};
use crate::cli::oauth::files;
use crate::cli::values::Checked;

/// The section.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Section {
    identifier: Option<Checked<Identifier>>,
    realm: Option<Spanned<String>>,
    #[serde(default)]
    signer: Vec<Spanned<Signer>>,
    #[serde(default)]
    limits: SetLimits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signer {
    identifier: Checked<Identifier>,
    key_set: Checked<HttpsUrl>,
    algorithms: Vec<Checked<Algorithm>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct SetLimits {
    bearer_lifetime: Option<Checked<Duration>>,
    clock_skew: Option<Checked<Duration>>,
    keys_deadline: Option<Checked<Duration>>,
    keys_interval: Option<Checked<Duration>>,
    longest_freshness: Option<Checked<Duration>>,
    longest_stale: Option<Checked<Duration>>,
}

impl Section {
    /// The limits, those that are not set as they are by default.
    pub(in crate::cli) fn limits(&self) -> Limits {
        let (set, usual) = (&self.limits, Limits::default());
        Limits {
            deadline: or(&set.keys_deadline, usual.deadline),
            keys_interval: or(&set.keys_interval, usual.keys_interval),
            longest_freshness: or(&set.longest_freshness, usual.longest_freshness),
            longest_stale: or(&set.longest_stale, usual.longest_stale),
            ..usual
        }
    }
}

/// The configuration of the resource.
pub(in crate::cli) fn config(loaded: &Loaded) -> Result<Config, ConfigError> {
    let Some(section) = &loaded.config.session_resource else {
        return Err(files::no_section(loaded, "session_resource"));
    };
    let own = &loaded.config.identifier.0;
    let identifier = (section.identifier.as_ref()).map_or(own, |identifier| &identifier.0);
    let mut config = Config::new(identifier.clone());
    if let Some(set) = &section.realm {
        config.realm = realm(loaded, set)?;
    }
    for entry in &section.signer {
        let signer = entry.get_ref().trusted();
        let mut others = config.signers.iter();
        if others.any(|one| one.identifier == signer.identifier) {
            return Err(loaded.mistake(entry, "this signer is trusted twice"));
        }
        config.signers.push(signer);
    }
    config.lifetime = or(&section.limits.bearer_lifetime, config.lifetime);
    config.clock_skew = or(&section.limits.clock_skew, config.clock_skew);
    config.limits = section.limits();
    Ok(config)
}

impl Signer {
    fn trusted(&self) -> TrustedSigner {
        TrustedSigner {
            identifier: self.identifier.0.clone(),
            key_set: self.key_set.0.clone(),
            algorithms: files::algorithms(&self.algorithms),
        }
    }
}
